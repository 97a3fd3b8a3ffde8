"""ModelExecutor: asks a model backend for the move, and falls back to the reference move."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, cast

from agent.executors.memory import Memory, about
from agent.executors.protocol import Occasion, Proposal
from agent.executors.record import MAX_TEXT, asked, measured
from agent.executors.thresholds import Thresholds, doubt
from agent.executors.vocabulary import Sayable, Vocabulary
from agent.objective import Objective
from model.extract import extract
from model.grammar.render import Unreadable, render_yaml
from model.prompt import Style, expand, render
from model.protocol import (
    Backend,
    BackendError,
    Completion,
    GrammarError,
    Measured,
    PromptState,
    Segment,
)
from tools.fact import Fact
from tools.move import ProposedBy
from tools.verdict import Verdict

MAX_REJECTIONS = 2
"""Rejected moves per objective after which the reference move is used."""
MODELS = ("nano", "magos", "custom")
"""Names a model's moves are marked with; `playbook` is code's alone and opens more to it."""
MOVE_SECONDS = 30.0
"""A model that thinks longer about one move is slower than a run can bear."""
SHARE = 0.25
"""Of the time that is left, for one move of a model."""
MOST_FAILURES = 2
"""Failures in a row after which a model is not asked again: its time-outs would use the run up."""
ANSWER_TOKENS = 384
"""Room that a prompt leaves in the model's context."""
CHARACTERS = 4
"""Of one token, where a server counts none: the budget holds for it too."""
Snippets = Callable[[Objective, Sequence[Fact]], Sequence[str]]
"""Finds reference text for an objective and the facts about it; each line names its source."""


class ModelExecutor:
    """See the module docstring."""

    def __init__(
        self,
        backend: Backend,
        vocabulary: Vocabulary | None = None,
        *,
        snippets: Snippets | None = None,
        style: Style | None = None,
        cancel: threading.Event | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        """Ask `backend`, under a grammar where there is a `vocabulary`.

        snippets: finds reference text for a move. style: of the prompt; None is nano's for a backend of
        that name, else magos'. thresholds: when a move is not taken; None is the defaults. Raises ValueError
        for a backend with a name that no model may have.
        """
        if backend.name not in MODELS:
            raise ValueError(
                f"a backend is called one of {', '.join(MODELS)}, not {backend.name!r}"
            )
        self._backend = backend
        self._vocabulary = vocabulary
        self._snippets = snippets
        self._style: Style = style or ("nano" if backend.name == "nano" else "magos")
        self._cancel = cancel
        self._thresholds = thresholds or Thresholds()
        self._failures = 0
        self.name = backend.name

    def with_snippets(self, snippets: Snippets) -> ModelExecutor:
        """The same executor, with reference text beside the facts unless it has some already."""
        other = copy.copy(self)
        other._snippets = self._snippets or snippets
        return other

    def propose(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        rejections: Sequence[Verdict],
        occasion: Occasion | None = None,
    ) -> Proposal:
        """The model's move, or the reference move when it failed twice, is unsure, or cannot answer."""
        fall_back = partial(Proposal, objective.reference_move, "playbook")
        if objective.verbs == ["names"] or objective.runbook:
            # Made by code alone; and a runbook's words are nobody's instruction to a model.
            return fall_back()
        why = self._why_not(rejections, occasion)
        if why:
            return fall_back(degraded=why)
        before = occasion.memory if occasion is not None else Memory()
        try:
            prompt, memory = self._prompt(objective, facts, rejections, occasion)
        except BackendError as error:
            self._failures += 1
            return fall_back(degraded=f"the model cannot answer: {error}")
        said = self._said(objective, facts, occasion, memory)
        record = asked(prompt, self._style, said, before, memory)
        began = time.monotonic()
        try:
            completion = self._complete(prompt, said, occasion)
        except GrammarError as error:
            why = f"the grammar of a move does not compile: {error}"
            return fall_back(degraded=why, model=record, memory=memory)
        except BackendError as error:
            self._failures += 1
            why = f"the model cannot answer: {error}"
            return fall_back(degraded=why, model=record, memory=memory)
        self._failures = 0 if completion.stopped == "done" else self._failures + 1
        record |= measured(completion, time.monotonic() - began)
        tokens = completion.tokens or _guessed(prompt, completion.text)
        why = doubt(completion, self._thresholds)
        if why:
            return fall_back(tokens, why, model=record, memory=memory)
        text, kind = self._read(completion.text, said, memory)
        by = cast(ProposedBy, self.name)
        return Proposal(text, by, tokens, kind=kind, model=record, memory=memory)

    def _why_not(self, rejections: Sequence[Verdict], occasion: Occasion | None) -> str:
        """Why the model is not asked, or nothing."""
        if len(rejections) >= MAX_REJECTIONS:
            return "two moves of the model were rejected"
        if occasion is not None and occasion.unanswered:
            return "a move of the model did not tell what was wanted"
        if self._failures >= MOST_FAILURES:
            return "the model failed twice in a row and was not asked again"
        if occasion is not None and occasion.tokens is not None and occasion.tokens <= 0:
            return "the budget of executor tokens is spent (budgets.executor_tokens)"
        return ""

    def _read(
        self, answer: str, said: Sayable, memory: Memory
    ) -> tuple[str, Literal["command", "manifest"]]:
        """The move in an answer, and which sort it is."""
        if said.manifest and (written := _yaml(answer)):
            return written, "manifest"
        found = extract(answer)
        text = found.text if found else answer.strip()[:MAX_TEXT]
        if found.kind == "yaml" if found else said.manifest:
            return text, "manifest"
        return (expand(text, memory.handles) if self._style == "nano" else text), "command"

    def _prompt(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        rejections: Sequence[Verdict],
        occasion: Occasion | None,
    ) -> tuple[tuple[Segment, ...], Memory]:
        """The prompt, as short as the model's context needs it, and what the model has been told with it."""
        memory = occasion.memory if occasion is not None else Memory()
        if not rejections or not memory.log:
            references = self._snippets(objective, facts) if self._snippets else ()
            namespaces = occasion.intake.incident.scope.namespaces if occasion else ()
            memory = memory.grown(objective, facts, references, namespaces)
        state = PromptState(
            objective=objective.text,
            log=memory.log,
            facts=about(objective, facts, memory.log),
            rejections=tuple(f"{v.message} {v.hint}".strip() for v in rejections),
            handles=memory.handles if self._style == "nano" else (),
        )
        prompt = render(state, self._style)
        while self._too_long(prompt):
            shorter = memory.shorter()
            if shorter != memory:
                memory = shorter
                state = state.model_copy(update={"log": memory.log})
            elif state.facts:
                state = state.model_copy(update={"facts": ()})
            else:
                break  # the backend says how long it is
            prompt = render(state, self._style)
        return prompt, memory

    def _too_long(self, prompt: Sequence[Segment]) -> bool:
        backend = self._backend
        if not isinstance(backend, Measured):
            return False  # a server's context is its own affair
        return backend.count(prompt) + min(ANSWER_TOKENS, backend.context // 4) > backend.context

    def _said(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        occasion: Occasion | None,
        memory: Memory,
    ) -> Sayable:
        """The grammar of the answer."""
        if self._vocabulary is None or occasion is None:
            return Sayable(None)
        short = memory.handles if self._style == "nano" else None
        return self._vocabulary.at(objective, facts, occasion.intake, short)

    def _complete(
        self, prompt: Sequence[Segment], said: Sayable, occasion: Occasion | None
    ) -> Completion:
        left = SHARE * occasion.seconds if occasion is not None else MOVE_SECONDS
        deadline = max(0.1, min(left, MOVE_SECONDS))
        return self._backend.complete(
            prompt,
            said.grammar,
            max_tokens=said.tokens,
            cancel=self._cancel,
            deadline_s=deadline,
        )


def _guessed(prompt: Sequence[Segment], answer: str) -> int:
    """Tokens read and written."""
    return (sum(len(segment.text) for segment in prompt) + len(answer)) // CHARACTERS


def _yaml(text: str) -> str | None:
    """The manifest that a model said as JSON; None for what a server made of it without the grammar."""
    try:
        return render_yaml(text)
    except Unreadable:
        return None
