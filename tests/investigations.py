"""Whole investigations for tests: in this process, against a kubeconfig or a simulated cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from agent import engine
from agent.executors.protocol import Executor
from agent.incident import Alert
from agent.report import Report
from agent.request import Budgets, Request
from agent.runs import RunStore
from agent.settings import load
from agent.trajectory import Event
from sandbox.simulator.access import Rule
from sandbox.simulator.engine import still
from sandbox.simulator.logs import LogSource
from sandbox.simulator.server import ApiServer
from sandbox.simulator.store import Store
from sandbox.simulator.world import World

STRIPPED = ("alertname", "namespace")
"""Labels that are left of an alert when it is stripped."""


def strip(labels: dict[str, str]) -> dict[str, str]:
    """The alert with nothing but its name and namespace."""
    return {key: labels[key] for key in STRIPPED if key in labels}


def investigate(
    tmp_path: Path,
    labels: dict[str, str] | None = None,
    *,
    kubeconfig: Path | None = None,
    cluster: str | None = None,
    namespace: str | None = None,
    all_namespaces: bool = False,
    question: str | None = None,
    budgets: Budgets | None = None,
    executor: Executor | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
    cancel: threading.Event | None = None,
) -> Report:
    """Run one investigation to its report."""
    request = Request(
        alerts=[Alert(labels=labels)] if labels else [],
        question=question,
        namespace=namespace,
        all_namespaces=all_namespaces,
        kubeconfig=kubeconfig,
        cluster=cluster,
        budgets=budgets or Budgets(),
    )
    settings = load({})
    return engine.investigate(
        request,
        RunStore(tmp_path / "state"),
        settings,
        on_event,
        cancel or threading.Event(),
        executor=executor,
    )


@contextmanager
def served(
    store: Store,
    logs: LogSource,
    folder: Path,
    *,
    rbac: Sequence[Rule] | None = None,
    move_times: bool = False,
    simulated: bool = False,
    namespace: str = "default",
    world: World | None = None,
) -> Iterator[Path]:
    """A store behind HTTPS; yields a kubeconfig for it. It stands for a real cluster, unless `simulated`."""
    engine = still(store)
    if world is not None:
        engine.world = world
    with ApiServer(engine, logs, rbac=rbac, move_times=move_times, simulated=simulated) as server:
        path = folder / "kubeconfig"
        path.write_text(server.kubeconfig_text(namespace), encoding="utf-8")
        path.chmod(0o600)
        yield path


def conclusion(report: Report) -> tuple[str, str | None]:
    """(cause id, object) of a report with a root cause, (verdict, None) of any other."""
    cause = report.root_cause
    return (cause.id, str(cause.object)) if cause else (report.verdict, None)


def proves(report: Report) -> bool:
    """Every fact that the root cause rests on is in the report, and every move they came from."""
    known = {fact.id: fact for fact in report.facts}
    moves = {move.id for move in report.moves}
    cause = report.root_cause
    if cause is None:
        return True
    cited = [known[fact_id] for fact_id in cause.evidence if fact_id in known]
    return (
        bool(cause.evidence)
        and len(cited) == len(cause.evidence)
        and all(entry.move in moves for fact in cited for entry in fact.evidence)
        and all(fact.evidence for fact in cited)
        and all(source in known for fact in cited for source in fact.derived_from)
    )
