"""Known hallucinations of a small model: each is caught at the right rung, and mended or replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.executors.modelled import ModelExecutor
from agent.replay import replay
from agent.report import Report
from agent.runs import RunStore
from agent.settings import load as load_settings
from agent.trajectory import Event
from model.extract import extract
from tests.bad_magos import SLIPS, BadMagos, Slip
from tests.investigations import conclusion, investigate, proves
from tests.obedient_model import ObedientModel

pytestmark = pytest.mark.integration
LABELS = {"alertname": "KubePodCrashLooping", "namespace": "storefront"}
CAUSE = ("config.env-missing", "Deployment/storefront/checkout")


def run(
    folder: Path, kubeconfig: Path, magos: BadMagos | ObedientModel
) -> tuple[Report, list[Event]]:
    events: list[Event] = []
    report = investigate(
        folder,
        LABELS,
        kubeconfig=kubeconfig,
        executor=ModelExecutor(magos),
        on_event=events.append,
    )
    assert conclusion(report) == CAUSE
    return report, events


def verdicts(events: list[Event]) -> dict[str, tuple[str, str, str]]:
    """Text of each proposal -> decision, rung and reason."""
    texts = {e.data["move"]: str(e.data["text"]) for e in events if e.type == "proposal"}
    return {
        texts[e.data["move"]]: (str(e.data["decision"]), str(e.data["rung"]), str(e.data["reason"]))
        for e in events
        if e.type == "verdict"
    }


def said(slip: Slip) -> str:
    found = extract(slip.answer)
    return found.text if found else slip.answer.strip()


def test_every_slip_is_caught_where_it_belongs_and_replaced(
    kubeconfig: Path, tmp_path: Path
) -> None:
    left = list(SLIPS)
    seen: dict[str, tuple[str, str, str]] = {}
    while left:
        magos = BadMagos(left)
        report, events = run(tmp_path, kubeconfig, magos)
        assert proves(report)
        assert {m.proposed_by for m in report.moves if m.exit_code is not None} == {"playbook"}
        assert any("two moves of the model" in note for note in report.degraded)
        told_what_was_asked(events)
        seen |= verdicts(events)
        left = left[len(magos.made) :]
    for slip in SLIPS:
        decision, rung, reason = seen.get(said(slip), ("", "", ""))
        assert (rung, reason) == (slip.rung, slip.reason), said(slip)
        assert decision in ("repair", "refuse")


def told_what_was_asked(events: list[Event]) -> None:
    """The trajectory says what the model was asked, and why its answer was not used."""
    proposals = [event.data for event in events if event.type == "proposal"]
    asked = [data["model"] for data in proposals if "model" in data]
    assert isinstance(asked[0], dict)
    assert {"prompt_version", "prompt", "template", "style", "tokens"} <= asked[0].keys()
    assert {"masked_mass", "min_probability", "confidence", "answer"} <= asked[0].keys()
    assert any(data.get("fallback") == "two moves of the model were rejected" for data in proposals)
    assert all(data["reference"] for data in proposals)


NEEDS_THOUGHT = (
    "autoscaling/v2beta3",  # the right version is told, and then a required field is missing
    "port: http",  # a number is wanted, and not told which
    "top pods",  # the right value is told, and then there are no metrics
)
"""Parts of the slips whose hint says what is wrong, but not, word by word, what to write instead."""


def test_a_hint_taken_literally_leads_to_a_right_move(kubeconfig: Path, tmp_path: Path) -> None:
    left = list(SLIPS)
    mended: dict[str, bool] = {}
    while left:
        model = ObedientModel(left)
        _, events = run(tmp_path, kubeconfig, model)
        seen = verdicts(events)
        made = [(slip, better) for slip, better in model.made if better]
        assert made
        for slip, better in made:
            mended[said(slip)] = seen.get(better, ("",))[0] in ("allow", "approve")
        left = [slip for slip in left if said(slip) not in mended]
    again = replay("latest", RunStore(tmp_path / "state"), load_settings({}))
    assert again.differences == []
    lost = [text for text, right in mended.items() if not right]
    assert len(mended) == len({said(slip) for slip in SLIPS})
    assert sorted(part for text in lost for part in NEEDS_THOUGHT if part in text) == sorted(
        NEEDS_THOUGHT
    )
    assert len(lost) == len(NEEDS_THOUGHT), lost
