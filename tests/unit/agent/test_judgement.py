"""Confidence and conclusions: deterministic, and never a cause without its facts."""

from __future__ import annotations

import pytest

from agent.case import Case, Intake
from agent.conclude import conclude
from agent.incident import Alert, Incident, Scope
from agent.index import FactIndex
from agent.judgement import RIVAL_DISCOUNT, Judged, confidence, judge
from agent.objective import Conclusion
from agent.playbook import Cause, load_catalogue
from agent.views import View
from tests.planning import plan_recording
from tests.recording import load
from tools.fact import Fact
from tools.objects import ObjectRef

CATALOGUE = load_catalogue()
VIEW = View(ObjectRef(kind="Deployment", namespace="shop", name="cart"), "crash-loop")


def judged(cause_id: str, met: tuple[bool, ...], *excluded: str) -> Judged:
    cause = Cause(id=cause_id, title="t", confirm=("true",) * len(met), summary="s")
    return Judged(cause, VIEW, met, excluded, ("m1.1",), ())


def test_confidence_is_the_share_lowered_by_open_rivals() -> None:
    best = judged("a.b", (True, True))
    assert confidence(best, [best]) == 1.0
    open_rival, excluded = judged("c.d", (True, True, False)), judged("e.f", (True, False), "no")
    assert confidence(best, [best, open_rival, excluded]) == pytest.approx(RIVAL_DISCOUNT)
    assert confidence(judged("a.b", (True, False)), []) == 0.5


def test_a_claimed_cause_without_facts_becomes_inconclusive() -> None:
    incident = Incident(trigger="alert", alerts=[Alert()], scope=Scope(namespaces=["shop"]))
    claim = Conclusion(
        verdict="root_cause",
        cause="memory.limit-too-low",
        object=ObjectRef(kind="Deployment", namespace="shop", name="cart"),
    )
    outcome = conclude(Case(Intake(incident=incident), []), claim, CATALOGUE)
    assert outcome.verdict == "inconclusive"
    assert outcome.root_cause is None


@pytest.mark.parametrize("name", ["crash-missing-env", "oom-killed", "pvc-pending"])
def test_without_its_confirming_facts_the_cause_is_gone(name: str) -> None:
    """Take the confirming facts away, and the same claim does not hold any more."""
    planned = plan_recording(load(name), dict(load(name).alert))
    cause = planned.outcome.root_cause
    assert cause is not None
    index = planned.case.derivation.index
    remove = {source for fact_id in cause.evidence for source in _sources(index.by_id, fact_id)}
    left = [fact for fact in planned.case.distilled if fact.id not in remove]
    case = Case(planned.case.intake, left)
    claim = Conclusion(verdict="root_cause", cause=cause.id, object=cause.object)
    assert conclude(case, claim, CATALOGUE).verdict == "inconclusive"


def _sources(by_id: dict[str, Fact], fact_id: str) -> set[str]:
    found = {fact_id}
    for source in by_id[fact_id].derived_from:
        found |= _sources(by_id, source)
    return found


def test_a_spent_budget_does_not_throw_away_what_is_proven() -> None:
    planned = plan_recording(load("oom-killed"), dict(load("oom-killed").alert))
    claim = Conclusion(verdict="inconclusive", stop_reason="budget_moves", note="spent")
    outcome = conclude(planned.case, claim, CATALOGUE)
    assert outcome.verdict == "root_cause"
    assert outcome.stop_reason == "budget_moves"


def test_an_exclusion_that_could_not_be_asked_lowers_the_confidence() -> None:
    catalogue_cause = CATALOGUE.cause("probe.liveness-kills-start")
    assert catalogue_cause is not None
    unheard = Judged(catalogue_cause, VIEW, (True,), (), ("m1.1",), ())
    assert unheard.unheard
    assert confidence(unheard, []) == pytest.approx(RIVAL_DISCOUNT)


def test_conditions_may_ask_every_fact_of_the_case() -> None:
    node = ObjectRef(kind="Node", name="n1")
    index = FactIndex([Fact(id="m1.1", subject=node, name="node.ready", value=False)])
    asks = 'facts["node.ready"].exists(ready, ready == false)'
    cause = Cause(id="a.b", title="t", confirm=(asks,), summary="s")
    view = View(VIEW.object, VIEW.symptom, index=index)
    assert judge(cause, view, {}).met == (True,)
    assert judge(cause, VIEW, {}).met == (False,)
