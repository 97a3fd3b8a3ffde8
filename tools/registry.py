"""The registry of fact names, read from tools/data/facts.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

REGISTRY_FILE = Path(__file__).parent / "data" / "facts.yaml"


class FactKind(BaseModel):
    """One line of the registry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["bool", "int", "number", "string", "list", "map"]
    """JSON type of the value."""
    unit: str | None = None
    """bytes, millicores or seconds."""
    subject: str
    """Kinds of objects that the fact is about."""
    doc: str
    """What the fact says, and where it is read."""


@cache
def fact_kinds() -> dict[str, FactKind]:
    """All fact kinds by dotted name."""
    raw = YAML(typ="safe", pure=False).load(REGISTRY_FILE.read_text(encoding="utf-8"))
    return {name: FactKind.model_validate(entry) for name, entry in raw.items()}
