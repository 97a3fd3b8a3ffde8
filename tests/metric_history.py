"""What Prometheus would have scraped while a scenario's cluster broke, as input for promtool."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sandbox.instance import ScenarioInstance
from sandbox.scenario import load
from sandbox.simulator.engine import Engine
from sandbox.simulator.launch import populate
from sandbox.simulator.metrics import cadvisor, exposition, kubelet

STEP = 15
"""Seconds between two scrapes."""
PRESENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""When scenarios are told to have come to their present."""
TIMES = ("kube_job_status_start_time",)
"""Metrics of the rules whose values are times."""
MOST = 80
"""Scrapes kept: the last twenty minutes."""


class History:
    """Samples by series, on a grid of scrapes that ends at the present."""

    def __init__(self, wanted: frozenset[str]) -> None:
        """Keep only metrics of these names."""
        self._wanted = wanted
        self._scrapes: list[dict[str, str]] = []

    def watch(self, engine: Engine) -> None:
        """Scrape this engine from now on, and forget any other."""
        self._scrapes = []
        plain = engine.run_until
        due = engine.now

        def run_until(until: datetime) -> None:
            nonlocal due
            while due <= until:
                plain(max(due, engine.now))
                self.scrape(engine)
                due += timedelta(seconds=STEP)
            plain(until)

        engine.run_until = run_until  # type: ignore[method-assign]  # an onlooker, for this engine only

    def scrape(self, engine: Engine) -> None:
        """Take what all targets show now."""
        found: dict[str, str] = {}
        self._take(
            found, exposition.exposition(engine, -PRESENT.timestamp()), 'job="kube-state-metrics"'
        )
        for node in engine.store.list("nodes"):
            name = node["metadata"]["name"]
            for job, page in (("kubelet", kubelet.exposition), ("cadvisor", cadvisor.exposition)):
                where = f'job="{job}",instance="{name}",node="{name}"'
                try:
                    self._take(found, page(engine, name), where)
                    found[f"up{{{where}}}"] = "1"
                except kubelet.NoAnswerError:
                    found[f"up{{{where}}}"] = "0"
        self._scrapes.append(found)

    def _take(self, found: dict[str, str], page: str, where: str) -> None:
        for line in page.splitlines():
            name = re.match(r"[\w:]+", line)
            if name is None or name[0] not in self._wanted:
                continue
            series, _, value = line.rpartition(" ")
            name_, _, labels = series.rstrip("}").partition("{")
            if labels == where.rpartition(",")[2]:
                labels = ""  # Prometheus would keep the target's own label and rename this one
            found[f"{name_}{{{','.join(filter(None, (where, labels)))}}}"] = value

    def input_series(self) -> list[dict[str, str]]:
        """The scrapes as promtool's `input_series`."""
        scrapes = [self._on_promtools_clock(scrape) for scrape in self._scrapes[-MOST:]]
        names = sorted({name for scrape in scrapes for name in scrape})
        return [
            {"series": name, "values": runs([scrape.get(name, "_") for scrape in scrapes])}
            for name in names
        ]

    def _on_promtools_clock(self, scrape: dict[str, str]) -> dict[str, str]:
        """Times counted from the first scrape, which is promtool's time 0."""
        return {
            name: str(float(value) + self.length) if name.startswith(TIMES) else value
            for name, value in scrape.items()
        }

    @property
    def length(self) -> int:
        """Seconds from the first scrape kept to the last."""
        return (len(self._scrapes[-MOST:]) - 1) * STEP


def runs(values: Sequence[str]) -> str:
    """promtool's notation, equal neighbours taken together; `_` is a missing value."""
    parts: list[str] = []
    start = 0
    for index in range(1, len(values) + 1):
        if index < len(values) and values[index] == values[start]:
            continue
        number, value = index - start, values[start]
        if value == "_":
            parts.append(f"_x{number}")
        else:
            parts.append(value if number == 1 else f"{value}x{number - 1}")
        start = index
    return " ".join(parts)


def told(
    id: str, seed: int, wanted: frozenset[str], later: float = 0
) -> tuple[ScenarioInstance, History]:
    """A scenario's instance, and its history up to the present, or so many seconds later."""
    instance = load(id, seed)
    history = History(wanted)
    engine = populate(instance, PRESENT, history.watch)
    engine.advance(later)
    history.scrape(engine)
    return instance, history
