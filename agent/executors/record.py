"""Record: what the trajectory says of one question to a model, and of its answer."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from agent.executors.memory import Memory
from agent.executors.vocabulary import Sayable
from model.prompt import PROMPT_VERSION, Style, prompt_hash, template_hash
from model.protocol import Completion, Segment, Told

MAX_TEXT = 4000
"""Characters of an answer without command that the gate is shown."""


def asked(
    prompt: Sequence[Segment], style: Style, said: Sayable, before: Memory, after: Memory
) -> dict[str, JsonValue]:
    """The question. `before`, `after`: what the model had been told without this prompt, and with it."""
    record: dict[str, JsonValue] = {
        "style": style,
        "prompt_version": PROMPT_VERSION,
        "template": template_hash(style),
        "prompt": prompt_hash(prompt),
        "grammar": said.grammar.syntax if said.grammar else None,
        "told": _news(before, after),
    }
    if said.why_not:
        record["no_grammar"] = said.why_not
    return record


def measured(completion: Completion, seconds: float) -> dict[str, JsonValue]:
    """The answer, and what it took. Probabilities from 0 to 1."""
    return {
        "answer": completion.text[:MAX_TEXT],
        "stopped": completion.stopped,
        "tokens": completion.tokens,
        "prompt_tokens": completion.prompt_tokens,
        "reused_tokens": completion.reused_tokens,
        "forced_tokens": completion.forced_tokens,
        "confidence": _rounded(completion.confidence),
        "min_probability": _rounded(completion.min_probability),
        "masked_mass": round(completion.masked_mass, 6),
        "seconds": round(seconds, 3),
    }


def _rounded(probability: float | None) -> float | None:
    """Null where the backend does not tell: unknown is not certain."""
    return None if probability is None else round(probability, 6)


def _news(before: Memory, after: Memory) -> JsonValue:
    """What the model had not been told before; all of it after the older half was dropped."""
    grew = after.log[: len(before.log)] == before.log
    news: Sequence[Told] = after.log[len(before.log) :] if grew else after.log
    return {"anew": not grew, "entries": [[told.kind, told.text] for told in news]}
