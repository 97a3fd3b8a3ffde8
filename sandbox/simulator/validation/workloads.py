"""Deployments, ReplicaSets, StatefulSets, DaemonSets and ReplicationControllers.

After pkg/apis/apps/validation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.simulator.selectors import map_selector_matches
from sandbox.simulator.validation import names
from sandbox.simulator.validation.claims import claim_spec
from sandbox.simulator.validation.fields import (
    Json,
    entries,
    has,
    integer,
    internal,
    mapping,
    number,
    text,
)
from sandbox.simulator.validation.podspec import template
from sandbox.simulator.validation.problem import (
    Problem,
    bad,
    forbidden,
    required,
    unsupported,
)
from sandbox.simulator.validation.selectors import selected

ALWAYS = ("Always",)
_STATEFUL = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)


def not_negative(spec: Json, path: str, *keys: str) -> Iterator[Problem]:
    """Integers of at least 0."""
    for key in keys:
        value = number(spec, key)
        if value is not None and value < 0:
            yield bad(f"{path}.{key}", value, names.NOT_NEGATIVE)


def immutable(new: Json, old: Json, *keys: str, path: str = "spec") -> Iterator[Problem]:
    """Fields of the spec that may not change."""
    after, before = mapping(new, "spec"), mapping(old, "spec")
    for key in keys:
        if after.get(key) != before.get(key):
            yield bad(f"{path}.{key}", after.get(key), names.IMMUTABLE)


def deployment(obj: Json) -> Iterator[Problem]:
    """A Deployment."""
    spec = mapping(obj, "spec")
    yield from not_negative(spec, "spec", "replicas")
    yield from selected(spec, "spec", "deployment")
    yield from template(spec, "spec", restart=ALWAYS)
    yield from _strategy(mapping(spec, "strategy"), "spec.strategy")
    yield from not_negative(spec, "spec", "minReadySeconds", "revisionHistoryLimit")
    deadline, ready = number(spec, "progressDeadlineSeconds"), number(spec, "minReadySeconds")
    if deadline is not None:
        yield from not_negative(spec, "spec", "progressDeadlineSeconds")
        if deadline <= (ready or 0):
            said = "must be greater than minReadySeconds"
            yield bad("spec.progressDeadlineSeconds", deadline, said)


def _strategy(strategy: Json, path: str) -> Iterator[Problem]:
    kind = text(strategy, "type")
    rolling = mapping(strategy, "rollingUpdate")
    if kind == "RollingUpdate":
        yield from _rolling(rolling, f"{path}.rollingUpdate")
    elif kind == "Recreate":
        if has(strategy, "rollingUpdate"):
            said = "may not be specified when strategy `type` is 'Recreate'"
            yield forbidden(f"{path}.rollingUpdate", said)
    else:
        shown = internal(strategy, "Type", "RollingUpdate")
        if rolling:
            shown["RollingUpdate"] = internal(rolling, "MaxUnavailable", "MaxSurge")
        yield unsupported(path, shown, ("Recreate", "RollingUpdate"))


def _rolling(rolling: Json, path: str) -> Iterator[Problem]:
    yield from int_or_percent(rolling.get("maxUnavailable"), f"{path}.maxUnavailable")
    yield from int_or_percent(rolling.get("maxSurge"), f"{path}.maxSurge")
    if _none(rolling.get("maxUnavailable")) and _none(rolling.get("maxSurge")):
        shown = rolling.get("maxUnavailable")
        yield bad(f"{path}.maxUnavailable", shown, "may not be 0 when `maxSurge` is 0")
    yield from at_most_all(rolling.get("maxUnavailable"), f"{path}.maxUnavailable")


def int_or_percent(value: Any, path: str) -> Iterator[Problem]:
    """A number of at least 0, or a percentage."""
    if isinstance(value, str):
        yield from (bad(path, value, said) for said in names.percent(value))
    elif (integer(value) or 0) < 0:
        yield bad(path, value, names.NOT_NEGATIVE)


def at_most_all(value: Any, path: str) -> Iterator[Problem]:
    """A percentage of at most 100."""
    if isinstance(value, str) and not names.percent(value) and _percent(value) > 100:
        yield bad(path, value, "must not be greater than 100%")


def _percent(value: str) -> int:
    digits = value[:-1].lstrip("0")
    return int(digits or "0") if len(digits) < 10 else 10**9


def _none(value: Any) -> bool:
    if isinstance(value, str):
        return not names.percent(value) and _percent(value) == 0
    return not integer(value)


def replica_set(obj: Json) -> Iterator[Problem]:
    """A ReplicaSet."""
    spec = mapping(obj, "spec")
    yield from not_negative(spec, "spec", "replicas", "minReadySeconds")
    yield from selected(spec, "spec", "deployment")  # the server's own text
    yield from template(spec, "spec", restart=ALWAYS)


def selector_update(new: Json, old: Json) -> Iterator[Problem]:
    """The selector stays what it was."""
    yield from immutable(new, old, "selector")


def controller(obj: Json) -> Iterator[Problem]:
    """A ReplicationController, whose selector is a map."""
    spec = mapping(obj, "spec")
    yield from not_negative(spec, "spec", "minReadySeconds")
    chosen = mapping(spec, "selector")
    if not chosen:
        yield required("spec.selector")
    yield from not_negative(spec, "spec", "replicas")
    if not has(spec, "template"):
        yield required("spec.template")
        return
    own = mapping(spec, "template", "metadata", "labels")
    if chosen and not map_selector_matches(chosen, own):
        said = "`selector` does not match template `labels`"
        yield bad("spec.template.metadata.labels", own or None, said)
    yield from template(spec, "spec", restart=ALWAYS)


def daemon_set(obj: Json) -> Iterator[Problem]:
    """A DaemonSet."""
    spec = mapping(obj, "spec")
    yield from selected(spec, "spec", "daemonset")
    yield from template(spec, "spec", restart=ALWAYS)
    yield from not_negative(spec, "spec", "minReadySeconds", "revisionHistoryLimit")
    update = mapping(spec, "updateStrategy")
    kind, path = text(update, "type"), "spec.updateStrategy"
    if kind == "RollingUpdate":
        if not has(update, "rollingUpdate"):
            yield required(f"{path}.rollingUpdate")
            return
        rolling = mapping(update, "rollingUpdate")
        for key in ("maxUnavailable", "maxSurge"):
            yield from int_or_percent(rolling.get(key), f"{path}.rollingUpdate.{key}")
            yield from at_most_all(rolling.get(key), f"{path}.rollingUpdate.{key}")
        unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
        if _none(unavailable) and _none(surge):
            said = "cannot be 0 when maxSurge is 0"
            yield bad(f"{path}.rollingUpdate.maxUnavailable", unavailable, said)
        if not _none(unavailable) and not _none(surge):
            said = "may not be set when maxUnavailable is non-zero"
            yield bad(f"{path}.rollingUpdate.maxSurge", surge, said)
    elif kind != "OnDelete":
        shown = internal(update, "Type", "RollingUpdate")
        yield unsupported(path, shown, ("OnDelete", "RollingUpdate"))


def stateful_set(obj: Json) -> Iterator[Problem]:
    """A StatefulSet."""
    spec = mapping(obj, "spec")
    policy = text(spec, "podManagementPolicy")
    if not policy:
        yield required("spec.podManagementPolicy")
    elif policy not in ("OrderedReady", "Parallel"):
        yield bad("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")
    update = mapping(spec, "updateStrategy")
    kind, path = text(update, "type"), "spec.updateStrategy"
    rolling = mapping(update, "rollingUpdate")
    if not kind:
        yield required(path)
    elif kind == "OnDelete":
        if has(update, "rollingUpdate"):
            shown = internal(rolling, "Partition", "MaxUnavailable")
            said = "only allowed for updateStrategy 'RollingUpdate'"
            yield bad(f"{path}.rollingUpdate", shown, said)
    elif kind == "RollingUpdate":
        yield from not_negative(rolling, f"{path}.rollingUpdate", "partition")
    else:
        shown = internal(update, "Type", "RollingUpdate")
        yield bad(path, shown, "must be 'RollingUpdate' or 'OnDelete'")
    yield from _retention(mapping(spec, "persistentVolumeClaimRetentionPolicy"))
    yield from not_negative(spec, "spec", "replicas", "minReadySeconds", "revisionHistoryLimit")
    yield from not_negative(mapping(spec, "ordinals"), "spec.ordinals", "start")
    yield from selected(spec, "spec", "statefulset")
    claims = [
        text(mapping(claim, "metadata"), "name")
        for _, claim in entries(spec, "volumeClaimTemplates", "spec")
    ]
    yield from template(spec, "spec", restart=ALWAYS, claims=claims)
    for where, claim in entries(spec, "volumeClaimTemplates", "spec"):
        yield from claim_spec(mapping(claim, "spec"), f"{where}.spec")


def _retention(policy: Json) -> Iterator[Problem]:
    for key in ("whenDeleted", "whenScaled"):
        value = text(policy, key)
        if value and value not in ("Delete", "Retain"):
            where = f"spec.persistentVolumeClaimRetentionPolicy.{key}"
            yield unsupported(where, value, ("Delete", "Retain"))


def stateful_set_update(new: Json, old: Json) -> Iterator[Problem]:
    """Only some fields of the spec may change."""
    after, before = mapping(new, "spec"), mapping(old, "spec")
    changed = [key for key in {**before, **after} if after.get(key) != before.get(key)]
    if any(key not in _STATEFUL for key in changed):
        listed = ", ".join(f"'{key}'" for key in _STATEFUL[:-1])
        said = f"fields other than {listed} and '{_STATEFUL[-1]}' are forbidden"
        yield forbidden("spec", f"updates to statefulset spec for {said}")
