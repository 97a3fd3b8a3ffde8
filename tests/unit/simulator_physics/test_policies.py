"""NetworkPolicy evaluation: examples, and a naive oracle over generated policies."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.simulator.network.policies import Peer, denial

NAMESPACES = {"shop": {"team": "a"}, "bank": {"team": "b"}}
WEB = Peer("10.244.0.2", "shop", {"app": "web"})
DB = Peer("10.244.0.3", "shop", {"app": "db"}, {"sql": 5432})
BANK = Peer("10.244.1.2", "bank", {"app": "web"})
OUTSIDE = Peer("203.0.113.9")


def policy(spec: dict[str, Any], namespace: str = "shop") -> dict[str, Any]:
    return {"metadata": {"name": "p", "namespace": namespace}, "spec": spec}


def rule(**fields: Any) -> dict[str, Any]:
    return policy({"podSelector": {"matchLabels": {"app": "db"}}, "ingress": [fields]})


DENY = policy({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]})


@pytest.mark.parametrize(
    ("policies", "source", "destination", "port", "verdict"),
    [
        ([], WEB, DB, 1, None),
        ([DENY], WEB, DB, 5432, "Egress"),
        ([DENY], BANK, DB, 5432, "Ingress"),
        ([DENY], WEB, OUTSIDE, 443, "Egress"),
        ([DENY], BANK, OUTSIDE, 443, None),
        ([DENY, policy({"podSelector": {}, "egress": [{}], "ingress": [{}]})], WEB, DB, 5, None),
        ([rule()], BANK, DB, 1, None),
        ([policy({"podSelector": {}, "ingress": []})], WEB, DB, 1, "Ingress"),
        ([policy({"podSelector": {}, "ingress": []})], DB, OUTSIDE, 1, None),
        ([rule(**{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]})], WEB, DB, 1, None),
        ([rule(**{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]})], BANK, DB, 1,
         "Ingress"),
        ([rule(**{"from": [{"namespaceSelector": {"matchLabels": {"team": "b"}}}]})], BANK, DB, 1,
         None),
        ([rule(**{"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "x"}}}]})],
         BANK, DB, 1, "Ingress"),
        ([rule(ports=[{"port": "sql"}])], WEB, DB, 5432, None),
        ([rule(ports=[{"port": "sql"}])], WEB, DB, 5433, "Ingress"),
        ([rule(ports=[{"port": "nope"}])], WEB, DB, 5432, "Ingress"),
        ([rule(ports=[{"port": 5000, "endPort": 6000}])], WEB, DB, 5432, None),
        ([rule(ports=[{"port": 5432, "protocol": "UDP"}])], WEB, DB, 5432, "Ingress"),
        ([rule(**{"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}]})], OUTSIDE, DB, 1, None),
        ([rule(**{"from": [{"ipBlock": {"cidr": "203.0.113.0/24", "except": ["203.0.113.8/29"]}}]})],
         OUTSIDE, DB, 1, "Ingress"),
    ],
)  # fmt: skip
def test_examples(
    policies: list[dict[str, Any]], source: Peer, destination: Peer, port: int, verdict: str | None
) -> None:
    assert denial(policies, NAMESPACES, source, destination, port) == verdict


labels = st.dictionaries(st.sampled_from(["app", "tier"]), st.sampled_from(["x", "y"]), max_size=2)
selector = st.one_of(
    st.builds(lambda found: {"matchLabels": found}, labels),
    st.builds(
        lambda key, operator, values: {
            "matchExpressions": [{"key": key, "operator": operator, "values": values}]
        },
        st.sampled_from(["app", "tier"]),
        st.sampled_from(["In", "NotIn"]),
        st.lists(st.sampled_from(["x", "y"]), min_size=1, max_size=2),
    ),
)
block = st.fixed_dictionaries(
    {"cidr": st.sampled_from(["10.244.0.0/16", "10.244.0.0/24", "0.0.0.0/0", "203.0.113.0/24"])},
    optional={"except": st.lists(st.sampled_from(["10.244.0.2/32", "203.0.113.8/29"]), max_size=2)},
)
peer = st.one_of(
    st.fixed_dictionaries({"podSelector": selector}),
    st.fixed_dictionaries({"namespaceSelector": selector}),
    st.fixed_dictionaries({"podSelector": selector, "namespaceSelector": selector}),
    st.fixed_dictionaries({"ipBlock": block}),
)
port_item = st.fixed_dictionaries(
    {},
    optional={
        "protocol": st.sampled_from(["TCP", "UDP"]),
        "port": st.sampled_from([80, 443, "http"]),
    },
)
ranges = st.fixed_dictionaries({"port": st.just(80), "endPort": st.sampled_from([80, 442, 443])})


def rules(side: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.fixed_dictionaries(
        {},
        optional={
            side: st.lists(peer, max_size=2),
            "ports": st.lists(port_item | ranges, max_size=2),
        },
    )
    return st.lists(one, max_size=2)


spec = st.fixed_dictionaries(
    {"podSelector": selector},
    optional={
        "ingress": rules("from"),
        "egress": rules("to"),
        "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
    },
)
policies = st.lists(st.builds(policy, spec, st.sampled_from(["shop", "bank"])), max_size=3)
pod_peer = st.builds(
    Peer,
    st.sampled_from(["10.244.0.2", "10.244.1.2"]),
    st.sampled_from(["shop", "bank"]),
    labels,
    st.sampled_from([{}, {"http": 80}, {"http": 443}]),
)
any_peer = pod_peer | st.builds(Peer, st.sampled_from(["203.0.113.9", "198.51.100.1"]))


@given(
    policies, any_peer, any_peer, st.sampled_from([80, 443, 8080]), st.sampled_from(["TCP", "UDP"])
)
def test_it_agrees_with_a_naive_oracle(
    policies: list[dict[str, Any]], source: Peer, destination: Peer, port: int, protocol: str
) -> None:
    expected = _open(
        policies, source, destination, destination, port, protocol, "Egress"
    ) and _open(policies, destination, source, destination, port, protocol, "Ingress")
    found = denial(policies, NAMESPACES, source, destination, port, protocol)
    assert (found is None) == expected


@given(policies, pod_peer, pod_peer, st.sampled_from([80, 443]))
def test_one_more_policy_that_allows_everything_opens_everything(
    policies: list[dict[str, Any]], source: Peer, destination: Peer, port: int
) -> None:
    free: dict[str, Any] = {"podSelector": {}, "ingress": [{}], "egress": [{}]}
    more = [*policies, policy(free, "shop"), policy(free, "bank")]
    assert denial(more, NAMESPACES, source, destination, port) is None


# The oracle: written from the API's documentation, as plainly as possible.


def _matching(wanted: dict[str, Any], has: Any) -> bool:
    for key, value in wanted.get("matchLabels", {}).items():
        if has.get(key) != value:
            return False
    for item in wanted.get("matchExpressions", []):
        inside = has.get(item["key"]) in item["values"]
        if inside != (item["operator"] == "In"):
            return False
    return True


def _open(
    policies: list[dict[str, Any]],
    subject: Peer,
    other: Peer,
    destination: Peer,
    port: int,
    protocol: str,
    direction: str,
) -> bool:
    if not subject.namespace:
        return True
    isolated = False
    for item in policies:
        spec = item["spec"]
        types = spec.get("policyTypes")
        if types is None:
            types = ["Ingress", "Egress"] if "egress" in spec else ["Ingress"]
        if item["metadata"]["namespace"] != subject.namespace or direction not in types:
            continue
        if not _matching(spec["podSelector"], subject.labels):
            continue
        isolated = True
        for one in spec.get(direction.lower(), []):
            peers = one.get("from" if direction == "Ingress" else "to", [])
            fits = not peers
            for wanted in peers:
                if "ipBlock" in wanted:
                    inside = ip_address(other.ip) in ip_network(wanted["ipBlock"]["cidr"])
                    for hole in wanted["ipBlock"].get("except", []):
                        inside = inside and ip_address(other.ip) not in ip_network(hole)
                    fits = fits or inside
                elif other.namespace:
                    if "namespaceSelector" in wanted:
                        where = _matching(wanted["namespaceSelector"], NAMESPACES[other.namespace])
                    else:
                        where = other.namespace == item["metadata"]["namespace"]
                    fits = fits or (
                        where and _matching(wanted.get("podSelector", {}), other.labels)
                    )
            ports = one.get("ports", [])
            good = not ports
            for wanted in ports:
                low = wanted.get("port", 0)
                low = destination.ports.get(low, -1) if isinstance(low, str) else low
                high = wanted.get("endPort", low) if "port" in wanted else 65535
                same = wanted.get("protocol", "TCP") == protocol
                good = good or (same and low != -1 and low <= port <= high)
            if fits and good:
                return True
    return not isolated
