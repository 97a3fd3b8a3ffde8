"""Did-you-mean: the nearest words, best first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.suggest import closest, did_you_mean, ending


def test_the_usual_slips() -> None:
    assert closest("readinessProb", ["livenessProbe", "readinessProbe", "resources"]) == [
        "readinessProbe"
    ]
    assert closest("pdos", ["nodes", "pods", "podtemplates"]) == ["pods"]
    assert closest("DEPLOYMENT", ["deployment", "deploy"]) == ["deployment"]
    assert closest("cart-7d9f", ["cart", "other"]) == ["cart"]


def test_a_common_start_counts_more_than_a_common_end() -> None:
    pods = [f"cart-7d9f{number:03d}" for number in range(700)]
    assert closest("cart-7d9f12x", pods, 3) == ["cart-7d9f120", "cart-7d9f121", "cart-7d9f122"]


def test_a_made_up_word_that_ends_with_a_known_one() -> None:
    assert ending("kubernetespods", ["nodes", "pod", "pods"]) == "pods"
    assert ending("volumeAccessModes", ["volumeMode", "modes", "accessModes"]) == "accessModes"
    assert ending("shop", ["hop", "op", ""]) is None


def test_nothing_near_gives_nothing() -> None:
    assert closest("zzzz", ["pods", "nodes"]) == []
    assert closest("", ["pods"]) == []
    assert did_you_mean("zzzz", ["pods"]) == ""


def test_at_most_n_best_first() -> None:
    names = ["web-1", "web-2", "web-3", "db-1"]
    assert closest("web-9", names, 2) == ["web-1", "web-2"]
    assert did_you_mean("web-9", names, 2) == "did you mean web-1, web-2?"


@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=8), st.integers(0, 4))
def test_only_candidates_and_never_too_many(word: str, candidates: list[str], n: int) -> None:
    found = closest(word, candidates, n)
    assert len(found) <= n
    assert set(found) <= set(candidates)
    if word and word in candidates and n:
        assert found[0].lower() == word.lower()
