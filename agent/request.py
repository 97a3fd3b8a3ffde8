"""Request: everything a front end (CLI now, webhook and Slack later) gives to start one run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.incident import Alert


class Budgets(BaseModel):
    """When a run must stop. Each has its own stop reason."""

    model_config = ConfigDict(extra="forbid")

    moves: int = Field(default=30, ge=1)
    """Executed moves."""
    seconds: float = Field(default=120.0, gt=0)
    """Wall time of the run."""
    move_seconds: float = Field(default=20.0, gt=0)
    """Wall time of one move (waits get 10 s)."""
    planner_calls: int = Field(default=4, ge=1)
    """Calls to a chat planner."""
    executor_tokens: int = Field(default=200_000, ge=0)
    """Tokens that a model reads and writes, cached ones included; then the run goes on with the playbook's
    own moves, and says so. 30 moves of a whole context each are 120,000."""


class Request(BaseModel):
    """One investigation as asked for; stored with the run, so that resume can rebuild it."""

    model_config = ConfigDict(extra="forbid")

    alerts: list[Alert] = Field(default_factory=list)
    """From --alert, --label and --alert-file; empty for a question or a scan."""
    question: str | None = None
    """The question in plain words."""
    namespace: str | None = None
    """-n; None takes it from labels, the scenario or the context."""
    all_namespaces: bool = False
    """-A."""
    kubeconfig: Path | None = None
    """--kubeconfig; None follows KUBECONFIG and the default path."""
    context: str | None = None
    """--context."""
    cluster: str | None = None
    """`sim:SCENARIO[@SEED]`, or None for a kubeconfig."""
    planner: str = "auto"
    """auto, playbook or chat."""
    executor: str = "auto"
    """auto, none, nano, magos, a path or a URL."""
    grammar: Literal["on", "off"] = "on"
    """Whether a model may only say what is valid here and now; off is for comparison."""
    budgets: Budgets = Field(default_factory=Budgets)
    """When to stop."""
