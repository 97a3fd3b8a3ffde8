"""Parts of the report: what an investigation can say, one model for each thing said."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.incident import Alert, Scope
from tools.move import ProposedBy
from tools.objects import ObjectRef
from tools.verdict import Decision, Rung


class Part(BaseModel):
    """Base of all report parts: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid")


class ClusterInfo(Part):
    """Which cluster was looked at."""

    context: str = ""
    """kubeconfig context, or sim:SCENARIO@SEED."""
    server: str = ""
    """API server URL."""
    server_version: str = ""
    """gitVersion, such as v1.36.2."""
    simulated: bool = False
    """True for the built-in simulator."""
    kubeconfig: str | None = None
    """Path given with --kubeconfig; None for the default."""


class IncidentInfo(Part):
    """What started the run."""

    trigger: Literal["alert", "question", "scan"]
    """alert, question or scan."""
    alerts: list[Alert] = Field(default_factory=list)
    """The alerts."""
    scope: Scope = Field(default_factory=Scope)
    """Where it looked."""
    question: str | None = None
    """The question, if one was asked."""


class RootCause(Part):
    """A cause whose confirming facts are all in evidence."""

    id: str
    """Cause id `family.cause`; docs/causes.md lists them."""
    family: str
    """Family, the part before the dot."""
    summary: str
    """One or two sentences: the object, the mechanism, the offending value."""
    object: ObjectRef
    """The owner that must change."""
    confidence: float = Field(ge=0, le=1)
    """Share of confirming facts present, lowered by every rival that is not excluded."""
    evidence: list[str] = Field(default_factory=list)
    """Ids of the confirming facts, in `facts`."""


class Impact(Part):
    """Who is hurt."""

    ready: int | None = None
    """Ready replicas of the object."""
    desired: int | None = None
    """Wanted replicas."""
    since: str | None = None
    """Since when, RFC 3339, as far as evidence tells."""
    service_endpoints: list[str] = Field(default_factory=list)
    """`service: n ready` of every Service before the object."""
    summary: str = ""
    """One sentence."""


class Change(Part):
    """Something that changed before the incident."""

    at: str | None = None
    """RFC 3339."""
    what: str
    """`image nginx:1.27 -> nginx:1.28`."""
    object: ObjectRef
    """What changed."""
    revision: int | None = None
    """Deployment revision that brought it."""


class ManagedBy(Part):
    """Who owns the object, so that the fix belongs in Git."""

    tool: str
    """Argo CD, Flux, Helm, or the operator's kind."""
    source: str = ""
    """Application, release or owner name."""


class RuledOut(Part):
    """A rival cause that evidence excludes."""

    id: str
    """Cause id."""
    why: str
    """One sentence."""
    evidence: list[str] = Field(default_factory=list)
    """Fact ids."""


class Finding(Part):
    """Another broken object seen on the way, not explained further."""

    object: ObjectRef
    """What is broken."""
    symptom: str
    """Symptom slug."""
    summary: str
    """One sentence."""
    evidence: list[str] = Field(default_factory=list)
    """Fact ids."""


class TimelineEntry(Part):
    """One step of the story."""

    at: str
    """RFC 3339."""
    what: str
    """One sentence."""
    fact: str | None = None
    """Fact id."""


class MoveVerdict(Part):
    """The gate's answer as the report keeps it."""

    decision: Decision
    """allow, repair, approve or refuse."""
    rung: Rung
    """Last rung reached."""
    reason: str
    """Slug."""


class MoveRecord(Part):
    """One move that was proposed, and what came of it."""

    id: str
    """m1, m2, ..."""
    kind: str
    """kubectl, manifest, promtool or names."""
    text: str
    """Canonical command line; can be pasted."""
    proposed_by: ProposedBy
    """Who proposed it."""
    verdict: MoveVerdict
    """The gate's answer."""
    exit_code: int | None = None
    """None when it was not run or was killed."""
    duration_ms: int = 0
    """Wall time."""
    facts: list[str] = Field(default_factory=list)
    """Ids of the facts read from it that `facts` keeps."""
    artefact: str | None = None
    """Redacted output, path inside the run folder."""


class RemedyMove(Part):
    """One step of the proposed fix."""

    text: str
    """Command line, with placeholders in <> where a person must decide."""
    manifest: str | None = None
    """Patch or manifest, YAML, when there is one."""


class Rehearsal(Part):
    """What running the remedy in a sandbox showed."""

    backend: str
    """kind, envtest, target, simulator or offline."""
    reproduced: bool
    """The symptom was there before."""
    cleared: bool
    """The symptom was gone after."""
    side_effects: list[str] = Field(default_factory=list)
    """What else changed."""


class Remedy(Part):
    """The proposed fix."""

    summary: str
    """One sentence."""
    moves: list[RemedyMove] = Field(default_factory=list)
    """Steps in order."""
    undo: list[str] = Field(default_factory=list)
    """Commands that take it back."""
    rehearsal: Rehearsal | None = None
    """None until it was rehearsed."""
    status: Literal["proposed", "approved", "applied", "verified", "rolled_back", "refused"] = (
        "proposed"
    )
    """How far it got."""


class Reference(Part):
    """Something to read next to the report. It had no part in the verdict."""

    title: str
    """`KubePodCrashLooping > Mitigation`, `run 20261123-034512-k7q2 on 2026-11-23`."""
    source: str
    """`path#heading` of a runbook, `run:ID` of an earlier run, `CRD NAME`, or a `kubectl explain` command."""
    why: str
    """Why it is here: `alert KubePodCrashLooping is in its title`."""


class Usage(Part):
    """What the run cost."""

    moves: int = 0
    """Moves executed."""
    executor_tokens: int = 0
    """Tokens the executor model read and wrote."""
    planner_calls: int = 0
    """Calls to a chat planner."""
    planner_tokens: int = 0
    """Tokens of these calls."""
    wall_ms: int = 0
    """Wall time, milliseconds."""
