"""Backend: what an executor model must offer, as plain data. No Kubernetes in here."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field


class BackendError(Exception):
    """The backend cannot answer: not loaded, timed out, or it answered nonsense."""


class PromptState(BaseModel):
    """What the model is told for one move."""

    model_config = ConfigDict(frozen=True)

    objective: str
    """What to learn, one sentence."""
    facts: tuple[str, ...] = ()
    """Compact facts, one line each; never raw output."""
    snippets: tuple[str, ...] = ()
    """Retrieved reference text, each with its source."""
    rejections: tuple[str, ...] = ()
    """The gate's hints to moves already rejected for this objective."""


class Completion(BaseModel):
    """What the model answered."""

    model_config = ConfigDict(frozen=True)

    text: str
    """One move, as text; it is parsed and checked before anything else happens with it."""
    tokens: int = Field(default=0, ge=0)
    """Tokens read and written."""
    confidence: float = Field(default=1.0, ge=0, le=1)
    """Probability mass on what the grammar allows; low values make the executor fall back."""


class Backend(Protocol):
    """One model behind one runtime."""

    name: str
    """`nano`, `magos` or `custom`: who proposed the moves."""

    def complete(self, prompt: PromptState) -> Completion:
        """Propose one move. Raises BackendError."""
        ...
