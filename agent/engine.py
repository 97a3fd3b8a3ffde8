"""Engine: runs, resumes and replays investigations. Front ends call these three functions."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any, NamedTuple

from agent.compose import compose
from agent.conclude import conclude
from agent.errors import Interrupted
from agent.executors.choose import Opened, opened
from agent.executors.modelled import ModelExecutor
from agent.executors.protocol import Executor
from agent.fitting import followed
from agent.intake import take_in
from agent.objective import Conclusion, Objective
from agent.outcome import Outcome
from agent.planners.following import FollowingPlanner
from agent.planners.makers import MakersPlanner
from agent.planners.playbook import PlaybookPlanner
from agent.playbook import load_catalogue
from agent.references import References
from agent.report import Report, StopReason
from agent.reportparts import ClusterInfo, Usage
from agent.request import Request
from agent.runs import RunFolder, RunStore
from agent.settings import Settings, user_file
from agent.state import RunState
from agent.target import Target, open_target
from agent.trajectory import Event
from agent.workbench import Workbench
from tools.errors import MagosError, UsageError

RECURSION_LIMIT = 1000
"""Steps of the graph: five or six nodes a move; budgets end a run long before."""
OnEvent = Callable[[Event], None]


class Cut(NamedTuple):
    """Why a run ended before its plan did."""

    reason: StopReason
    note: str
    """One line: what stopped it."""


def investigate(
    request: Request,
    runs: RunStore,
    settings: Settings,
    on_event: OnEvent,
    cancel: threading.Event,
    *,
    executor: Executor | None = None,
    model: Opened | None = None,
) -> Report:
    """One investigation, from request to stored report. Raises MagosError when it cannot start.

    `executor` or an open `model` stand in for what the request names.
    """
    run = runs.create(request, title=_title(request))
    try:
        return _drive(run, request, settings, on_event, cancel, executor, model, resuming=False)
    except MagosError:
        if not run.checkpoint.exists():
            run.remove()  # it never began, so there is nothing to resume or show
        raise


def resume(
    run_id: str,
    runs: RunStore,
    settings: Settings,
    on_event: OnEvent,
    cancel: threading.Event,
    *,
    executor: str | None = None,
) -> Report:
    """Go on with a run at its last checkpoint; no finished move is run again.

    `executor` writes the moves from here on, None is the run's own. A run that had already ended gives its
    report again. Raises UsageError when there is no such run, or its executor is not there any more.
    """
    run = runs.open(run_id)
    meta = run.meta
    if meta.status == "finished":
        return run.report()
    request = run.request()
    if executor is not None:
        request = request.model_copy(update={"executor": executor})
    return _drive(run, request, settings, on_event, cancel, resuming=True)


def _title(request: Request) -> str:
    if request.alerts:
        return request.alerts[0].name
    return request.question or request.cluster or request.namespace or "scan"


def _drive(
    run: RunFolder,
    request: Request,
    settings: Settings,
    on_event: OnEvent,
    cancel: threading.Event,
    executor: Executor | None = None,
    model: Opened | None = None,
    *,
    resuming: bool,
) -> Report:
    with (
        run.working(),
        _model(request, settings, executor, model) as model,
        open_target(request, settings, run, cancel) as target,
        References(settings, run.path.parent, target.view) as references,
        run.trajectory(on_event) as trajectory,
    ):
        if executor is None:
            executor = model.executor(target, request.grammar == "on", cancel)
        if isinstance(executor, ModelExecutor):
            executor = executor.with_snippets(references.snippets)
        catalogue = load_catalogue(user_file(settings.environ).parent / "playbooks")
        bench = Workbench(
            folder=run,
            trajectory=trajectory,
            planner=FollowingPlanner(MakersPlanner(PlaybookPlanner(catalogue)), references.steps),
            executor=executor,
            catalogue=catalogue,
            take_in=lambda: _take_in(target),
            gate=target.gate,
            hands=target.hands,
            budgets=request.budgets,
            cancel=cancel,
            degraded=[*target.degraded, *model.notes],
        )
        state, cut = run_graph(bench, resuming=resuming)
        report = report_of(bench, run, state, cut)
        if not cancel.is_set():  # who stops a run waits for nothing more
            report = references.beside(report)
        run.save_report(report)
        end: dict[str, Any] = {"verdict": report.verdict, "stop_reason": report.stop_reason}
        if cut is not None and cut.reason == "error":
            end["error"] = cut.note
        trajectory.write("end", end)
        return report


def _model(
    request: Request, settings: Settings, executor: Executor | None, model: Opened | None
) -> AbstractContextManager[Opened]:
    """The model of this run. Raises UsageError when the one it names cannot be used."""
    if executor is not None:
        return nullcontext(Opened(None))
    return nullcontext(model) if model is not None else opened(request.executor, settings)


def _take_in(target: Target) -> Any:
    default = target.request.namespace or target.settings.namespace or target.access.namespace
    found = take_in(target.request, target.view, default or "default")
    found.prometheus = target.promtool is not None
    return found, target.info


def run_graph(bench: Workbench, *, resuming: bool) -> tuple[RunState, Cut | None]:
    """Run the graph to its end or as far as it comes; the state, and what cut it short.

    Raises MagosError only when the run could not even take its incident in.
    """
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver

    from agent.graph import build_graph

    with SqliteSaver.from_conn_string(str(bench.folder.checkpoint)) as saver:
        # The state is plain JSON, so no class may ever be built from a checkpoint file.
        saver.serde = JsonPlusSerializer(allowed_msgpack_modules=None)
        bench.folder.checkpoint.chmod(0o600)
        graph = build_graph(bench, saver)
        config: Any = {
            "configurable": {"thread_id": bench.folder.run_id},
            "recursion_limit": RECURSION_LIMIT,
        }
        start: Any = {}
        if resuming:
            saved = graph.get_state(config)
            bench.before_ms = int(saved.values.get("elapsed_ms", 0))
            start = None if saved.values else {}
        try:
            state = graph.invoke(start, config, durability="sync")
        except Interrupted:
            cut = Cut("interrupted", "The run was interrupted before it came to a conclusion.")
        except MagosError as error:
            cut = Cut("error", error.message)
            if "intake" not in graph.get_state(config).values:
                raise
        else:
            return state, None  # type: ignore[return-value] # langgraph tells a plain dict
        return graph.get_state(config).values, cut  # type: ignore[return-value] # as above


def report_of(bench: Workbench, run: RunFolder, state: RunState, cut: Cut | None) -> Report:
    """The report of a finished run, or of one that was cut short as far as it came."""
    if "intake" not in state:
        raise UsageError(
            "the run was stopped before it had looked at anything",
            f"go on with: magos-agent resume {run.run_id}",
        )
    case = bench.case(state)
    if "outcome" in state:
        outcome = Outcome.model_validate(state["outcome"])
    else:
        cut = cut or Cut("error", "The run ended without a conclusion.")
        note = f"The run was cut short: {cut.note}" if cut.reason == "error" else cut.note
        claim = Conclusion(verdict="inconclusive", stop_reason=cut.reason, note=note)
        outcome = conclude(case, claim, bench.catalogue)
    often = Counter(state.get("degraded", []))
    degraded = [note if n == 1 else f"{note} ({n} times)" for note, n in often.items()]
    if cut is not None and cut.reason == "error":
        degraded.append(f"cut short: {cut.note}")
    records = state.get("records", [])
    report = compose(
        case,
        outcome,
        run_id=run.run_id,
        started_at=run.meta.started_at,
        finished_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        cluster=ClusterInfo.model_validate(state["cluster"]),
        records=records,
        degraded=degraded,
        usage=Usage(
            moves=len([record for record in records if record.get("executed")]),
            executor_tokens=state.get("executor_tokens", 0),
            wall_ms=bench.elapsed_ms(),
        ),
    )
    objectives = [Objective.model_validate(item) for item in state.get("objectives", [])]
    return report.model_copy(update={"references": followed(objectives, report.moves)})
