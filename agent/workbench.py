"""Workbench: the collaborators of one run, handed to every node. Nothing of it is checkpointed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent.case import Case, Intake
from agent.executors.protocol import Executor
from agent.hands import Hands
from agent.objective import Objective
from agent.planners.protocol import Planner
from agent.playbook import Catalogue
from agent.reportparts import ClusterInfo
from agent.request import Budgets
from agent.runs import RunFolder
from agent.state import RunState
from agent.trajectory import Trajectory
from tools.distil import distil
from tools.fact import Fact
from tools.ladder import Judged
from tools.move import Move, ProposedBy
from tools.output import Output


class Judge(Protocol):
    """The gate, as the nodes see it."""

    def judge(self, source: str | Sequence[str] | Move, *, proposed_by: ProposedBy) -> Judged:
        """The whole ladder for one move."""
        ...


@dataclass
class Workbench:
    """See the module docstring."""

    folder: RunFolder
    """Where artefacts go."""
    trajectory: Trajectory
    """What is written down as it happens."""
    planner: Planner
    executor: Executor
    catalogue: Catalogue
    take_in: Callable[[], tuple[Intake, ClusterInfo]]
    """Intake against the cluster, or from a record."""
    gate: Callable[[Intake], Judge]
    """The gate for the scope that intake found."""
    hands: Callable[[Intake], Hands]
    """What runs moves in that scope."""
    budgets: Budgets
    cancel: threading.Event
    degraded: list[str] = field(default_factory=list)
    """Fallbacks already known when the run starts."""
    before_ms: int = 0
    """Wall time used by earlier processes of this run."""
    started: float = field(default_factory=time.monotonic)
    _facts: dict[str, list[Fact]] = field(default_factory=dict)
    _case: tuple[tuple[int, int], Case] | None = None
    """The last case with what it was made from: what follows from its facts is derived once."""

    def elapsed_ms(self) -> int:
        """Wall time of the run so far, earlier processes included."""
        return self.before_ms + int((time.monotonic() - self.started) * 1000)

    def facts(self, state: RunState) -> list[Fact]:
        """All distilled facts, read again from stored outputs where this process has not yet."""
        found: list[Fact] = []
        for record in state.get("records", []):
            if record.get("exit_code") is None and record.get("artefact") is None:
                continue
            found += self.distil(record)
        return found

    def distil(self, record: dict[str, Any]) -> list[Fact]:
        """The facts of one finished move, read once. Pure over the stored, redacted output."""
        if record["id"] in self._facts:
            return self._facts[record["id"]]
        move = Move.model_validate(record["move"])
        text = self.folder.artefact(record["id"]) if record.get("artefact") else ""
        output = Output(
            exit_code=record.get("exit_code"),
            stdout=text[: record.get("stdout_chars", 0)],
            stderr=record.get("stderr", ""),
            truncated=record.get("truncated", False),
            timed_out=record.get("timed_out", False),
        )
        facts = self._facts[record["id"]] = distil(move, output)
        return facts

    def case(self, state: RunState) -> Case:
        """What the planner may look at now; the same object until there is more of it."""
        records, objectives = state.get("records", []), state.get("objectives", [])
        key = (len(records), len(objectives))
        if self._case is None or self._case[0] != key:  # both lists only ever grow
            tried = [Objective.model_validate(item) for item in objectives]
            case = Case(
                intake=Intake.model_validate(state["intake"]),
                distilled=self.facts(state),
                tried=frozenset(objective.reference_move for objective in tried),
                followed=sum(bool(objective.runbook) for objective in tried),
                denied=tuple(r["denied"] for r in records if r.get("denied")),
            )
            self._case = (key, case)
        return self._case[1]
