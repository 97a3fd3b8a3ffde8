"""Derived facts of connections: NetworkPolicies that keep them back, names that cannot resolve."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.derive import derive
from agent.index import FactIndex
from sandbox.simulator.network.policies import Peer, denial
from tools.fact import Fact
from tools.objects import ObjectRef

Row = tuple[ObjectRef, str, Any]


def ref(kind: str, name: str, container: str | None = None, namespace: str = "shop") -> ObjectRef:
    return ObjectRef(kind=kind, namespace=namespace, name=name, container=container)


BOX = ref("Pod", "cart-1", "cart")
LABELS = {"app": "cart", "tier": "web"}
STORE = {"app": "store", "tier": "data"}


def index(*rows: Row) -> FactIndex:
    facts = [
        Fact(id=f"m1.{n}", subject=s, name=name, value=v) for n, (s, name, v) in enumerate(rows)
    ]
    return derive(facts).index


def connection(port: int = 80, target: Any = 8080) -> list[Row]:
    """A container that got no answer from Service store, whose pods listen on 8080."""
    ports = [{"name": "", "port": 80, "target_port": target, "protocol": "TCP"}]
    return [
        (BOX, "log.unreachable", {"host": "10.96.7.20", "port": port, "cause": "timeout"}),
        (BOX.whole(), "object.labels", LABELS),
        (ref("Service", "store"), "service.address", "10.96.7.20"),
        (ref("Service", "store"), "service.selector", {"app": "store"}),
        (ref("Service", "store"), "service.ports", ports),
        (ref("Pod", "store-1"), "object.labels", STORE),
        (ref("Pod", "store-1", "db"), "spec.ports", [{"name": "sql", "port": 8080}]),
    ]


def policy(spec: dict[str, Any], name: str = "lock", namespace: str = "shop") -> Row:
    return ref("NetworkPolicy", name, namespace=namespace), "policy.spec", spec


def blocks(*rows: Row) -> dict[str, Any]:
    return index(*rows).mapping(BOX, "policy.blocks")


def test_an_empty_policy_blocks_both_ways() -> None:
    out = blocks(*connection(), policy({"podSelector": {}, "policyTypes": ["Egress"]}))
    assert (out["direction"], out["why"], out["port"]) == ("Egress", "none", 8080)
    into = blocks(*connection(), policy({"podSelector": {"matchLabels": {"app": "store"}}}))
    assert (into["direction"], into["why"], into["policies"]) == ("Ingress", "none", ["lock"])


def test_a_policy_of_another_namespace_or_pod_blocks_nothing() -> None:
    spec = {"podSelector": {}, "policyTypes": ["Egress"]}
    assert not blocks(*connection(), policy(spec, namespace="other"))
    spec = {"podSelector": {"matchLabels": {"app": "checkout"}}, "policyTypes": ["Egress"]}
    assert not blocks(*connection(), policy(spec))


def test_the_port_of_the_service_is_not_the_port_of_its_pods() -> None:
    spec: dict[str, Any] = {"podSelector": {"matchLabels": {"app": "store"}}}
    spec["ingress"] = [{"ports": [{"port": 80}]}]
    found = blocks(*connection(), policy(spec))
    assert (found["why"], found["allowed"]) == ("port", [80])
    assert not blocks(*connection(), policy({**spec, "ingress": [{"ports": [{"port": "sql"}]}]}))
    assert not blocks(
        *connection(target="sql"), policy({**spec, "ingress": [{"ports": [{"port": 8080}]}]})
    )


def test_dns_is_a_connection_too() -> None:
    rows: list[Row] = [
        (BOX, "log.unreachable", {"host": "store", "port": None, "cause": "dns"}),
        (BOX, "log.resolver", {"address": "10.96.0.10", "answer": "timeout"}),
        (BOX.whole(), "object.labels", LABELS),
    ]
    spec: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Egress"]}
    assert blocks(*rows, policy(spec))["service"] == "kube-dns"
    system = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    udp = {"to": [system], "ports": [{"protocol": "UDP", "port": 53}]}
    assert not blocks(*rows, policy({**spec, "egress": [udp]}))
    tcp = {"to": [system], "ports": [{"port": 53}]}
    assert blocks(*rows, policy({**spec, "egress": [tcp]}))["why"] == "port"
    rows[1] = (BOX, "log.resolver", {"address": "10.96.0.10", "answer": "nxdomain"})
    assert not blocks(*rows, policy(spec))


selectors = st.sampled_from(
    [
        {},
        {"matchLabels": {"app": "cart"}},
        {"matchLabels": {"app": "store"}},
        {"matchLabels": {"tier": "data"}},
        {"matchExpressions": [{"key": "tier", "operator": "In", "values": ["web"]}]},
        {"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]},
    ]
)
ports = st.sampled_from(
    [
        [],
        [{"port": 80}],
        [{"port": 8080}],
        [{"port": "sql"}],
        [{"port": 8000, "endPort": 8100}],
        [{"port": 8080, "protocol": "UDP"}],
        [{"protocol": "TCP"}],
    ]
)
peers = st.lists(
    st.one_of(
        st.builds(lambda selector: {"podSelector": selector}, selectors),
        st.just({"namespaceSelector": {}}),
        st.just({"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}}}),
    ),
    max_size=2,
)


def rules(side: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries({side: peers, "ports": ports}), max_size=2)


specs = st.fixed_dictionaries(
    {"podSelector": selectors},
    optional={
        "policyTypes": st.sampled_from([["Ingress"], ["Egress"], ["Ingress", "Egress"]]),
        "ingress": rules("from"),
        "egress": rules("to"),
    },
)


@given(st.lists(specs, min_size=1, max_size=3))
def test_it_judges_as_the_network_does(found: list[dict[str, Any]]) -> None:
    """What the logs' reader concludes is what the packets met."""
    rows = [policy(spec, f"p{n}") for n, spec in enumerate(found)]
    objects = [
        {"metadata": {"name": f"p{n}", "namespace": "shop"}, "spec": spec}
        for n, spec in enumerate(found)
    ]
    source = Peer("10.244.0.1", "shop", LABELS)
    to = Peer("10.244.0.2", "shop", STORE, {"sql": 8080})
    namespaces = {"shop": {"kubernetes.io/metadata.name": "shop"}}
    met = denial(objects, namespaces, source, to, 8080)
    assert blocks(*connection(), *rows).get("direction") == met


SERVICES = (ref("Service", "*"), "list.names", ["store"])
NAMESPACES = (ObjectRef(kind="Namespace", name="*"), "list.names", ["default", "shop"])


@pytest.mark.parametrize(
    ("host", "more", "what"),
    [
        ("store.dev.svc.cluster.local", [NAMESPACES], "namespace"),
        ("store.dev", [NAMESPACES], "namespace"),
        ("store.dev", [], None),
        ("store.default.svc", [NAMESPACES], None),
        ("store.example.com", [NAMESPACES], None),
        ("other.dev", [NAMESPACES], None),
        ("store", [(BOX.whole(), "pod.dns_policy", "Default")], "resolver"),
        ("store", [(BOX.whole(), "pod.dns_policy", "ClusterFirst")], None),
        (
            "store.shop.svc.cluster.local",
            [
                (BOX.whole(), "pod.dns_policy", "ClusterFirst"),
                (BOX.whole(), "pod.host_network", True),
            ],
            "resolver",
        ),
    ],
)
def test_names_that_cannot_resolve(host: str, more: list[Row], what: str | None) -> None:
    rows: list[Row] = [
        (BOX, "log.unreachable", {"host": host, "port": None, "cause": "dns"}),
        (BOX, "log.resolver", {"address": "10.96.0.10", "answer": "nxdomain"}),
        SERVICES,
        *more,
    ]
    assert index(*rows).mapping(BOX, "host.miss").get("what") == what
