"""Whether a program gets a connection: name, Service, endpoints, policies, listening port, TLS.

Each step that fails gives the words a Go program logs for it; they are the observation from which a
reader tells a missing Service from a closed port and a dropped packet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from sandbox.simulator import certificates
from sandbox.simulator.clock import seconds
from sandbox.simulator.conditions import is_ready
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


class _Attempt(NamedTuple):
    """A program in a pod that asks for `host:port`."""

    engine: Engine
    pod: Object
    host: str
    port: int
    scheme: str


def connect(engine: Engine, pod: Object, target: str, scheme: str = "tcp") -> Failure | None:
    """What happens when a program in a pod connects to `host:port`; None when it works."""
    host, _, number = target.rpartition(":")
    host, port = host.strip("[]"), int(number)
    attempt = _Attempt(engine, pod, host, port, scheme)
    found = resolve(engine, pod, host)
    if isinstance(found, str):
        return Failure("dns", f"dial tcp: {found}")
    if found.service is not None:
        return _to_service(attempt, found)
    if found.external is not None:
        return _to_outside(engine, pod, found.external.host, host, port)
    if _pod_at(engine, found.address) is None:
        for service in engine.store.list("services"):
            if service["spec"].get("clusterIP") == found.address:
                return _to_service(attempt, Found(service=service))
    return _to_backend(attempt, found.address, found.address, port)


def _to_service(attempt: _Attempt, found: Found) -> Failure | None:
    engine, port, service = attempt.engine, attempt.port, found.service or {}
    meta, spec = service["metadata"], service["spec"]
    if (meta["namespace"], meta["name"]) == API_SERVICE:
        return None
    backends = ready_addresses(engine, meta["namespace"], meta["name"])
    if spec.get("clusterIP") == "None":
        return _to_headless(attempt, found, backends)
    address = str(spec.get("clusterIP") or "")
    wanted = [item for item in spec.get("ports") or [] if item["port"] == port]
    if not wanted or wanted[0].get("protocol", "TCP") != "TCP":
        return _timeout(address, port)  # no rule of the proxy takes such a packet
    if not backends:
        return _refused(address, port)  # the proxy rejects what has no endpoint

    def way(backend: str) -> Failure | None:
        number = _target_port(engine, service, wanted[0], backend)
        if number is None:
            return _refused(address, port)
        return _to_backend(attempt, backend, address, number)

    return _any_of(map(way, backends))


def _to_headless(attempt: _Attempt, found: Found, backends: list[str]) -> Failure | None:
    """A headless Service: the name gives the pods' own addresses, and no port is translated."""
    engine, host = attempt.engine, attempt.host
    if found.hostname:
        others = [(address, _pod_at(engine, address)) for address in backends]
        backends = [
            address
            for address, other in others
            if other is not None and other["spec"].get("hostname") == found.hostname
        ]
    if not backends:
        resolver = engine.world.network.resolver
        return Failure("dns", f"dial tcp: lookup {host} on {resolver}:53: no such host")
    return _any_of(_to_backend(attempt, item, item, attempt.port) for item in backends)


def _any_of(ways: Iterable[Failure | None]) -> Failure | None:
    """None as soon as one way works, else how the last one failed."""
    failure: Failure | None = None
    for failure in ways:
        if failure is None:
            return None
    return failure


def _to_backend(attempt: _Attempt, backend: str, address: str, number: int) -> Failure | None:
    """A connection to port `number` of a backend, which the program asked for as `address`."""
    engine, pod, port = attempt.engine, attempt.pod, attempt.port
    other = _pod_at(engine, backend)
    if other is None:
        return _to_outside(engine, pod, backend, backend, number)
    same = pod["metadata"]["uid"] == other["metadata"]["uid"]
    if not same and forbidden(engine, peer_of(pod), peer_of(other), number):
        return _timeout(address, port)
    container = _listener(engine, other, number)
    if container is None:
        return _refused(address, port)
    if attempt.scheme != "https":
        return None
    path = profile(engine, container).tls
    shown = config.text_at(engine, other, container, f"{path}/tls.crt") if path else None
    if shown is None:
        return None
    problem = certificates.client_problem(shown, attempt.host, engine.now)
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
