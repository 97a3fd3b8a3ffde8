"""Services, endpoints, policies."""

from __future__ import annotations

from sandbox.simulator.defaults.parts import Json, child, each, fill, fill_empty
from sandbox.simulator.store import Object

STICKY_SECONDS = 10_800
"""Three hours of sessionAffinity ClientIP."""


def service(obj: Object) -> None:
    """A Service. Addresses and node ports are given out when it is written."""
    spec = child(obj, "spec")
    fill_empty(spec, sessionAffinity="None", type="ClusterIP")
    kind = spec["type"]
    if kind != "ExternalName":
        fill(spec, internalTrafficPolicy="Cluster", ipFamilyPolicy="SingleStack")
        fill_empty(spec, ipFamilies=["IPv4"])
    if kind in ("NodePort", "LoadBalancer"):
        fill_empty(spec, externalTrafficPolicy="Cluster")
    if kind == "LoadBalancer":
        fill(spec, allocateLoadBalancerNodePorts=True)
    if spec["sessionAffinity"] == "ClientIP":
        fill(child(spec, "sessionAffinityConfig", "clientIP"), timeoutSeconds=STICKY_SECONDS)
    for port in each(spec, "ports"):
        fill_empty(port, protocol="TCP")
        if port.get("port"):
            fill_empty(port, targetPort=port["port"])


def endpoints(obj: Object) -> None:
    """Endpoints."""
    for subset in each(obj, "subsets"):
        _protocols(subset)


def endpoint_slice(obj: Object) -> None:
    """An EndpointSlice."""
    for port in each(obj, "ports"):
        fill(port, name="", protocol="TCP")


def network_policy(obj: Object) -> None:
    """A NetworkPolicy: it is about what arrives, and about what leaves when it says so."""
    spec = child(obj, "spec")
    for direction in ("ingress", "egress"):
        for rule in each(spec, direction):
            _protocols(rule)
    kinds = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    fill_empty(spec, policyTypes=kinds)


def ingress_class(obj: Object) -> None:
    """An IngressClass."""
    parameters = child(obj, "spec").get("parameters")
    if isinstance(parameters, dict):
        fill(parameters, scope="Cluster")


def _protocols(part: Json) -> None:
    for port in each(part, "ports"):
        fill_empty(port, protocol="TCP")
