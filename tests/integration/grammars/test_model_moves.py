"""Whatever a model says under the grammar of a moment passes the run's own gate, names and access included.

The models are random, of both shapes, and draw at temperature 1: they say what a trained one never would.
MAGOS_MODEL_MOVES=1000 draws that many moves of each shape.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

pytest.importorskip("llama_cpp", reason="pip install 'magos-agent[local]'")
pytest.importorskip("llguidance", reason="pip install 'magos-agent[local]'")
pytest.importorskip("gguf", reason="pip install gguf")

from agent.executors.memory import Memory
from agent.executors.modelled import ModelExecutor, Thresholds
from agent.executors.protocol import Occasion, Proposal
from agent.executors.vocabulary import LiveVocabulary
from agent.grammars.writes import WRITES
from agent.objective import Objective
from model.llama import LlamaBackend
from model.protocol import BackendError, Completion, Grammar, Segment
from model.random_gguf import SHAPES, write
from tests import real_kubectl
from tests.moments import Moment, crowded, scenario
from tools.ladder import Judged
from tools.manifest import moves

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
READS = ("get", "describe", "logs", "events", "top", "rollout", "wait", "auth", "explain", "version")
NEEDS = (
    *(Need([verb]) for verb in READS),
    *(Need([" ".join(path)], ABOUT.get(" ".join(path), WORKLOADS)) for path in WRITES),
    *(Need(["apply"], (kind,)) for kind in ("Deployment", "CronJob", "Service")),
    *(Need(["get", "patch", "scale", "set resources"], WORKLOADS), Need([])),
)
COMMANDS = {
    *("get", "describe", "logs", "events", "top pod", "top node", "rollout status", "rollout history"),
    *("wait", "auth can-i", "auth whoami", "explain", "version", "api-resources", "api-versions"),
    *("cluster-info", "apply", *map(" ".join, WRITES)),
}


class Constrained:
    """The backend, which is not asked where there is no grammar."""

    def __init__(self, backend: LlamaBackend) -> None:
        self._backend = backend
        self.name = backend.name
        self.context = backend.context
        self.count = backend.count

    def complete(
        self, prompt: Sequence[Segment], grammar: Grammar | None, **options: Any
    ) -> Completion:
        """As the backend's."""
        if grammar is None:
            raise BackendError("there is nothing to say")
        return self._backend.complete(prompt, grammar, **options)


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
    shape: Literal["nano", "magos"], moments: list[Moment], tmp_path: Path
) -> None:
    path = tmp_path / f"{shape}.gguf"
    write(path, replace(SHAPES[shape], layers=LAYERS[shape]))
    draws = MOST_DRAWS if MOVES else DRAWS[shape]
    decisions: Counter[str] = Counter()
    commands: Counter[str] = Counter()
    seconds: list[float] = []
    refused: list[tuple[str, object]] = []
    with LlamaBackend(path, shape, threads=1, temperature=1.0) as backend:
        for number in count():
            if number >= len(NEEDS) and commands.total() >= MOVES:
                break
            need = NEEDS[number % len(NEEDS)]
            for moment, objective in _occasions(need, number, moments):
                executor = ModelExecutor(
                    Constrained(backend), LiveVocabulary(moment.target), thresholds=ANYTHING
                )
                occasion = Occasion(moment.intake, seconds=600.0, memory=Memory())
                for _ in range(draws):
                    began = time.perf_counter()
                    proposal = executor.propose(objective, moment.facts, [], occasion)
                    if proposal.degraded.endswith("there is nothing to say"):
                        break
                    seconds.append(time.perf_counter() - began)
                    judged = _judged(moment, proposal)
                    if judged is None:
                        refused.append((str((proposal.model or {})["answer"]), proposal.degraded))
                        continue
                    decisions[_decision(judged)] += 1
                    if judged.move is not None:
                        commands[" ".join(judged.move.command)] += 1
                    if judged.verdict.decision not in ("allow", "approve"):
                        if judged.verdict.reason != "forbidden":
                            refused.append((proposal.text, judged.verdict))
                else:
                    break
            else:
                raise AssertionError(f"nothing can be said for {need}")
        masks = backend.mask_seconds
    print(
        f"{shape}: {dict(decisions)}; {len(commands)} commands {dict(commands)};"
        f" mask median {statistics.median(masks) * 1e3:.3f} ms of {len(masks)},"
        f" move median {statistics.median(seconds):.2f} s"
    )
    for text, why in refused: print(why, text)
    print(COMMANDS-set(commands))
    assert not refused


def _occasions(
    need: Need, number: int, moments: list[Moment]
) -> Iterator[tuple[Moment, Objective]]:
    """The moments, each time from another one on, and an objective about one of its objects."""
    first = number // len(NEEDS)
    for at in range(len(moments)):
        moment = moments[(first + at) % len(moments)]
        known = [ref for ref in moment.objects if ref.kind in need.kinds]
        if known:
            target = known[number % len(known)]
            objective = Objective(
                id=f"o{number}",
                text=f"Find out why {target} is unwell.",
                targets=[target],
                verbs=need.verbs,
                reference_move="kubectl get nodes",
            )
            yield moment, objective


def _judged(moment: Moment, proposal: Proposal) -> Judged | None:
    """What the gate says; None where the model said no whole move."""
    if proposal.proposed_by == "playbook":
        return None
    if proposal.kind == "manifest":
        move = moves.parse(proposal.text, proposed_by=proposal.proposed_by)
        return moment.gate.judge(move, proposed_by=proposal.proposed_by)
    return moment.gate.judge(proposal.text, proposed_by=proposal.proposed_by)


def _decision(judged: Judged) -> str:
    verdict = judged.verdict
    return verdict.decision if verdict.decision in ("allow", "approve") else verdict.reason
