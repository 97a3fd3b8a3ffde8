"""NetworkPolicy evaluation: whether one pod may talk to another on a port.

Pure: policies, namespace labels and the two ends go in, a verdict comes out. As in the API's words, a
pod that no policy of a direction selects is open in that direction, and policies only ever add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, Literal

from sandbox.simulator.selectors import label_selector_matches
from sandbox.simulator.store import Object

Direction = Literal["Ingress", "Egress"]
_SIDE: dict[Direction, tuple[str, str]] = {
    "Ingress": ("ingress", "from"),
    "Egress": ("egress", "to"),
}


@dataclass(frozen=True)
class Peer:
    """One end of a connection: a pod, or an address outside of the pod network."""

    ip: str
    """IPv4 or IPv6 address; empty when it is not known, which no ipBlock matches."""
    namespace: str = ""
    """Namespace of a pod; empty for an address that is no pod's."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """A pod's labels."""
    ports: Mapping[str, int] = field(default_factory=dict)
    """A pod's named container ports."""

    @property
    def is_pod(self) -> bool:
        """Whether policies can select it."""
        return bool(self.namespace)


def denial(
    policies: Iterable[Object],
    namespaces: Mapping[str, Mapping[str, str]],
    source: Peer,
    destination: Peer,
    port: int,
    protocol: str = "TCP",
) -> Direction | None:
    """The direction in which policies forbid a connection; None when it is allowed.

    `namespaces` are the labels of every namespace; `port` is the destination pod's own.
    """
    found = list(policies)
    sides: tuple[tuple[Direction, Peer, Peer], ...] = (
        ("Egress", source, destination),
        ("Ingress", destination, source),
    )
    for direction, subject, other in sides:
        if not subject.is_pod:
            continue
        selecting = [policy for policy in found if selects(policy, subject, direction)]
        if selecting and not any(
            _permits(policy, direction, other, namespaces, destination, port, protocol)
            for policy in selecting
        ):
            return direction
    return None


def selects(policy: Object, pod: Peer, direction: Direction) -> bool:
    """Whether a policy isolates a pod in a direction."""
    spec = policy["spec"]
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return (
        direction in types
        and policy["metadata"]["namespace"] == pod.namespace
        and label_selector_matches(spec.get("podSelector") or {}, pod.labels)
    )


def _permits(
    policy: Object,
    direction: Direction,
    other: Peer,
    namespaces: Mapping[str, Mapping[str, str]],
    destination: Peer,
    port: int,
    protocol: str,
) -> bool:
    rules, peers = _SIDE[direction]
    home = policy["metadata"]["namespace"]
    return any(
        _on_port(rule.get("ports") or [], destination, port, protocol)
        and (
            not rule.get(peers)
            or any(_is_peer(item, home, other, namespaces) for item in rule[peers])
        )
        for rule in policy["spec"].get(rules) or []
    )


def _on_port(ports: list[Mapping[str, Any]], destination: Peer, number: int, protocol: str) -> bool:
    """Whether a rule's ports cover a port; a rule without any covers all."""
    if not ports:
        return True
    for item in ports:
        if item.get("protocol", "TCP") != protocol:
            continue
        wanted = item.get("port")
        if wanted is None:
            return True
        if isinstance(wanted, str):
            wanted = destination.ports.get(wanted)
        if wanted is not None and wanted <= number <= item.get("endPort", wanted):
            return True
    return False


def _is_peer(
    item: Mapping[str, Any], home: str, other: Peer, namespaces: Mapping[str, Mapping[str, str]]
) -> bool:
    if "ipBlock" in item:
        return _in_block(item["ipBlock"], other.ip)
    if not other.is_pod:
        return False
    if item.get("namespaceSelector") is not None:
        labels = namespaces.get(other.namespace, {})
        if not label_selector_matches(item["namespaceSelector"], labels):
            return False
    elif other.namespace != home:
        return False
    selector = item.get("podSelector")
    return selector is None or label_selector_matches(selector, other.labels)


def _in_block(block: Mapping[str, Any], ip: str) -> bool:
    if not ip:
        return False
    address = ip_address(ip)
    return address in ip_network(block["cidr"], strict=False) and not any(
        address in ip_network(hole, strict=False) for hole in block.get("except") or []
    )
