"""applied: server-side apply of one manager's configuration."""

from __future__ import annotations

import json

from sandbox.simulator.errors import ApiFailure, bad_request
from sandbox.simulator.patching.body import limited
from sandbox.simulator.patching.combine import combined, without
from sandbox.simulator.patching.compare import compared, same
from sandbox.simulator.patching.elements import fields_of
from sandbox.simulator.patching.entries import (
    Manager,
    Managers,
    Owned,
    decoded,
    stripped,
    with_managers,
    without_managers,
)
from sandbox.simulator.patching.entries import manager as identified
from sandbox.simulator.patching.fieldset import FieldSet, spelled
from sandbox.simulator.patching.managed import owning, settled
from sandbox.simulator.patching.ownership import Conflict, conflicts, differences, ignored, taken
from sandbox.simulator.patching.schema import Node, Raw, root
from sandbox.simulator.patching.typed import complaint
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object

BEFORE = "before-first-apply"
"""Owns what was there before anybody's fields were recorded."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def applied(
    live: Object | None,
    config: Object,
    *,
    manager: str,
    force: bool,
    row: Resource,
    now: str,
    sub: str = "",
    schema: Raw | None = None,
) -> Object:
    """The object after `manager` applied `config`; `live` is None when it is to be created.

    Defaults, uid and the like are the caller's business. The live object comes back when nothing
    changed. `now` is an RFC 3339 time, `schema` a custom kind's openAPIV3Schema.
    Raises ApiFailure: 400 for a configuration that cannot be applied, 409 for conflicts.
    """
    node = root(row, schema)
    config = _checked(config, row, node, sub)
    base: Object = live or {"apiVersion": row.api_version, "kind": row.kind, "metadata": {}}
    managers = _managers(base, live is not None, now, schema)
    base = without_managers(base)
    who = identified(manager, "Apply", row.api_version, sub)
    new, claimed = _merged(base, config, managers, who, node)
    change = differences(base, new, node)
    found = conflicts(claimed, change, besides=who)
    if found and not force:
        refused = _not_kubectls_own(found, base, manager, node)
        if refused:
            raise conflict(refused)
    result = taken(claimed, change, besides=who)
    result.pop(who, None)
    if claimed[who].fields:
        before = managers.get(who)
        unchanged = same(base, new) and before is not None
        time = before.time if unchanged and before else now
        result[who] = claimed[who]._replace(time=time)
    if manager == "kubectl" and live is not None:
        new = _with_last_applied(new, config)
    return settled(live, with_managers(new, result))


def conflict(found: list[Conflict]) -> ApiFailure:
    """409: somebody else owns fields that the configuration sets to something else."""
    causes = [
        {
            "reason": "FieldManagerConflict",
            "message": f"conflict with {item.manager.described()}",
            "field": spelled(item.path),
        }
        for item in found
    ]
    if len(found) == 1:
        said = f"1 conflict: conflict with {found[0].manager.described()}: {spelled(found[0].path)}"
    else:
        lines: list[str] = []
        for who in sorted({item.manager for item in found}):
            lines.append(f"conflicts with {who.described()}:")
            lines.extend(f"- {spelled(item.path)}" for item in found if item.manager == who)
        said = f"{len(found)} conflicts: " + "\n".join(lines)
    return ApiFailure(409, "Conflict", f"Apply failed with {said}", {"causes": causes})


def _checked(config: Object, row: Resource, node: Node, sub: str) -> Object:
    """The configuration without what this path does not write. Raises ApiFailure 400."""
    limited(config)
    group, _, version = str(config.get("apiVersion", "")).rpartition("/")
    if (group, version, config.get("kind")) != (row.group, row.version, row.kind):
        said = f"{group}/{version}, Kind={config.get('kind', '')}"
        raise bad_request(f"invalid object type: {said}")
    meta = config.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    if meta.get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    problem = complaint(config, node)
    if problem:
        # 1.36 has the same words under a 500 without a reason; later servers call it a bad request.
        where = f"{meta.get('namespace', '')}/{meta.get('name', '')}"
        said = f"{where}; {group}/{version}, Kind={row.kind}"
        raise bad_request(f"failed to create typed patch object ({said}): {problem}")
    hidden = {path[0][2:] for path in ignored(row.api_version, row.kind, sub) if len(path) == 1}
    kept = {key: value for key, value in config.items() if key not in hidden}
    return {**kept, "metadata": meta}


def _managers(live: Object, exists: bool, now: str, schema: Raw | None) -> Managers:
    try:
        managers = decoded(live["metadata"].get("managedFields"))
    except ValueError:
        managers = {}
    if managers or not exists:
        return managers
    # The first apply to an object that nobody managed: what it has belongs to its past.
    return owning(
        None, live, {}, manager=BEFORE, operation="Update", now=now, sub="", schema=schema
    )


def _merged(
    live: Object, config: Object, managers: Managers, who: Manager, node: Node
) -> tuple[Object, Managers]:
    """The object with the configuration in it and without what it no longer says; the new claims."""
    new: Object = combined(live, config, node)
    version = str(config["apiVersion"])
    last = managers.get(who)
    claimed = dict(managers)
    claimed[who] = Owned(stripped(fields_of(config, node)), "", version)
    if last is None or not last.fields:
        return new, claimed
    before = last.fields.with_named_fields(node)
    less = without(new, before, node) or {}
    everything = fields_of(new, node).with_named_fields(node)
    kept = fields_of(less, node).with_named_fields(node)
    owned = FieldSet()
    for entry in claimed.values():
        owned = owned | entry.fields
    # Give back what anybody, this manager's new configuration included, still owns ...
    less = without(new, everything - (kept | owned.with_named_fields(node)), node) or {}
    kept = fields_of(less, node).with_named_fields(node)
    # ... and what was never this manager's to remove.
    pruned: Object = without(new, (everything - kept) & before, node) or {}
    identity = {key: new["metadata"][key] for key in new["metadata"] if key not in _OWNABLE}
    pruned["metadata"] = {**identity, **(pruned.get("metadata") or {})}
    return {**{key: new[key] for key in ("apiVersion", "kind")}, **pruned}, claimed


_OWNABLE = ("annotations", "labels", "finalizers", "ownerReferences")
"""Metadata that managers own; the rest is the object's identity and never pruned."""


def _not_kubectls_own(
    found: list[Conflict], live: Object, manager: str, node: Node
) -> list[Conflict]:
    """Conflicts less those that `kubectl apply` itself made before it was told --server-side."""
    text = (live["metadata"].get("annotations") or {}).get(LAST_APPLIED)
    if manager != "kubectl" or not text:
        return found
    try:
        last = json.loads(text)
    except ValueError:
        return found
    if not isinstance(last, dict) or complaint(last, node):
        return found
    change = compared(last, live, node)
    own = fields_of(last, node) - (change.added | change.modified | change.removed)
    allowed = set(own.paths())
    return [item for item in found if item.path not in allowed]


def _with_last_applied(new: Object, config: Object) -> Object:
    """The annotation of `kubectl apply`, where there is one, follows what kubectl applies."""
    annotations = new["metadata"].get("annotations") or {}
    if not annotations.get(LAST_APPLIED):
        return new
    meta = dict(config.get("metadata") or {})
    own = {
        key: value for key, value in (meta.get("annotations") or {}).items() if key != LAST_APPLIED
    }
    if "annotations" in meta:
        meta["annotations"] = own
    text = json.dumps({**config, "metadata": meta}, sort_keys=True, separators=(",", ":")) + "\n"
    return {
        **new,
        "metadata": {**new["metadata"], "annotations": {**annotations, LAST_APPLIED: text}},
    }
