"""Desk: what proposes a command for an objective, and what judges it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.ask.topics import Step, tokens
from agent.case import Intake
from agent.executors.modelled import MAX_REJECTIONS
from agent.executors.protocol import Executor, Occasion, Proposal, ReferenceExecutor
from agent.objective import Objective
from agent.reportparts import ClusterInfo
from sandbox.gate import Gate
from tools.fact import Fact
from tools.ladder import Judged
from tools.move import Move
from tools.verdict import Verdict

SECONDS = 60.0
"""Time that a model's moves are measured against."""
SELECTORS = ("selector", "field-selector", "labels")
CHURNING = frozenset({"events"})
"""Kinds whose names are not worth a list: they come and go."""


@dataclass
class Desk:
    """One question's gate, executor and intake."""

    gate: Gate
    executor: Executor
    intake: Intake
    cluster: ClusterInfo | None = None
    notes: list[str] = field(default_factory=list)

    def propose(
        self, step: Step, objective: Objective, facts: Sequence[Fact]
    ) -> tuple[Judged, Proposal]:
        """What the executor proposes, as far as the gate passes it; else the reference move."""
        rejections: list[Verdict] = []
        occasion = Occasion(self.intake, SECONDS)
        for _ in range(MAX_REJECTIONS + 1):
            executor = ReferenceExecutor() if step.changes or step.given else self.executor
            proposal = executor.propose(objective, facts, rejections, occasion)
            by = proposal.proposed_by
            if proposal.kind == "command":
                judged = self.gate.judge(proposal.text, proposed_by=by)
                verdict = judged.verdict
                if judged.move is not None and verdict.decision == (
                    "approve" if step.changes else "allow"
                ):
                    stranger = "" if by == "playbook" else _stranger(judged.move, objective, self)
                    if not stranger:
                        return judged, proposal
                    verdict = _repair(
                        f"{stranger} is not known to exist.", "take a name of the facts"
                    )
                elif verdict.decision in ("allow", "approve"):
                    verdict = _repair("Only reads were asked for.", objective.reference_move)
            else:
                verdict = _repair("A command was asked for, no manifest.", objective.reference_move)
            rejections.append(verdict)
            if by == "playbook":
                break
        return Judged(None, rejections[-1]), proposal

    def nothing_of(self, move: Move) -> str:
        """The kinds a move lists, when the place it looks at has none of any; else empty."""
        view, kinds = self.gate.view, []
        for target in move.targets:
            kind = view.resolve(target.resource) if view is not None else None
            if view is None or kind is None or target.name or kind.plural in CHURNING:
                return ""
            listed = view.names(kind, None if move.all_namespaces else move.namespace)
            if listed.names or listed.denied or not listed.complete:
                return ""
            kinds.append(kind.plural)
        return " and no ".join(kinds)


def _repair(message: str, hint: str) -> Verdict:
    return Verdict(decision="repair", rung="names", reason="not-asked", message=message, hint=hint)


def _stranger(move: Move, objective: Objective, desk: Desk) -> str:
    """A name of a model's move that neither the cluster nor the question has; empty when there is none.

    The gate lets pass what RBAC hides, and does not look at labels or containers.
    """
    reference = objective.reference_move
    said = {*tokens(desk.intake.incident.question or ""), *re.split(r"[\s/=,]+", reference)}
    view = desk.gate.view
    for target in move.targets:
        if target.name is None or target.name in said:
            continue
        kind = view.resolve(target.resource) if view is not None else None
        if view is None or kind is None:
            return target.name
        if target.name not in view.names(kind, move.namespace).names:
            return target.name
    known = view.namespaces().names if view is not None else frozenset()
    if move.namespace and move.namespace not in said | known:
        return move.namespace
    for flag in (*SELECTORS, "container"):
        value = move.flags.get(flag)
        if isinstance(value, str) and value not in reference:
            return value
    if view is None and move.command == ("logs",):
        return next((word for word in move.args if word not in said), "")
    return ""
