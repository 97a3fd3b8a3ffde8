"""Next steps: what a person is told to do after a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.case import Case
from agent.context import RESOURCE_NAMES, render, view_context
from agent.judgement import Judged
from agent.makers import at_source, instead
from agent.remedies import is_back
from agent.reportparts import Remedy
from agent.views import View
from tools.objects import ObjectRef

MAX_CHECKS = 4
TRY_IT = "Apply the proposed fix, then run this investigation again."
NOT_YET_SEEN = (
    "What has not started yet may have a fault of its own, which shows only after this fix: "
    "run this investigation again then."
)


def to_tell_apart(case: Case, view: View, causes: Sequence[Judged]) -> list[str]:
    """What would show which of the open causes of a view it is."""
    steps = [
        f"Check whether it is {item.cause.id}: {item.cause.title.lower()}."
        for item in _open(causes)[:MAX_CHECKS]
    ]
    if view.pod is not None:
        context = view_context(view, case.derivation)
        steps.append(render("kubectl describe pod {{ pod }} -n {{ ns }}", context))
    return steps


def _open(causes: Sequence[Judged]) -> list[Judged]:
    """What it may still be, the best of each family before the next ones of the same."""
    left = [item for item in causes if not item.excluded and item.share > 0]
    seen: dict[str, int] = {}

    def key(item: Judged) -> tuple[float, int]:
        family = item.cause.id.split(".")[0]
        seen[family] = seen.get(family, -1) + 1
        return -item.share, seen[family]

    return sorted(left, key=key)


def usual_reads(case: Case, ref: ObjectRef | None) -> list[str]:
    """What to read where no cause is open: the object, the newest events, a pod's own log."""
    spaces = [f"-n {name}" for name in case.incident.scope.namespaces[:1]]
    where = f"-n {ref.namespace}" if ref is not None and ref.namespace else "".join(spaces)
    steps: list[str] = []
    if ref is not None:
        resource = RESOURCE_NAMES.get(ref.kind, ref.kind.lower())
        steps.append(f"Read its conditions: kubectl describe {resource} {ref.name} {where}".strip())
        pods = case.derivation.owners.pods.get(ref, [])
        steps += [f"Read its log: kubectl logs {pod.name} {where}" for pod in pods[:1]]
    flags = where or "-A"
    steps.append(f"Read the newest events: kubectl get events {flags} --sort-by=.lastTimestamp")
    return steps


def about_changes(case: Case, ref: ObjectRef, remedy: Remedy | None) -> list[str]:
    """Who would take a fix back, and which revision brought the object where it is."""
    index = case.derivation.index
    steps: list[str] = [*instead(case, ref)]
    if not steps:
        steps += at_source(case, ref)
    change = index.mapping(ref, "change.introduced")
    if change and not is_back(remedy):
        back = f"kubectl rollout undo deployment/{ref.name} -n {ref.namespace}"
        back += f" --to-revision={change.get('previous')}"
        steps.append(
            f"Revision {change.get('revision')} is the newest{_what(change)}; to go back: {back}"
        )
    return steps


def _what(change: Mapping[str, Any]) -> str:
    """The first thing that a revision changed."""
    for item in change.get("changes") or []:
        return f" ({item.get('path')}: {item.get('before')} -> {item.get('after')})"
    return ""
