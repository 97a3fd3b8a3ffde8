"""Console: what a user waits for at the prompt: cold starts and whole investigations."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from scripts.bench import cluster
from scripts.bench.child import Ended, console
from scripts.bench.plan import Plan, Tick
from scripts.bench.row import Goal, Row
from scripts.bench.samples import Samples

SCENARIO = "crash-missing-env"
"""The scenario of `make investigate`."""


def measure(plan: Plan, tick: Tick) -> list[Row]:
    """Rows on cold starts, wall time and memory."""
    with tempfile.TemporaryDirectory(prefix="magos-bench-") as folder:
        home = Path(folder)
        rows = [_cold_start(command, plan, tick, home) for command in ("--help", "version")]
        return [*_investigations(plan, tick, home), *rows]


def _cold_start(command: str, plan: Plan, tick: Tick, home: Path) -> Row:
    tick(f"magos-agent {command}")
    starts = Samples(console(home / "cold", command).seconds for _ in range(plan.starts))
    return Row(
        f"cold_start_{command.strip('-')}",
        f"magos-agent {command}, cold start, median",
        1000 * starts.median,
        "ms",
        Goal(300, "ms"),
        f"best {1000 * starts.best:.0f} ms; {starts.note(1000, 'ms')}",
    )


def _investigations(plan: Plan, tick: Tick, home: Path) -> list[Row]:
    """Against an API server in another process, new and used homes; then the built-in simulator."""
    with cluster.serving(f"sim:{SCENARIO}", home / "cluster") as served:
        argv = words(served)
        first: list[Ended] = []
        later: list[Ended] = []
        for number in range(plan.investigations):
            tick(f"investigate {number + 1}/{plan.investigations}")
            first.append(console(home / f"new-{number}", *argv))
            later.append(console(home / "new-0", *argv))
    tick("investigate among 2,000 pods")
    few = max(plan.investigations // 2, 1)
    with cluster.serving(cluster.CROWD, home / "crowd") as served:
        crowd = [console(home / "new-0", *words(served)) for _ in range(few)]
    tick("investigate --cluster sim:")
    argv = ["investigate", "--cluster", f"sim:{SCENARIO}", "-o", "json"]
    built_in = [console(home / "new-0", *argv) for _ in range(few)]
    peak = max(item.mebibytes for item in [*first, *later])
    return [
        _wall("investigate", "investigate, small cluster, wall time, median", later),
        _wall("investigate_first", "investigate, first run (no cache, no state), median", first),
        _wall(
            "investigate_sim", "investigate --cluster sim:, simulator included, median", built_in
        ),
        replace(
            _wall("investigate_crowd", "  among 2,000 pods of one namespace, median", crowd),
            goal=None,
        ),
        Row(
            "memory",
            "memory of an investigation, peak",
            peak,
            "MiB",
            Goal(400, "MiB"),
            f"biggest process, no model; among 2,000 pods {crowd[0].mebibytes:.0f} MiB",
        ),
    ]


def words(served: cluster.Cluster) -> list[str]:
    """The arguments of an investigation of this cluster."""
    labels = [f"--label={key}={value}" for key, value in sorted(served.labels.items())]
    return ["investigate", "--kubeconfig", str(served.kubeconfig), "-o", "json", *labels]


def _wall(id: str, what: str, ended: list[Ended]) -> Row:
    samples = Samples(item.seconds for item in ended)
    cpu = Samples(item.cpu for item in ended)
    note = f"{samples.note()}; {cpu.median:.2f} s of CPU, kubectl included"
    return Row(id, what, samples.median, "s", Goal(5, "s"), note)
