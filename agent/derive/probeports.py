"""Probe ports: a probe that asks a port its container neither declares nor says it listens on."""

from __future__ import annotations

from agent.derive.derivation import Derivation
from tools.fact import Fact

PROBES = ("readiness", "liveness", "startup")
"""In the order of their weight: of several wrong ones the last is told, as it holds back the others."""


def derive_probe_ports(derivation: Derivation) -> None:
    """State port.mismatch of every container whose probe asks a port that is not the container's."""
    index = derivation.index
    for probe in PROBES:
        for fact in list(index.named(f"spec.probe.{probe}")):
            port = fact.value.get("port") if isinstance(fact.value, dict) else None
            if port is None:
                continue
            ports_fact = index.fact(fact.subject, "spec.ports")
            listening = index.fact(fact.subject, "log.listening")
            numbers, names = declared_ports([ports_fact] if ports_fact else [])
            if listening is not None and isinstance(listening.value, int):
                # What it says comes first: a declared port may be one that it does not open.
                rest = sorted(numbers - {listening.value})
                ports = [listening.value, *rest]
            else:
                ports = sorted(numbers)
            if (ports or names) and port not in ports and port not in names:
                value = {"wanted": port, "declared": list(ports), "what": probe}
                sources = [fact, ports_fact, listening]
                derivation.state(fact.subject, "port.mismatch", value, sources)


def declared_ports(facts: list[Fact]) -> tuple[set[int], set[str]]:
    """The numbers and names of containerPorts in `spec.ports` facts."""
    numbers: set[int] = set()
    names: set[str] = set()
    for fact in facts:
        for port in fact.value if isinstance(fact.value, list) else []:
            if isinstance(port, dict):
                if isinstance(port.get("port"), int):
                    numbers.add(int(str(port["port"])))
                if port.get("name"):
                    names.add(str(port["name"]))
    return numbers, names
