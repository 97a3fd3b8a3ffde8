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
from itertools import count
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

pytest.importorskip("llama_cpp", reason="pip install 'magos-agent[local]'")
pytest.importorskip("llguidance", reason="pip install 'magos-agent[local]'")
pytest.importorskip("gguf", reason="pip install gguf")

from agent.executors import modelled
from agent.executors.memory import Memory
from agent.executors.modelled import ModelExecutor
from agent.executors.protocol import Occasion, Proposal
from agent.executors.thresholds import Thresholds
from agent.executors.vocabulary import LiveVocabulary
from agent.grammars.writes import WRITES
from agent.objective import Objective
from model.llama import LlamaBackend
from model.random_gguf import SHAPES, write
from tests import real_kubectl
from tests.moments import Moment, crowded, scenario
from tools.manifest import moves
from tools.manifest.load import ManifestError
from tools.move import Move

MOVES = int(os.environ.get("MAGOS_MODEL_MOVES", "0"))
pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.timeout(3600 if MOVES else 300),
    pytest.mark.skipif(real_kubectl.best() is None, reason="kubectl is not installed"),
]
DRAWS = {"nano": 3, "magos": 1}
"""Moves drawn one after the other for one objective, so that its prompt is read once."""
MOST_DRAWS = 5
LAYERS = {"nano": 2, "magos": 1}
"""Width and vocabulary are whole, the depth is not: more layers say no other kind of nonsense."""
ANYTHING = Thresholds(0.0, 0.0)


class Need(NamedTuple):
    """An objective's verbs, and the kinds that it may be about."""

    verbs: list[str]
    kinds: tuple[str, ...] = ("Pod", "Deployment", "Node", "CronJob", "Service")


WORKLOADS = ("Deployment",)
ABOUT = {
    "delete": ("Pod",),
    "patch": ("Deployment", "CronJob", "HorizontalPodAutoscaler"),
    "label": ("Deployment", "Service", "Pod"),
    "annotate": ("Deployment", "Service", "Pod"),
    "set selector": ("Service",),
    "create job": ("CronJob",),
    **dict.fromkeys(("cordon", "uncordon", "drain", "taint"), ("Node",)),
}
"""Change -> kinds that it is about; of all others a Deployment."""
READS = (
    *(
        "get",
        "describe",
        "logs",
        "events",
        "top pod",
        "top node",
        "rollout status",
        "rollout history",
    ),
    *("wait", "auth can-i", "auth whoami", "explain", "version", "api-resources", "api-versions"),
    "cluster-info",
)
CHANGES = tuple(map(" ".join, WRITES))
NEEDS = (
    *(Need([command]) for command in READS),
    *(Need([command], ABOUT.get(command, WORKLOADS)) for command in CHANGES),
    *(Need(["apply"], (kind,)) for kind in ("Service", "HorizontalPodAutoscaler")),
    *(Need(["get", "patch", "scale", "set resources"], WORKLOADS), Need([])),
)
PASSED = ("allow", "approve", "forbidden")
"""Some rules of access are only known when they are asked for."""
KNOWN = (("apply", "duplicate-key"), ("apply", "the model's move is not whole (length)"))
"""What no schema keeps a manifest from: a key that stands twice in a map, and going on and on."""


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
    shape: Literal["nano", "magos"],
    moments: list[Moment],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(modelled, "MOVE_SECONDS", 600.0)  # other tests keep the machine busy
    path = tmp_path / f"{shape}.gguf"
    write(path, replace(SHAPES[shape], layers=LAYERS[shape]))
    draws = MOST_DRAWS if MOVES else DRAWS[shape]
    decisions: Counter[str] = Counter()
    commands: Counter[str] = Counter()
    seconds: list[float] = []
    wrong: list[str] = []
    with LlamaBackend(path, shape, threads=1, temperature=1.0) as backend:
        for number in count():
            if number >= len(NEEDS) and len(seconds) >= MOVES:
                break
            moment, objective, vocabulary = _asked(number, shape, moments)
            occasion = Occasion(moment.intake, seconds=6000.0, memory=Memory())
            for _ in range(draws):
                executor = ModelExecutor(backend, vocabulary, thresholds=ANYTHING)
                began = time.perf_counter()
                proposal = executor.propose(objective, moment.facts, [], occasion)
                seconds.append(time.perf_counter() - began)
                decision, command = _judged(moment, objective, proposal)
                decisions[decision] += 1
                commands[command] += 1
                if decision not in PASSED and (command, decision) not in KNOWN:
                    wrong.append(f"{decision} {command}: {proposal}")
        masks = backend.mask_seconds
    print(
        f"{shape}: {dict(decisions)}; {len(commands)} commands {dict(commands)};"
        f" mask median {statistics.median(masks) * 1e3:.3f} ms of {len(masks)},"
        f" move median {statistics.median(seconds):.2f} s"
    )
    assert not wrong, wrong[:5]
    assert set(commands) == {*READS, *CHANGES, "apply"}


def _asked(
    number: int, shape: str, moments: list[Moment]
) -> tuple[Moment, Objective, LiveVocabulary]:
    """The objective of this number, at a moment that has something to say to it."""
    need, turn = NEEDS[number % len(NEEDS)], number // len(NEEDS)
    for moment in (*moments[turn % len(moments) :], *moments[: turn % len(moments)]):
        known = [ref for ref in moment.objects if ref.kind in need.kinds]
        for target in known[turn % len(known) :][:1] if known else ():
            objective = Objective(
                id=f"o{number}",
                text=f"Find out why {target} is unwell.",
                targets=[target],
                verbs=need.verbs,
                reference_move="kubectl get nodes",
            )
            vocabulary = LiveVocabulary(moment.target)
            namespaces = moment.intake.incident.scope.namespaces
            known_to_it = Memory().grown(objective, moment.facts, (), namespaces).handles
            handles = known_to_it if shape == "nano" else None
            if vocabulary.at(objective, moment.facts, moment.intake, handles).grammar is not None:
                return moment, objective, vocabulary
    raise AssertionError(f"nothing can be said to {need}")


def _judged(moment: Moment, objective: Objective, proposal: Proposal) -> tuple[str, str]:
    """What the gate decides, or why it is not asked, and the command."""
    asked = "apply" if objective.verbs == ["apply"] else "line"
    if proposal.proposed_by == "playbook":
        return proposal.degraded, asked
    source: str | Move = proposal.text
    if proposal.kind == "manifest":
        try:
            source = moves.parse(proposal.text, proposed_by=proposal.proposed_by)
        except ManifestError as error:
            return error.reason, asked
    judged = moment.gate.judge(source, proposed_by=proposal.proposed_by)
    verdict = judged.verdict
    passed = verdict.decision in ("allow", "approve")
    change = judged.move is not None and (judged.move.command in (*WRITES, ("apply",)))
    if passed and change != (verdict.decision == "approve"):
        return f"{verdict.decision} of a change", asked
    command = " ".join(judged.move.command) if judged.move is not None else asked
    return verdict.decision if passed else verdict.reason, command
