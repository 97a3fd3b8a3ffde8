"""The commands, driven through typer with a small engine in place of the real one."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest
from typer.testing import CliRunner, Result

import agent
from agent.cli import app
from agent.report import Report
from agent.reportparts import Remedy
from agent.request import Request
from agent.runs import RunStore
from agent.settings import Settings
from agent.trajectory import Event
from sandbox import scenario
from tests.reports import RUN_ID, report
from tools.errors import ClusterError, UsageError


class Engine:
    """Answers with a report or an error, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.resumed: list[str] = []
        self.settings: Settings | None = None
        self.answer: Callable[[], Report] = report
        self.differences: list[str] = []

    def investigate(
        self,
        request: Request,
        runs: RunStore,
        settings: Settings,
        on_event: Callable[[Event], None],
        cancel: threading.Event,
    ) -> Report:
        self.requests.append(request)
        self.settings = settings
        moved = {"move": "m1", "text": "kubectl get pods"}
        on_event(Event(run_id=RUN_ID, seq=1, ts="", type="proposal", data=moved))
        observed = {"move": "m1", "exit_code": 0, "duration_ms": 5, "facts": 2}
        on_event(Event(run_id=RUN_ID, seq=2, ts="", type="observation", data=observed))
        found = self.answer()
        if cancel.is_set():
            return found.model_copy(update={"stop_reason": "interrupted"})
        return found

    def resume(
        self,
        run_id: str,
        runs: RunStore,
        settings: Settings,
        on_event: Callable[[Event], None],
        cancel: threading.Event,
        *,
        executor: str | None = None,
    ) -> Report:
        self.resumed.append(run_id)
        return self.answer()

    def replay(self, run_id: str, runs: RunStore, settings: Settings) -> Any:
        return SimpleNamespace(report=self.answer(), differences=self.differences)

    def raising(self, error: BaseException) -> None:
        def answer() -> Report:
            raise error

        self.answer = answer


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    found = Engine()
    monkeypatch.setattr(agent, "engine", found, raising=False)
    monkeypatch.setitem(sys.modules, "agent.replay", cast("ModuleType", found))
    return found


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def test_report_goes_to_stdout_and_progress_to_stderr(engine: Engine) -> None:
    result = run("investigate", "--alert", "A", "-n", "shop")
    assert result.exit_code == 0
    assert result.stdout.startswith("context prod-eu")
    assert result.stderr == "m1   kubectl get pods  0.0 s, 2 facts\n"


def test_quiet_leaves_stderr_empty(engine: Engine) -> None:
    assert run("investigate", "-q", "-n", "shop").stderr == ""


def test_request_holds_what_was_asked(engine: Engine, tmp_path: Path) -> None:
    result = run(
        *("investigate", "why  is\ncart down", "--alert", "A", "--alert", "B"),
        *("--label", "pod=cart-1", "-n", "shop", "--context", "prod"),
        *("--kubeconfig", str(tmp_path / "k"), "--max-moves", "7", "--timeout", "9"),
        *("--planner", "playbook", "--executor", "none"),
    )
    assert result.exit_code == 0, result.stderr
    request = engine.requests[0]
    assert request.question == "why is cart down"
    assert [alert.name for alert in request.alerts] == ["A", "B"]
    assert request.alerts[1].labels["pod"] == "cart-1"
    assert (request.namespace, request.context) == ("shop", "prod")
    assert request.kubeconfig == tmp_path / "k"
    assert (request.budgets.moves, request.budgets.seconds) == (7, 9)
    assert (request.planner, request.executor) == ("playbook", "none")


def test_alert_file_from_stdin(engine: Engine) -> None:
    body = {"alerts": [{"labels": {"alertname": "A", "namespace": "shop"}}]}
    assert run("investigate", "--alert-file", "-", stdin=json.dumps(body)).exit_code == 0
    assert engine.requests[0].alerts[0].name == "A"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-n", "shop", "-A"], "-n and -A contradict"),
        (["-n", "Shop"], "cannot be a namespace"),
        (["-n", "x", "--alert", "A", "--label", "namespace=y"], "contradicts the alert A"),
        (["--label", "x"], "is not k=v"),
        (["--alert-file", "nowhere.json"], "No such file"),
        (["--label", "a=b", "--alert-file", "x"], "--label goes with --alert"),
        (["--cluster", "kind"], "is not sim:SCENARIO"),
        (["--cluster", "sim:x", "--context", "y"], "--cluster is a simulated cluster"),
        (["--planner", "chat"], "this version has auto and playbook"),
        (["--executor", "gpt"], "'gpt' is none of auto, none, nano, magos, a path to a .gguf file"),
        (["--executor", "127.0.0.1:8080"], "or a URL (http://HOST:PORT/v1)"),
        (["-v", "-q"], "-v and -q contradict"),
        (["--output-file", "none/x"], "there is no folder"),
        (["--output-file", "."], "is a folder"),
        (["x" * 2001], "the question is longer"),
    ],
)
def test_usage_errors_are_one_line_and_status_2(
    engine: Engine, arguments: list[str], says: str
) -> None:
    result = run("investigate", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") <= 2
    assert "Traceback" not in result.output
    assert not engine.requests


@pytest.mark.parametrize(
    "arguments",
    [["--nope"], ["--max-moves", "0"], ["--timeout", "-1"], ["--timeout", "nan"], ["-o", "pdf"],
     ["--fix"], ["--sandbox", "kind"], ["--approve", "auto"], ["a", "b"]],
)  # fmt: skip
def test_unknown_flags_are_status_2(engine: Engine, arguments: list[str]) -> None:
    result = run("investigate", *arguments)
    assert result.exit_code == 2
    assert not engine.requests


def test_cluster_errors_are_status_1_with_a_hint(engine: Engine) -> None:
    engine.raising(ClusterError("https://x refuses\x1b[2J the token", "log in again"))
    result = run("investigate", "-q")
    assert result.exit_code == 1
    assert result.stderr == "error: https://x refuses the token\nhint: log in again\n"


def test_unexpected_errors_leave_a_crash_log(engine: Engine, home: Path) -> None:
    engine.raising(ZeroDivisionError("oops password=hunter2hunter2"))
    result = run("investigate", "-q")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: unexpected: ZeroDivisionError")
    assert "Traceback" not in result.output
    logs = list((home / "state" / "magos-agent" / "crashes").iterdir())
    assert len(logs) == 1
    assert str(logs[0]) in result.stderr
    assert "ZeroDivisionError" in logs[0].read_text()
    assert "hunter2" not in logs[0].read_text()
    assert logs[0].stat().st_mode & 0o777 == 0o600


def test_vv_shows_the_traceback(engine: Engine) -> None:
    engine.raising(ClusterError("no route"))
    result = run("investigate", "-vv")
    assert "Traceback" in result.stderr
    assert "error: no route" in result.stderr


@pytest.mark.parametrize(
    ("changes", "flags", "status"),
    [
        ({}, [], 0),
        ({}, ["--exit-code"], 3),
        ({"verdict": "healthy", "root_cause": None}, ["--exit-code"], 0),
        ({"verdict": "not_found", "root_cause": None}, ["--exit-code"], 0),
        ({"verdict": "inconclusive", "root_cause": None}, [], 4),
        ({"stop_reason": "budget_moves"}, ["--exit-code"], 6),
        ({"stop_reason": "budget_time", "verdict": "inconclusive", "root_cause": None}, [], 6),
        ({"stop_reason": "error", "verdict": "inconclusive", "root_cause": None}, [], 1),
        ({"remedy": Remedy(summary="s", status="refused"), "stop_reason": "error"}, [], 5),
        ({"stop_reason": "interrupted"}, ["--exit-code"], 130),
    ],
)
def test_exit_status(
    engine: Engine, changes: dict[str, Any], flags: list[str], status: int
) -> None:
    engine.answer = lambda: report(**changes)
    assert run("investigate", "-q", *flags).exit_code == status


def test_first_interrupt_keeps_the_partial_report(engine: Engine) -> None:
    def interrupted() -> Report:
        os.kill(os.getpid(), signal.SIGINT)
        return report(verdict="inconclusive", root_cause=None)

    engine.answer = interrupted
    before = signal.getsignal(signal.SIGINT)
    result = run("investigate")
    assert result.exit_code == 130
    assert "INCONCLUSIVE" in result.stdout
    assert f"resume with: magos-agent resume {RUN_ID}" in result.stderr
    assert signal.getsignal(signal.SIGINT) is before


def test_second_interrupt_ends_at_once(engine: Engine) -> None:
    def stubborn() -> Report:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("not reached")

    engine.answer = stubborn
    result = run("investigate")
    assert result.exit_code == 130
    assert result.stdout == ""
    assert f"resume with: magos-agent resume {RUN_ID}" in result.stderr


def test_an_error_while_stopping_is_still_an_interrupt(engine: Engine) -> None:
    def broken() -> Report:
        os.kill(os.getpid(), signal.SIGINT)
        raise UsageError("stopped before anything was seen")

    engine.answer = broken
    assert run("investigate").exit_code == 130


def test_formats_and_output_file(engine: Engine, tmp_path: Path) -> None:
    assert json.loads(run("investigate", "-o", "json").stdout)["run_id"] == RUN_ID
    assert run("investigate", "-o", "markdown").stdout.startswith("## ROOT CAUSE")
    assert run("investigate", "-o", "junit").stdout.startswith("<?xml")
    target = tmp_path / "r.json"
    result = run("investigate", "-o", "json", "--output-file", str(target))
    assert result.stdout == ""
    assert json.loads(target.read_text())["run_id"] == RUN_ID
    assert f"report written to {target}" in result.stderr


def test_settings_reach_the_request(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".magos.yaml").write_text("namespace: project\ncontext: c\noutput: json\n")
    monkeypatch.setenv("MAGOS_BUDGETS_MOVES", "5")
    result = run("investigate")
    assert json.loads(result.stdout)["run_id"] == RUN_ID
    request = engine.requests[0]
    assert (request.namespace, request.context, request.budgets.moves) == ("project", "c", 5)
    run("investigate", "--alert", "A", "--label", "namespace=shop")
    assert engine.requests[1].namespace is None  # the label decides
    run("investigate", "-A")
    assert engine.requests[2].namespace is None
    run("investigate", "--cluster", "sim:healthy")
    assert (engine.requests[3].context, engine.requests[3].cluster) == (None, "sim:healthy")


def test_flags_for_real_clusters_beat_a_configured_simulator(engine: Engine) -> None:
    Path(".magos.yaml").write_text("cluster: sim:healthy\n")
    run("investigate", "--context", "prod")
    assert (engine.requests[0].cluster, engine.requests[0].context) == (None, "prod")


def test_misspelt_variable_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGOS_PLANER", "x")
    assert "warning: MAGOS_PLANER is no setting" in run("investigate").stderr


def test_demo_runs_the_simulator(engine: Engine) -> None:
    assert run("demo", "crash-missing-env").exit_code == 0
    assert engine.requests[0].cluster == "sim:crash-missing-env"
    run("demo", "oom-killed", "--seed", "4", "--exit-code")
    assert engine.requests[1].cluster == "sim:oom-killed@4"
    Path(".magos.yaml").write_text("namespace: shop\n")
    run("demo")
    assert engine.requests[2].namespace is None
    picked = str(engine.requests[2].cluster).removeprefix("sim:")
    assert scenario.read(picked).expect is not None
    assert run("demo", "../x").exit_code == 2


def test_a_scenario_file_of_ones_own(engine: Engine) -> None:
    text = (scenario.FOLDER / "oom-killed.yaml").read_text(encoding="utf-8")
    Path("mine.yaml").write_text(text.replace("id: oom-killed", "id: mine"), encoding="utf-8")
    assert run("demo", "./mine.yaml", "--seed", "4").exit_code == 0
    assert run("investigate", "--cluster", "sim:./mine.yaml@4").exit_code == 0
    assert [request.cluster for request in engine.requests] == ["sim:./mine.yaml@4"] * 2
    absent = run("demo", "absent.yaml")
    assert absent.exit_code == 2
    assert "absent.yaml: No such file" in absent.stderr


def test_a_bad_file_does_not_stop_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("id: [", encoding="utf-8")
    ids, read = scenario.ids, scenario.read
    monkeypatch.setattr(scenario, "ids", lambda *rest: ["bad", *ids(*rest)])
    monkeypatch.setattr(
        scenario, "read", lambda id, *rest: read(str(bad) if id == "bad" else id, *rest)
    )
    listed = run("demo", "--list")
    assert listed.exit_code == 0
    assert listed.stderr.startswith("left out: bad.yaml: not YAML")
    assert len(listed.stdout.splitlines()) == len(ids())


def stored(home: Path) -> str:
    folder = RunStore(home / "state" / "magos-agent").create(Request(), title="A")
    folder.save_report(report(run_id=folder.run_id))
    folder.save_artefact("m1", "line one\x1b[2J\rx\nline two\n")
    return folder.run_id


def test_report_again_in_any_format(home: Path) -> None:
    run_id = stored(home)
    for name in (run_id, "latest", run_id[:-2], run_id[-4:]):
        result = run("report", name)
        assert result.exit_code == 0
        assert "ROOT CAUSE" in result.stdout
    assert json.loads(run("report", "-o", "json").stdout)["run_id"] == run_id
    assert run("report", "nope").exit_code == 2


def test_raw_output_of_a_move_keeps_its_lines(home: Path) -> None:
    stored(home)
    assert run("report", "--move", "m1").stdout == "line one x\nline two\n"
    result = run("report", "--move", "m9")
    assert result.exit_code == 2
    assert "hint: it has: m1" in result.stderr


def test_runs(home: Path) -> None:
    assert run("runs").stderr == "no runs yet; start one with: magos-agent demo\n"
    assert json.loads(run("runs", "-o", "json").stdout) == []
    run_id = stored(home)
    header, row = run("runs").stdout.splitlines()
    assert header.split()[0] == "RUN"
    for word in (run_id, "finished", "root_cause", "config.env-missing", "1.2 s", "prod-eu"):
        assert word in row
    listed = json.loads(run("runs", "-o", "json").stdout)
    assert listed[0]["object"] == "Deployment/shop/cart"


def test_resume_finds_the_run(engine: Engine, home: Path) -> None:
    run_id = stored(home)
    assert run("resume", run_id[-4:]).exit_code == 0
    assert engine.resumed == [run_id]
    assert run("resume", "zzzz").exit_code == 2


def test_replay_tells_differences(engine: Engine, home: Path) -> None:
    stored(home)
    assert "same as run" in run("replay", "latest").stderr
    engine.differences = ["m3: proposed kubectl get nodes, recorded kubectl get pods"]
    result = run("replay", "latest")
    assert result.exit_code == 1
    assert "differs: m3" in result.stderr


def test_version_and_help() -> None:
    assert run("version").stdout == run("--version").stdout
    assert run("version").stdout.startswith("magos-agent ")
    shown = run()
    assert shown.exit_code == 0
    for command in ("investigate", "check", "doctor", "demo", "resume", "replay", "runs", "report"):
        assert command in shown.stdout
        assert run(command, "-h").exit_code == 0
    assert run("nope").exit_code == 2


def test_colour_follows_settings_and_no_color(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in run("investigate").stdout
    monkeypatch.setenv("MAGOS_COLOR", "always")
    assert "\x1b[1;31m" in run("investigate").stdout
    assert "\x1b" not in run("investigate", "-o", "json").stdout
