"""Ports of containers and Services."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import Json, entries, number, text
from sandbox.simulator.validation.problem import Problem, bad, duplicate, required, unsupported

PROTOCOLS = ("SCTP", "TCP", "UDP")


def container_ports(container: Json, where: str) -> Iterator[Problem]:
    """The ports of one container."""
    seen: set[str] = set()
    for path, port in entries(container, "ports", where):
        name = text(port, "name")
        said = names.port_name(name) if name else ()
        yield from (bad(f"{path}.name", name, words) for words in said)
        if name and not said:
            if name in seen:
                yield duplicate(f"{path}.name", name)
            seen.add(name)
        value = number(port, "containerPort") or 0
        if value == 0:
            yield required(f"{path}.containerPort")
        else:
            yield from port_number(value, f"{path}.containerPort")
        host = number(port, "hostPort") or 0
        if host:
            yield from port_number(host, f"{path}.hostPort")
        yield from protocol(port, path)


def host_ports(listed: list[tuple[str, Json]]) -> Iterator[Problem]:
    """Ports of the node, which only one of a pod's containers can have."""
    taken: set[tuple[str, str, int]] = set()
    for where, container in listed:
        for path, port in entries(container, "ports", where):
            host = number(port, "hostPort") or 0
            if not host:
                continue
            key = (text(port, "protocol"), text(port, "hostIP"), host)
            if key in taken:
                yield duplicate(f"{path}.hostPort", "/".join(map(str, key)))
            taken.add(key)


def port_number(value: int, path: str) -> Iterator[Problem]:
    """A port's number."""
    if not 1 <= value <= 65535:
        yield bad(path, value, names.PORT_RANGE)


def protocol(port: Json, path: str) -> Iterator[Problem]:
    """A port's protocol."""
    value = text(port, "protocol")
    if not value:
        yield required(f"{path}.protocol")
    elif value not in PROTOCOLS:
        yield unsupported(f"{path}.protocol", value, PROTOCOLS)
