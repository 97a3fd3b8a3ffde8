"""Throughput: how fast outputs are redacted and read into facts."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from sandbox.simulator.launch import launch
from scripts.bench import cluster
from scripts.bench.plan import Plan, Tick
from scripts.bench.row import Row
from scripts.bench.samples import Samples
from tools.distil import distil
from tools.ladder import Ladder
from tools.output import Output
from tools.redact import Redactor

SCENARIO = "sim:crash-missing-env@9000"
LOG_LINES = 20_000
REPEATS = 5


def measure(plan: Plan, tick: Tick) -> list[Row]:
    """Extra rows; nothing was promised."""
    tick("redaction and distilling")
    pods, count = _pods_json(plan.objects)
    logs = _log()
    move = Ladder.packed().judge("kubectl get pods -n shop -o json").move
    if move is None:
        raise RuntimeError("the gate does not know kubectl get pods")
    output = Output(exit_code=0, stdout=pods, stderr="")
    return [
        _row(
            "redact_json", f"redaction, `get pods -o json` of {count} pods", pods, Redactor().text
        ),
        _row("redact_log", f"redaction, {LOG_LINES:,} lines of a log", logs, Redactor().text),
        _row(
            "distil_pods",
            f"distilling, `get pods -o json` of {count} pods",
            pods,
            lambda text: distil(move, output),
        ),
    ]


def _row(id: str, what: str, text: str, work: Callable[[str], object]) -> Row:
    samples = Samples()
    for _ in range(REPEATS):
        samples.time(lambda: work(text))
    megabytes = len(text.encode()) / 1e6
    note = f"{megabytes:.1f} MB in {1000 * samples.median:.0f} ms (median of {REPEATS})"
    return Row(id, what, megabytes / samples.median, "MB/s", note=note)


def _pods_json(objects: int) -> tuple[str, int]:
    """The pods of a cluster with `objects` objects, as kubectl prints them."""
    with tempfile.TemporaryDirectory(prefix="magos-bench-") as folder:
        running = launch(SCENARIO, Path(folder))
        try:
            store, namespace = running.engine.store, running.instance.namespace
            cluster.fill(store, namespace, objects)
            pods = store.list("pods", namespace)
        finally:
            running.stop()
    document = {"apiVersion": "v1", "items": pods, "kind": "List", "metadata": {}}
    return json.dumps(document, indent=4), len(pods)


def _log() -> str:
    """A log as services write them; every hundredth line holds a password."""
    lines = []
    for number in range(LOG_LINES):
        stamp = f"2026-01-01T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
        lines.append(f'{stamp} level=info msg="GET /cart/{number}" status=200 took={number % 97}ms')
        if number % 100 == 0:
            lines[-1] += f" db=postgres://app:hunter{number}@db:5432/cart"
    return "\n".join(lines)
