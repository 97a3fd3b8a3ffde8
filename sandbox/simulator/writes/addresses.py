"""Addresses that the server hands out to Services: cluster IPs and node ports."""

from __future__ import annotations

import copy
from ipaddress import ip_address, ip_network
from typing import Any

from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import rng
from sandbox.simulator.resources import BY_KEY
from sandbox.simulator.store import Object
from sandbox.simulator.validation.problem import Problem, bad, invalid

CLUSTER_NETWORK = ip_network("10.96.0.0/16")
NODE_PORTS = range(30000, 32768)
TRIES = 1000
"""Draws for a free address; a simulated cluster uses some dozens of 65,000."""


def assign(engine: Engine, service: Object) -> None:
    """Give a new Service what it asks for or lacks, in place. Raises ApiFailure 422."""
    spec = service["spec"]
    if spec.get("type") == "ExternalName":
        return
    problems = _cluster_ip(engine, service, spec)
    problems += _node_ports(engine, service, spec)
    if problems:
        raise invalid(BY_KEY["services"], service["metadata"]["name"], problems)


def carried(engine: Engine, new: Object, old: Object) -> Object:
    """A Service that replaces another keeps its addresses unless it says otherwise."""
    new = {**new, "spec": copy.deepcopy(new.get("spec") or {})}
    spec, was = new["spec"], old.get("spec") or {}
    if spec.get("type") == "ExternalName":
        if spec.get("clusterIP") == was.get("clusterIP"):
            for field in ("clusterIP", "clusterIPs"):
                spec.pop(field, None)
        return new
    for field in ("clusterIP", "clusterIPs"):
        if not spec.get(field) and was.get(field):
            spec[field] = was[field]
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        known = {(item.get("port"), item.get("protocol")): item for item in was.get("ports") or []}
        for item in spec.get("ports") or []:
            before = known.get((item.get("port"), item.get("protocol")), {})
            if not item.get("nodePort") and before.get("nodePort"):
                item["nodePort"] = before["nodePort"]
    elif was.get("type") in ("NodePort", "LoadBalancer"):
        known_ports = {item.get("nodePort") for item in was.get("ports") or []}
        for item in spec.get("ports") or []:
            if item.get("nodePort") in known_ports:
                item.pop("nodePort")
    assign(engine, new)
    return new


def _cluster_ip(engine: Engine, service: Object, spec: dict[str, Any]) -> list[Problem]:
    given = spec.get("clusterIP")
    if given == "None":
        spec["clusterIPs"] = ["None"]
        return []
    taken = {
        item["spec"].get("clusterIP")
        for item in engine.store.list("services")
        if not _same(item, service)
    }
    if given:
        spec["clusterIPs"] = spec.get("clusterIPs") or [given]
        why = _unfit(given, taken)
        text = f"failed to allocate IP {given}: {why}"
        return [bad("spec.clusterIPs", [given], text)] if why else []
    meta = service["metadata"]
    draw = rng(engine.seed, "service", meta["namespace"], meta["name"])
    for _ in range(TRIES):
        address = f"10.96.{draw.randrange(1, 255)}.{draw.randrange(1, 255)}"
        if address not in taken:
            break
    spec["clusterIP"] = address
    spec["clusterIPs"] = [address]
    return []


def _unfit(text: str, taken: set[Any]) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return ""  # not an address at all: the rules of the kind say so
    if address not in CLUSTER_NETWORK:
        limits = f"The range of valid IPs is {CLUSTER_NETWORK}"
        return f"the provided IP ({text}) is not in the valid range. {limits}"
    return "provided IP is already allocated" if text in taken else ""


def _node_ports(engine: Engine, service: Object, spec: dict[str, Any]) -> list[Problem]:
    if spec.get("type") not in ("NodePort", "LoadBalancer"):
        return []
    taken = {
        (port.get("nodePort"), port.get("protocol", "TCP"))
        for item in engine.store.list("services")
        if not _same(item, service)
        for port in item["spec"].get("ports") or []
        if port.get("nodePort")
    }
    wants = spec.get("type") == "NodePort" or spec.get("allocateLoadBalancerNodePorts", True)
    meta, problems = service["metadata"], []
    draw = rng(engine.seed, "node-port", meta["namespace"], meta["name"])
    for index, port in enumerate(spec.get("ports") or []):
        given, protocol = port.get("nodePort"), port.get("protocol", "TCP")
        if given:
            field = f"spec.ports[{index}].nodePort"
            if given not in NODE_PORTS:
                limits = "The range of valid ports is 30000-32767"
                text = f"provided port is not in the valid range. {limits}"
                problems.append(bad(field, given, text))
            elif (given, protocol) in taken:
                problems.append(bad(field, given, "provided port is already allocated"))
        elif wants:
            number = draw.choice(NODE_PORTS)
            while (number, protocol) in taken:
                number = draw.choice(NODE_PORTS)
            port["nodePort"] = number
        taken.add((port.get("nodePort"), protocol))
    return problems


def _same(one: Object, other: Object) -> bool:
    a, b = one["metadata"], other["metadata"]
    return bool((a["name"], a.get("namespace")) == (b["name"], b.get("namespace")))
