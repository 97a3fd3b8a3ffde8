"""The installed console scripts as real processes: start-up time, pipes, completion, kubectl plugin."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.request import Request
from agent.runs import RunStore
from tests import real_kubectl

BIN = Path(sys.executable).parent
SCRIPT = BIN / "magos-agent"
COLD_START_SECONDS = 0.3
"""The number the project holds itself to. CPU time, which start-up is, so that busy neighbours of
the test do not count."""
HEAVY = ("pydantic", "rich", "langgraph", "kubernetes", "structlog", "ruamel", "httpx", "starlette")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SCRIPT.exists(), reason="install the project: pip install -e ."),
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "work").mkdir()
    return {
        "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "KUBECONFIG": str(tmp_path / "none"),
        "MAGOS_STATE_DIR": str(tmp_path / "state"),
        "MAGOS_CACHE_DIR": str(tmp_path / "cache"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "LANG": "C.UTF-8",
    }


def run(
    environment: dict[str, str], *arguments: str, stdin: bytes = b"", script: Path = SCRIPT
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(script), *arguments],
        env=environment,
        cwd=Path(environment["HOME"]) / "work",
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )


def used() -> float:
    """CPU seconds of all child processes so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@pytest.mark.parametrize("arguments", [["--help"], ["version"], ["investigate", "--help"]])
def test_cold_start(environment: dict[str, str], arguments: list[str]) -> None:
    best = 99.0
    for _ in range(8):
        before = used()
        assert run(environment, *arguments).returncode == 0
        best = min(best, used() - before)
        if best <= COLD_START_SECONDS:
            return
    pytest.fail(f"best of 8: {best:.2f} s")


def test_importing_the_command_line_loads_nothing_heavy(environment: dict[str, str]) -> None:
    program = "import agent.cli, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.decode().split()}
    assert loaded.isdisjoint(HEAVY)


def test_both_scripts_are_the_same_program(environment: dict[str, str]) -> None:
    ours = run(environment, "version")
    plugin = run(environment, "version", script=BIN / "kubectl-magos")
    assert ours.stdout == plugin.stdout
    assert ours.stdout.startswith(b"magos-agent ")


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl on PATH")
def test_kubectl_finds_the_plugin(environment: dict[str, str]) -> None:
    done = run(environment, "magos", "version", script=Path(str(shutil.which("kubectl"))))
    assert done.stdout.startswith(b"magos-agent "), done.stderr


def test_no_cluster_is_a_clear_error(environment: dict[str, str]) -> None:
    done = run(environment, "investigate", "--alert", "KubePodCrashLooping", "-n", "shop")
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: ")
    assert b"Traceback" not in done.stderr
    assert b"unexpected" not in done.stderr
    assert done.stdout == b""


def test_garbage_alert_file(environment: dict[str, str]) -> None:
    done = run(environment, "investigate", "--alert-file", "-", stdin=b"\x00\xff garbage")
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: --alert-file standard input: not UTF-8 text\nhint: ")


def test_arguments_that_are_no_utf8(environment: dict[str, str]) -> None:
    done = run(environment, "investigate", os.fsdecode(b"why \xff"), "--cluster", "kind")
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_closed_pipe_is_no_crash(environment: dict[str, str], tmp_path: Path) -> None:
    lines = b"kubectl get pods\n" * 5000
    (tmp_path / "work" / "moves").write_bytes(lines)
    with subprocess.Popen(
        [str(SCRIPT), "check", "--lines", "moves", "-o", "json"],
        env=environment,
        cwd=tmp_path / "work",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        error = process.stderr.read()
    assert error == b""
    assert not (tmp_path / "state" / "crashes").exists()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_reader_that_leaves_is_no_failure_of_runs(
    environment: dict[str, str], tmp_path: Path, form: str
) -> None:
    store = RunStore(Path(environment["MAGOS_STATE_DIR"]))
    for _ in range(3):
        store.create(Request())
    inner, outer = os.pipe()
    os.close(inner)  # nobody reads from the start: every write fails
    try:
        done = subprocess.run(
            [str(SCRIPT), "runs", "-o", form],
            env=environment,
            cwd=tmp_path / "work",
            stdout=outer,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(outer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_narrow_locale_can_print_reports(environment: dict[str, str]) -> None:
    done = run(environment | {"PYTHONUTF8": "0", "LC_ALL": "POSIX", "LANG": ""}, "check", "nöne")
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_completion_script_for_bash(environment: dict[str, str]) -> None:
    """For the shell that it is run by; `exit` keeps bash from handing its process over."""
    inner = environment | {"SCRIPT": str(SCRIPT)}
    done = run(inner, "-c", '"$SCRIPT" --show-completion; exit', script=Path("/bin/bash"))
    assert done.returncode == 0
    assert b"_MAGOS_AGENT_COMPLETE=complete_bash" in done.stdout


def completed(environment: dict[str, str], *words: str) -> list[str]:
    asked = environment | {
        "_MAGOS_AGENT_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(["magos-agent", *words]),
        "COMP_CWORD": str(len(words)),
    }
    done = run(asked)
    return done.stdout.decode().split()


def test_completion_of_commands_and_runs(environment: dict[str, str]) -> None:
    assert completed(environment, "re") == ["resume", "replay", "report"]
    assert completed(environment, "report", "") == ["latest"]
    kept = RunStore(Path(environment["MAGOS_STATE_DIR"])).create(Request())
    assert completed(environment, "report", "2") == [kept.run_id]
    assert completed(environment, "resume", "l") == ["latest"]


def test_completion_of_scenarios(environment: dict[str, str]) -> None:
    assert "crash-missing-env" in completed(environment, "demo", "crash")
    assert "sim:crash-missing-env" in completed(
        environment, "investigate", "--cluster", "sim:crash"
    )


def test_demo_ends_in_a_proven_cause(environment: dict[str, str]) -> None:
    done = run(environment, "demo", "crash-missing-env", "-o", "json", "--exit-code")
    assert done.returncode == 3, done.stderr
    shown = done.stderr.decode().splitlines()
    assert shown[0] == "simulated cluster sim:crash-missing-env, real kubectl"
    assert any(" Deployment/checkout created" in line for line in shown)
    assert any(" ! Pod/checkout-" in line and "Error" in line for line in shown)
    found = json.loads(done.stdout)
    assert found["root_cause"]["id"] == "config.env-missing"
    assert found["cluster"]["simulated"] is True
    again = run(environment, "report", "latest", "-o", "json")
    assert json.loads(again.stdout) == found
    text = run(environment, "report").stdout.decode()
    assert text.startswith("SIMULATED CLUSTER")
    listed = json.loads(run(environment, "runs", "-o", "json").stdout)
    assert [item["status"] for item in listed] == ["finished"]
    assert run(environment, "replay", "latest", "-q").returncode == 0


def test_demo_picks_a_fault_and_leaves_the_cluster_up(environment: dict[str, str]) -> None:
    kubectl = real_kubectl.best()
    if kubectl is None:
        pytest.skip("no kubectl on PATH")
    with subprocess.Popen(
        [str(SCRIPT), "demo", "--keep", "-o", "json", "--output-file", "report.json"],
        env=environment,
        cwd=Path(environment["HOME"]) / "work",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        seen: list[str] = []
        while not seen or not seen[-1].startswith("  kubectl get pods"):
            line = process.stderr.readline()
            assert line, seen
            seen.append(line)
        (export,) = [line for line in seen if "export KUBECONFIG=" in line]
        config = export.strip().partition("=")[2]
        words = [str(kubectl), "--kubeconfig", config]
        subprocess.run([*words, "create", "deployment", "mine", "--image=nginx"], check=True)
        status = [*words, "rollout", "status", "deployment/mine", "--timeout=20s"]
        subprocess.run(status, check=True, timeout=30)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0
    report = Path(environment["HOME"]) / "work" / "report.json"
    assert json.loads(report.read_bytes())["verdict"] == "root_cause"
    assert not Path(config).exists()


def test_ctrl_c_keeps_a_run_that_can_be_resumed(environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [str(SCRIPT), "demo", "crash-missing-env", "-o", "json"],
        env=environment,
        cwd=Path(environment["HOME"]) / "work",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        seen = b""
        while b"m1 " not in seen:  # the first move is over
            line = process.stderr.readline()
            assert line, seen
            seen += line
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert b"resume with: magos-agent resume " in err
    assert json.loads(out)["stop_reason"] == "interrupted"
    done = run(environment, "resume", "latest", "-o", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["root_cause"]["id"] == "config.env-missing"
    texts = [move["text"] for move in found["moves"]]
    assert len(texts) == len(set(texts))


def test_doctor_without_a_cluster(environment: dict[str, str]) -> None:
    done = run(environment, "doctor", "-o", "json")
    found = json.loads(done.stdout)
    status = {item["name"]: item["status"] for item in found["checks"]}
    assert status["cluster"] == "missing"
    assert status["simulator"] == "ok"
    assert found["can_run"] == (status["kubectl"] == "ok")
    assert done.returncode == (0 if found["can_run"] else 1)
    text = run(environment, "doctor").stdout.decode()
    assert "fix: " in text
