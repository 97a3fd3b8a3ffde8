"""What may change in a pod that exists: images, a deadline, more tolerations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.simulator.validation.fields import Json, entries, listing, mapping, number, text
from sandbox.simulator.validation.podspec import pod_spec
from sandbox.simulator.validation.problem import Problem, bad, forbidden

CHANGEABLE = (
    "`spec.containers[*].image`",
    "`spec.initContainers[*].image`",
    "`spec.activeDeadlineSeconds`",
    "`spec.tolerations` (only additions to existing tolerations)",
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
)
_GATED = "schedulingGates"


def pod(obj: Json) -> Iterator[Problem]:
    """A new pod."""
    yield from pod_spec(mapping(obj, "spec"), "spec")


def pod_update(new: Json, old: Json) -> Iterator[Problem]:
    """A change of a pod's spec. The server appends a diff, which is left out here."""
    after, before = dict(mapping(new, "spec")), dict(mapping(old, "spec"))
    for key in ("containers", "initContainers"):
        if len(listing(after, key)) != len(listing(before, key)):
            if key == "containers":
                yield forbidden(f"spec.{key}", "pod updates may not add or remove containers")
                return
            after.pop(key, None)
            before.pop(key, None)
            yield forbidden(f"spec.{key}", "pod updates may not add or remove containers")
            continue
        for _, container in entries(after, key, "spec"):
            if not text(container, "image"):
                return  # said by the rules of a container
        after[key] = [_without(entry, "image") for entry in listing(after, key)]
        before[key] = [_without(entry, "image") for entry in listing(before, key)]
    yield from _deadline(after, before)
    yield from _tolerations(after, before)
    for key in ("activeDeadlineSeconds", "tolerations", "ephemeralContainers"):
        after.pop(key, None)
        before.pop(key, None)
    yield from _gates(after, before)
    if (number(before, "terminationGracePeriodSeconds") or 0) < 0 and (
        number(after, "terminationGracePeriodSeconds") == 1
    ):
        before["terminationGracePeriodSeconds"] = 1
    if _set(after) != _set(before):
        listed = ",".join(CHANGEABLE)
        yield forbidden("spec", f"pod updates may not change fields other than {listed}")


def _deadline(after: Json, before: Json) -> Iterator[Problem]:
    new, old = number(after, "activeDeadlineSeconds"), number(before, "activeDeadlineSeconds")
    where = "spec.activeDeadlineSeconds"
    if new is not None and old is not None and new > old:
        yield bad(where, new, f"must be less than or equal to previous value {old}")
    elif new is None and old is not None:
        yield bad(where, None, "must not update from a positive integer to nil value")


def _tolerations(after: Json, before: Json) -> Iterator[Problem]:
    # tolerationSeconds of one that stays may change
    now = [_without(entry, "tolerationSeconds") for entry in listing(after, "tolerations")]
    for entry in listing(before, "tolerations"):
        if _without(entry, "tolerationSeconds") not in now:
            said = "existing toleration can not be modified except its tolerationSeconds"
            yield forbidden("spec.tolerations", said)
            return


def _gates(after: Json, before: Json) -> Iterator[Problem]:
    """Gates may go; while one stood, the places may still be narrowed."""
    new, old = listing(after, _GATED), listing(before, _GATED)
    if any(gate not in old for gate in new):
        said = "only deletion is allowed, but found new scheduling gate"
        yield forbidden(f"spec.{_GATED}", said)
    if old:
        for key in ("nodeSelector", "affinity"):
            before[key] = after.get(key)
    after.pop(_GATED, None)
    before.pop(_GATED, None)


def _without(entry: Any, key: str) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {name: value for name, value in entry.items() if name != key}


def _set(spec: Json) -> Json:
    """Without what is null or empty, so that a left-out field equals an empty one."""
    return {key: value for key, value in spec.items() if value not in (None, {}, [], "", False)}
