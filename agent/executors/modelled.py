"""ModelExecutor: asks a model backend for the move, and falls back to the reference move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from agent.executors.protocol import Proposal
from agent.objective import Objective
from model.protocol import Backend, BackendError, PromptState, Segment
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
Snippets = Callable[[Objective, Sequence[Fact]], Sequence[str]]
"""Finds reference text for an objective and the facts about it; each line names its source."""


class ModelExecutor:
    """See the module docstring."""

    def __init__(self, backend: Backend, snippets: Snippets | None = None) -> None:
        """`snippets` finds reference text for a move; none is given to the model without it."""
        if backend.name not in MODELS:
            raise ValueError(
                f"a backend is called one of {', '.join(MODELS)}, not {backend.name!r}"
            )
        self._backend = backend
        self._snippets = snippets
        self.name = backend.name

    def with_snippets(self, snippets: Snippets) -> ModelExecutor:
        """The same executor, with reference text beside the facts."""
        return ModelExecutor(self._backend, self._snippets or snippets)

    def propose(
        self, objective: Objective, facts: Sequence[Fact], rejections: Sequence[Verdict]
    ) -> Proposal:
        """The model's move, or the reference move when it failed twice, is unsure, or cannot answer."""
        reference = objective.reference_move
        if objective.verbs == ["names"]:
            return Proposal(reference, "playbook")  # made by code alone, never by a model
        if len(rejections) >= MAX_REJECTIONS:
            return Proposal(reference, "playbook", degraded="two moves of the model were rejected")
        relevant = _relevant(objective, facts)
        prompt = PromptState(
            objective=objective.text,
            facts=tuple(_line(fact) for fact in relevant),
            snippets=tuple(self._snippets(objective, relevant)) if self._snippets else (),
            rejections=tuple(verdict.hint or verdict.message for verdict in rejections),
        )
        try:
            completion = self._backend.complete(_segments(prompt), None)
        except BackendError as error:
            return Proposal(reference, "playbook", degraded=f"the model cannot answer: {error}")
        if completion.stopped != "done":
            reason = f"the model's move is not whole ({completion.stopped})"
            return Proposal(reference, "playbook", completion.tokens, reason)
        if completion.confidence < MIN_CONFIDENCE:
            return Proposal(
                reference, "playbook", completion.tokens, "the model was unsure of its move"
            )
        return Proposal(completion.text, cast(ProposedBy, self.name), completion.tokens)


def _relevant(objective: Objective, facts: Sequence[Fact]) -> list[Fact]:
    """The latest facts about the objective's targets, else the latest facts."""
    targets = set(objective.targets)
    about = [fact for fact in facts if fact.subject.whole() in targets]
    return (about or list(facts))[-MAX_FACTS:]


def _segments(prompt: PromptState) -> list[Segment]:
    """Objective, facts, snippets and hints, one line each."""
    lines = [prompt.objective, *prompt.facts, *prompt.snippets, *prompt.rejections]
    return [Segment(text=line + "\n") for line in lines]


def _line(fact: Fact) -> str:
    return f"{fact.subject} {fact.name} = {str(fact.value)[:120]}"
