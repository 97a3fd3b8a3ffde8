"""Containers: names, images, ports, environment, mounts and resources.

After validateContainers in pkg/apis/core/validation. Two variables of one name are no error there
(the server warns of it), so they are none here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.amounts import resources
from sandbox.simulator.validation.fields import Json, entries, has, mapping, number, text
from sandbox.simulator.validation.probes import lifecycle, probes
from sandbox.simulator.validation.problem import (
    Problem,
    bad,
    duplicate,
    forbidden,
    not_found,
    required,
    unsupported,
)

PULL_POLICIES = ("Always", "IfNotPresent", "Never")
PROTOCOLS = ("SCTP", "TCP", "UDP")
TERMINATION = ("FallbackToLogsOnError", "File")
_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_FIELDS = frozenset(
    {
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    }
)
"""Fields of a pod that a variable can hold."""
_MAP_FIELD = re.compile(r"metadata\.(annotations|labels)\['.+'\]")


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
    yield from _host_ports(listed)
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
    name = text(container, "name")
    if not name:
        yield required(f"{where}.name")
    else:
        yield from (bad(f"{where}.name", name, said) for said in names.dns_label(name))
        if name in seen:
            yield duplicate(f"{where}.name", name)
        seen.add(name)
    image = text(container, "image")
    if not image:
        yield required(f"{where}.image")
    elif image != image.strip():
        yield bad(f"{where}.image", image, "must not have leading or trailing whitespace")
    policy = text(container, "terminationMessagePolicy")
    if policy and policy not in TERMINATION:
        yield unsupported(f"{where}.terminationMessagePolicy", policy, TERMINATION)
    yield from _ports(container, where)
    yield from _environment(container, where)
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


def _ports(container: Json, where: str) -> Iterator[Problem]:
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


def _host_ports(listed: list[tuple[str, Json]]) -> Iterator[Problem]:
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


def _environment(container: Json, where: str) -> Iterator[Problem]:
    for path, env in entries(container, "env", where):
        name = text(env, "name")
        if not name:
            yield required(f"{path}.name")
        else:
            yield from (bad(f"{path}.name", name, said) for said in names.env_name(name))
        if has(env, "valueFrom"):
            yield from _value_from(env, f"{path}.valueFrom")
    for path, source in entries(container, "envFrom", where):
        prefix = text(source, "prefix")
        if prefix:
            yield from (bad(f"{path}.prefix", prefix, said) for said in names.env_name(prefix))
        found = [key for key in ("configMapRef", "secretRef") if has(source, key)]
        if not found:
            yield bad(path, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(found) > 1:
            yield bad(path, "", "may not have more than one field specified at a time")
        for key in found:
            if not text(source[key], "name"):
                yield required(f"{path}.{key}.name")


def _value_from(env: Json, path: str) -> Iterator[Problem]:
    source = mapping(env, "valueFrom")
    found = [key for key in _SOURCES if has(source, key)]
    if not found:
        listed = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`"
        yield bad(path, "", f"must specify one of: {listed}")
    elif len(found) > 1:
        yield bad(path, "", "may not have more than one field specified at a time")
    if text(env, "value") and found:
        yield bad(path, "", "may not be specified when `value` is not empty")
    for key in found:
        here, ref = f"{path}.{key}", mapping(source, key)
        if key in ("configMapKeyRef", "secretKeyRef"):
            for part in ("name", "key"):
                if not text(ref, part):
                    yield required(f"{here}.{part}")
        elif key == "fieldRef":
            yield from _field_ref(ref, here)
        elif key == "resourceFieldRef" and not text(ref, "resource"):
            yield required(f"{here}.resource")


def _field_ref(ref: Json, path: str) -> Iterator[Problem]:
    field = text(ref, "fieldPath")
    if not field:
        yield required(f"{path}.fieldPath")
    elif field not in _FIELDS and not _MAP_FIELD.fullmatch(field):
        yield unsupported(f"{path}.fieldPath", field, _FIELDS)


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
