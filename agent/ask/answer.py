"""Answer: what `ask` says, as a contract (`magos.ask/v1`)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.move import ProposedBy
from tools.verdict import Decision, Rung


class Judgement(BaseModel):
    """The gate's verdict on the command."""

    model_config = ConfigDict(extra="forbid")

    decision: Decision
    """allow; approve for a command that changes the cluster."""
    rung: Rung
    """Last rung reached; `policy` without a cluster."""
    reason: str
    """Slug."""


class Answer(BaseModel):
    """Exactly one of a command and a question back."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)

    schema_: Literal["magos.ask/v1"] = Field(default="magos.ask/v1", alias="schema")
    """Names this format."""
    question: str
    """As asked, on one line."""
    topic: str | None = None
    """What it was taken to be about."""
    command: str | None = None
    """The next command, to be pasted as it is; it has not been run."""
    argv: list[str] | None = None
    """The same as words."""
    changes: bool = False
    """Whether the command changes the cluster."""
    why: str = ""
    """Why this one comes next."""
    tells: str = ""
    """What its answer would tell."""
    ask: str | None = None
    """One question back, when nothing could be decided."""
    verdict: Judgement | None = None
    """What the gate said of the command."""
    proposed_by: ProposedBy | None = None
    """Who wrote the command."""
    target: str = ""
    """The context it is for; empty without a cluster."""
    simulated: bool = False
    """Whether the cluster is simulated."""
    notes: list[str] = Field(default_factory=list)
    """What was taken for granted, and what could not be checked."""

    @model_validator(mode="after")
    def _either(self) -> Answer:
        if (self.command is None) == (self.ask is None):
            raise ValueError("an answer is a command or a question back")
        return self
