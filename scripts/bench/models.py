"""Models: what moves cost that a local model writes. The weights are random: speed, memory and validity hold
for trained ones of the same shape; what the moves are worth does not."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from agent import engine
from agent.case import Intake
from agent.executors.choose import Opened
from agent.executors.modelled import ModelExecutor
from agent.executors.protocol import Executor, Occasion, Proposal
from agent.executors.vocabulary import LiveVocabulary, Sayable
from agent.objective import Objective
from agent.request import Request
from agent.runs import RunStore
from agent.settings import load
from agent.target import Target
from model.prompt import Style, expand
from model.protocol import Grammar, Segment
from model.random_gguf import SHAPES, Shape, write
from scripts.bench import cluster, console
from scripts.bench.child import console as child
from scripts.bench.plan import Plan, Tick
from scripts.bench.row import Goal, Row
from scripts.bench.samples import Samples
from tools.fact import Fact
from tools.kubectl.policy import PolicyScope
from tools.ladder import Ladder
from tools.verdict import Verdict

NEEDED = ("llama_cpp", "llguidance", "gguf")
SCENARIOS = ("crash-missing-env", "oom-killed", "claim-missing", "configmap-key-missing")
"""Short investigations of different kinds."""
LAYERS = 1
"""Of the model with the big vocabulary: masks do not depend on its depth."""
BIGGER = replace(SHAPES["nano"], width=512, heads=8, kv_heads=4, feed_forward=1536)
"""29 M parameters: the bigger of the two sizes that nano may have."""


class Spoken(NamedTuple):
    """What could be said at one moment of an investigation."""

    grammar: Grammar
    handles: Sequence[str]
    ladder: Ladder
    scope: PolicyScope


class Ear:
    """Collects what the moves of some investigations cost, and under which grammars they were made."""

    def __init__(self) -> None:
        self.moves = Samples()
        """Proposals for which a model was asked, from objective to text."""
        self.cpu = Samples()
        """Processor time of the same."""
        self.prompt = self.reused = 0
        """Prompt tokens of all, and those of them that cost nothing."""
        self.spoken: list[Spoken] = []


class _Vocabulary(LiveVocabulary):
    def __init__(self, target: Target, ear: Ear) -> None:
        super().__init__(target)
        self._ear = ear

    def at(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        intake: Intake,
        handles: Sequence[str] | None,
    ) -> Sayable:
        said = super().at(objective, facts, intake, handles)
        if said.grammar is not None:
            target = self._target
            self._ear.spoken.append(
                Spoken(said.grammar, handles or (), target.ladder, target.scope(intake))
            )
        return said


class _Timed(ModelExecutor):
    ear: Ear

    def propose(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        rejections: Sequence[Verdict],
        occasion: Occasion | None = None,
    ) -> Proposal:
        began, cpu = time.perf_counter(), time.process_time()
        proposal = super().propose(objective, facts, rejections, occasion)
        if proposal.model is not None:
            self.ear.moves.seconds.append(time.perf_counter() - began)
            self.ear.cpu.seconds.append(time.process_time() - cpu)
            self.ear.prompt += int(str(proposal.model.get("prompt_tokens", 0)))
            self.ear.reused += int(str(proposal.model.get("reused_tokens", 0)))
        return proposal


class _Opened(Opened):
    """An open model whose executors are timed."""

    ear: Ear

    def executor(self, target: Target, grammar: bool, cancel: threading.Event) -> Executor:
        if self.backend is None:
            raise RuntimeError("no model is open")
        made = _Timed(self.backend, _Vocabulary(target, self.ear), style=self.style, cancel=cancel)
        made.ear = self.ear
        return made


def measure(plan: Plan, tick: Tick) -> list[Row]:
    """Rows on masks, moves, their validity, and memory; skipped rows where the extra `local` is missing."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        return _rows(note=f"skipped: {', '.join(missing)} not installed (extra `local`, gguf)")
    with tempfile.TemporaryDirectory(prefix="magos-bench-") as folder:
        home = Path(folder)
        tick("nano")
        nano = home / "random-nano.gguf"
        small = _investigated(nano, SHAPES["nano"], "nano", plan, tick)
        tick("nano, 29 M parameters")
        bigger = _investigated(home / "bigger-nano.gguf", BIGGER, "nano", plan, tick)
        tick("magos' vocabulary")
        shape = replace(SHAPES["magos"], layers=LAYERS)
        big = _investigated(home / "random.gguf", shape, "magos", plan, tick)
        tick("memory with nano")
        with cluster.serving(f"sim:{console.SCENARIO}", home / "cluster") as served:
            words = [*console.words(served), "--executor", str(nano)]
            memory = max(child(home / "home", *words).mebibytes for _ in range(2))
    return _rows(small, bigger, big, memory)


class _Heard(NamedTuple):
    ear: Ear
    masks: Samples
    checked: int
    wrong: list[str]


def _investigated(path: Path, shape: Shape, style: Style, plan: Plan, tick: Tick) -> _Heard:
    """Investigate with random weights of this shape, then say more under the grammars that were used."""
    from model.llama import LlamaBackend

    write(path, shape)
    settings, ear = load({}), Ear()
    scenarios = SCENARIOS[: max(plan.investigations // 2, 2)]
    with (
        tempfile.TemporaryDirectory(prefix="magos-bench-") as folder,
        LlamaBackend(path, "nano" if style == "nano" else "magos") as backend,
    ):
        model = _Opened(backend, style)
        model.ear = ear
        for scenario in scenarios:
            tick(f"{path.stem}: {scenario}")
            engine.investigate(
                Request(cluster=f"sim:{scenario}@{plan.seeds[0]}"),
                RunStore(Path(folder)),
                settings,
                lambda event: None,
                threading.Event(),
                model=model,
            )
        checked, wrong = 0, []
        kinds = list({spoken.grammar: spoken for spoken in ear.spoken}.values())
        each = max(plan.moves // max(len(kinds), 1), 1)
        tick(f"{path.stem}: {plan.moves} moves under {len(kinds)} grammars")
        for spoken in kinds:
            for _ in range(each):
                said = backend.complete(PROMPT, spoken.grammar, temperature=1.0)
                line = expand(said.text, spoken.handles)
                verdict = spoken.ladder.judge(line, spoken.scope).verdict
                checked += 1
                if said.stopped != "done" or verdict.decision != "allow":
                    wrong.append(f"{line} ({said.stopped}, {verdict.reason})")
        return _Heard(ear, Samples(backend.mask_seconds), checked, wrong)


PROMPT = [Segment(text="<|im_start|>assistant\n", trusted=True)]


def _rows(
    small: _Heard | None = None,
    bigger: _Heard | None = None,
    big: _Heard | None = None,
    memory: float | None = None,
    note: str = "random weights",
) -> list[Row]:
    heard = [each for each in (small, bigger, big) if each]
    wrong = [line for each in heard for line in each.wrong]
    checked = sum(each.checked for each in heard)
    return [
        Row(
            "grammar_moves",
            "moves emitted under the grammar that fail parse, tree or policy",
            len(wrong) if heard else None,
            "",
            Goal(0),
            "; ".join(wrong[:3])
            or (f"{checked:,} kubectl moves at temperature 1; {note}" if heard else note),
        ),
        _move("executor_move", "executor: one move, nano, median", small, note, Goal(300, "ms")),
        _move("executor_move_29m", "  the same with 29 M parameters, median", bigger, note),
        _masks("grammar_mask_8k", "8k", small, note, Goal(0.15, "ms")),
        _masks("grammar_mask_152k", "152k", big, note, Goal(0.3, "ms")),
        Row(
            "memory_nano",
            "memory of an investigation with nano, peak",
            memory,
            "MiB",
            Goal(400, "MiB"),
            f"biggest process, 8.4 M parameters, q8_0; {note}" if memory else note,
        ),
    ]


def _move(id: str, what: str, heard: _Heard | None, note: str, goal: Goal | None = None) -> Row:
    if heard is None:
        return Row(id, what, None, "ms", goal, note)
    ear = heard.ear
    said = (
        f"in investigations, grammar and prompt included; {ear.moves.note(1000, 'ms')}; "
        f"{1000 * ear.cpu.median:.0f} ms of CPU; {100 * ear.reused / max(ear.prompt, 1):.0f} % of "
        f"{ear.prompt:,} prompt tokens reused; {note}"
    )
    return Row(id, what, 1000 * ear.moves.median, "ms", goal, said)


def _masks(id: str, size: str, heard: _Heard | None, note: str, goal: Goal) -> Row:
    what = f"grammar mask per token, {size} vocabulary, median"
    if heard is None:
        return Row(id, what, None, "ms", goal, note)
    masks = heard.masks
    said = f"{len(masks.seconds):,} masks, p99 {1000 * masks.p99:.3g} ms; grammars of investigations; {note}"
    return Row(id, what, 1000 * masks.median, "ms", goal, said)
