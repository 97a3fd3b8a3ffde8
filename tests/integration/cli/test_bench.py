"""`magos-agent bench` as a real process: formats, statuses, Ctrl-C, wrong input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema_rs
import pytest

BIN = Path(sys.executable).parent
SCRIPT = BIN / "magos-agent"
SCHEMA = Path(__file__).parents[3] / "docs" / "schemas" / "magos.bench.v1.json"
TWO = ("bench", "oom-killed", "healthy", "--seeds", "5", "--workers", "2")
ONE = ("bench", "healthy", "--seeds", "5", "--workers", "1", "--no-baselines")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not SCRIPT.exists(), reason="install the project: pip install -e ."),
]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("bench")
    (home / "tmp").mkdir()
    return {
        "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "KUBECONFIG": str(home / "none"),
        "LANG": "C.UTF-8",
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SCRIPT), *arguments],
        env=environment,
        cwd=environment["HOME"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def left_behind(environment: dict[str, str]) -> list[str]:
    return sorted(path.name for path in Path(environment["TMPDIR"]).iterdir())


def test_json_with_baselines(environment: dict[str, str]) -> None:
    done = run(environment, *TWO, "-o", "json", "-v")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema_rs.validate(json.loads(SCHEMA.read_text(encoding="utf-8")), document)
    assert document["schema"] == "magos.bench/v1"
    assert [(c["scenario"], c["seed"], c["correct"]) for c in document["cases"]] == [
        ("oom-killed", 5, True),
        ("healthy", 5, True),
    ]
    assert set(document["baselines"]) == {"null", "random-moves", "alert-lookup"}
    assert document["baselines"]["null"]["pass_at_1"] == 0
    assert document["setup"]["seeds"] == [5]
    assert document["versions"]["kubectl"].startswith("v1.")
    assert not document["partial"]
    assert "ok oom-killed@5" in " ".join(done.stderr.split())
    assert left_behind(environment) == []
    assert not (Path(environment["HOME"]) / ".local").exists()  # no runs among the user's own


def test_a_dead_model_server_is_counted_by_reason(environment: dict[str, str]) -> None:
    done = run(environment, *ONE, "--executor", "http://127.0.0.1:9/v1", "-o", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    jsonschema_rs.validate(json.loads(SCHEMA.read_text(encoding="utf-8")), document)
    (case,) = document["cases"]
    assert case["correct"]
    reasons = case["fallback_reasons"]
    assert sum(reasons.values()) == case["fallbacks"] > 0
    assert any("http://127.0.0.1:9/v1 cannot be reached" in reason for reason in reasons)
    assert document["summary"]["fallback_reasons"] == reasons


@pytest.mark.parametrize("form", ["text", "markdown", "junit", "html"])
def test_formats(environment: dict[str, str], form: str, tmp_path: Path) -> None:
    target = tmp_path / "result"
    words = (*ONE, "--stripped", "-o", form, "--output-file", str(target))
    done = run(environment, *words)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    text = target.read_text(encoding="utf-8")
    assert f"result written to {target}" in done.stderr
    if form == "junit":
        assert len(ET.fromstring(text)[0].findall("testcase")) == 1
    elif form == "html":
        assert ET.fromstring(text.partition("<!DOCTYPE html>")[2].strip()).tag == "html"
    else:
        assert "1 of 1 cases right (100 %)" in text
        assert "stripped" in text


def test_enough_is_no_failure(environment: dict[str, str]) -> None:
    done = run(environment, *ONE, "--fail-under", "100", "-q")
    assert (done.returncode, done.stderr) == (0, "")


def test_unknown_scenario(environment: dict[str, str]) -> None:
    done = run(environment, "bench", "oom-kiled")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "error: there is no scenario named 'oom-kiled'\nhint: did you mean"
    )
    assert "oom-killed" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--seeds", "9-1"),
        ("--seeds", "one"),
        ("--seeds", "0-999999999"),
        ("--family", "memry"),
        ("--executor", "gpt"),
        ("--workers", "0"),
        ("--fail-under", "101"),
        ("--output-file", "/no/such/folder/result"),
    ],
)
def test_wrong_input(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    done = run(environment, "bench", *arguments)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_gives_what_there_is(environment: dict[str, str]) -> None:
    words = [str(SCRIPT), "bench", "oom-killed", "healthy", "--seeds", "1-400", "-o", "json", "-v"]
    with subprocess.Popen(
        words,
        env=environment,
        cwd=environment["HOME"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:  # the first case is done
            if "@" in line:
                break
        os.killpg(process.pid, signal.SIGINT)  # the whole group, as a terminal does
        began = time.monotonic()
        out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 20
    assert process.returncode == 130, err
    document = json.loads(out)
    assert document["partial"]
    assert document["planned"] == 800
    assert 1 <= len(document["cases"]) < 100
    assert [case["got"] for case in document["cases"] if not case["correct"]] == []
    assert "the result is partial" in err
    assert "Traceback" not in err
    assert left_behind(environment) == []
