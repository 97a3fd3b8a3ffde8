"""kubectl apply of one manifest, client-side: create it, or a three-way strategic merge."""

from __future__ import annotations

import copy
import json
from typing import Any

from sandbox.simulator.commands.session import MERGE, STRATEGIC, Named, Refusal, Session
from sandbox.simulator.resources import BY_KIND
from sandbox.simulator.store import Object, UnknownKindError

LAST = "kubectl.kubernetes.io/last-applied-configuration"


def apply(session: Session, manifest: Object) -> Object:
    """The object as it is afterwards. Raises Refusal."""
    try:
        row = session.engine.store.resource_of(manifest)
    except UnknownKindError as error:
        raise Refusal(
            f'resource mapping not found for name: "{manifest["metadata"]["name"]}": no matches '
            f'for kind "{manifest["kind"]}" in version "{manifest["apiVersion"]}"'
        ) from error
    obj = copy.deepcopy(manifest)
    if row.namespaced:
        obj["metadata"].setdefault("namespace", session.namespace)
        if obj["metadata"]["namespace"] != session.namespace:
            session = Session(session.engine, obj["metadata"]["namespace"])
    plain = copy.deepcopy(obj)
    plain["metadata"].setdefault("annotations", {})
    text = json.dumps(plain, separators=(",", ":"), sort_keys=True) + "\n"
    obj["metadata"].setdefault("annotations", {})[LAST] = text
    what = Named(row, obj["metadata"]["name"])
    live = session.find(what)
    if live is None:
        return session.create(row, obj)
    before = json.loads(live["metadata"].get("annotations", {}).get(LAST, "{}"))
    patch = _with_removals(before, obj)
    how = STRATEGIC if (row.api_version, row.kind) in BY_KIND else MERGE
    return session.patch(what, patch, how)


def _with_removals(before: Any, now: Any) -> Any:
    """`now`, with null for every field that was applied before and is no longer wanted.

    Fields inside lists stay.
    """
    if not isinstance(before, dict) or not isinstance(now, dict):
        return now
    gone = {key: None for key in before if key not in now}
    kept = {key: _with_removals(before.get(key), value) for key, value in now.items()}
    return {**kept, **gone}
