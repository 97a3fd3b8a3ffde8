"""Honest ends: a cause needs its confirming facts, whatever else is known or not known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.case import Case, Intake
from agent.conclude import conclude
from agent.incident import Alert, Incident, Scope
from agent.judgement import Judged, facts_named, incident_data, judge, judge_view
from agent.objective import Conclusion
from agent.outcome import Outcome
from agent.planners.playbook import PlaybookPlanner
from agent.playbook import load_catalogue
from agent.ranking import rank
from sandbox.cel import evaluate
from tests.planning import Planned, plan_recording
from tests.recording import index, load

CATALOGUE = load_catalogue()
TOLD = (
    *("log.", "event.", "probe.", "create.", "provision.", "schedule.", "pull.", "start."),
    *("config.missing", "mount.", "container.exit", "selector.", "service.", "job.failure"),
)
"""Beginnings of the names of facts that come from messages, logs and selectors."""
FAULTS = [name for name in index() if load(name).cause]


@cache
def planned(name: str) -> Planned:
    """A recorded fault, planned to its end with a stripped alert."""
    alert = load(name).alert
    return plan_recording(load(name), {key: alert[key] for key in ("alertname", "namespace")})


def end(case: Case) -> Outcome:
    """How a run ends whose budget is spent: with what is proven, else inconclusive."""
    claim = Conclusion(verdict="inconclusive", stop_reason="budget_moves", note="spent")
    return conclude(case, claim, CATALOGUE)


def confirmed(case: Case, outcome: Outcome) -> Judged:
    """The judgement behind an outcome."""
    cause = outcome.root_cause
    assert cause is not None
    judged = [
        item
        for view in rank(case, CATALOGUE).related
        if view.object == cause.object
        for item in judge_view(CATALOGUE, view, case.incident)
        if item.cause.id == cause.id and item.confirmed
    ]
    assert judged, f"{cause.id} was concluded and is not confirmed"
    return judged[0]


@pytest.mark.parametrize("name", FAULTS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_whatever_is_known_a_cause_has_its_facts(name: str, data: st.DataObject) -> None:
    whole = planned(name).case
    keep = data.draw(st.lists(st.booleans(), min_size=1, max_size=40))
    facts = [f for n, f in enumerate(whole.distilled) if keep[n * 7919 % len(keep)]]
    case = Case(whole.intake, facts, whole.tried)
    outcome = end(case)
    known = case.derivation.index.by_id
    if outcome.root_cause is None:
        assert outcome.verdict == "inconclusive"
        return
    judged = confirmed(case, outcome)
    about = {"it": judged.view.data, "facts": {}, "incident": incident_data(case.incident)}
    for expression in judged.cause.confirm:
        assert evaluate(expression, about) is True
    assert outcome.root_cause.evidence
    assert set(judged.facts_for) <= set(outcome.root_cause.evidence) <= set(known)


@pytest.mark.parametrize("name", FAULTS)
def test_no_condition_can_be_spared(name: str) -> None:
    """Without what any one of its conditions read, the same cause is not confirmed any more."""
    case, outcome = planned(name).case, planned(name).outcome
    judged = confirmed(case, outcome)
    for expression in judged.cause.confirm:
        if "it.symptom" in expression:  # the view's own, derived from the others
            continue
        names = set(facts_named(expression)) & set(judged.view.facts)
        assert names, expression
        less = {k: v for k, v in judged.view.facts.items() if k not in names}
        again = judge(judged.cause, replace(judged.view, facts=less), {})
        assert not again.confirmed, expression


@pytest.mark.parametrize("name", FAULTS)
def test_no_confirming_fact_can_be_spared(name: str) -> None:
    """One name at a time; a condition with alternatives may still stand on the other one."""
    case, outcome = planned(name).case, planned(name).outcome
    judged = confirmed(case, outcome)
    for expression in judged.cause.confirm:
        alternatives = expression.split("||")
        for fact_name in facts_named(expression):
            if fact_name not in judged.view.facts:
                continue
            if any(fact_name not in facts_named(part) for part in alternatives):
                continue
            less = {k: v for k, v in judged.view.facts.items() if k != fact_name}
            again = judge(judged.cause, replace(judged.view, facts=less), {})
            assert not again.confirmed, (expression, fact_name)


@pytest.mark.parametrize("name", FAULTS)
def test_without_what_a_program_said_nothing_is_guessed(name: str) -> None:
    """Broken, and only its state is known: no events, no logs, no messages of the kubelet."""
    case = planned(name).case
    facts = [fact for fact in case.distilled if not fact.name.startswith(TOLD)]
    outcome = end(Case(case.intake, facts, case.tried))
    assert outcome.root_cause is None, outcome.summary
    assert outcome.verdict == "inconclusive"


def test_inconclusive_ranks_what_to_check_next() -> None:
    case = planned("crash-missing-env").case
    facts = [fact for fact in case.distilled if not fact.name.startswith("log.")]
    outcome = end(Case(case.intake, facts, case.tried))
    assert outcome.verdict == "inconclusive"
    checks = [step for step in outcome.next_steps if step.startswith("Check whether it is ")]
    assert checks
    assert "config.env-missing" in " ".join(checks)
    assert any(step.startswith("kubectl describe pod ") for step in outcome.next_steps)


def test_a_namespace_that_was_not_read_is_not_called_healthy() -> None:
    incident = Incident(
        trigger="alert", alerts=[Alert(labels={})], scope=Scope(namespaces=["shop"])
    )
    tried: set[str] = set()
    planner = PlaybookPlanner(CATALOGUE)
    for _ in range(30):
        plan = planner.plan(Case(Intake(incident=incident), [], frozenset(tried)))
        if plan.conclusion is not None:
            assert plan.conclusion.verdict == "inconclusive"
            return
        assert plan.objective is not None
        tried.add(plan.objective.reference_move)
    raise AssertionError("no end")
