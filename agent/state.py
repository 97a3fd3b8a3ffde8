"""RunState: what the graph checkpoints after every node. Plain JSON values only.

Facts are not in it: they are distilled again from the stored, redacted outputs, which is a pure function, so a
checkpoint stays small however large the cluster is, and a resumed or replayed run reads the same facts.
"""

from __future__ import annotations

from typing import Any, TypedDict


class RunState(TypedDict, total=False):
    """Written by the node named behind each field."""

    intake: dict[str, Any]
    """agent.case.Intake (intake)."""
    cluster: dict[str, Any]
    """agent.reportparts.ClusterInfo (intake)."""
    objectives: list[dict[str, Any]]
    """Every agent.objective.Objective so far (plan)."""
    hypotheses: list[dict[str, Any]]
    """The latest ranked agent.objective.Hypothesis (plan)."""
    rejections: list[dict[str, Any]]
    """The gate's verdicts on rejected moves for the current objective (plan clears, gate appends)."""
    unanswered: bool
    """Whether a model's move for the current objective left open what it wants (observe; plan clears)."""
    proposal: dict[str, Any] | None
    """{text, proposed_by, manifest} waiting for the gate (propose)."""
    move: dict[str, Any] | None
    """The tools.move.Move that passed the gate and waits to run (gate)."""
    verdict: dict[str, Any]
    """The gate's verdict on it (gate)."""
    pending: dict[str, Any] | None
    """The answer of the move just run, waiting to be read: exit_code, duration_ms, artefact (act)."""
    records: list[dict[str, Any]]
    """Every move so far with verdict and answer (gate for rejected ones, observe for the rest)."""
    conclusion: dict[str, Any] | None
    """agent.objective.Conclusion (plan)."""
    outcome: dict[str, Any]
    """agent.outcome.Outcome (conclude)."""
    remedy: dict[str, Any] | None
    """agent.reportparts.Remedy (remedy)."""
    degraded: list[str]
    """Fallbacks used (propose, intake)."""
    memory: dict[str, Any]
    """agent.executors.memory.Memory: what the run's model has been told (propose)."""
    executor_tokens: int
    """Tokens so far (propose)."""
    elapsed_ms: int
    """Wall time of the run so far, read at a resume (intake, propose, observe, conclude)."""
