"""Known hallucinations of a small model: each is caught at the right rung, then mended or replaced."""

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
from tests.investigations import conclusion, investigate, proves, served
from tests.obedient_model import ObedientModel
from tests.recorded_cluster import RecordedLogs, recorded_store
from tests.recording import load

pytestmark = pytest.mark.integration
LABELS = {"alertname": "KubePodCrashLooping", "namespace": "storefront"}
CAUSE = ("config.env-missing", "Deployment/storefront/checkout")


def run(folder: Path, magos: BadMagos | ObedientModel) -> tuple[Report, list[Event]]:
    recording = load("crash-missing-env")
    events: list[Event] = []
    with served(recorded_store(recording), RecordedLogs(recording), folder) as kubeconfig:
        report = investigate(
            folder,
            LABELS,
            kubeconfig=kubeconfig,
            executor=ModelExecutor(magos),
            on_event=events.append,
        )
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


def test_every_slip_is_caught_where_it_belongs_and_replaced(tmp_path: Path) -> None:
    left = list(SLIPS)
    seen: dict[str, tuple[str, str, str]] = {}
    while left:
        magos = BadMagos(left, learns=False)
        report, events = run(tmp_path, magos)
        assert conclusion(report) == CAUSE
        assert proves(report)
        assert {m.proposed_by for m in report.moves if m.exit_code is not None} == {"playbook"}
        assert "two moves of the model were rejected" in report.degraded
        seen |= verdicts(events)
        left = left[len(magos.made) :]
    caught = {said(slip): seen.get(said(slip)) for slip in SLIPS}
    for slip in SLIPS:
        decision, rung, reason = caught[said(slip)] or ("", "", "")
        assert (rung, reason) == (slip.rung, slip.reason), said(slip)
        assert decision in ("repair", "refuse")
        assert (decision == "repair") <= bool(slip.mended)


THIRDS = [SLIPS[at : at + 13] for at in range(0, len(SLIPS), 13)]


@pytest.mark.parametrize("some", THIRDS, ids=range(len(THIRDS)))
def test_what_its_hint_can_mend_is_mended(some: tuple[Slip, ...], tmp_path: Path) -> None:
    report, events = run(tmp_path, BadMagos(some))
    assert conclusion(report) == CAUSE
    seen = verdicts(events)
    for slip in some:
        if slip.mended and said(slip) in seen:
            assert seen[slip.mended][0] == "allow", slip.mended
    used = [m for m in report.moves if m.proposed_by == "magos" and m.exit_code is not None]
    assert used
    again = replay("latest", RunStore(tmp_path / "state"), load_settings({}))
    assert again.differences == []


NEEDS_THOUGHT = (
    "--show-namespace",  # the near flag wants a value
    "--limit=20",  # no flag is near: the hint is the usage line
    "--lines=20",  # the near flag means something else
    "show pods",
    "kubernetespods",
    "volumeAccessModes",  # the near field means something else
    "autoscaling/v2beta3",  # right version, and then a required field is missing
    "port: http",  # a number is wanted, not which
    "name: settings",  # YAML that does not parse: the line is told, not the remedy
    "I think",
    "$(",
    "<pod-name>",
    "top pods",  # right value, and then there are no metrics
    "kubectl exec",
    "kubectl edit",
    "kubectl delete",
    "get secret",
)
"""Parts of slips whose hint says what is wrong, but not, word by word, what to write instead."""


def test_a_hint_taken_literally_leads_to_a_right_move(tmp_path: Path) -> None:
    left = list(SLIPS)
    mended: dict[str, bool] = {}
    while left:
        model = ObedientModel(left)
        report, events = run(tmp_path, model)
        assert conclusion(report) == CAUSE
        seen = verdicts(events)
        made = [(slip, better) for slip, better in model.made if better]
        assert made
        for slip, better in made:
            mended[said(slip)] = seen.get(better, ("",))[0] in ("allow", "approve")
        left = [slip for slip in left if said(slip) not in mended]
    lost = {text for text, right in mended.items() if not right}
    unexpected = [text for text in lost if not any(part in text for part in NEEDS_THOUGHT)]
    assert unexpected == []


def test_the_trajectory_tells_what_was_asked_and_why_it_was_not_used(tmp_path: Path) -> None:
    _, events = run(tmp_path, BadMagos(SLIPS[:1], learns=False))
    proposals = [event.data for event in events if event.type == "proposal"]
    asked = [data["model"] for data in proposals if "model" in data]
    assert isinstance(asked[0], dict)
    assert {"prompt_version", "prompt", "template", "style", "tokens", "masked_mass"} <= asked[
        0
    ].keys()
    assert {"min_probability", "confidence", "answer"} <= asked[0].keys()
    assert any(data.get("fallback") == "two moves of the model were rejected" for data in proposals)
    assert all(data["reference"] for data in proposals)
