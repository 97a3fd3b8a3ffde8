"""Pod specs: of pods and of every template.

After ValidatePodSpec in pkg/apis/core/validation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.containers import containers
from sandbox.simulator.validation.fields import (
    Json,
    entries,
    has,
    listing,
    mapping,
    number,
    text,
    texts,
)
from sandbox.simulator.validation.meta import annotation_keys, labels
from sandbox.simulator.validation.placement import placement
from sandbox.simulator.validation.problem import Problem, bad, required, unsupported
from sandbox.simulator.validation.volumes import volumes

RESTART = ("Always", "Never", "OnFailure")
DNS = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
PREEMPTION = ("Never", "PreemptLowerPriority")
_MAX_INT32 = (1 << 31) - 1


def pod_spec(spec: Json, path: str, *, claims: Iterable[str] = ()) -> Iterator[Problem]:
    """A pod's spec; `claims` are names of a StatefulSet's claim templates, which mounts may use."""
    yield from volumes(spec, path)
    known = frozenset([*(text(v, "name") for v in listing(spec, "volumes")), *claims])
    yield from containers(spec, path, known)
    yield from _words(spec, path)
    yield from labels(spec.get("nodeSelector"), f"{path}.nodeSelector")
    yield from _security(mapping(spec, "securityContext"), f"{path}.securityContext")
    for where, secret in entries(spec, "imagePullSecrets", path):
        if not text(secret, "name"):
            yield required(f"{where}.name")
    yield from placement(spec, path)
    yield from _names(spec, path)
    deadline = number(spec, "activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= _MAX_INT32:
        said = f"must be between 1 and {_MAX_INT32}, inclusive"
        yield bad(f"{path}.activeDeadlineSeconds", deadline, said)
    for where, alias in entries(spec, "hostAliases", path):
        address = text(alias, "ip")
        yield from (bad(f"{where}.ip", address, said) for said in names.ip(address))
        for host in texts(alias, "hostnames"):
            yield from (bad(f"{where}.hostnames", host, s) for s in names.dns_subdomain(host))


def _words(spec: Json, path: str) -> Iterator[Problem]:
    for key, allowed in (("restartPolicy", RESTART), ("dnsPolicy", DNS)):
        value = text(spec, key)
        if not value:
            yield required(f"{path}.{key}")
        elif value not in allowed:
            yield unsupported(f"{path}.{key}", value, allowed)
    value = text(spec, "preemptionPolicy")
    if value and value not in PREEMPTION:
        yield unsupported(f"{path}.preemptionPolicy", value, PREEMPTION)
    if text(spec, "dnsPolicy") == "None":
        if not has(spec, "dnsConfig"):
            said = "must provide `dnsConfig` when `dnsPolicy` is None"
            yield required(f"{path}.dnsConfig", said)
        elif not listing(mapping(spec, "dnsConfig"), "nameservers"):
            said = "must provide at least one DNS nameserver when `dnsPolicy` is None"
            yield required(f"{path}.dnsConfig.nameservers", said)
    if spec.get("shareProcessNamespace") is True and spec.get("hostPID") is True:
        said = "ShareProcessNamespace and HostPID cannot both be enabled"
        yield bad(f"{path}.shareProcessNamespace", True, said)


def _names(spec: Json, path: str) -> Iterator[Problem]:
    rules: tuple[tuple[str, names.NameRule], ...] = (
        ("serviceAccountName", names.dns_subdomain),
        ("nodeName", names.dns_subdomain),
        ("hostname", names.dns_label),
        ("subdomain", names.dns_label),
        ("priorityClassName", names.dns_subdomain),
        ("runtimeClassName", names.dns_subdomain),
        ("schedulerName", names.qualified),
    )
    for key, rule in rules:
        value = text(spec, key)
        if value:
            yield from (bad(f"{path}.{key}", value, said) for said in rule(value))


def _security(context: Json, path: str) -> Iterator[Problem]:
    for key in ("runAsUser", "runAsGroup", "fsGroup"):
        value = number(context, key)
        if value is not None and not 0 <= value <= _MAX_INT32:
            yield bad(f"{path}.{key}", value, f"must be between 0 and {_MAX_INT32}, inclusive")


def template(
    spec: Json, path: str, *, restart: tuple[str, ...] = (), claims: Iterable[str] = ()
) -> Iterator[Problem]:
    """`template` of a workload's spec; `restart` are the policies it may have."""
    found, where = mapping(spec, "template"), f"{path}.template"
    meta = mapping(found, "metadata")
    yield from labels(meta.get("labels"), f"{where}.labels")
    yield from annotation_keys(meta.get("annotations"), f"{where}.annotations")
    inner = mapping(found, "spec")
    yield from pod_spec(inner, f"{where}.spec", claims=claims)
    if restart and text(inner, "restartPolicy") not in restart:
        yield unsupported(f"{where}.spec.restartPolicy", text(inner, "restartPolicy"), restart)
