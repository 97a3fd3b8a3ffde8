"""Whatever a model says under the grammar of a moment passes the run's own gate, names and access included.

The models are random, of both shapes, and draw at temperature 1: they say what a trained one never would.
MAGOS_MODEL_MOVES=1000 draws that many moves of each shape.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

pytest.importorskip("llama_cpp", reason="pip install 'magos-agent[local]'")
pytest.importorskip("llguidance", reason="pip install 'magos-agent[local]'")
pytest.importorskip("gguf", reason="pip install gguf")

from agent.executors.memory import Memory
from agent.executors.modelled import ModelExecutor, Thresholds
from agent.executors.protocol import Occasion
from agent.executors.vocabulary import LiveVocabulary
from agent.grammars.writes import WRITES
from agent.objective import Objective
from model.llama import LlamaBackend
from model.random_gguf import SHAPES, write
from tests import real_kubectl
from tests.moments import Moment, crowded, scenario

MOVES = int(os.environ.get("MAGOS_MODEL_MOVES", "0"))
pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.timeout(3600 if MOVES else 300),
    pytest.mark.skipif(real_kubectl.best() is None, reason="kubectl is not installed"),
]
USUAL = {"nano": 100, "magos": 50}
LAYERS = {"nano": 2, "magos": 1}
"""Width and vocabulary are whole, the depth is not: more layers say no other kind of nonsense."""
DRAWS = 5
"""Moves drawn one after the other for one objective, so that its prompt is read once."""
ANYTHING = Thresholds(0.0, 0.0)
VERBS = (
    *([], ["get"], ["describe", "logs"], ["events", "top", "rollout"], ["wait", "auth", "explain"]),
    *([" ".join(path)] for path in WRITES),
    *(["get", "patch", "scale", "set resources"], ["apply"]),
)


@pytest.fixture(scope="module")
def moments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Moment]]:
    with ExitStack() as stack:

        def folder() -> Path:
            return tmp_path_factory.mktemp("moment")

        enter = stack.enter_context
        yield [
            enter(scenario("crash-missing-env", folder())),
            enter(scenario("hpa-metrics-gone", folder())),
            enter(scenario("cronjob-fails", folder(), backups=True, everywhere=True)),
            enter(crowded(folder())),
            enter(crowded(folder(), restricted=True)),
        ]


@pytest.mark.parametrize("shape", ["nano", "magos"])
def test_every_move_of_a_random_model_passes_the_gate(
    shape: str, moments: list[Moment], tmp_path: Path
) -> None:
    path = tmp_path / f"{shape}.gguf"
    write(path, replace(SHAPES[shape], layers=LAYERS[shape]))
    wanted = MOVES or USUAL[shape]
    decisions: Counter[str] = Counter()
    commands: Counter[str] = Counter()
    seconds: list[float] = []
    name: Literal["nano", "magos"] = "nano" if shape == "nano" else "magos"
    with LlamaBackend(path, name, threads=1, temperature=1.0) as backend:
        executors = [
            ModelExecutor(backend, LiveVocabulary(moment.target), thresholds=ANYTHING)
            for moment in moments
        ]
        turn = 0
        while decisions["allow"] + decisions["approve"] < wanted:
            assert turn < 5 * wanted, decisions
            need = turn // DRAWS
            turn += 1
            at, verbs = need % len(moments), VERBS[need % len(VERBS)]
            moment = moments[at]
            known = moment.objects()
            objective = Objective(
                id=f"o{turn}",
                text=f"Find out why {known[need % len(known)]} is unwell.",
                targets=[known[need % len(known)]],
                verbs=verbs,
                reference_move="kubectl get nodes",
            )
            occasion = Occasion(moment.intake, seconds=600.0, memory=Memory())
            began = time.perf_counter()
            proposal = executors[at].propose(objective, moment.facts, [], occasion)
            executors[at]._failures = 0
            seconds.append(time.perf_counter() - began)
            if proposal.proposed_by == "playbook":  # nothing to say, or not whole: no move
                decisions[proposal.degraded.split(":")[0]] += 1
                continue
            if proposal.kind == "manifest":
                decisions["manifest"] += 1  # judged by test_manifests.py, in greater number
                continue
            record = proposal.model or {}
            if record.get("grammar") is None:
                decisions[str(record.get("no_grammar"))] += 1
                continue
            judged = moment.gate.judge(proposal.text, proposed_by=proposal.proposed_by)
            assert judged.move is not None, (proposal.text, judged.verdict)
            change = judged.move.command in WRITES
            if judged.verdict.rung == "access" and judged.verdict.reason == "forbidden":
                decisions["forbidden"] += (
                    1  # it passed `names`; some rules are only known when asked
                )
            else:
                assert judged.verdict.decision == ("approve" if change else "allow"), (
                    proposal.text,
                    judged.verdict,
                )
                decisions[judged.verdict.decision] += 1
            commands[" ".join(judged.move.command)] += 1
        masks = backend.mask_seconds
    print(
        f"{shape}: {dict(decisions)}; {len(commands)} commands {dict(commands)};"
        f" mask median {statistics.median(masks) * 1e3:.3f} ms of {len(masks)},"
        f" move median {statistics.median(seconds):.2f} s"
    )
    assert len(commands) >= 8
