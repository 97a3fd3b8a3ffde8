"""Moves under a grammar: always inside it, the forced part for free, the shared prefix read once."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

pytest.importorskip("llama_cpp", reason="llama.cpp is not installed (extra `local`)")
pytest.importorskip("llguidance", reason="llguidance is not installed (extra `local`)")
pytest.importorskip("gguf", reason="gguf is not installed (group `test`)")

from model.llama import LlamaBackend
from tests.small_grammar import KUBECTL, MOVE, prompt

FACTS = [f"Pod/storefront/checkout-{number} container.restarts = {number}" for number in range(12)]


@pytest.mark.parametrize(("shape", "moves"), [("nano", 280), ("magos", 30)])
def test_every_sampled_move_matches_its_grammar(
    shape: str, moves: int, request: pytest.FixtureRequest
) -> None:
    backend: LlamaBackend = request.getfixturevalue(shape)
    seen = set()
    for number in range(moves):
        answer = backend.complete(prompt(f"Objective {number % 7}"), KUBECTL, temperature=1.0)
        assert answer.stopped == "done"
        assert MOVE.fullmatch(answer.text), answer.text
        assert answer.forced_tokens > 0
        assert answer.min_probability is not None
        assert answer.confidence is not None
        assert 0 < answer.min_probability <= 1
        assert 0 < answer.masked_mass <= 1  # weights are random: most of what they say is forbidden
        assert 0 <= answer.confidence < 0.9
        assert answer.tokens > answer.prompt_tokens > answer.reused_tokens
        seen.add(answer.text)
    assert len(seen) > moves / 8
    times = backend.mask_seconds  # printed, not judged: a busy machine proves nothing
    print(f"{shape}: {len(times)} masks, median {statistics.median(times) * 1000:.3f} ms")


def test_the_next_moves_prompt_costs_a_fraction(nano: LlamaBackend) -> None:
    """Facts are appended and the question differs; the system text and earlier facts are cached."""
    nano.complete(prompt("something else altogether"), KUBECTL)
    first = nano.complete(prompt(*FACTS, "Why does it crash?"), KUBECTL)
    second = nano.complete(prompt(*FACTS, "One fact more", "What changed last?"), KUBECTL)
    cost = [answer.prompt_tokens - answer.reused_tokens for answer in (first, second)]
    print(f"prompt tokens read: first {cost[0]}, second {cost[1]}")
    assert cost[1] <= 0.3 * cost[0]


def test_a_cached_prefix_changes_no_answer(nano: LlamaBackend) -> None:
    question = prompt(*FACTS, "Which pod?")
    cold = nano.complete(question, KUBECTL, temperature=0)
    warm = nano.complete(question, KUBECTL, temperature=0)
    nano.complete(prompt("in between"), None, max_tokens=3)
    again = nano.complete(question, KUBECTL, temperature=0)
    assert cold.text == warm.text == again.text
    assert warm.reused_tokens == warm.prompt_tokens - 1
    assert again.reused_tokens < warm.reused_tokens


def test_the_same_seed_gives_the_same_draws(nano: LlamaBackend, nano_file: Path) -> None:
    texts = []
    for _ in range(2):
        with LlamaBackend(nano_file, threads=1, context=512, seed=7) as backend:
            texts.append(
                [backend.complete(prompt("x"), KUBECTL, temperature=1.0).text for _ in range(5)]
            )
    assert texts[0] == texts[1]


def test_free_text_stops_at_its_limit_and_repeats_less_with_a_penalty(
    nano_file: Path,
) -> None:
    distinct = []
    for penalty in (1.0, 1.5):
        with LlamaBackend(
            nano_file,
            threads=1,
            context=512,
            repeat_penalty=penalty,
            temperature=0,
        ) as backend:
            answer = backend.complete(prompt("hello"), None, max_tokens=60)
            assert answer.stopped in ("length", "done")
            assert answer.tokens - answer.prompt_tokens <= 60
            assert (answer.masked_mass, answer.confidence) == (0, 1)
            distinct.append(len(set(answer.text.split())) / max(len(answer.text.split()), 1))
    assert distinct[1] >= distinct[0]


def test_a_move_cut_short_says_so(nano: LlamaBackend) -> None:
    answer = nano.complete(prompt("x"), KUBECTL, max_tokens=2)
    assert answer.stopped == "length"
    assert not MOVE.fullmatch(answer.text)
