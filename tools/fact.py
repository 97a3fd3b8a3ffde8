"""Fact and Evidence: typed statements distilled from output, each tied to the lines it was read from."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from tools.objects import ObjectRef


class Evidence(BaseModel):
    """Where a fact was read: a move's (redacted) output, by lines or by JSON path."""

    model_config = ConfigDict(frozen=True)

    move: str
    """Id of the move whose output this is."""
    lines: tuple[int, int] | None = None
    """First and last line, counted from 1, in the stored artefact; None when `path` is given."""
    path: str | None = None
    """JSON path such as `items[0].status.phase` for JSON and YAML output."""
    quote: str = ""
    """The text itself, one line, at most 240 characters."""


class Fact(BaseModel):
    """A typed statement about one subject. Names, types and units are in docs/facts.md."""

    model_config = ConfigDict(frozen=True)

    id: str
    """`<move id>.<n>` for distilled facts, `d-<hash>` for derived ones; unique in a run."""
    subject: ObjectRef
    """What the statement is about."""
    name: str
    """Dotted name from the registry (tools/data/facts.yaml)."""
    value: JsonValue
    """The value, of the type the registry gives."""
    unit: str | None = None
    """Unit from the registry: `bytes`, `millicores`, `seconds`; None for plain values."""
    derived_from: list[str] = Field(default_factory=list)
    """Fact ids this one was computed from; empty for distilled facts."""
    evidence: list[Evidence] = Field(default_factory=list)
    """Where it was read; derived facts carry the evidence of what they were derived from."""
