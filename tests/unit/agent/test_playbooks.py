"""Playbooks as data: they compile, render, ask registered facts, and only propose moves the gate passes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.case import Case, Intake
from agent.context import environment, render, view_context
from agent.derive import derive
from agent.incident import Incident
from agent.judgement import facts_named, judge
from agent.playbook import Cause, load_catalogue
from agent.views import View
from sandbox.cel import check
from tools.errors import UsageError
from tools.ladder import Ladder
from tools.objects import ObjectRef
from tools.registry import fact_kinds

CATALOGUE = load_catalogue()
CAUSES = [cause for _, cause in CATALOGUE.causes()]
POD = ObjectRef(kind="Pod", namespace="shop", name="cart-1")
VIEW = View(
    object=ObjectRef(kind="Deployment", namespace="shop", name="cart"),
    symptom="crash-loop",
    pod=POD,
    container=POD.model_copy(update={"container": "cart"}),
)


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_conditions_compile_and_read_registered_facts(cause: Cause) -> None:
    for expression in [*cause.confirm, *(item.when for item in cause.exclude)]:
        check(expression, ("facts", "incident", "it"))
        assert facts_named(expression) or "it.symptom" in expression


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_nothing_is_confirmed_without_facts(cause: Cause) -> None:
    judged = judge(cause, VIEW, {"alerts": [], "labels": {}})
    assert not judged.confirmed


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_templates_render_even_when_nothing_is_known(cause: Cause) -> None:
    context = view_context(VIEW, derive([]))
    texts = [cause.summary, *cause.next_steps, *(item.because for item in cause.exclude)]
    if cause.remedy:
        texts += [cause.remedy.summary, *cause.remedy.undo]
        texts += [step.text for step in cause.remedy.moves]
        texts += [step.manifest for step in cause.remedy.moves if step.manifest]
    for text in texts:
        try:
            environment().from_string(text)
        except Exception as error:
            pytest.fail(f"{text}: {error}")
    assert render(cause.summary.split("{%")[0].split("{{ it")[0], context) is not None


def test_every_look_gives_a_move_that_the_gate_allows() -> None:
    ladder = Ladder.packed()
    context: dict[str, Any] = view_context(VIEW, derive([])) | {
        "item": "cart-config",
        "prometheus": True,
        "it": {
            "probe": {"readiness": {"failed": {"message": "timeout"}}},
            "container": {"restarts": 3},
            "log": {
                "unreachable": {"host": "store.dev", "cause": "dns"},
                "resolver": {"address": "10.96.0.10", "answer": "timeout"},
            },
            "autoscaler": {"scaling_active": {"reason": "FailedGetResourceMetric"}},
        },
    }
    for name, look in CATALOGUE.looks.items():
        for template in look.moves:
            text = render(template, context)
            assert text, name
            if not text.startswith("#"):
                judged = ladder.judge(text)
                assert judged.verdict.decision == "allow", (name, text, judged.verdict)
        for fact in (*look.wants, *look.needs, *look.unless):
            assert fact in fact_kinds(), (name, fact)


def test_first_looks_pass_the_gate() -> None:
    from agent.incident import Scope
    from agent.planners.firstlooks import first_looks

    ladder = Ladder.packed()
    for scope in (Scope(namespaces=["shop"]), Scope(all_namespaces=True)):
        case = Case(Intake(incident=Incident(trigger="scan", scope=scope)), [])
        for look in first_looks(case, CATALOGUE):
            assert ladder.judge(look.reference_move).verdict.decision == "allow"


def test_user_playbook_replaces_by_id_and_adds(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "family: app\ncauses:\n"
        "- {id: app.crash, title: Ours, confirm: ['it.container.exit.code == 7'], summary: seven}\n"
        "- {id: app.licence, title: Licence, confirm: ['it.log.error.text != \"\"'], summary: expired}\n"
    )
    catalogue = load_catalogue(tmp_path)
    assert catalogue.cause("app.licence") is not None
    replaced = catalogue.cause("app.crash")
    assert replaced is not None
    assert replaced.title == "Ours"
    assert sum(cause.id == "app.crash" for _, cause in catalogue.causes()) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("family: x\ncauses: [{id: x.y, title: T, confirm: [], summary: s}]", "confirm"),
        (
            "family: x\ncauses: [{id: z.y, title: T, confirm: ['true'], summary: s}]",
            "not of family",
        ),
        (
            "family: x\ncauses: [{id: x.y, title: T, confirm: ['true'], summary: s, looks: [nope]}]",
            "nope",
        ),
        ("family: [", "cannot be read"),
        ("family: x\ncauses: []\nsurprise: 1", "surprise"),
    ],
)
def test_a_wrong_user_playbook_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_catalogue(tmp_path)
    assert says in caught.value.message
    assert "\n" not in caught.value.message


def test_the_documented_playbook_works(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "playbooks.md").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(page.split("```yaml\n")[1].split("```")[0])
    cause = load_catalogue(tmp_path).cause("app.licence-expired")
    assert cause is not None
    for expression in cause.confirm:
        check(expression, ("facts", "incident", "it"))
        assert facts_named(expression)
