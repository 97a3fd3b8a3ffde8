"""Finding: what `check` says of one command, manifest or expression."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from tools.verdict import Decision, Rung


class Finding(BaseModel):
    """One checked move. `to_json` is the contract of `check -o json`."""

    model_config = ConfigDict(frozen=True)

    file: str
    """Path as given or found; `-` for standard input."""
    lineno: int
    """Line in the file, from 1; 0 for the file as a whole."""
    id: str | None = None
    """The id of a JSON line; None for others."""
    line: str
    """The command, the object's type and name, or the expression."""
    decision: Decision
    """allow, approve (a write), refuse (policy; information in FILE mode), repair (wrong)."""
    rung: Rung
    """The rung that decided."""
    reason: str
    """Slug: `ok`, `unknown-flag`, `unknown-field`, `bad-promql`."""
    hint: str = ""
    """How to mend it."""
    message: str = Field(default="", exclude=True)
    """One sentence for a person; not in JSON."""
    wrong: bool = Field(default=False, exclude=True)
    """Whether it makes `check` fail (exit 5); not in JSON."""

    def to_json(self) -> dict[str, JsonValue]:
        """The keys file, lineno, id, line, decision, rung, reason, hint."""
        return self.model_dump(mode="json")

    def __str__(self) -> str:
        """`file:line: reason: message (hint)`, as compilers write it."""
        where = f"{self.file}:{self.lineno}" if self.lineno else self.file
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}: {self.reason}: {self.message or self.line}{hint}"
