"""Whether a program gets a connection: name, Service, endpoints, policies, listening port, TLS.

Each step that fails gives the words a Go program logs for it; they are the observation from which a
reader tells a missing Service from a closed port and a dropped packet.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from sandbox.simulator import certificates
from sandbox.simulator.clock import seconds
from sandbox.simulator.controllers.owned import is_ready
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet import config
from sandbox.simulator.kubelet.profiles import profile
from sandbox.simulator.network.names import (
    Found,
    external,
    forbidden,
    outside_address,
    peer_of,
    ready_addresses,
    resolve,
)
from sandbox.simulator.network.policies import Peer
from sandbox.simulator.store import Object

Kind = Literal["dns", "refused", "timeout", "tls"]
API_SERVICE = ("default", "kubernetes")


class Failure(NamedTuple):
    """Why there is no connection."""

    kind: Kind
    text: str
    """As net and crypto/tls say it: `dial tcp 10.96.1.2:5432: connect: connection refused`."""


def connect(engine: Engine, pod: Object, target: str, scheme: str = "tcp") -> Failure | None:
    """What happens when a program in a pod connects to `host:port`; None when it works."""
    host, _, number = target.rpartition(":")
    host, port = host.strip("[]"), int(number)
    found = resolve(engine, pod, host)
    if isinstance(found, str):
        return Failure("dns", f"dial tcp: {found}")
    if found.service is not None:
        return _to_service(engine, pod, found, host, port, scheme)
    if found.external is not None:
        return _to_outside(engine, pod, found.external.host, host, port)
    other = _pod_at(engine, found.address)
    if other is not None:
        return _to_pod(engine, pod, other, found.address, port, port, host, scheme)
    for service in engine.store.list("services"):
        if service["spec"].get("clusterIP") == found.address:
            return _to_service(engine, pod, Found(service=service), host, port, scheme)
    return _to_outside(engine, pod, found.address, found.address, port)


def _to_service(
    engine: Engine, pod: Object, found: Found, host: str, port: int, scheme: str
) -> Failure | None:
    service = found.service or {}
    meta, spec = service["metadata"], service["spec"]
    if (meta["namespace"], meta["name"]) == API_SERVICE:
        return None
    backends = ready_addresses(engine, meta["namespace"], meta["name"])
    if spec.get("clusterIP") == "None":
        return _to_headless(engine, pod, found, backends, host, port, scheme)
    address = str(spec.get("clusterIP") or "")
    wanted = [item for item in spec.get("ports") or [] if item["port"] == port]
    if not wanted or wanted[0].get("protocol", "TCP") != "TCP":
        return _timeout(address, port)  # no rule of the proxy takes such a packet
    if not backends:
        return _refused(address, port)  # the proxy rejects what has no endpoint
    failure: Failure | None = None
    for backend in backends:
        number = _target_port(engine, service, wanted[0], backend)
        other = _pod_at(engine, backend)
        if number is None:
            failure = _refused(address, port)
        elif other is None:
            failure = _to_outside(engine, pod, backend, backend, number)
        else:
            failure = _to_pod(engine, pod, other, address, number, port, host, scheme)
        if failure is None:
            return None
    return failure


def _to_headless(
    engine: Engine,
    pod: Object,
    found: Found,
    backends: list[str],
    host: str,
    port: int,
    scheme: str,
) -> Failure | None:
    """A headless Service: the name gives the pods' own addresses, and no port is translated."""
    others = [(address, _pod_at(engine, address)) for address in backends]
    if found.hostname:
        others = [
            (address, other)
            for address, other in others
            if other is not None and other["spec"].get("hostname") == found.hostname
        ]
    if not others:
        resolver = engine.world.network.resolver
        return Failure("dns", f"dial tcp: lookup {host} on {resolver}:53: no such host")
    failure: Failure | None = None
    for address, other in others:
        if other is None:
            failure = _to_outside(engine, pod, address, address, port)
        else:
            failure = _to_pod(engine, pod, other, address, port, port, host, scheme)
        if failure is None:
            return None
    return failure


def _to_pod(
    engine: Engine,
    pod: Object,
    other: Object,
    address: str,
    number: int,
    port: int,
    host: str,
    scheme: str,
) -> Failure | None:
    """A connection to a pod's port `number`, which the program asked for as `address:port`."""
    same = pod["metadata"]["uid"] == other["metadata"]["uid"]
    if not same and forbidden(engine, peer_of(pod), peer_of(other), number):
        return _timeout(address, port)
    container = _listener(engine, other, number)
    if container is None:
        return _refused(address, port)
    if scheme != "https":
        return None
    path = profile(engine, container).tls
    shown = config.text_at(engine, other, container, f"{path}/tls.crt") if path else None
    if shown is None:
        return None
    problem = certificates.client_problem(shown, host, engine.now)
    return Failure("tls", problem) if problem is not None else None


def _to_outside(engine: Engine, pod: Object, entry: str, host: str, port: int) -> Failure | None:
    spec = external(engine, entry)
    address = host if host.replace(".", "").isdecimal() or ":" in host else outside_address(host)
    if forbidden(engine, peer_of(pod), Peer(address), port):
        return _timeout(address, port)
    match spec.state if spec is not None else "ok":
        case "refused":
            return _refused(address, port)
        case "timeout":
            return _timeout(address, port)
        case "tls-expired":
            since = engine.now - seconds(86_400)
            text = certificates.expired(engine.now, since.replace(hour=0, minute=0, second=0))
            return Failure("tls", f"tls: failed to verify certificate: {text}")
    return None


def _target_port(engine: Engine, service: Object, port: dict[str, Any], address: str) -> int | None:
    """The number behind a Service port at one endpoint, as its slice (or Endpoints) has it."""
    meta = service["metadata"]
    named = port.get("name", "")
    for item in engine.store.list("discovery.k8s.io/endpointslices", meta["namespace"]):
        if item["metadata"].get("labels", {}).get("kubernetes.io/service-name") != meta["name"]:
            continue
        if any(address in endpoint["addresses"] for endpoint in item.get("endpoints") or []):
            for known in item.get("ports") or []:
                if (known.get("name") or "") == named:
                    return _own_port(engine, port, address, int(known["port"]))
            return None
    endpoints = engine.store.get("endpoints", meta["namespace"], meta["name"]) or {}
    for subset in endpoints.get("subsets") or []:
        for known in subset.get("ports") or []:
            if (known.get("name") or "") == named:
                return int(known["port"])
    return None


def _own_port(engine: Engine, port: dict[str, Any], address: str, default: int) -> int | None:
    """A named target port may have another number in each pod."""
    other = _pod_at(engine, address)
    if other is None or not isinstance(port.get("targetPort"), str):
        return default
    return peer_of(other).ports.get(port["targetPort"])


def _pod_at(engine: Engine, address: str) -> Object | None:
    for pod in engine.store.list("pods"):
        if pod.get("status", {}).get("podIP") == address and not terminal(pod):
            return pod
    return None


def _listener(engine: Engine, pod: Object, number: int) -> dict[str, Any] | None:
    """The container of a pod that listens on a port now."""
    record = engine.pods.get(pod["metadata"]["uid"])
    containers = [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]
    for spec in containers:
        found: dict[str, Any] = spec
        if record is None:  # a recording: believe what is declared
            declared = [port["containerPort"] for port in spec.get("ports") or []]
            if is_ready(pod) and number in declared:
                return found
            continue
        known = record.containers.get(spec["name"])
        run = known.run if known is not None and known.phase == "running" else None
        if run is None or number not in run.ports:
            continue
        if (engine.now - run.started).total_seconds() >= run.listens_from:
            return found
    return None


def _refused(address: str, port: int) -> Failure:
    return Failure("refused", f"dial tcp {address}:{port}: connect: connection refused")


def _timeout(address: str, port: int) -> Failure:
    return Failure("timeout", f"dial tcp {address}:{port}: i/o timeout")
