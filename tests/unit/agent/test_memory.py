"""What a run has told its model only grows, its numbers stay, and it fits the model's context."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from agent.case import Intake
from agent.executors.memory import MOST_CHARACTERS, MOST_OBJECTS, NEW_FACTS, Memory, about
from agent.executors.modelled import ModelExecutor
from agent.executors.protocol import Occasion
from agent.executors.thresholds import Thresholds
from agent.incident import Incident, Scope
from agent.nodes.observe import _unanswered
from agent.objective import Objective
from agent.state import RunState
from model.prompt import STYLES, render
from model.protocol import Completion, Grammar, PromptState, Segment
from model.scripted import ScriptedBackend
from tools.fact import Evidence, Fact
from tools.objects import ObjectRef

EXPLAIN = "[kubectl explain pod.spec --api-version=v1] Pod.spec: what it should be"
RUNBOOK = "[restarts.md] Restarts: read the log of the container before"


def fact(move: int, pod: str, name: str = "pod.status", value: str = "Running") -> Fact:
    return Fact(
        id=f"m{move}.{pod}.{name}",
        subject=ObjectRef(kind="Pod", namespace="shop", name=pod),
        name=name,
        value=value,
        evidence=[Evidence(move=f"m{move}")],
    )


def objective(*pods: str) -> Objective:
    targets = [ObjectRef(kind="Pod", namespace="shop", name=pod) for pod in pods]
    return Objective(
        id="o1", text="Look.", targets=targets, verbs=["get"], reference_move="kubectl get pods"
    )


def texts(memory: Memory, kind: str) -> list[str]:
    return [told.text for told in memory.log if told.kind == kind]


def test_of_a_long_answer_what_stands_out_is_told() -> None:
    answer = [fact(1, f"p{i}") for i in range(50)]
    answer.insert(30, fact(1, "bad", "container.exit.code", "137"))
    memory = Memory().grown(objective(), answer, (), ["shop"])
    assert len(texts(memory, "fact")) <= NEW_FACTS
    assert "Pod/shop/bad container.exit.code = 137" in texts(memory, "fact")
    assert memory.handles[0] == "Namespace/shop"
    assert "Pod/shop/bad" in memory.handles


def test_the_same_is_not_told_twice() -> None:
    once = Memory().grown(objective(), [fact(1, "web")], [EXPLAIN], ["shop"])
    again = once.grown(objective(), [fact(1, "web"), fact(2, "web")], [EXPLAIN], ["shop"])
    assert again.log == once.log
    assert again.seen == 2


def test_later_moves_bring_a_teams_own_text_and_no_more_schemas() -> None:
    memory = Memory().grown(objective(), [], [EXPLAIN], ["shop"])
    memory = memory.grown(objective(), [], [EXPLAIN + " again", RUNBOOK], ["shop"])
    assert texts(memory, "reference") == [EXPLAIN, RUNBOOK]


def test_targets_have_numbers_even_after_very_many_objects() -> None:
    memory, facts = Memory(), []
    for move in range(100):
        facts += [fact(move, f"p{move}-{i}", f"x.{i}", str(i)) for i in range(4)]
        memory = memory.grown(objective(), facts, (), ["shop"])
    assert len(memory.handles) < MOST_OBJECTS
    last = memory.grown(objective("wanted"), facts, (), ["shop"])
    assert last.handles[-1] == "Pod/shop/wanted"


@given(st.lists(st.lists(st.integers(0, 30), max_size=12), min_size=2, max_size=40))
def test_prompts_begin_as_the_one_before_but_when_the_budget_was_full(
    answers: list[list[int]],
) -> None:
    memory, facts, dropped = Memory(), [], 0
    for move, pods in enumerate(answers):
        facts += [fact(move, f"pod-{pod}", f"fact.{pod % 7}", f"{move}" * 20) for pod in pods]
        before = memory
        memory = memory.grown(objective(f"pod-{move}"), facts, [], ["shop"])
        assert memory == Memory.model_validate(memory.model_dump(mode="json"))  # as state keeps it
        assert memory.handles[: len(before.handles)] == before.handles
        assert (
            sum(len(told.text) for told in memory.log if told.kind != "object") <= MOST_CHARACTERS
        )
        if memory.log[: len(before.log)] != before.log:
            dropped += 1
            continue
        for style in STYLES:
            old, new = (
                render(PromptState(objective="x", log=m.log, handles=m.handles), style)
                for m in (before, memory)
            )
            tail = len(render(PromptState(objective="x"), style))
            assert not before.log or new[: len(old) - tail] == old[: len(old) - tail]
    assert dropped <= len(answers) // 10


def test_facts_about_the_targets_stand_beside_the_objective() -> None:
    facts = [fact(1, "a"), fact(1, "b", "container.exit.code", "1")]
    assert about(objective("b"), facts) == ("container.exit.code = 1",)  # the objective names it
    assert about(objective("a", "b"), facts) == ("container.exit.code = 1",)
    assert about(objective(), facts) == ()
    told = Memory().grown(objective("b"), facts, (), ["shop"])
    assert about(objective("b"), facts, told.log) == ()  # the log's end says it


def test_an_object_is_named_once_a_line_and_replicas_are_told_once() -> None:
    answer = [
        fact(1, "a", "container.exit.code", "1"),
        fact(1, "b", "container.exit.code", "1"),
        fact(1, "a", "container.waiting.reason", "CrashLoopBackOff"),
    ]
    memory = Memory().grown(objective(), answer, (), ["shop"])
    line = "Pod/shop/a container.exit.code = 1; container.waiting.reason = CrashLoopBackOff"
    assert texts(memory, "fact") == [line]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("event.warning", {"reason": "BackOff", "message": "again", "count": 6}, "BackOff again"),
        ("event.warning", {"reason": "x" * 99}, "x" * 39 + "…"),
        ("service.selector", {"app": "web", "tier": "a"}, "app=web tier=a"),
        ("spec.env_from", [{"kind": "Secret", "name": "s", "optional": False}], "Secret s"),
        ("node.taints", [], "none"),
        ("endpoints.ready", 0, "0"),
    ],
)
def test_values_are_told_in_words(name: str, value: JsonValue, said: str) -> None:
    told = fact(1, "web", name).model_copy(update={"value": value})
    assert about(objective("web"), [told]) == (f"{name} = {said}",)


class Small(ScriptedBackend):
    """A context of so many characters, each a token."""

    context = 1200

    def count(self, prompt: Sequence[Segment]) -> int:
        return sum(len(segment.text) for segment in prompt)


def occasion(**changes: object) -> Occasion:
    scope = Scope(namespaces=["shop"])
    intake = Intake(incident=Incident(trigger="question", scope=scope))
    return Occasion(intake, seconds=60)._replace(**changes)  # type: ignore[arg-type] # any field


def test_a_prompt_that_is_too_long_is_shortened() -> None:
    backend = Small(["kubectl get pods -n shop"] * 2)
    facts = [fact(i, f"p{i}", f"fact.{i}", "v" * 60) for i in range(40)]
    said = ModelExecutor(backend).propose(objective(), facts, [], occasion())
    assert said.proposed_by == "custom"
    assert backend.count(backend.prompts[0]) <= Small.context
    assert said.memory is not None
    assert texts(said.memory, "fact")  # the newest are still there
    again = ModelExecutor(backend).propose(objective(), facts, [], occasion(memory=said.memory))
    assert again.memory == said.memory  # and the next prompt begins the same


def test_a_spent_budget_of_tokens_ends_in_the_reference_move() -> None:
    backend = ScriptedBackend(["kubectl get pods -n shop"])
    said = ModelExecutor(backend).propose(objective(), [], [], occasion(tokens=0))
    assert (said.proposed_by, backend.prompts) == ("playbook", [])
    assert "executor tokens" in said.degraded


class Doubtful:
    name = "custom"

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
        return Completion(text="kubectl get pods", confidence=0.4, min_probability=0.1)


def test_the_thresholds_decide_what_is_taken() -> None:
    def by(*least: float) -> str:
        executor = ModelExecutor(Doubtful(), thresholds=Thresholds(*least))
        return executor.propose(objective(), [], []).proposed_by

    assert (by(), by(0.5), by(0.4, 0.1), by(0, 0.2)) == (
        "custom",
        "playbook",
        "custom",
        "playbook",
    )


@pytest.mark.parametrize(
    ("text", "facts", "left_open"),
    [
        ("kubectl logs b", [fact(1, "b", "log.error")], True),  # another pod's
        ("kubectl logs a --tail=1", [fact(1, "a", "log.lines")], True),
        ("kubectl logs a", [fact(1, "a", "log.lines"), fact(1, "a", "log.error")], False),
        ("kubectl get pods", [], False),  # the reference itself
    ],
)
def test_a_models_move_must_tell_all_that_is_wanted(
    text: str, facts: list[Fact], left_open: bool
) -> None:
    wanted = objective("a").model_copy(update={"wants": ["log.error", "log.lines"]})
    state: RunState = {"objectives": [wanted.model_dump(mode="json")]}
    pending = {"proposed_by": "custom", "text": text}
    assert _unanswered(state, pending, facts) is left_open
    assert not _unanswered(state, pending | {"proposed_by": "playbook"}, facts)
