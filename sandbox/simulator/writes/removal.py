"""DELETE: of one object and of a collection, with DeleteOptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from sandbox.simulator import admission, deletion
from sandbox.simulator.admission.namespaces import IMMORTAL
from sandbox.simulator.deletion import Policy
from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import ApiFailure, bad_request
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import CRD_KEY, Object
from sandbox.simulator.validation import Problem
from sandbox.simulator.validation.problem import bad, unsupported
from sandbox.simulator.writes import definitions
from sandbox.simulator.writes.identity import details
from sandbox.simulator.writes.options import dry_run_problems, options_failure

RETURNED = frozenset(
    {
        "persistentvolumeclaims",
        "persistentvolumes",
        "pods",
        "podtemplates",
        "resourcequotas",
        "serviceaccounts",
        "services",
    }
)
"""Kinds whose deletion answers with the object even when it is gone."""

OPTIONS = Resource("meta.k8s.io", "v1", "DeleteOptions", "deleteoptions", "deleteoptions")
"""The kind that DELETE requests carry."""

_POLICIES = ("Foreground", "Background", "Orphan")


class DeleteOptions(NamedTuple):
    """How to delete."""

    dry_run: bool = False
    grace: int | None = None
    """gracePeriodSeconds; None is what the object says."""
    policy: Policy | None = None
    """propagationPolicy; None is what the kind does by itself."""
    uid: str | None = None
    """Only this object, not another of the same name."""
    version: str | None = None
    """Only in this state."""

    @classmethod
    def of(cls, query: Mapping[str, str], body: Object) -> DeleteOptions:
        """The options in the body, else those in the query. Raises ApiFailure 400 and 422."""
        given = body or _from_query(query)
        grace, policy = given.get("gracePeriodSeconds"), given.get("propagationPolicy")
        orphan, dry_run = given.get("orphanDependents"), given.get("dryRun")
        preconditions = given.get("preconditions") or {}
        if grace is not None and (isinstance(grace, bool) or not isinstance(grace, int)):
            raise _unreadable("gracePeriodSeconds", "int64")
        if policy is not None and not isinstance(policy, str):
            raise _unreadable("propagationPolicy", "v1.DeletionPropagation")
        if not isinstance(preconditions, dict):
            raise _unreadable("preconditions", "v1.Preconditions")
        if dry_run is not None and not isinstance(dry_run, list):
            raise _unreadable("dryRun", "[]string")
        problems = _problems(policy, orphan, dry_run)
        if problems:
            raise options_failure("DeleteOptions", problems)
        if policy is None and orphan is not None:
            policy = "Orphan" if orphan else "Background"
        return cls(
            bool(dry_run),
            None if grace is None else max(min(grace, 2**31), -1),
            cast("Policy | None", policy or None),
            preconditions.get("uid"),
            preconditions.get("resourceVersion"),
        )


def delete(engine: Engine, row: Resource, obj: Object, options: DeleteOptions) -> Object | None:
    """Delete an object; returns it in the state that the answer shows, None when only a Status does.

    Raises ApiFailure 403 and 409.
    """
    meta = obj["metadata"]
    _check_preconditions(row, meta, options)
    asked = admission.Attributes("DELETE", row, obj, obj, dry_run=options.dry_run)
    if row.key == "namespaces" and asked.name in IMMORTAL:
        raise asked.refusal("this namespace may not be deleted")
    admission.validated(engine, asked._replace(obj=admission.mutated(engine, asked)))
    if options.dry_run:
        return obj if row.key in RETURNED else None
    if row.key == CRD_KEY and not meta.get("finalizers"):
        definitions.remove(engine, obj)
        return None
    left = deletion.delete(engine, obj, grace=options.grace, policy=options.policy)
    if left is None:
        return obj if row.key in RETURNED else None
    return left


def gone(row: Resource, obj: Object) -> Object:
    """The Status of an object that is deleted."""
    meta = obj["metadata"]
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {**details(row, meta["name"]), "uid": meta["uid"]},
    }


def _check_preconditions(row: Resource, meta: Mapping[str, Any], options: DeleteOptions) -> None:
    for field, wanted, own, happened in (
        ("UID", options.uid, meta["uid"], "deleted and then recreated"),
        ("ResourceVersion", options.version, meta["resourceVersion"], "modified"),
    ):
        if wanted is None or wanted == own:
            continue
        kind = f"{row.kind}.{row.group}" if row.group else row.kind
        why = (
            f"the {field} in the precondition ({wanted}) does not match the {field} in record "
            f"({own}). The object might have been {happened}"
        )
        message = f'Operation cannot be fulfilled on {kind} "{meta["name"]}": {why}'
        raise ApiFailure(409, "Conflict", message, {**details(row, meta["name"]), "kind": row.kind})


def _from_query(query: Mapping[str, str]) -> Object:
    found: Object = {}
    if query.get("gracePeriodSeconds"):
        text = query["gracePeriodSeconds"]
        if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()):
            reason = f'strconv.ParseInt: parsing "{text}": invalid syntax'
            raise bad_request(reason)
        found["gracePeriodSeconds"] = int(text[:19])
    if query.get("propagationPolicy"):
        found["propagationPolicy"] = query["propagationPolicy"]
    if query.get("orphanDependents"):
        found["orphanDependents"] = query["orphanDependents"].lower() not in ("0", "f", "false")
    if query.get("dryRun"):
        found["dryRun"] = [query["dryRun"]]
    return found


def _problems(policy: str | None, orphan: Any, dry_run: list[Any] | None) -> list[Problem]:
    problems: list[Problem] = []
    if policy and orphan is not None:
        text = "orphanDependents and deletionPropagation cannot be both set"
        problems.append(bad("propagationPolicy", policy, text))
    elif policy and policy not in _POLICIES:
        problems.append(unsupported("propagationPolicy", policy, (*_POLICIES, "nil")))
    for text in dry_run or []:
        problems += dry_run_problems(str(text))
    return problems


def _unreadable(field: str, type_: str) -> ApiFailure:
    return bad_request(
        f"json: cannot unmarshal value into Go struct field DeleteOptions.{field} of type {type_}"
    )
