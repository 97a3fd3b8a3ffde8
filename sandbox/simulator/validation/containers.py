"""Containers: images, mounts, security, and the rules of their parts.

After validateContainers in pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation.amounts import resources
from sandbox.simulator.validation.environment import environment
from sandbox.simulator.validation.fields import Json, entries, has, mapping, number, text
from sandbox.simulator.validation.meta import entry_name
from sandbox.simulator.validation.ports import container_ports, host_ports
from sandbox.simulator.validation.probes import lifecycle, probes
from sandbox.simulator.validation.problem import (
    Problem,
    bad,
    forbidden,
    not_found,
    required,
    unsupported,
)

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
TERMINATION = ("FallbackToLogsOnError", "File")


def containers(spec: Json, path: str, volumes: frozenset[str]) -> Iterator[Problem]:
    """All containers of a pod spec; `volumes` are the names that mounts may use."""
    listed = list(entries(spec, "containers", path))
    if not listed:
        yield required(f"{path}.containers")
    seen: set[str] = set()
    for where, container in listed:
        yield from _container(container, where, volumes, seen)
        yield from lifecycle(container, where)
        yield from probes(container, where)
        yield from _restart(container, where, init=False)
    yield from host_ports(listed)
    for where, container in entries(spec, "initContainers", path):
        yield from _container(container, where, volumes, seen)
        yield from _restart(container, where, init=True)
        if text(container, "restartPolicy") == "Always":
            yield from lifecycle(container, where)
            yield from probes(container, where)
            continue
        for name in ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe"):
            if has(container, name):
                said = "may not be set for init containers without restartPolicy=Always"
                yield forbidden(f"{where}.{name}", said)


def _container(
    container: Json, where: str, volumes: frozenset[str], seen: set[str]
) -> Iterator[Problem]:
    yield from entry_name(container, where, seen)
    image = text(container, "image")
    if not image:
        yield required(f"{where}.image")
    elif image != image.strip():
        yield bad(f"{where}.image", image, "must not have leading or trailing whitespace")
    policy = text(container, "terminationMessagePolicy")
    if policy and policy not in TERMINATION:
        yield unsupported(f"{where}.terminationMessagePolicy", policy, TERMINATION)
    yield from container_ports(container, where)
    yield from environment(container, where)
    yield from _mounts(container, where, volumes)
    pull = text(container, "imagePullPolicy")
    if not pull:
        yield required(f"{where}.imagePullPolicy")
    elif pull not in PULL_POLICIES:
        yield unsupported(f"{where}.imagePullPolicy", pull, PULL_POLICIES)
    yield from resources(mapping(container, "resources"), f"{where}.resources")
    yield from _security(mapping(container, "securityContext"), f"{where}.securityContext")


def _restart(container: Json, where: str, *, init: bool) -> Iterator[Problem]:
    policy = text(container, "restartPolicy")
    allowed = ("Always", "Never", "OnFailure")
    if policy and policy not in allowed:
        yield unsupported(f"{where}.restartPolicy", policy, allowed)


def _mounts(container: Json, where: str, volumes: frozenset[str]) -> Iterator[Problem]:
    paths: set[str] = set()
    for here, mount in entries(container, "volumeMounts", where):
        name, target = text(mount, "name"), text(mount, "mountPath")
        if not name:
            yield required(f"{here}.name")
        if name not in volumes:
            yield not_found(f"{here}.name", name)
        if not target:
            yield required(f"{here}.mountPath")
        if target in paths:
            yield bad(f"{here}.mountPath", target, "must be unique")
        paths.add(target)
        sub, expression = text(mount, "subPath"), text(mount, "subPathExpr")
        if sub and expression:
            said = "subPathExpr and subPath are mutually exclusive"
            yield bad(f"{here}.subPathExpr", expression, said)
        for key, value in (("subPath", sub), ("subPathExpr", expression)):
            yield from local_path(value, f"{here}.{key}")
    for here, device in entries(container, "volumeDevices", where):
        name = text(device, "name")
        if not name:
            yield required(f"{here}.name")
        if not text(device, "devicePath"):
            yield required(f"{here}.devicePath")
        if name and name not in volumes:
            yield not_found(f"{here}.name", name)


def local_path(value: str, path: str) -> Iterator[Problem]:
    """A path below a volume's root."""
    if value.startswith("/"):
        yield bad(path, value, "must be a relative path")
    if ".." in value.split("/"):
        yield bad(path, value, "must not contain '..'")


def _security(context: Json, path: str) -> Iterator[Problem]:
    for key in ("runAsUser", "runAsGroup"):
        value = number(context, key)
        if value is not None and not 0 <= value < 1 << 31:
            yield bad(f"{path}.{key}", value, "must be between 0 and 2147483647, inclusive")
    if context.get("allowPrivilegeEscalation") is False:
        where = f"{path}.allowPrivilegeEscalation"
        if context.get("privileged") is True:
            said = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"
            yield bad(where, False, said)
        if "CAP_SYS_ADMIN" in mapping(context, "capabilities").get("add", ()):
            said = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"
            yield bad(where, False, said)
