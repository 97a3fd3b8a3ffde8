"""kubectl rollout restart, undo, pause, resume, status."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.simulator.commands.invocation import Invocation, nest
from sandbox.simulator.commands.session import JSON_PATCH, Named, Refusal, Session
from sandbox.simulator.store import Object, timestamp

REVISION = "deployment.kubernetes.io/revision"
_OWN = (
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
)
"""Annotations that a rollback leaves as they are on the Deployment."""


def restart(session: Session, command: Invocation) -> None:
    """A new annotation in the pod template. Raises Refusal."""
    at = timestamp(session.engine.now)
    for what in session.chosen(command, command.words):
        obj = session.get(what)
        if obj["spec"].get("paused"):
            _fail(what, "can't restart paused deployment (run rollout resume first)")
        if what.row.kind not in ("Deployment", "StatefulSet", "DaemonSet"):
            _fail(what, "restarting is not supported")
        annotations = {"kubectl.kubernetes.io/restartedAt": at}
        session.patch(what, nest(("spec", "template", "metadata"), {"annotations": annotations}))


def pause(session: Session, command: Invocation) -> None:
    """spec.paused. Raises Refusal."""
    for what in session.chosen(command, command.words):
        if session.get(what)["spec"].get("paused"):
            _fail(what, "is already paused")
        session.patch(what, {"spec": {"paused": True}})


def resume(session: Session, command: Invocation) -> None:
    """No spec.paused. Raises Refusal."""
    for what in session.chosen(command, command.words):
        if not session.get(what)["spec"].get("paused"):
            _fail(what, "is not paused")
        session.patch(what, {"spec": {"paused": None}})


def undo(session: Session, command: Invocation) -> None:
    """The template of an earlier revision. Raises Refusal."""
    for what in session.chosen(command, command.words):
        obj = session.get(what)
        wanted = command.number("to-revision") or 0
        if what.row.kind == "Deployment":
            _undo_deployment(session, what, obj, wanted)
        else:
            _undo_revision(session, what, obj, wanted)


def status(session: Session, command: Invocation) -> None:
    """Nothing, when the rollout is complete. Raises Refusal."""
    for what in session.chosen(command, command.words):
        obj = session.get(what)
        if not _complete(obj):
            raise Refusal("timed out waiting for the condition")


def _complete(obj: Object) -> bool:
    """What kubectl waits for: observed, all replicas updated, no old ones left, all available."""
    now = obj.get("status", {})
    if now.get("observedGeneration", 0) < obj["metadata"].get("generation", 1):
        return False
    if obj["kind"] == "DaemonSet":
        wanted = now.get("desiredNumberScheduled", 0)
        return bool(now.get("updatedNumberScheduled", 0) == now.get("numberAvailable", 0) == wanted)
    wanted = obj["spec"].get("replicas", 1)
    if obj["kind"] == "StatefulSet":
        return bool(now.get("readyReplicas", 0) == now.get("updatedReplicas", wanted) == wanted)
    counts = [now.get(name, 0) for name in ("updatedReplicas", "replicas", "availableReplicas")]
    return counts == [wanted] * 3


def _fail(what: Named, why: str) -> None:
    raise Refusal(f'{what.row.qualified} "{what.name}" {why}')


def _undo_deployment(session: Session, what: Named, obj: Object, wanted: int) -> None:
    if obj["spec"].get("paused"):
        raise Refusal(
            "cannot rollback a paused deployment; resume it first with "
            f"'kubectl rollout resume deployment/{what.name}' and try again"
        )
    uid = obj["metadata"]["uid"]
    sets = {
        int(item["metadata"]["annotations"][REVISION]): item
        for item in session.items(session.kind("replicasets"))
        if any(ref["uid"] == uid for ref in item["metadata"].get("ownerReferences", []))
        and REVISION in item["metadata"].get("annotations", {})
    }
    chosen = sets[_revision(sorted(sets), wanted)]
    template: Any = copy.deepcopy(chosen["spec"]["template"])
    template["metadata"]["labels"].pop("pod-template-hash", None)
    if template == obj["spec"]["template"]:
        return  # kubectl: skipped rollback (current template already matches revision)
    here, there = (item["metadata"].get("annotations", {}) for item in (obj, chosen))
    annotations = {key: here[key] for key in _OWN if key in here}
    annotations |= {key: value for key, value in there.items() if key not in _OWN}
    patch = [
        {"op": "replace", "path": "/spec/template", "value": template},
        {"op": "replace", "path": "/metadata/annotations", "value": annotations},
    ]
    session.patch(what, patch, JSON_PATCH)


def _undo_revision(session: Session, what: Named, obj: Object, wanted: int) -> None:
    """StatefulSets and DaemonSets keep their history in ControllerRevisions."""
    uid = obj["metadata"]["uid"]
    found = {
        int(item["revision"]): item
        for item in session.items(session.kind("controllerrevisions"))
        if any(ref["uid"] == uid for ref in item["metadata"].get("ownerReferences", []))
    }
    session.patch(what, found[_revision(sorted(found), wanted)]["data"])


def _revision(known: list[int], wanted: int) -> int:
    if wanted:
        if wanted not in known:
            raise Refusal(f"unable to find specified revision {wanted} in history")
        return wanted
    if len(known) < 2:
        raise Refusal("no rollout history found")
    return known[-2]
