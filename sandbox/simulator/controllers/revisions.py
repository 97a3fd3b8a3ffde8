"""ControllerRevisions: the templates that a StatefulSet or DaemonSet had, as `rollout undo` reads them."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.simulator.controllers.owned import owned, reference
from sandbox.simulator.deletion import delete
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object

KEY = "apps/controllerrevisions"


def remember(
    engine: Engine, owner: Object, name: str, labels: dict[str, str], in_use: set[str]
) -> None:
    """Keep a revision of the owner's template under a name; one that comes back becomes the newest.

    Revisions beyond `revisionHistoryLimit` go, oldest first, except those that pods are made of.
    """
    namespace = owner["metadata"]["namespace"]
    known = sorted(owned(engine.store, KEY, owner), key=lambda item: int(item["revision"]))
    newest = int(known[-1]["revision"]) if known else 0
    old = engine.store.get(KEY, namespace, name)
    if old is None:
        template = {**copy.deepcopy(owner["spec"]["template"]), "$patch": "replace"}
        engine.create(
            {
                "apiVersion": "apps/v1",
                "data": {"spec": {"template": template}},
                "kind": "ControllerRevision",
                "metadata": {
                    "labels": labels,
                    "name": name,
                    "namespace": namespace,
                    "ownerReferences": [reference(owner)],
                },
                "revision": newest + 1,
            }
        )
    elif int(old["revision"]) < newest:
        engine.store.put({**old, "revision": newest + 1})
    past = [item for item in known if item["metadata"]["name"] not in {name, *in_use}]
    surplus = len(past) - int(owner["spec"].get("revisionHistoryLimit", 10))
    for item in past[: max(surplus, 0)]:
        delete(engine, item)


def template_of(engine: Engine, owner: Object, name: str) -> dict[str, Any]:
    """The template of a revision; the owner's own when that revision is gone."""
    found = engine.store.get(KEY, owner["metadata"]["namespace"], name)
    if found is None:
        own: dict[str, Any] = owner["spec"]["template"]
        return own
    template = dict(found["data"]["spec"]["template"])
    template.pop("$patch", None)
    return template
