"""Measures the numbers of docs/benchmarks.md: python -m scripts.bench [--quick] [--json FILE] [SECTION...].

Says what it saw and asserts nothing. Timings are medians; run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from agent.bench.versions import versions
from scripts.bench import console, episodes, gating, models, simulated, throughput
from scripts.bench.plan import FULL, QUICK, Plan, Tick
from scripts.bench.progress import Progress
from scripts.bench.row import Row
from scripts.bench.table import document, markdown, missed

Section = Callable[[Plan, Tick], list[Row]]
SECTIONS: dict[str, Section] = {
    "episodes": episodes.measure,
    "console": console.measure,
    "gate": gating.measure,
    "simulator": simulated.measure,
    "throughput": throughput.measure,
    "models": models.measure,
}
BUSY = 0.5
"""Load per core from which on the timings say more about the neighbours."""


def main(argv: list[str] | None = None) -> int:
    """Measure, print, and write the JSON; 0 whatever the numbers are."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer samples, about four minutes")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the numbers there, too")
    parser.add_argument("sections", metavar="SECTION", nargs="*", help=f"of {', '.join(SECTIONS)}")
    options = parser.parse_args(argv)
    unknown = set(options.sections) - SECTIONS.keys()
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    chosen = options.sections or list(SECTIONS)
    date, load = datetime.now(UTC), os.getloadavg()[0]
    began = time.monotonic()
    rows: list[Row] = []
    with Progress(sys.stderr) as progress:
        for number, name in enumerate(chosen, start=1):
            progress.enter(f"[{number}/{len(chosen)}] {name}")
            rows += SECTIONS[name](QUICK if options.quick else FULL, progress.tick)
    took = time.monotonic() - began
    about = versions()
    print(markdown(rows))
    print(_summary(rows, about, load, took))
    if options.json:
        facts = document(
            rows,
            about,
            date=date.isoformat(timespec="seconds"),
            command="bench --quick" if options.quick else "bench",
            load_before=round(load, 2),
            seconds=round(took, 1),
        )
        options.json.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return 0


def _summary(rows: list[Row], about: Mapping[str, object], load: float, took: float) -> str:
    goals = [row for row in rows if row.met != "-"]
    late = missed(rows)
    said = f"{len(goals) - len(late)} of {len(goals)} goals met"
    if late:
        said += f"; missed: {', '.join(row.what.strip() for row in late)}"
    with_what = ", ".join(f"{name} {value}" for name, value in about.items())
    lines = [said, f"{with_what}; load before {load:.1f}; {took:.0f} s"]
    if load > BUSY * (os.cpu_count() or 1):
        lines.append("The machine was busy: timings are upper bounds.")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
