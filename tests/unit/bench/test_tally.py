"""What became of a model's moves, counted from the events of a run."""

from __future__ import annotations

from typing import Any

from agent.bench.summary import summarize
from agent.bench.tally import Tally, tally
from agent.trajectory import Event, EventType
from tests.bench_results import case
from tools.ladder import Ladder

REFERENCE = "kubectl get pods -n shop -o json"


def event(number: int, type: EventType, **data: Any) -> Event:
    return Event(run_id="r", seq=number + 1, ts="2026-11-23T08:00:00Z", type=type, data=data)


def events(*moves: tuple[str, str, str, str]) -> list[Event]:
    """Of (objective, who, text, decision)."""
    found: list[Event] = []
    for number, (objective, by, text, decision) in enumerate(moves):
        shown = {"objective": objective, "reference": REFERENCE, "proposed_by": by, "text": text}
        found.append(event(len(found), "proposal", move=f"m{number}", **shown))
        found.append(event(len(found), "verdict", move=f"m{number}", decision=decision))
    return found


def count(*moves: tuple[str, str, str, str]) -> Tally:
    return tally(events(*moves), Ladder.packed())


def test_without_a_model_nothing_is_counted() -> None:
    assert count(("o1", "playbook", REFERENCE, "allow")) == Tally(0, 0, 0)


def test_the_same_move_in_other_words_agrees() -> None:
    assert count(("o1", "nano", "kubectl get po -ojson -n shop", "allow")) == Tally(1, 1, 0)
    assert count(("o1", "nano", "kubectl get nodes", "allow")) == Tally(1, 0, 0)
    assert count(("o1", "nano", "no command at all", "repair")) == Tally(1, 0, 0)


def test_only_the_first_move_of_an_objective_can_agree() -> None:
    moves = (
        ("o1", "magos", "kubectl get podz -n shop", "repair"),
        ("o1", "magos", REFERENCE, "allow"),
        ("o2", "magos", "kubectl get x", "repair"),
        ("o2", "magos", "kubectl get x", "repair"),
        ("o2", "playbook", REFERENCE, "allow"),
    )
    assert count(*moves) == Tally(asked=2, agreed=0, repaired=1)


def test_why_the_playbook_stepped_in_is_told_once_a_move() -> None:
    """A runbook's step and a list of names are code's own, with a model or without: no fallback."""
    made = {"proposed_by": "playbook", "text": REFERENCE}
    found = [
        event(0, "proposal", move="m1", **made, fallback="the model is slow"),
        event(1, "proposal", move="m2", **made),
        event(2, "proposal", move="m3", **made, fallback="the model is slow"),
    ]
    assert tally(found, Ladder.packed()) == Tally(fallbacks=("the model is slow",) * 2)


def test_the_summary_adds_them_up() -> None:
    slow = {"slow": 1, "unsure": 1}
    cases = [
        case(asked=4, agreed=3, repaired=1, fallbacks=2, fallback_reasons=slow),
        case(asked=1, agreed=1, fallbacks=2, fallback_reasons={"unsure": 2}),
    ]
    found = summarize(cases, 1.0)
    assert list(found.fallback_reasons.items()) == [("unsure", 3), ("slow", 1)]
    assert (found.agreement.right, found.agreement.n) == (4, 5)
    assert (found.repairs, found.fallbacks) == (1, 4)
    assert summarize([case()], 1.0).agreement.pass_at_1 is None
