"""Result: the `magos.bench/v1` document (contract of `magos-agent bench -o json`)."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, JsonValue

from agent.reportparts import Part

SCHEMA = "magos.bench/v1"
Verdict = Literal["root_cause", "healthy", "not_found", "inconclusive", "error"]


class CaseResult(Part):
    """One scenario at one seed."""

    scenario: str
    """Scenario id."""
    seed: int
    """Seed."""
    family: str
    """Family of the scenario's cause; `control` when nothing is to be found."""
    control: bool
    """There is nothing to be found."""
    verdict: Verdict
    """What was answered; `error` when there was no answer."""
    cause_id: str | None = None
    """Cause that was named."""
    object: str | None = None
    """Object that was named, Kind/namespace/name."""
    correct: bool
    """Cause and object as expected; for a control the expected verdict."""
    expected: str
    """The right answer: `cause object`, or the verdict of a control."""
    got: str
    """What was answered, in the same form; the error when there was no answer."""
    moves: int = 0
    """Commands executed."""
    invalid_moves: int = 0
    """Proposed moves that the gate did not let pass."""
    fallbacks: int = 0
    """Moves of a model that the playbook's own replaced."""
    fallback_reasons: dict[str, int] = Field(default_factory=dict)
    """Why -> how many of these moves, the most common first; in the words of a report's `degraded`."""
    asked: int = 0
    """Objectives for which a model proposed a move."""
    agreed: int = 0
    """Of these, how often its first move would show the same as the playbook's own."""
    repaired: int = 0
    """Of these, how often a later move passed after the gate had turned one down."""
    fixed: bool | None = None
    """Whether the proposed fix, carried out in a copy of the cluster, resolves the scenario within 15
    simulated minutes and does no harm; null when none was proposed or a person must fill it in."""
    fixed_note: str = ""
    """Why `fixed` is what it is."""
    seconds: float
    """Wall time, the start of the simulated cluster included."""


class Share(Part):
    """How many of some cases were right."""

    right: int
    """Right ones."""
    n: int
    """All of them."""
    pass_at_1: float | None
    """right / n, 0..1; null without cases."""
    ci95: tuple[float, float] | None
    """95 % interval of pass_at_1: bootstrap over the cases, 10,000 resamples."""


class Summary(Share):
    """The numbers of one contestant over all its cases."""

    faults: Share
    """Cases in which something is wrong."""
    controls: Share
    """Cases in which nothing is to be found."""
    by_family: dict[str, Share] = Field(default_factory=dict)
    """Family -> its share."""
    false_incidents: int
    """Controls for which a root cause was named."""
    fixes: Share
    """Proposed fixes that could be tried, and those that resolved the scenario."""
    invalid_moves: int
    """Moves that the gate turned down, of all cases."""
    agreement: Share = Field(default_factory=lambda: Share(right=0, n=0, pass_at_1=None, ci95=None))
    """First moves of a model, and those that would show the same as the playbook's own."""
    repairs: int = 0
    """Objectives whose move passed only after the gate had turned one of the model's down."""
    fallbacks: int = 0
    """Moves of a model that the playbook's own replaced."""
    fallback_reasons: dict[str, int] = Field(default_factory=dict)
    """Why -> how many of these moves, the most common first; in the words of a report's `degraded`."""
    errors: int
    """Cases without an answer."""
    median_moves: float | None
    """Commands executed in half of the cases at most."""
    median_seconds: float | None
    """Seconds that half of the cases took at most."""
    episodes_per_minute: float | None
    """Cases per minute of wall time, all workers together, their start included."""


class Setup(Part):
    """What was run."""

    scenarios: list[str]
    """Scenario ids."""
    seeds: list[int]
    """Seeds; those from 9000 on are never used in development."""
    stripped: bool = False
    """Alerts carried nothing but their name and namespace."""
    planner: str = "playbook"
    """Who planned."""
    executor: str = "none"
    """Who turned objectives into moves."""
    grammar: Literal["on", "off"] = "on"
    """Whether a model's moves were held to a grammar."""
    workers: int
    """Processes."""
    timeout: float
    """Seconds that one case may take."""


class BenchResult(Part):
    """Everything that one benchmark run found."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    schema_id: Literal["magos.bench/v1"] = Field(default="magos.bench/v1", alias="schema")
    """Schema id, key `schema` in JSON."""
    started_at: str
    """RFC 3339, UTC."""
    finished_at: str
    """RFC 3339, UTC."""
    partial: bool
    """The run was stopped before all cases were done; the numbers cover those that were."""
    planned: int
    """Cases that a whole run has."""
    setup: Setup
    """What was run."""
    cases: list[CaseResult] = Field(default_factory=list)
    """The agent's cases."""
    summary: Summary
    """The agent's numbers."""
    baselines: dict[str, Summary] = Field(default_factory=dict)
    """Baseline -> the same numbers over the same cases."""
    versions: dict[str, JsonValue] = Field(default_factory=dict)
    """magos-agent, kubectl, python, system, cpus, and how many scenarios there are."""

    def to_json(self) -> dict[str, JsonValue]:
        """The document as plain JSON values, with the `schema` key."""
        return self.model_dump(mode="json", by_alias=True)

    @property
    def misses(self) -> list[CaseResult]:
        """The agent's wrong cases."""
        return [case for case in self.cases if not case.correct]

    @property
    def bad_fixes(self) -> list[CaseResult]:
        """The agent's cases whose fix was tried and did not work; the cause may be right."""
        return [case for case in self.cases if case.fixed is False]
