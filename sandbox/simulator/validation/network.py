"""NetworkPolicies, Ingresses and IngressClasses. After pkg/apis/networking/validation."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import (
    Json,
    entries,
    has,
    integer,
    listing,
    mapping,
    number,
    text,
    texts,
)
from sandbox.simulator.validation.ports import PROTOCOLS
from sandbox.simulator.validation.probes import port as port_or_name
from sandbox.simulator.validation.problem import Problem, bad, forbidden, required, unsupported
from sandbox.simulator.validation.selectors import label_selector

POLICY_TYPES = ("Ingress", "Egress")
PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def network_policy(obj: Json) -> Iterator[Problem]:
    """A NetworkPolicy."""
    spec = mapping(obj, "spec")
    yield from label_selector(spec.get("podSelector"), "spec.podSelector")
    for rules, peers in (("ingress", "from"), ("egress", "to")):
        for where, rule in entries(spec, rules, "spec"):
            for path, port in entries(rule, "ports", where):
                yield from _policy_port(port, path)
            for path, peer in entries(rule, peers, where):
                yield from _peer(peer, path)
    kinds = listing(spec, "policyTypes")
    if len(kinds) > len(POLICY_TYPES):
        yield bad("spec.policyTypes", kinds, "may not specify more than two policyTypes")
        return
    for index, kind in enumerate(kinds):
        if kind not in POLICY_TYPES:
            yield unsupported(f"spec.policyTypes[{index}]", kind, sorted(POLICY_TYPES))


def _policy_port(port: Json, path: str) -> Iterator[Problem]:
    protocol = port.get("protocol")
    if protocol is not None and protocol not in PROTOCOLS:
        yield unsupported(f"{path}.protocol", protocol, PROTOCOLS)
    first, last = port.get("port"), number(port, "endPort")
    if first is not None:
        yield from port_or_name(first, f"{path}.port")
        start = integer(first)
        if last is not None and start is None:
            yield bad(f"{path}.endPort", last, "may not be specified when `port` is non-numeric")
        elif last is not None and start is not None:
            if last < start:
                said = "must be greater than or equal to `port`"
                yield bad(f"{path}.endPort", last, said)
            if not 1 <= last <= 65535:
                yield bad(f"{path}.endPort", last, names.PORT_RANGE)
    elif last is not None:
        yield bad(f"{path}.endPort", last, "may not be specified when `port` is not specified")


def _peer(peer: Json, path: str) -> Iterator[Problem]:
    found = [key for key in ("podSelector", "namespaceSelector", "ipBlock") if has(peer, key)]
    for key in ("podSelector", "namespaceSelector"):
        if has(peer, key):
            yield from label_selector(peer[key], f"{path}.{key}")
    if has(peer, "ipBlock"):
        yield from _ip_block(mapping(peer, "ipBlock"), f"{path}.ipBlock")
    if not found:
        yield required(path, "must specify a peer")
    elif "ipBlock" in found and len(found) > 1:
        yield forbidden(path, "may not specify both ipBlock and another peer")


def _ip_block(block: Json, path: str) -> Iterator[Problem]:
    import ipaddress

    outer = text(block, "cidr")
    if not outer:
        yield required(f"{path}.cidr")
        return
    wrong = names.cidr(outer)
    yield from (bad(f"{path}.cidr", outer, said) for said in wrong)
    for index, inner in enumerate(texts(block, "except")):
        where = f"{path}.except[{index}]"
        unreadable = names.cidr(inner)
        yield from (bad(where, inner, said) for said in unreadable)
        if wrong or unreadable:
            continue
        whole = ipaddress.ip_network(outer, strict=False)
        part = ipaddress.ip_network(inner, strict=False)
        inside = whole.version == part.version and part.network_address in whole
        if not inside or part.prefixlen <= whole.prefixlen:
            yield bad(where, inner, "must be a strict subset of `cidr`")


def ingress(obj: Json) -> Iterator[Problem]:
    """An Ingress."""
    spec = mapping(obj, "spec")
    if not listing(spec, "rules") and not has(spec, "defaultBackend"):
        said = "either `defaultBackend` or `rules` must be specified"
        yield bad("spec", listing(spec, "rules"), said)
    if has(spec, "defaultBackend"):
        yield from _backend(mapping(spec, "defaultBackend"), "spec.defaultBackend")
    for where, rule in entries(spec, "rules", "spec"):
        host = text(rule, "host")
        if host:
            yield from _host(host, f"{where}.host")
        if not has(rule, "http"):
            continue
        http = mapping(rule, "http")
        if not listing(http, "paths"):
            yield required(f"{where}.http.paths")
        for path, entry in entries(http, "paths", f"{where}.http"):
            yield from _path(entry, path)
            yield from _backend(mapping(entry, "backend"), f"{path}.backend")
    for where, block in entries(spec, "tls", "spec"):
        for index, host in enumerate(texts(block, "hosts")):
            yield from _host(host, f"{where}.hosts[{index}]")
    name = spec.get("ingressClassName")
    if isinstance(name, str):
        yield from (bad("spec.ingressClassName", name, s) for s in names.dns_subdomain(name))


def _host(host: str, path: str) -> Iterator[Problem]:
    if not names.ip(host):
        yield bad(path, host, "must be a DNS name, not an IP address")
        return
    rule = names.wildcard_subdomain if "*" in host else names.dns_subdomain
    yield from (bad(path, host, said) for said in rule(host))


def _path(entry: Json, where: str) -> Iterator[Problem]:
    kind, value = entry.get("pathType"), text(entry, "path")
    if kind is None:
        yield required(f"{where}.pathType", "pathType must be specified")
    elif kind not in PATH_TYPES:
        yield unsupported(f"{where}.pathType", kind, PATH_TYPES)
    elif kind == "ImplementationSpecific":
        if value and not value.startswith("/"):
            yield bad(f"{where}.path", value, "must be an absolute path")
    else:
        if not value.startswith("/"):
            yield bad(f"{where}.path", value, "must be an absolute path")
        for part in ("//", "/./", "/../", "%2f", "%2F"):
            if part in value:
                yield bad(f"{where}.path", value, f"must not contain '{part}'")
        for suffix in ("/..", "/."):
            if value.endswith(suffix):
                yield bad(f"{where}.path", value, f"cannot end with '{suffix}'")


def _backend(backend: Json, path: str) -> Iterator[Problem]:
    has_service, has_resource = has(backend, "service"), has(backend, "resource")
    if has_service and has_resource:
        yield bad(path, "", "cannot set both resource and service backends")
        return
    if has_resource:
        for key in ("kind", "name"):
            if not text(mapping(backend, "resource"), key):
                yield required(f"{path}.resource.{key}")
        return
    if not has_service:
        yield required(path, "resource or service backend is required")
        return
    service = mapping(backend, "service")
    name = text(service, "name")
    if not name:
        yield required(f"{path}.service.name")
    else:
        yield from (bad(f"{path}.service.name", name, s) for s in names.dns_1035(name))
    port = mapping(service, "port")
    by_name, by_number = text(port, "name"), number(port, "number") or 0
    if by_name and by_number:
        yield bad(path, "", "cannot set both port name & port number")
    elif by_name:
        yield from (bad(f"{path}.service.port.name", by_name, s) for s in names.port_name(by_name))
    elif by_number:
        yield from port_or_name(by_number, f"{path}.service.port.number")
    else:
        yield required(path, "port name or number is required")


def ingress_class(obj: Json) -> Iterator[Problem]:
    """An IngressClass."""
    controller = text(mapping(obj, "spec"), "controller")
    if controller:
        parts = controller.split("/")
        if len(parts) < 2:
            said = 'must be a domain-prefixed path (such as "acme.io/foo")'
            yield bad("spec.controller", controller, said)
        else:
            yield from (
                bad("spec.controller", controller, s) for s in names.dns_subdomain(parts[0])
            )


def ingress_class_update(new: Json, old: Json) -> Iterator[Problem]:
    """The controller stays."""
    after = text(mapping(new, "spec"), "controller")
    if after != text(mapping(old, "spec"), "controller"):
        yield bad("spec.controller", after, names.IMMUTABLE)
