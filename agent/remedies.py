"""Remedies: a cause's plan rendered for one object, as far as objects of its kind can be changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agent.context import render
from agent.derive.moments import cluster_now, seconds_since
from agent.playbook import Cause, RemedyPlan
from agent.reportparts import Remedy, RemedyMove
from agent.views import View

FIXED_TEMPLATE = ("Job", "Pod")
"""Kinds whose pod template the API does not let anybody change: they are made anew."""
ROLLED_OUT = ("Deployment", "StatefulSet", "DaemonSet")
"""Kinds that have revisions to go back to."""
MADE_ANEW = ("kubectl replace --force -n {{ ns }} -f <the mended manifest>",)
"""One command, so that nothing is deleted before its successor is at hand."""
TEMPLATE_COMMANDS = ("kubectl set image", "kubectl set env", "kubectl set resources")
UNDO = "kubectl rollout undo"
RECENT = 24 * 3600.0
"""Seconds for which a revision is suspected of what it changed, however its pods fared so far."""
RESTART = 3600.0
"""Seconds in which a program that fails at every start is restarted at least once (back-off: 300)."""
UNSTARTED = ("no-pods", "pending", "image", "config", "mount")
"""Symptoms of pods whose program has not run, so that it may well have a fault of its own."""
READS = ("kubectl describe ", "kubectl get ", "kubectl logs ")
TEMPLATE = "spec:\n  template:\n"
NESTED = "spec:\n  jobTemplate:\n    spec:\n      template:\n"
"""Where the pod template lies in a CronJob."""


def remedy_for(plan: RemedyPlan | None, context: dict[str, Any]) -> Remedy | None:
    """The plan with its names filled in; None when the cause has none, or none for such an object."""
    if plan is None:
        return None
    kind = str(context["kind"])
    moves = [
        RemedyMove(text=text, manifest=_manifest(step.manifest, context, kind))
        for step in plan.moves
        if (text := render(step.text, context))
    ]
    undo = [text for step in plan.undo if (text := render(step, context))]
    if not moves:
        return None
    if kind in FIXED_TEMPLATE and any(_changes_template(move) for move in moves):
        moves = [move for move in moves if not _changes_template(move)]
        moves += [RemedyMove(text=render(text, context)) for text in MADE_ANEW]
    if all(move.manifest is None and move.text.startswith(READS) for move in moves):
        undo = []  # nothing was changed; undoing would take back an earlier release
    if kind not in ROLLED_OUT:
        undo = [text for text in undo if not text.startswith(UNDO)]
    return Remedy(summary=render(plan.summary, context), moves=moves, undo=undo)


def goes_back(remedy: Remedy | None, change: Mapping[str, Any], view: View, cause: Cause) -> bool:
    """Whether the newest revision brought the cause, so that the one before it is the fix."""
    return (
        remedy is not None
        and bool(change)
        and _since_then(change, view)
        and bool(_brought(change, view, cause))
    )


def is_back(remedy: Remedy | None) -> bool:
    """Whether the fix is an earlier revision, which has run before."""
    return remedy is not None and any("--to-revision" in move.text for move in remedy.moves)


def back(remedy: Remedy, change: Mapping[str, Any], view: View, cause: Cause) -> Remedy:
    """The way back to the revision before, in front of what the playbook says."""
    ref = view.object
    brought = _brought(change, view, cause)[0]
    previous, newest = change.get("previous"), change.get("revision")
    when = f" of {change['at']}" if change.get("at") else ""
    said = f"Go back to revision {previous}: revision {newest}{when} changed {brought.get('path')}"
    said += f" from {brought.get('before')} to {brought.get('after')}. Or else: {remedy.summary}"
    move = f"kubectl rollout undo deployment/{ref.name} -n {ref.namespace} --to-revision={previous}"
    undo = f"kubectl rollout undo deployment/{ref.name} -n {ref.namespace}"
    return remedy.model_copy(
        update={"summary": said, "moves": [RemedyMove(text=move)], "undo": [undo]}
    )


def _since_then(change: Mapping[str, Any], view: View) -> bool:
    """Whether it may have failed since the newest revision came, and not only after it ran well."""
    if view.index is None:
        return True
    age = seconds_since(view.index, change.get("at"), cluster_now(view.index))
    restarts = (view.data.get("container") or {}).get("restarts") or 0
    return age is None or age <= max(RECENT, restarts * RESTART) or view.symptom in UNSTARTED


def _brought(change: Mapping[str, Any], view: View, cause: Cause) -> list[dict[str, Any]]:
    """The changes of the newest revision that the cause names, without those of other containers."""
    container = view.container.container if view.container else None
    found = []
    for item in change.get("changes") or []:
        path = str(item.get("path")) if isinstance(item, dict) else ""
        other = re.match(r"(?:initC|c)ontainers\[([^]]*)\]", path)
        foreign = other is not None and container is not None and other[1] != container
        if not foreign and any(re.search(rx, path) for rx in cause.introduced_by):
            found.append(item)
    return found


def _manifest(template: str | None, context: dict[str, Any], kind: str) -> str | None:
    """The rendered patch; None when there is none in this case."""
    text = render(template, context) if template else ""
    if kind == "CronJob" and text.startswith(TEMPLATE):
        below = text.removeprefix(TEMPLATE).splitlines()
        text = NESTED + "\n".join(f"    {line}" for line in below)
    return text + "\n" if text else None


def _changes_template(move: RemedyMove) -> bool:
    patched = move.manifest is not None and move.manifest.startswith(TEMPLATE)
    return patched or move.text.startswith((*TEMPLATE_COMMANDS, UNDO))
