"""The agent, its baselines, and how an answer is marked."""

from __future__ import annotations

import pytest

from agent.bench.baselines import BASELINES, Null
from agent.bench.cases import Case
from agent.bench.contestant import AGENT, Answer, labels_of
from agent.bench.lookup import AlertLookup, named_object
from agent.bench.worker import Bench, Job, Task, mark
from sandbox.scenario import load

FAULT = Case("oom-killed", 4)


def nothing(event: object) -> None:
    pass


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(Job())


def test_marking() -> None:
    instance = load(*FAULT[:2])
    assert instance.expect is not None
    right = Answer("root_cause", instance.expect.cause, instance.expect.object)
    assert mark(FAULT, instance, right, 1.0).correct
    other = right._replace(object=f"{instance.expect.object}-canary")
    assert not mark(FAULT, instance, other, 1.0).correct
    found = mark(FAULT, instance, Answer("healthy"), 1.0)
    assert (found.correct, found.got, found.expected) == (
        False,
        "healthy",
        f"{instance.expect.cause} {instance.expect.object}",
    )
    control = load("healthy", 4)
    assert mark(Case("healthy", 4), control, Answer("healthy"), 1.0).correct
    assert not mark(Case("healthy", 4), control, right, 1.0).correct
    broken = mark(FAULT, instance, Answer("error"), 1.0, "KeyError: 'x'")
    assert (broken.verdict, broken.got) == ("error", "KeyError: 'x'")


def test_a_stripped_alert_keeps_name_and_namespace() -> None:
    instance = load(*FAULT[:2])
    assert labels_of(FAULT, instance) == instance.alert
    stripped = labels_of(FAULT._replace(stripped=True), instance)
    assert set(stripped) == {"alertname", "namespace"}


def test_null_does_not_know() -> None:
    assert Null().answer(FAULT, load(*FAULT[:2]), nothing) == Answer("inconclusive")


@pytest.mark.parametrize(
    ("labels", "kind", "object"),
    [
        ({"deployment": "cart"}, "Deployment", "Deployment/shop/cart"),
        ({"statefulset": "db"}, "Deployment", "StatefulSet/shop/db"),
        ({"pod": "cart-6d4b9-x2x"}, "Deployment", "Deployment/shop/cart"),
        ({"pod": "db-0"}, "StatefulSet", "StatefulSet/shop/db"),
        ({"pod": "cart-1"}, "Pod", "Pod/shop/cart-1"),
        ({"container": "cart"}, "Deployment", "Deployment/shop/cart"),
        ({"node": "worker-1"}, "Node", "Node/worker-1"),
        ({}, "Deployment", None),
    ],
)
def test_the_object_of_labels(labels: dict[str, str], kind: str, object: str | None) -> None:
    assert named_object({"namespace": "shop", **labels}, kind) == object


def test_the_lookup_names_a_cause_for_every_known_alert() -> None:
    instance = load("pvc-pending", 4)
    found = AlertLookup().answer(Case("pvc-pending", 4), instance, nothing)
    assert (found.verdict, found.object) == (
        "root_cause",
        instance.expect and instance.expect.object,
    )
    unknown = instance.model_copy(update={"alert": {"alertname": "Nope"}})
    assert AlertLookup().answer(FAULT, unknown, nothing).verdict == "inconclusive"


def test_random_moves_pass_the_gate_and_repeat_themselves(bench: Bench) -> None:
    first = bench.run(Task("random-moves", FAULT)).result
    assert (first.verdict, first.moves) == ("root_cause", 6)
    again = bench.run(Task("random-moves", FAULT)).result
    assert again.model_copy(update={"seconds": first.seconds}) == first
    other = bench.run(Task("random-moves", Case("oom-killed", 5))).result
    assert other.got != first.got


def test_the_agent_answers_and_its_fix_is_tried(bench: Bench) -> None:
    result = bench.run(Task(AGENT, Case("service-selector", 1))).result
    assert result.correct, result.got
    assert result.fixed is True, result.fixed_note
    assert result.moves > 1
    assert (result.invalid_moves, result.fallbacks, result.fallback_reasons) == (0, 0, {})


def test_an_error_is_a_wrong_answer(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Answer:
        raise RuntimeError("boom")

    monkeypatch.setattr(bench._contestants["null"], "answer", fail, raising=False)
    result = bench.run(Task("null", FAULT)).result
    assert (result.verdict, result.got, result.correct) == ("error", "RuntimeError: boom", False)
    assert set(BASELINES) < set(bench._contestants)
