"""llama.cpp computes what the weights say: an independent forward pass picks the same next token."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("llama_cpp", reason="llama.cpp is not installed (extra `local`)")
pytest.importorskip("gguf", reason="gguf is not installed (group `test`)")

import numpy as np

from model.llama import LlamaBackend
from model.llama.masks import Match
from model.protocol import Segment
from model.random_gguf import SHAPES, Precision, write
from tests.numpy_qwen3 import NumpyQwen3
from tests.small_grammar import KUBECTL

PROMPTS = 200
FEWER = 60
"""Of what takes longest and says least that is new."""
NEAR_TIE = 0.3
"""Of the logits' spread. The f16 sums of llama.cpp's attention tip some of the 8-bit roundings of activations
that q8_0 weights bring along, and random weights have more near ties than trained ones: two sound programs
may then pick either token."""


@pytest.mark.parametrize("precision", ["q8_0", "f16", "f32"])
def test_greedy_next_tokens_agree(precision: Precision, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    write(path, replace(SHAPES["nano"], layers=2), precision=precision)
    reference = NumpyQwen3(path)
    rng = np.random.default_rng(5)
    same, close, picked = 0, 0, set()
    with LlamaBackend(path, context=128, threads=1, repeat_penalty=1.0) as backend:
        weights = backend._weights
        for _ in range(PROMPTS):
            tokens = rng.integers(256, 4000, size=rng.integers(2, 16)).tolist()
            text = [Segment(text=weights.text(tokens))]
            scores = reference.logits(weights.tokens(text))
            answer = backend.complete(text, None, max_tokens=1, temperature=0)
            chosen = int(backend._cache.logits().argmax())
            assert answer.text == weights.text([chosen])
            same += chosen == scores.argmax()
            close += scores.max() - scores[chosen] <= NEAR_TIE * scores.std()
            picked.add(chosen)
    print(
        f"{precision}: {same} of {PROMPTS} the same, {close} but for near ties, {len(picked)} tokens"
    )
    assert len(picked) > 30  # not one favourite that anything would pick
    assert close >= 0.99 * PROMPTS
    assert same >= (0.95 if precision == "q8_0" else 0.99) * PROMPTS


@pytest.mark.parametrize(
    ("precision", "prompts", "share"),
    [("f16", PROMPTS, 0.99), ("q8_0", FEWER, 0.9)],  # see NEAR_TIE
    ids=["f16", "q8_0"],
)
def test_greedy_moves_agree(
    precision: Precision, prompts: int, share: float, tmp_path: Path
) -> None:
    """The whole move under a grammar: every choice of llama.cpp is the reference's, too."""
    path = tmp_path / "model.gguf"
    write(path, replace(SHAPES["nano"], layers=2), precision=precision)
    reference = NumpyQwen3(path)
    rng = np.random.default_rng(5)
    same, moves = 0, set()
    with LlamaBackend(path, context=256, threads=1) as backend:
        weights = backend._weights
        for _ in range(prompts):
            words = weights.text(rng.integers(256, 4000, size=rng.integers(2, 16)).tolist())
            text = [Segment(text=words)]
            answer = backend.complete(text, KUBECTL, temperature=0)
            assert answer.stopped == "done"
            match = backend._compiler().start(KUBECTL)
            assert match is not None
            said = weights.text(reference_move(reference, weights.tokens(text), match))
            same += said == answer.text
            moves.add(answer.text)
    print(f"{precision}: {same} of {prompts} moves the same, {len(moves)} different ones")
    assert len(moves) > 20
    assert same >= share * prompts


def reference_move(reference: NumpyQwen3, prompt: list[int], match: Match) -> list[int]:
    """The likeliest allowed token, again and again, by the independent forward pass."""
    said: list[int] = []
    while True:
        said += match.forced()
        if match.whole:
            return said
        allowed = match.allowed()
        scores = reference.logits(prompt + said)[allowed]
        token = int(allowed[scores.argmax()])
        assert match.take([token])
        said.append(token)


def test_without_attention_most_scores_are_the_same(tmp_path: Path) -> None:
    """One token attends to itself alone: only 8-bit products and norms are left, and seldom a tipped rounding."""
    path = tmp_path / "model.gguf"
    write(path, replace(SHAPES["nano"], layers=1))
    reference = NumpyQwen3(path)
    apart = []
    with LlamaBackend(path, context=32, threads=1) as backend:
        for token in range(300, 3000, 90):
            prompt = [Segment(text=backend._weights.text([token]))]
            expected = reference.logits(backend._weights.tokens(prompt))
            if backend.count(prompt) == 1:
                backend.complete(prompt, None, max_tokens=1)
                apart.append((backend._cache.logits() - expected).std() / expected.std())
    assert len(apart) > 10
    assert np.median(apart) < 1e-4
    assert max(apart) < 0.02
