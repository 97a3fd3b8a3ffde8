"""Probes and lifecycle hooks of a container: one handler each, and sensible numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import Json, has, integer, listing, mapping, number, text
from sandbox.simulator.validation.problem import Problem, bad, forbidden, required, unsupported

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_HOOKS = ("exec", "httpGet", "tcpSocket", "sleep")
_SECONDS = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
)


def probes(container: Json, where: str) -> Iterator[Problem]:
    """The three probes of a container."""
    for name in PROBES:
        if not has(container, name):
            continue
        probe, path = mapping(container, name), f"{where}.{name}"
        yield from _handler(probe, path, _HANDLERS)
        for key in _SECONDS:
            value = number(probe, key)
            if value is not None and value < 0:
                yield bad(f"{path}.{key}", value, names.NOT_NEGATIVE)
        grace = number(probe, "terminationGracePeriodSeconds")
        if grace is not None and name == "readinessProbe":
            said = "must not be set for readinessProbes"
            yield bad(f"{path}.terminationGracePeriodSeconds", grace, said)
        elif grace is not None and grace <= 0:
            yield bad(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0")
        success = number(probe, "successThreshold")
        if name != "readinessProbe" and success not in (None, 1):
            yield bad(f"{path}.successThreshold", success, "must be 1")


def lifecycle(container: Json, where: str) -> Iterator[Problem]:
    """PostStart and preStop."""
    for name in ("postStart", "preStop"):
        hooks = mapping(container, "lifecycle")
        if has(hooks, name):
            yield from _handler(mapping(hooks, name), f"{where}.lifecycle.{name}", _HOOKS)


def _handler(handler: Json, path: str, kinds: tuple[str, ...]) -> Iterator[Problem]:
    found = [kind for kind in kinds if has(handler, kind)]
    for index, kind in enumerate(found):
        here = f"{path}.{kind}"
        if index:
            yield forbidden(here, "may not specify more than 1 handler type")
            continue
        yield from _action(kind, mapping(handler, kind), here)
    if not found:
        yield required(path, "must specify a handler type")


def _action(kind: str, action: Json, path: str) -> Iterator[Problem]:
    if kind == "exec":
        if not listing(action, "command"):
            yield required(f"{path}.command")
    elif kind == "httpGet":
        if not text(action, "path"):
            yield required(f"{path}.path")
        yield from port(action.get("port"), f"{path}.port")
        scheme = text(action, "scheme")
        if scheme not in ("HTTP", "HTTPS"):
            yield unsupported(f"{path}.scheme", scheme, ("HTTP", "HTTPS"))
    elif kind in ("tcpSocket", "grpc"):
        yield from port(action.get("port"), f"{path}.port")


def port(value: Any, path: str) -> Iterator[Problem]:
    """A port by number or name (IntOrString); 0 when it is missing."""
    if isinstance(value, str):
        yield from (bad(path, value, said) for said in names.port_name(value))
        return
    found = integer(value) or 0
    if not 1 <= found <= 65535:
        yield bad(path, found, names.PORT_RANGE)
