"""ModelExecutor: asks a model backend for the move, and falls back to the reference move."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Sequence
from typing import cast

from pydantic import JsonValue

from agent.executors.handles import handles
from agent.executors.protocol import Occasion, Proposal
from agent.executors.vocabulary import Sayable, Vocabulary
from agent.objective import Objective
from model.extract import extract
from model.prompt import PROMPT_VERSION, Style, expand, prompt_hash, render, template_hash
from model.protocol import Backend, BackendError, Completion, GrammarError, PromptState, Segment
from tools.fact import Fact
from tools.move import ProposedBy
from tools.verdict import Verdict

MAX_REJECTIONS = 2
"""Rejected moves per objective after which the reference move is used."""
MIN_CONFIDENCE = 0.3
"""Probability mass on allowed tokens below which the model is guessing."""
MODELS = ("nano", "magos", "custom")
"""Names a model's moves are marked with; `playbook` is code's alone and opens more to it."""
MAX_FACTS = 24
"""Fact lines in a prompt: what fits a small model's context beside the objective."""
MAX_FACT_CHARACTERS = 4000
"""Characters of these lines together, about 1,500 tokens."""
MOVE_SECONDS = 30.0
"""A model that thinks longer about one move is slower than a run can bear."""
SHARE = 0.25
"""Of the time that is left, for one move of a model."""
MOST_FAILURES = 2
"""Failures in a row after which a model is not asked again: its time-outs would use the run up."""
MAX_TEXT = 4000
"""Characters of an answer without command that the gate is shown."""
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
    ) -> None:
        """Ask `backend`, under a grammar where there is a `vocabulary`.

        snippets: finds reference text for a move. style: of the prompt; None is nano's for a backend of
        that name, else magos'. Raises ValueError for a backend with a name that no model may have.
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
        reference = objective.reference_move
        if objective.verbs == ["names"]:
            return Proposal(reference, "playbook")  # made by code alone, never by a model
        if len(rejections) >= MAX_REJECTIONS:
            return Proposal(reference, "playbook", degraded="two moves of the model were rejected")
        if occasion is not None and occasion.unanswered:
            why = "a move of the model did not tell what was wanted"
            return Proposal(reference, "playbook", degraded=why)
        if self._failures >= MOST_FAILURES:
            why = "the model failed twice in a row and was not asked again"
            return Proposal(reference, "playbook", degraded=why)
        prompt, known, said = self._ask(objective, facts, rejections, occasion)
        record: dict[str, JsonValue] = {
            "style": self._style,
            "prompt_version": PROMPT_VERSION,
            "template": template_hash(self._style),
            "prompt": prompt_hash(prompt),
            "grammar": said.grammar.syntax if said.grammar else None,
        }
        if said.why_not:
            record["no_grammar"] = said.why_not
        began = time.monotonic()
        try:
            completion = self._complete(prompt, said, occasion)
        except GrammarError as error:
            why = f"the grammar of a move does not compile: {error}"
            return Proposal(reference, "playbook", degraded=why, model=record)
        except BackendError as error:
            self._failures += 1
            why = f"the model cannot answer: {error}"
            return Proposal(reference, "playbook", degraded=why, model=record)
        self._failures = 0 if completion.stopped == "done" else self._failures + 1
        record |= _measured(completion, time.monotonic() - began)
        why = _doubt(completion)
        if why:
            return Proposal(reference, "playbook", completion.tokens, why, model=record)
        found = extract(completion.text)
        text = found.text if found else completion.text.strip()[:MAX_TEXT]
        by = cast(ProposedBy, self.name)
        if found is not None and found.kind == "yaml":
            return Proposal(text, by, completion.tokens, kind="manifest", model=record)
        return Proposal(expand(text, known), by, completion.tokens, model=record)

    def _ask(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        rejections: Sequence[Verdict],
        occasion: Occasion | None,
    ) -> tuple[tuple[Segment, ...], tuple[str, ...], Sayable]:
        """The prompt, its handles, and the grammar of the answer."""
        about = _relevant(objective, facts)
        known: tuple[str, ...] = ()
        if self._style == "nano":
            namespaces = occasion.intake.incident.scope.namespaces if occasion else ()
            known = handles(objective, about, namespaces)
        state = PromptState(
            objective=objective.text,
            facts=tuple(_fitting(about)),
            snippets=tuple(self._snippets(objective, about)) if self._snippets else (),
            rejections=tuple(f"{v.message} {v.hint}".strip() for v in rejections),
            handles=known,
        )
        said = Sayable(None)
        if self._vocabulary is not None and occasion is not None:
            short = known if self._style == "nano" else None
            said = self._vocabulary.at(objective, facts, occasion.intake, short)
        return render(state, self._style), known, said

    def _complete(
        self, prompt: Sequence[Segment], said: Sayable, occasion: Occasion | None
    ) -> Completion:
        left = SHARE * occasion.seconds if occasion is not None else MOVE_SECONDS
        deadline = max(0.1, min(left, MOVE_SECONDS))
        return self._backend.complete(
            prompt, said.grammar, cancel=self._cancel, deadline_s=deadline
        )


def _doubt(completion: Completion) -> str:
    """Why the answer is not used, or nothing."""
    if completion.stopped != "done":
        return f"the model's move is not whole ({completion.stopped})"
    if completion.confidence < MIN_CONFIDENCE:
        return "the model was unsure of its move"
    return ""


def _measured(completion: Completion, seconds: float) -> dict[str, JsonValue]:
    return {
        "answer": completion.text[:MAX_TEXT],
        "stopped": completion.stopped,
        "tokens": completion.tokens,
        "prompt_tokens": completion.prompt_tokens,
        "reused_tokens": completion.reused_tokens,
        "forced_tokens": completion.forced_tokens,
        "confidence": round(completion.confidence, 6),
        "min_probability": round(completion.min_probability, 6),
        "masked_mass": round(completion.masked_mass, 6),
        "seconds": round(seconds, 3),
    }


def _relevant(objective: Objective, facts: Sequence[Fact]) -> list[Fact]:
    """The latest facts about the objective's targets, else the latest facts."""
    targets = set(objective.targets)
    about = [fact for fact in facts if fact.subject.whole() in targets]
    return (about or list(facts))[-MAX_FACTS:]


def _fitting(facts: Sequence[Fact]) -> list[str]:
    """Lines of the latest facts that fit together."""
    lines: list[str] = []
    room = MAX_FACT_CHARACTERS
    for fact in reversed(facts):
        line = f"{fact.subject} {fact.name} = {str(fact.value)[:120]}"
        room -= len(line)
        if room < 0:
            break
        lines.append(line)
    return lines[::-1]
