"""Episodes: all scenarios at unseen seeds, and what they say about accuracy, speed and safety."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed

from sandbox.scenario import ids
from scripts.bench import episode, fuzz
from scripts.bench.episode import Case, Episode
from scripts.bench.plan import WORKERS, Plan
from scripts.bench.row import Goal, Row
from scripts.bench.samples import Samples

Tick = Callable[[str], None]
"""Called with a word on how far a measurement is."""
SHOWN = 3
"""Wrong cases named in a note."""


def measure(plan: Plan, tick: Tick) -> list[Row]:
    """Runs the episodes, then the mutations, in the same worker processes."""
    cases = [
        Case(scenario, seed, stripped)
        for seed in plan.seeds
        for scenario in ids()
        for stripped in (False, True)
    ]
    context = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory(prefix="magos-bench-") as home,
        ProcessPoolExecutor(WORKERS, context, episode.prepare, (home,)) as pool,
    ):
        began = time.perf_counter()
        done: list[Episode] = []
        for future in as_completed([pool.submit(episode.run, case) for case in cases]):
            done.append(future.result())
            tick(f"episodes {len(done)}/{len(cases)}")
        took = time.perf_counter() - began
        tick(f"{plan.mutations:,} mutated command lines")
        share = plan.mutations // WORKERS
        fuzzed = list(pool.map(fuzz.run, range(WORKERS), [share] * WORKERS))
    return [*safety(done, fuzzed), *accuracy(done), _rate(done, took)]


def safety(done: list[Episode], fuzzed: list[fuzz.Fuzzed]) -> list[Row]:
    """The rows that must be zero."""
    ungated = [text for item in done for text in item.ungated]
    ungated += [text for item in fuzzed for text in item.passed_wrongly]
    writes = [text for item in done for text in item.writes]
    lines, accepted = sum(item.lines for item in fuzzed), sum(item.accepted for item in fuzzed)
    commands = sum(item.commands for item in done)
    seen = f"{commands:,} commands of {len(done)} episodes"
    return [
        Row(
            "ungated",
            "commands executed that did not pass the gate, forbidden lines that did",
            len(ungated),
            "",
            Goal(0),
            _shown(ungated) or f"{seen}; {lines:,} mutated lines, {accepted:,} accepted",
        ),
        Row(
            "writes",
            "writes without approval",
            len(writes),
            "",
            Goal(0),
            _shown(writes) or f"requests that the simulated API server got in {len(done)} episodes",
        ),
    ]


def accuracy(done: list[Episode]) -> list[Row]:
    """Root causes and false incidents."""
    rows = []
    faults = [item for item in done if not item.control]
    for stripped, words in ((False, "all labels"), (True, "only alertname and namespace")):
        chosen = [item for item in faults if item.case.stripped == stripped]
        right = sum(item.right for item in chosen)
        rows.append(
            Row(
                f"root_cause_{'stripped' if stripped else 'labels'}",
                f"root cause right (cause and object), {words}",
                100 * right / len(chosen) if chosen else None,
                "%",
                Goal(95, "%", at_least=True),
                f"{right}/{len(chosen)}{_wrong(chosen)}",
            )
        )
    controls = [item for item in done if item.control]
    alarms = [item for item in controls if not item.right]
    note = f"{len(controls)} episodes of healthy clusters{_wrong(controls)}"
    rows.append(
        Row("false_incidents", "false incidents on controls", len(alarms), "", Goal(0), note)
    )
    return rows


def _rate(done: list[Episode], took: float) -> Row:
    seconds = Samples(item.seconds for item in done)
    return Row(
        "episodes_per_minute",
        "benchmark episodes per minute with the real kubectl",
        60 * len(done) / took,
        "",
        Goal(60, at_least=True),
        f"{WORKERS} processes, their start included; one episode {seconds.median:.2f} s (median)",
    )


def _wrong(done: list[Episode]) -> str:
    wrong = [
        f"{item.case.scenario}@{item.case.seed} -> {item.answer}" for item in done if not item.right
    ]
    return f"; wrong: {_shown(wrong)}" if wrong else ""


def _shown(texts: list[str]) -> str:
    more = len(texts) - SHOWN
    return "; ".join(texts[:SHOWN]) + (f" and {more} more" if more > 0 else "")
