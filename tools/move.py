"""Move: one action against the world, as a typed value. Argv is built from it, never from text."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ProposedBy = Literal["nano", "magos", "custom", "playbook", "chat", "human"]
MoveKind = Literal["kubectl", "manifest", "promtool", "names"]


class Target(BaseModel):
    """One resource argument: `pods`, `pod/web-1`, `deploy web`."""

    model_config = ConfigDict(frozen=True)

    resource: str
    """As written, lower case: plural, singular, short name or `resource.group`."""
    name: str | None = None
    """Object name; None means the whole list."""


class Move(BaseModel):
    """One kubectl, manifest or promtool action, parsed and normalised."""

    model_config = ConfigDict(frozen=True)

    id: str = ""
    """`m<n>`, given by the run; empty until then."""
    kind: MoveKind
    """`names` is the run's own metadata-only list over HTTP (see sandbox.cluster); never a model's."""
    command: tuple[str, ...]
    """Path in the command tree: `("get",)`, `("rollout", "history")`, `("query", "instant")`."""
    targets: tuple[Target, ...] = ()
    """Resource arguments, for commands that take them."""
    args: tuple[str, ...] = ()
    """Other positional arguments in order: container name, PromQL, explain path, can-i verb."""
    flags: dict[str, str | bool | list[str]] = Field(default_factory=dict)
    """Long flag name without dashes -> value (True for a bare bool, a list for repeated flags)."""
    namespace: str | None = None
    """-n, taken out of flags; None when not given."""
    all_namespaces: bool = False
    """-A, taken out of flags."""
    manifest: str | None = None
    """For kind `manifest`: the YAML or JSON document."""
    text: str
    """Canonical command line, shell-quoted so that it can be pasted."""
    proposed_by: ProposedBy = "playbook"
    """Who proposed it."""
    repeat_key: str = ""
    """Equal for moves that would show the same thing."""
