"""Services. After ValidateService in pkg/apis/core/validation."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import Json, entries, has, listing, mapping, number, text
from sandbox.simulator.validation.meta import entry_name, labels
from sandbox.simulator.validation.ports import port_number, protocol
from sandbox.simulator.validation.probes import port as port_or_name
from sandbox.simulator.validation.problem import (
    Problem,
    bad,
    duplicate,
    forbidden,
    required,
    unsupported,
)

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
AFFINITIES = ("ClientIP", "None")
POLICIES = ("Cluster", "Local")
FAMILIES = ("IPv4", "IPv6")
FAMILY_POLICIES = ("PreferDualStack", "RequireDualStack", "SingleStack")
NODE_PORTS = (30000, 32767)
"""The range that a server uses unless told otherwise."""


def service(obj: Json) -> Iterator[Problem]:
    """A Service."""
    spec = mapping(obj, "spec")
    kind, address = text(spec, "type"), text(spec, "clusterIP")
    headless = address == "None"
    if kind == "LoadBalancer" and headless:
        said = "may not be set to 'None' for LoadBalancer services"
        yield bad("spec.clusterIPs[0]", address, said)
    elif kind == "NodePort" and headless:
        said = "may not be set to 'None' for NodePort services"
        yield bad("spec.clusterIPs[0]", address, said)
    elif kind == "ExternalName":
        yield from _external(spec)
    if not listing(spec, "ports") and not headless and kind != "ExternalName":
        yield required("spec.ports")
    yield from _ports(spec, kind)
    yield from labels(spec.get("selector"), "spec.selector")
    yield from _word(spec, "sessionAffinity", AFFINITIES, needed=True)
    if address and not headless and kind != "ExternalName":
        yield from (bad("spec.clusterIPs[0]", address, said) for said in names.ip(address))
    yield from _word(spec, "type", TYPES, needed=True)
    if kind in ("ClusterIP", "ExternalName"):
        yield from _no_node_ports(spec, kind)
    yield from _word(spec, "internalTrafficPolicy", POLICIES)
    if has(spec, "externalTrafficPolicy"):
        if kind not in ("LoadBalancer", "NodePort") and not listing(spec, "externalIPs"):
            said = "may only be set for externally-accessible services"
            value = spec["externalTrafficPolicy"]
            yield bad("spec.externalTrafficPolicy", value, said)
        else:
            yield from _word(spec, "externalTrafficPolicy", POLICIES)
    yield from _word(spec, "ipFamilyPolicy", FAMILY_POLICIES)
    for index, family in enumerate(listing(spec, "ipFamilies")):
        if family not in FAMILIES:
            yield unsupported(f"spec.ipFamilies[{index}]", family, FAMILIES)


def _word(
    spec: Json, key: str, allowed: tuple[str, ...], *, needed: bool = False
) -> Iterator[Problem]:
    value = text(spec, key)
    if not value:
        if needed:
            yield required(f"spec.{key}")
    elif value not in allowed:
        yield unsupported(f"spec.{key}", value, allowed)


def _external(spec: Json) -> Iterator[Problem]:
    if text(spec, "clusterIP"):
        said = "may not be set for ExternalName services"
        yield forbidden("spec.clusterIPs[0]", said)
    name = text(spec, "externalName")
    if not name:
        yield required("spec.externalName")
    else:
        said_of = names.dns_subdomain(name.removesuffix("."))
        yield from (bad("spec.externalName", name, said) for said in said_of)


def _ports(spec: Json, kind: str) -> Iterator[Problem]:
    listed = list(entries(spec, "ports", "spec"))
    seen: set[str] = set()
    numbers: set[tuple[str, int]] = set()
    nodes: set[tuple[str, int]] = set()
    for where, port in listed:
        yield from entry_name(port, where, seen, needed=len(listed) > 1)
        yield from port_number(number(port, "port") or 0, f"{where}.port")
        yield from protocol(port, where)
        if kind != "ExternalName" and has(port, "targetPort"):
            yield from port_or_name(port.get("targetPort"), f"{where}.targetPort")
        node = number(port, "nodePort") or 0
        transport = text(port, "protocol")
        if node:
            if (transport, node) in nodes:
                yield duplicate(f"{where}.nodePort", node)
            nodes.add((transport, node))
            if not NODE_PORTS[0] <= node <= NODE_PORTS[1]:
                first, last = NODE_PORTS
                said = (
                    "provided port is not in the valid range. The range of valid ports is "
                    f"{first}-{last}"
                )
                yield bad(f"{where}.nodePort", node, said)
        key = (transport, number(port, "port") or 0)
        if key in numbers:
            yield duplicate(where, {"Protocol": key[0], "Port": key[1]})
        numbers.add(key)


def _no_node_ports(spec: Json, kind: str) -> Iterator[Problem]:
    for where, port in entries(spec, "ports", "spec"):
        if number(port, "nodePort"):
            said = f"may not be used when `type` is '{kind}'"
            yield forbidden(f"{where}.nodePort", said)


def service_update(new: Json, old: Json) -> Iterator[Problem]:
    """A cluster IP stays, unless the Service becomes or was an ExternalName."""
    after, before = mapping(new, "spec"), mapping(old, "spec")
    if "ExternalName" in (text(after, "type"), text(before, "type")):
        return
    held, wanted = text(before, "clusterIP"), text(after, "clusterIP")
    if held and wanted != held:
        shown = listing(after, "clusterIPs") or [wanted]
        yield bad("spec.clusterIPs[0]", shown, "may not change once set")
