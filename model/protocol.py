"""Backend: what an executor model must offer, as plain data. No Kubernetes in here."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field


class BackendError(Exception):
    """The backend cannot answer: not loaded, unreachable, or it answered nonsense."""


class StyleError(BackendError):
    """The weights were trained on prompts that this version does not write."""


class GrammarError(BackendError):
    """The grammar does not compile, or is too large; the text says where."""


class Told(BaseModel):
    """One entry of a run's log: said once, never changed, so that a prompt begins as the one before."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["object", "fact", "reference"]
    """`object`: `Kind/namespace/name`, which has the next handle from here on."""
    text: str


class PromptState(BaseModel):
    """What the model is told for one move."""

    model_config = ConfigDict(frozen=True)

    objective: str
    """What to learn, one sentence."""
    log: tuple[Told, ...] = ()
    """What the run has found, in the order it became known; it only grows, and stands first."""
    facts: tuple[str, ...] = ()
    """Compact facts for this move, one line each; never raw output."""
    rejections: tuple[str, ...] = ()
    """The gate's hints to moves already rejected for this objective."""
    handles: tuple[str, ...] = ()
    """Objects that a short-handled prompt names by number, `Kind/namespace/name`; the first is `@1`. Those of
    the log come first, in its order."""


class Segment(BaseModel):
    """A piece of a rendered prompt. Segments are tokenised one by one, so tokens never span two."""

    model_config = ConfigDict(frozen=True)

    text: str
    trusted: bool = False
    """Trusted text (ours) may spell special tokens such as `<|im_end|>`; in any other they stay letters."""


class Grammar(BaseModel):
    """What the answer must look like. It compiles when it is used: GrammarError when it cannot."""

    model_config = ConfigDict(frozen=True)

    syntax: Literal["lark", "json"]
    """`lark`: llguidance's dialect of Lark; `json`: a JSON schema."""
    text: str


class Completion(BaseModel):
    """What the model answered."""

    model_config = ConfigDict(frozen=True)

    text: str
    """One move, as text; it is parsed and checked before anything else happens with it."""
    tokens: int = Field(default=0, ge=0)
    """Tokens read and written."""
    confidence: float | None = Field(default=None, ge=0, le=1)
    """Probability mass on what the grammar allows, without a grammar of the chosen tokens, geometric mean over
    the decisions; low values make the executor fall back. None: the backend does not tell."""
    min_probability: float | None = Field(default=None, ge=0, le=1)
    """Probability of the least likely chosen token among those the grammar allowed, at temperature 1; None as
    above."""
    masked_mass: float = Field(default=0.0, ge=0, le=1)
    """Probability mass on tokens that the grammar forbade, at the worst decision."""
    prompt_tokens: int = Field(default=0, ge=0)
    """Tokens of the prompt."""
    reused_tokens: int = Field(default=0, ge=0)
    """Those of them that were still in the cache of the call before, and cost nothing."""
    forced_tokens: int = Field(default=0, ge=0)
    """Tokens of the answer that the grammar left no choice about."""
    stopped: Literal["done", "length", "cancelled", "stuck"] = "done"
    """`done`: the answer is whole. `length`: cut at max_tokens or the context's end. `cancelled`: by the
    caller or the deadline. `stuck`: the grammar allows no token. All but `done` leave a partial text."""


class Backend(Protocol):
    """One model behind one runtime."""

    name: str
    """`nano`, `magos` or `custom`: who proposed the moves."""

    def complete(
        self,
        prompt: Sequence[Segment],
        grammar: Grammar | None,
        *,
        max_tokens: int = 256,
        temperature: float | None = None,
        cancel: threading.Event | None = None,
        deadline_s: float | None = None,
    ) -> Completion:
        """Propose one move. `deadline_s` counts from the call; both it and `cancel` end the answer early.

        Raises BackendError, GrammarError when the grammar is at fault.
        """
        ...


@runtime_checkable
class Measured(Protocol):
    """A backend that knows how long a prompt may be."""

    @property
    def context(self) -> int:
        """Tokens that prompt and answer may have together."""
        ...

    def count(self, prompt: Sequence[Segment]) -> int:
        """Tokens of a prompt. Raises BackendError."""
        ...
