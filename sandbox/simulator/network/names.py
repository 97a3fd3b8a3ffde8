"""DNS as a pod sees it: search domains, Services, headless names, and the world outside.

A name outside the cluster resolves when the world lists it, or when it ends in a top-level domain
that a bystander may well use; anything else is a typing error, and does not exist.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple

from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import rng
from sandbox.simulator.network.policies import Peer, denial
from sandbox.simulator.store import Object
from sandbox.simulator.world import External

NDOTS = 5
"""Names with fewer dots are tried below the search domains first (the kubelet's resolv.conf)."""
DNS_SERVICE = ("kube-system", "kube-dns")
_DNS_LABELS = {"k8s-app": "kube-dns"}
_TOP_LEVEL = frozenset(("app", "cloud", "com", "dev", "example", "io", "net", "org"))


class Found(NamedTuple):
    """What a name stands for: a Service, one pod of a headless Service, or a host outside."""

    service: Object | None = None
    hostname: str = ""
    external: External | None = None
    address: str = ""
    """An IP address that was written instead of a name."""


def resolve(engine: Engine, pod: Object, host: str) -> Found | str:
    """What `host` stands for in a pod, or the lookup's error in a Go program's words."""
    if _is_address(host):
        return Found(address=host)
    for alias in pod["spec"].get("hostAliases") or []:
        if host in alias.get("hostnames", []):
            return Found(address=alias["ip"])
    resolver = _resolver(engine, pod)
    head = f"lookup {host} on {resolver}:53: "
    inside = resolver == _cluster_resolver(engine)
    problem = _resolver_problem(engine, pod, resolver) if inside else None
    if problem is not None:
        return head + problem
    seen: set[str] = set()
    found = _walk(engine, pod, host, seen, inside=inside)
    return found if found is not None else head + "no such host"


def _walk(engine: Engine, pod: Object, host: str, seen: set[str], *, inside: bool) -> Found | None:
    """Follow search domains and ExternalName Services."""
    if host in seen:
        return None
    seen.add(host)
    if inside:
        for name in _candidates(engine, pod, host):
            found = _in_cluster(engine, name)
            if found is None:
                continue
            service = found.service
            if service is not None and service["spec"].get("type") == "ExternalName":
                target = str(service["spec"].get("externalName", "")).rstrip(".")
                return _walk(engine, pod, target + ".", seen, inside=True)
            return found
    return _outside(engine, host.rstrip("."))


def _candidates(engine: Engine, pod: Object, host: str) -> list[str]:
    """Full names in the order in which a resolver asks for them."""
    if host.endswith("."):
        return [host.rstrip(".")]
    config = pod["spec"].get("dnsConfig") or {}
    domain, namespace = engine.world.network.domain, pod["metadata"]["namespace"]
    searches = list(config.get("searches") or [])
    if pod["spec"].get("dnsPolicy", "ClusterFirst") != "None":
        searches = [f"{namespace}.svc.{domain}", f"svc.{domain}", domain, *searches]
    ndots = NDOTS
    for option in config.get("options") or []:
        if option.get("name") == "ndots" and str(option.get("value", "")).isdecimal():
            ndots = int(option["value"])
    below = [f"{host}.{search}" for search in searches]
    return [*below, host] if host.count(".") < ndots else [host, *below]


def _in_cluster(engine: Engine, name: str) -> Found | None:
    """The Service, or the pod of a headless Service, that a full name stands for."""
    suffix = f".svc.{engine.world.network.domain}"
    if not name.endswith(suffix):
        return None
    labels = name.removesuffix(suffix).split(".")
    if len(labels) not in (2, 3):
        return None
    *hostname, service, namespace = labels
    found = engine.store.get("services", namespace, service)
    if found is None:
        return None
    if hostname and found["spec"].get("clusterIP") != "None":
        return None
    return Found(service=found, hostname=hostname[0] if hostname else "")


def _outside(engine: Engine, host: str) -> Found | None:
    spec = external(engine, host)
    if spec is None and host.rpartition(".")[2] in _TOP_LEVEL and "." in host:
        spec = External(host=host)
    return None if spec is None or spec.state == "nxdomain" else Found(external=spec)


def external(engine: Engine, host: str) -> External | None:
    """The world's entry for a host name or address outside the cluster."""
    for spec in engine.world.externals:
        if spec.host == host or (spec.host.startswith("*.") and host.endswith(spec.host[1:])):
            return spec
    return None


def outside_address(host: str) -> str:
    """A stable address for a host outside, from the range for documentation (RFC 5737)."""
    return f"203.0.113.{rng('outside', host).randrange(1, 255)}"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _cluster_resolver(engine: Engine) -> str:
    service = engine.store.get("services", *DNS_SERVICE)
    address = (service or {}).get("spec", {}).get("clusterIP")
    return str(address or engine.world.network.resolver)


def _resolver(engine: Engine, pod: Object) -> str:
    """The resolver a pod asks; a hostNetwork pod with ClusterFirst asks the node's."""
    spec = pod["spec"]
    policy = spec.get("dnsPolicy", "ClusterFirst")
    servers = (spec.get("dnsConfig") or {}).get("nameservers") or []
    if policy == "None":
        return str(servers[0]) if servers else "127.0.0.1"
    if policy == "Default" or (policy == "ClusterFirst" and spec.get("hostNetwork")):
        return "169.254.169.254"
    return _cluster_resolver(engine)


def _resolver_problem(engine: Engine, pod: Object, resolver: str) -> str | None:
    """Why the cluster's resolver gives no answer, in the words behind `lookup x on y:53: `."""
    port = rng("port", pod["metadata"]["uid"]).randrange(32768, 60999)
    mine = f"{pod['status'].get('podIP', '')}:{port}"
    silent = f"read udp {mine}->{resolver}:53: i/o timeout"
    network = engine.world.network
    if network.dns == "servfail":
        return "server misbehaving"
    if network.dns == "down" or _blocked(engine, pod):
        return silent
    if engine.store.get("services", *DNS_SERVICE) is None:
        return None  # a world without CoreDNS objects has a resolver all the same
    if not ready_addresses(engine, *DNS_SERVICE):
        return f"read udp {mine}->{resolver}:53: read: connection refused"
    return None


def ready_addresses(engine: Engine, namespace: str, service: str) -> list[str]:
    """Addresses of a Service's ready endpoints: of its slices, or of Endpoints made by hand."""
    found: list[str] = []
    key = "discovery.k8s.io/endpointslices"
    slices = [
        item
        for item in engine.store.list(key, namespace)
        if item["metadata"].get("labels", {}).get("kubernetes.io/service-name") == service
    ]
    for item in slices:
        for endpoint in item.get("endpoints") or []:
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                found += endpoint["addresses"]
    if not slices:
        endpoints = engine.store.get("endpoints", namespace, service) or {}
        for subset in endpoints.get("subsets") or []:
            found += [address["ip"] for address in subset.get("addresses") or []]
    return sorted(set(found))


def _blocked(engine: Engine, pod: Object) -> bool:
    """Whether policies keep a pod from asking the resolver."""
    if not engine.world.network.policies:
        return False
    namespace = DNS_SERVICE[0]
    peers = [
        peer_of(other)
        for other in engine.store.list("pods", namespace)
        if other["metadata"].get("labels", {}).get("k8s-app") == "kube-dns"
    ] or [Peer("", namespace, _DNS_LABELS, {"dns": 53, "dns-tcp": 53})]
    return all(forbidden(engine, peer_of(pod), peer, 53, "UDP") for peer in peers)


def forbidden(
    engine: Engine, source: Peer, destination: Peer, port: int, protocol: str = "TCP"
) -> bool:
    """Whether the cluster's policies forbid a connection, and its network enforces them."""
    if not engine.world.network.policies:
        return False
    policies = engine.store.list("networking.k8s.io/networkpolicies")
    if not policies:
        return False
    labels = {
        item["metadata"]["name"]: item["metadata"].get("labels", {})
        for item in engine.store.list("namespaces")
    }
    return denial(policies, labels, source, destination, port, protocol) is not None


def peer_of(pod: Object) -> Peer:
    """A pod as policies see it; a pod on its node's network is an address like any other."""
    meta, ip = pod["metadata"], pod.get("status", {}).get("podIP", "")
    if pod["spec"].get("hostNetwork"):
        return Peer(ip)
    ports = {
        port["name"]: int(port["containerPort"])
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or []
        if port.get("name")
    }
    return Peer(ip, meta["namespace"], meta.get("labels", {}), ports)
