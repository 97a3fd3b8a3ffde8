"""PlaybookPlanner: plans without a language model, from playbooks and deterministic judgement.

It reads the scope, ranks what is broken, and for the first candidates takes the looks that tell their
possible causes apart. It ends when a cause is confirmed and nothing cheap would still change that.
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.case import Case
from agent.context import render, render_move, view_context
from agent.index import FactIndex
from agent.judgement import Judged, hypotheses, judge_view
from agent.objective import Conclusion, Hypothesis, Objective
from agent.planners.firstlooks import first_looks
from agent.planners.protocol import Plan
from agent.playbook import Catalogue, Look
from agent.ranking import Ranked, blames, follows, rank
from agent.views import View
from tools.fact import Fact
from tools.objects import ObjectRef

MAX_CANDIDATES = 4
"""Candidates looked at closely, one after the other, until one is explained."""
MAX_BESIDE = 3
"""Other broken objects that are looked at once the incident is explained."""
BESIDE_UNTIL = 18
"""Moves after which they are named only, so that a run's own 30 are not spent on them."""
RIVAL_SHARE = 0.5
"""Support from which a rival's own looks are taken, though another cause is confirmed."""
REPLICATED = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
"""Kinds that are not well while replicas are missing."""
UNIVERSAL_LOOKS = ("pod-object", "owner-object", "node-object", "node-clock")
"""Needed for any candidate that has so far only been seen in a table, or may have recovered."""


class PlaybookPlanner:
    """See the module docstring."""

    name = "playbook"

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def plan(self, case: Case) -> Plan:
        """The next objective, or the conclusion."""
        if case.intake.missing and not case.incident.scope.objects:
            return Plan(None, self._not_found(case), [])
        for look in first_looks(case, self._catalogue):
            if look.reference_move not in case.tried:
                return Plan(self._numbered(case, look), None, self._beliefs(case))
        ranked = rank(case, self._catalogue)
        explained: tuple[View, Judged] | None = None
        open_views: list[View] = []
        for view in ranked.related[:MAX_CANDIDATES]:
            judged = judge_view(self._catalogue, view, case.incident)
            for look in self._looks(case, view, judged):
                return Plan(self._numbered(case, look), None, hypotheses(judged))
            if judged and judged[0].confirmed and not follows(view, open_views, case.derivation):
                explained = (view, judged[0])
                break
            open_views.append(view)
        for look in self._beside(case, ranked, explained[0] if explained else None):
            return Plan(self._numbered(case, look), None, self._beliefs(case))
        if explained is not None:
            view, best = explained
            conclusion = Conclusion(verdict="root_cause", cause=best.cause.id, object=view.object)
            return Plan(None, conclusion, self._beliefs(case))
        return Plan(None, self._unexplained(case, ranked), self._beliefs(case))

    def _beside(self, case: Case, ranked: Ranked, explained: View | None) -> Iterator[Objective]:
        """Looks for the other broken objects, so that the report can say why they are."""
        if (explained is None and ranked.related) or len(case.tried) >= BESIDE_UNTIL:
            return
        seen: set[ObjectRef] = set()
        for view in [*ranked.related, *ranked.others]:
            behind = explained is not None and (
                view.object in explained.layers or blames(view, explained, case.derivation)
            )
            if behind or view.object in seen or len(seen) == MAX_BESIDE:
                continue
            seen.add(view.object)
            judged = judge_view(self._catalogue, view, case.incident)
            if not (judged and judged[0].confirmed):
                yield from self._looks(case, view, judged)

    def _beliefs(self, case: Case) -> list[Hypothesis]:
        ranked = rank(case, self._catalogue)
        if not ranked.related:
            return []
        return hypotheses(judge_view(self._catalogue, ranked.related[0], case.incident))

    def _looks(self, case: Case, view: View, judged: list[Judged]) -> Iterator[Objective]:
        """Untried looks for one candidate: those of the confirmed cause and its rivals, or of all."""
        best = judged[0] if judged else None
        if best is not None and best.confirmed:
            wanted = [best, *(item for item in judged[1:] if item.share >= RIVAL_SHARE)]
        else:
            wanted = [item for item in judged if not item.excluded]
        names = [*UNIVERSAL_LOOKS, *(name for item in wanted for name in item.cause.looks)]
        context = view_context(view, case.derivation) | {"prometheus": case.intake.prometheus}
        for name in dict.fromkeys(names):
            look = self._catalogue.looks[name]
            if all(view.known(need) for need in look.needs) and not any(
                view.known(fact) for fact in look.unless
            ):
                yield from self._render(case, look, view, context)

    def _render(
        self, case: Case, look: Look, view: View, context: dict[str, object]
    ) -> Iterator[Objective]:
        items: list[object] = [None]
        if look.each:
            listed = context.get(look.each)
            items = list(listed)[:3] if isinstance(listed, list) else []
        for item in items:
            names = context | {"item": item}
            for template in look.moves:
                move = render_move(template, names)
                if move and move not in case.tried:
                    yield Objective(
                        id="",
                        text=render(look.text, names),
                        targets=[ref for ref in (view.object, view.pod) if ref is not None],
                        verbs=list(look.verbs),
                        wants=list(look.wants),
                        reference_move=move,
                    )

    def _numbered(self, case: Case, objective: Objective) -> Objective:
        return objective.model_copy(update={"id": f"o{len(case.tried) + 1}"})

    def _not_found(self, case: Case) -> Conclusion:
        missing = case.intake.missing[0]
        near = f"; the nearest match is {', '.join(missing.nearest)}" if missing.nearest else ""
        note = f"{missing.object} does not exist{near}."
        return Conclusion(verdict="not_found", object=missing.object, note=note)

    def _unexplained(self, case: Case, ranked: Ranked) -> Conclusion:
        """Healthy when the scope was seen whole and nothing is wrong; inconclusive otherwise."""
        if ranked.related:
            view = ranked.related[0]
            note = f"{view.object} is broken ({view.symptom}), but no cause has all its facts."
            return Conclusion(verdict="inconclusive", object=view.object, note=note)
        unseen = self._unseen(case, ranked)
        if unseen is not None:
            return unseen
        return Conclusion(verdict="healthy", object=self._healthy_object(case, ranked))

    def _unseen(self, case: Case, ranked: Ranked) -> Conclusion | None:
        """Why nothing wrong was found, where that is because it could not be looked at."""
        index, scope = case.derivation.index, case.incident.scope
        seen = [ref for ref in ranked.targets if index.about(ref) or index.about(_starred(ref))]
        if ranked.targets and not seen:
            note = f"{ranked.targets[0]} could not be seen."
            return Conclusion(verdict="inconclusive", object=ranked.targets[0], note=note)
        listed = {fact.subject.namespace for fact in index.named("list.names") if _of_pods(fact)}
        workloads = seen or case.derivation.owners.workloads()
        short = [ref for ref in workloads if not _whole(index, ref)]
        spaces = dict.fromkeys([*scope.namespaces, *(ref.namespace for ref in short)])
        blind = [space for space in spaces if space and space not in listed]
        if short:
            why = "its pods could not be listed" if short[0].namespace in blind else "none fails"
            waits = _starting_probe(case, short[0]) if why == "none fails" else ""
            note = f"{_shortage(index, short)}; {waits or why}."
            return Conclusion(verdict="inconclusive", object=short[0], note=note)
        if ranked.targets:
            return None
        hidden = [*case.denied, *(_denial(fact) for fact in index.named("access.denied"))]
        if hidden and not blind:
            note = f"Nothing is wrong in what could be seen, but not all could: {hidden[0]}"
            return Conclusion(verdict="inconclusive", note=note)
        if not blind and (listed or not scope.all_namespaces):
            return None
        where = f"namespace {blind[0]}" if blind else "all namespaces"
        note = f"The pods of {where} could not be listed."
        return Conclusion(verdict="inconclusive", note=note)

    def _healthy_object(self, case: Case, ranked: Ranked) -> ObjectRef | None:
        """The one workload that the incident means, when there is exactly one."""
        if ranked.targets:
            return ranked.targets[-1]
        container = case.incident.scope.container
        owners = case.derivation.owners
        named = [
            workload
            for workload in owners.workloads()
            for pod in owners.pods.get(workload, [])
            for ref in owners.containers.get(pod, [])
            if ref.container == container
        ]
        unique = list(dict.fromkeys(named))
        return unique[0] if len(unique) == 1 else None


def _starred(ref: ObjectRef) -> ObjectRef:
    return ref.model_copy(update={"name": "*"})


def _denial(fact: Fact) -> str:
    return f"RBAC hides {fact.subject.kind}."


def _of_pods(fact: Fact) -> bool:
    return fact.subject.kind == "Pod"


def _whole(index: FactIndex, ref: ObjectRef) -> bool:
    """Whether the status of a workload says that none of its replicas is missing."""
    if ref.kind not in REPLICATED or index.fact(ref, "workload.desired") is None:
        return True
    ready, desired = (index.number(ref, f"workload.{name}") for name in ("ready", "desired"))
    return ready >= desired


def _starting_probe(case: Case, ref: ObjectRef) -> str:
    """What the startup probe of its pods has said so far; empty when it has said nothing."""
    owners = case.derivation.owners
    for pod in owners.pods.get(ref, []):
        for container in owners.containers.get(pod, []):
            failed = case.derivation.index.mapping(container, "probe.startup.failed")
            if failed:
                times = f"{failed.get('count')} times" if failed.get("count") else "so far"
                who = f"the startup probe of container {container.container}"
                return f"{who} has failed {times} ({failed.get('message')})"
    return ""


def _shortage(index: FactIndex, refs: list[ObjectRef]) -> str:
    """How many replicas the first few of these workloads lack."""
    return ", ".join(
        f"{ref} has {index.number(ref, 'workload.ready')} of "
        f"{index.number(ref, 'workload.desired')} replicas ready"
        for ref in refs[:MAX_CANDIDATES]
    )
