"""What happens in the middle of a run: dying servers, ended logins, Ctrl-C, monstrous logs, closed pipes."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.console import SCRIPT, Console, finished, reports
from tests.disturbed_cluster import CAUSE, CRASH, Logs, changed

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.usefixtures("no_crash"),
    pytest.mark.skipif(not SCRIPT.exists(), reason="install the project: pip install -e ."),
]
MEBIBYTE = 1024 * 1024


def test_the_server_dies(console: Console, cluster: Any) -> None:
    server, path = cluster()

    def stop(process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        while b"m2 " not in process.stderr.readline():
            pass
        server.stop()

    ended = console.investigate("--kubeconfig", path, *CRASH, meanwhile=stop)
    assert ended.status == 1
    assert len(ended.errors) == 1
    assert "refuses connections" in ended.errors[0]
    assert "Traceback" not in ended.stderr
    report = ended.report
    assert (report["verdict"], report["stop_reason"]) == ("inconclusive", "error")
    assert report["summary"].startswith("The run was cut short: https://127.0.0.1")
    assert report["usage"]["moves"] >= 2
    assert f"magos-agent resume {report['run_id']}" in ended.stderr


def test_the_login_ends(console: Console, cluster: Any) -> None:
    logs = Logs(happens=lambda: server.accept("another"))
    server, path = cluster(logs)
    ended = console.investigate("--kubeconfig", path, *CRASH)
    assert ended.status == 1
    assert len(ended.errors) == 1
    assert "401 Unauthorized" in ended.errors[0]
    assert ended.report["stop_reason"] == "error"
    assert ended.report["usage"]["moves"] == 5
    server.accept(json.loads(path.read_text())["users"][0]["user"]["token"])
    logs.happens = lambda: None
    resumed = reports(console.run("resume", ended.report["run_id"], "-o", "json"), 0)
    assert resumed["root_cause"]["id"] == CAUSE
    assert finished(resumed)[:5] == finished(ended.report)


def test_the_login_is_renewed(console: Console, cluster: Any, tmp_path: Path) -> None:
    """A server that no longer takes the token: the plug-in is asked again, and the move made again."""
    plugin, token = tmp_path / "login", tmp_path / "token"
    answer = '{"apiVersion":"%s","kind":"ExecCredential","status":{"token":"%%s"}}'
    version = "client.authentication.k8s.io/v1"
    plugin.write_text(f"#!/bin/sh\nprintf '{answer % version}' \"$(cat {token})\"\n")
    plugin.chmod(0o755)

    def renew() -> None:
        token.write_text("the-second-token")
        server.accept("the-second-token")

    server, path = cluster(Logs(happens=renew))
    token.write_text(server.token)

    def with_plugin(document: dict[str, Any]) -> None:
        stanza = {"apiVersion": version, "command": str(plugin), "interactiveMode": "Never"}
        document["users"][0]["user"] = {"exec": stanza}

    path = changed(path, tmp_path / "k", with_plugin)
    report = reports(console.investigate("--kubeconfig", path, *CRASH), 0)
    assert report["root_cause"]["id"] == CAUSE
    assert all(move["exit_code"] == 0 for move in report["moves"])


def test_ctrl_c_in_the_middle_of_a_move(console: Console, cluster: Any) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def hang() -> None:
        asked.set()
        go_on.wait(20)

    def interrupt(process: subprocess.Popen[bytes]) -> None:
        assert asked.wait(20)
        process.send_signal(signal.SIGINT)

    _, path = cluster(Logs(happens=hang))
    try:
        ended = console.investigate("--kubeconfig", path, *CRASH, meanwhile=interrupt)
    finally:
        go_on.set()
    partial = reports(ended, 130)
    assert (partial["verdict"], partial["stop_reason"]) == ("inconclusive", "interrupted")
    assert len(partial["moves"]) == 4
    assert f"resume with: magos-agent resume {partial['run_id']}" in ended.stderr
    whole = reports(console.run("resume", partial["run_id"], "-o", "json"), 0)
    assert whole["root_cause"]["id"] == CAUSE
    assert finished(whole)[:4] == finished(partial)


def test_a_budget_of_moves(console: Console, kubeconfig: Path) -> None:
    ended = console.investigate("--kubeconfig", kubeconfig, *CRASH, "--max-moves", "2")
    report = reports(ended, 6)
    assert (report["stop_reason"], report["usage"]["moves"]) == ("budget_moves", 2)
    assert "2 moves" in report["summary"]


def test_a_move_that_would_outlast_the_run(console: Console, cluster: Any) -> None:
    go_on = threading.Event()
    _, path = cluster(Logs(happens=lambda: go_on.wait(20)))
    ended = console.investigate("--kubeconfig", path, *CRASH, "--timeout", "1.5")
    go_on.set()
    report = reports(ended, 6)
    assert report["stop_reason"] == "budget_time"
    assert report["usage"]["wall_ms"] < 4500
    assert "1.5 s" in report["summary"]


# What logs may be


def test_a_log_of_100_megabytes(console: Console, cluster: Any, kubeconfig: Path) -> None:
    """From a server that heeds neither --tail nor --limit-bytes."""
    small = console.investigate("--kubeconfig", kubeconfig, *CRASH)
    line = b"2026-11-23T04:00:00Z request handled in 3 ms, 200, " + b"x" * 60 + b"\n"
    noise = line * (100 * MEBIBYTE // len(line))
    _, path = cluster(Logs(lambda text: noise + text.encode()))
    big = console.investigate("--kubeconfig", path, *CRASH)
    assert reports(big, 0)["root_cause"]["id"] == CAUSE
    assert big.peak_mib - small.peak_mib <= 64
    run = console.state / "runs" / big.report["run_id"]
    assert sum(file.stat().st_size for file in run.rglob("*")) < 8 * MEBIBYTE


def test_a_log_that_is_no_utf8(console: Console, cluster: Any) -> None:
    odd = b"\xff\xfe\x00\x1b[31m\xc3\x28\r\x85 \xed\xa0\x80 binary \x80\n"
    _, path = cluster(Logs(lambda text: odd * 50 + text.encode() + odd))
    report = reports(console.investigate("--kubeconfig", path, *CRASH), 0)
    assert report["root_cause"]["id"] == CAUSE
    for form in ("text", "markdown", "junit"):
        assert console.run("report", report["run_id"], "-o", form).status == 0
    logs = [move["id"] for move in report["moves"] if move["text"].startswith("kubectl logs")]
    assert "\x1b" not in console.run("report", report["run_id"], "--move", logs[-1]).stdout


# Where the report goes


def test_report_in_a_file(console: Console, kubeconfig: Path) -> None:
    ended = console.investigate("--kubeconfig", kubeconfig, *CRASH, "--output-file", "report.json")
    assert (ended.status, ended.stdout) == (0, "")
    report = json.loads((console.work / "report.json").read_text())
    assert report["root_cause"]["id"] == CAUSE


def test_readers_that_go_away(console: Console, kubeconfig: Path) -> None:
    words = ("investigate", "--kubeconfig", str(kubeconfig), *CRASH)
    piped = f"{' '.join([str(SCRIPT), *words])} | head -n 1"
    shell = subprocess.run(
        ["bash", "-c", piped], env=console.environment, capture_output=True, text=True, timeout=60
    )
    assert shell.stdout.startswith("context simulator")
    assert "Traceback" not in shell.stderr
    for closed in ("stdout", "stderr"):
        with console.start(*words) as process:
            other = process.stderr if closed == "stdout" else process.stdout
            getattr(process, closed).close()
            assert other is not None
            said = other.read().decode()
        assert process.returncode == 0
        assert "Traceback" not in said
        assert "Exception ignored" not in said
