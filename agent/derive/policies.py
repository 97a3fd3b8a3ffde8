"""NetworkPolicies: whether those that select a pod let through the connection that its log complains of.

As in the API's words, a pod that no policy of a direction selects is open in that direction, and
policies only ever add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.derive.derivation import Derivation
from sandbox.simulator.selectors import label_selector_matches
from tools.fact import Fact
from tools.objects import ObjectRef

Direction = Literal["Egress", "Ingress"]
RULES: dict[Direction, tuple[str, str]] = {
    "Egress": ("egress", "to"),
    "Ingress": ("ingress", "from"),
}
SILENT = ("timeout", "unavailable")
"""Answers of a resolver whose packets never come back."""
NAMESPACE_LABEL = "kubernetes.io/metadata.name"
"""The label that every namespace has; others are only known where namespaces were read."""
DNS_PORT = 53


@dataclass(frozen=True)
class End:
    """One end of a connection: pods that are alike, or something outside the cluster."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    """Named container ports."""


@dataclass(frozen=True)
class Call:
    """What a container tried to reach."""

    service: str
    to: End
    port: int
    """The pods' own port."""
    protocol: str
    sources: tuple[Fact | None, ...]


def derive_policies(derivation: Derivation) -> None:
    """State policy.blocks of every container whose connection is kept back by policies."""
    index = derivation.index
    policies = [
        (ref, fact)
        for ref in index.objects("NetworkPolicy")
        if (fact := index.fact(ref, "policy.spec")) is not None
    ]
    if not policies:
        return
    for unreachable in list(index.named("log.unreachable")):
        labels = index.fact(unreachable.subject.whole(), "object.labels")
        if labels is None or not isinstance(labels.value, dict):
            continue
        source = End(str(unreachable.subject.namespace), _texts(labels.value))
        for call in _calls(derivation, unreachable):
            if _state(derivation, unreachable, labels, source, call, policies):
                break


def _state(
    derivation: Derivation,
    unreachable: Fact,
    labels: Fact,
    source: End,
    call: Call,
    policies: list[tuple[ObjectRef, Fact]],
) -> bool:
    sides: tuple[tuple[Direction, End, End], ...] = (
        ("Egress", source, call.to),
        ("Ingress", call.to, source),
    )
    for direction, subject, other in sides:
        selecting = [
            (ref, fact) for ref, fact in policies if _selects(ref, fact, subject, direction)
        ]
        found = _judge(direction, selecting, other, call)
        if selecting and found is not None:
            why, allowed = found
            value = {
                "direction": direction,
                "policies": sorted(ref.name for ref, _ in selecting),
                "service": call.service,
                "pods": dict(call.to.labels),
                "own": dict(source.labels),
                "port": call.port,
                "protocol": call.protocol,
                "why": why,
                "allowed": allowed,
            }
            told = [unreachable, *(fact for _, fact in selecting), labels, *call.sources]
            derivation.state(unreachable.subject, "policy.blocks", value, told)
            return True
    return False


def _calls(derivation: Derivation, unreachable: Fact) -> Iterator[Call]:
    """What the container's failing connection leads to, as far as it is known."""
    index = derivation.index
    value = unreachable.value if isinstance(unreachable.value, dict) else {}
    answer = index.fact(unreachable.subject, "log.resolver")
    if value.get("cause") == "dns":
        if answer and isinstance(answer.value, dict) and answer.value.get("answer") in SILENT:
            to = End("kube-system", {"k8s-app": "kube-dns"}, {"dns": DNS_PORT})
            yield Call("kube-dns", to, DNS_PORT, "UDP", (answer,))
        return
    if value.get("cause") != "timeout":
        return
    host, port = str(value.get("host") or ""), value.get("port")
    for service in index.objects("Service"):
        address = index.fact(service, "service.address")
        named = service.namespace == unreachable.subject.namespace and service.name == host
        if host.split(".")[:2] == [service.name, service.namespace]:
            named = True
        if not named and (address is None or address.value != host):
            continue
        yield from _to_service(derivation, service, port, address)


def _to_service(
    derivation: Derivation, service: ObjectRef, port: object, address: Fact | None
) -> Iterator[Call]:
    index = derivation.index
    selector = index.fact(service, "service.selector")
    wanted = _texts(index.mapping(service, "service.selector"))
    ports = index.fact(service, "service.ports")
    for pod in index.objects("Pod"):
        labels = index.fact(pod, "object.labels")
        if pod.namespace != service.namespace or labels is None or not wanted:
            continue
        own = _texts(labels.value if isinstance(labels.value, dict) else {})
        if not wanted.items() <= own.items():
            continue
        names = _named_ports(derivation, pod)
        for entry in ports.value if ports and isinstance(ports.value, list) else []:
            if not isinstance(entry, dict) or (port is not None and entry.get("port") != port):
                continue
            target = entry.get("target_port")
            number = names.get(target) if isinstance(target, str) else target
            if isinstance(number, int):
                protocol = str(entry.get("protocol") or "TCP")
                to = End(str(service.namespace), own, names)
                yield Call(service.name, to, number, protocol, (address, selector, ports, labels))
        return


def _named_ports(derivation: Derivation, pod: ObjectRef) -> dict[str, int]:
    return {
        str(port["name"]): int(str(port["port"]))
        for ref in derivation.owners.containers.get(pod, [])
        for port in derivation.index.items(ref, "spec.ports")
        if isinstance(port, dict) and port.get("name") and isinstance(port.get("port"), int)
    }


def _selects(ref: ObjectRef, fact: Fact, end: End, direction: Direction) -> bool:
    spec = _mapping(fact.value)
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if "egress" in spec else [])]
    return (
        bool(end.namespace)
        and ref.namespace == end.namespace
        and direction in types
        and label_selector_matches(_mapping(spec.get("podSelector")), end.labels)
    )


def _judge(
    direction: Direction, selecting: list[tuple[ObjectRef, Fact]], other: End, call: Call
) -> tuple[str, list[Any]] | None:
    """Why no rule lets it through, with what the nearest ones allow; None when one does."""
    rules_key, peers_key = RULES[direction]
    ports: list[Any] = []
    peers: list[Any] = []
    for ref, fact in selecting:
        for rule in _mapping(fact.value).get(rules_key) or []:
            on_port = _on_port(rule.get("ports") or [], call)
            listed = rule.get(peers_key) or []
            to_peer = not listed or any(
                _is_peer(item, str(ref.namespace), other) for item in listed
            )
            if on_port and to_peer:
                return None
            if to_peer:
                ports += [item.get("port") for item in rule["ports"]]
            elif on_port:
                peers += [_mapping(_mapping(item).get("podSelector")) for item in listed]
    if ports:
        return "port", ports
    labels = [_mapping(item.get("matchLabels")) for item in peers]
    return ("peer", [item for item in labels if item]) if peers else ("none", [])


def _on_port(ports: list[Any], call: Call) -> bool:
    if not ports:
        return True
    for item in map(_mapping, ports):
        wanted = item.get("port")
        if isinstance(wanted, str):
            wanted = call.to.ports.get(wanted)
        if item.get("protocol", "TCP") == call.protocol and (
            item.get("port") is None
            or (wanted is not None and wanted <= call.port <= item.get("endPort", wanted))
        ):
            return True
    return False


def _is_peer(item: Any, home: str, other: End) -> bool:
    peer = _mapping(item)
    if "ipBlock" in peer:
        return not other.namespace  # addresses of pods are not what blocks are written for
    if not other.namespace:
        return False
    if peer.get("namespaceSelector") is not None:
        labels = {NAMESPACE_LABEL: other.namespace}
        if not label_selector_matches(_mapping(peer["namespaceSelector"]), labels):
            return False
    elif other.namespace != home:
        return False
    selector = peer.get("podSelector")
    return selector is None or label_selector_matches(_mapping(selector), other.labels)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(item) for key, item in value.items()}
