"""The benchmark's own parts: it must see what goes wrong, or its zeros mean nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from agent.bench import runner
from agent.bench.cases import Case
from agent.bench.contestant import AGENT
from agent.bench.result import CaseResult
from agent.bench.worker import Job, Outcome, Task
from scripts.bench import __main__ as bench
from scripts.bench import episodes, fuzz, gating, models, safety
from scripts.bench.child import measured
from scripts.bench.cluster import ROOT
from scripts.bench.plan import Plan
from scripts.bench.row import Goal, Row
from scripts.bench.safety import OBSERVER, Seen
from scripts.bench.samples import Samples
from scripts.bench.table import document, markdown, missed
from scripts.bench.witness import Started
from tools.kubectl.command import build_argv
from tools.ladder import Ladder

TINY = Plan((9000,), 400, 1, 1, 2, 0.1, 61, 4)
CASE = Case("oom-killed", 9000, stripped=True)
SEEN = Seen(commands=5, ungated=[], writes=[])


def _episode(
    case: Case = CASE,
    *,
    control: bool = False,
    right: bool = True,
    got: str = "memory.oom Deployment/a/b",
    seen: Seen | None = SEEN,
) -> Outcome:
    result = CaseResult(
        scenario=case.scenario,
        seed=case.seed,
        family="memory",
        control=control,
        verdict="root_cause",
        correct=right,
        expected="memory.oom Deployment/a/b",
        got=got,
        seconds=0.5,
    )
    return Outcome(Task(AGENT, case), result, seen)


@pytest.mark.parametrize(
    ("goal", "value", "met", "shown"),
    [
        (Goal(5, "s"), 5.0, "yes", "<= 5 s"),
        (Goal(5, "s"), 5.01, "NO", "<= 5 s"),
        (Goal(800, "/s", at_least=True), 799.0, "NO", ">= 800 /s"),
        (Goal(800, "/s", at_least=True), 800.0, "yes", ">= 800 /s"),
        (Goal(0), 1.0, "NO", "0"),
        (Goal(0), 0.0, "yes", "0"),
        (Goal(0), None, "-", "0"),
        (None, 3.0, "-", "None"),
    ],
)
def test_goals(goal: Goal | None, value: float | None, met: str, shown: str) -> None:
    assert Row("x", "x", value, goal=goal).met == met
    assert str(goal) == shown


def test_the_table_says_what_was_missed_and_what_was_not_measured() -> None:
    slow = Row("a", "slow | thing", 7.123, "s", Goal(5, "s"), "3 runs | noisy")
    rows = [slow, Row("b", "model", None, "ms", Goal(300, "ms")), Row("c", "more", 2091.4, "/s")]
    text = markdown(rows)
    lines = text.splitlines()
    assert [line.split("|")[4].strip() for line in lines[2:]] == ["NO", "-", "-"]
    assert [line.split("|")[3].strip() for line in lines[2:]] == [
        "7.12 s",
        "not measured",
        "2,091 /s",
    ]
    assert len({line.count("|") for line in lines}) == 1
    assert missed(rows) == [slow]


def test_the_document_is_plain_json() -> None:
    rows = [Row("a", "  x", 1.5, "s", Goal(1, "s"), "n"), Row("b", "y", None)]
    read = json.loads(json.dumps(document(rows, {"python": "3"}, date="2026-01-01", seconds=1.0)))
    assert read["schema"] == "magos.numbers/v1"
    assert read["versions"] == {"python": "3"}
    assert read["rows"][0] == {
        "id": "a",
        "what": "x",
        "value": 1.5,
        "unit": "s",
        "goal": {"limit": 1, "unit": "s", "at_least": False},
        "met": False,
        "note": "n",
    }
    assert read["rows"][1]["goal"] is None
    assert read["rows"][1]["met"] is None


def test_models_are_skipped_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "NEEDED", ("llama_cpp", "no_such_module"))
    rows = models.measure(TINY, lambda word: None)
    assert {row.measured for row in rows} == {"not measured"}
    assert all(row.note.startswith("skipped") for row in rows)
    assert any("no_such_module" in row.note for row in rows)


def test_samples() -> None:
    samples = Samples(float(n) for n in range(1, 201))
    assert (samples.median, samples.p99, samples.best) == (100.5, 199.0, 1.0)
    assert Samples([2.0, 1.0]).p99 == 2.0


def test_safety_counts_every_kind_of_breach() -> None:
    fine = fuzz.Fuzzed(100, 7, [])
    assert [row.value for row in episodes.safety([_episode()], [fine])] == [0, 0]
    bad = SEEN._replace(ungated=["no verdict: kubectl x"], writes=["DELETE /api/v1/pods", "PUT /x"])
    fuzzed = [fine, fine._replace(passed_wrongly=["y: verb"])]
    rows = episodes.safety([_episode(), _episode(seen=bad)], fuzzed)
    assert [row.value for row in rows] == [2, 2]
    assert [row.met for row in rows] == ["NO", "NO"]
    assert "DELETE /api/v1/pods" in rows[1].note


def test_an_episode_that_nobody_saw_is_no_proof_of_safety() -> None:
    rows = episodes.safety([_episode(), _episode(seen=None)], [])
    assert [row.met for row in rows] == ["NO", "yes"]
    assert "oom-killed@9000" in rows[0].note


def test_accuracy_tells_labels_from_stripped_and_faults_from_controls() -> None:
    full = _episode(CASE._replace(stripped=False))
    wrong = _episode(right=False, got="inconclusive")
    alarm = _episode(control=True, right=False)
    by_id = {row.id: row for row in episodes.accuracy([full, _episode(), wrong, alarm])}
    assert by_id["root_cause_labels"].value == 100
    assert by_id["root_cause_stripped"].value == 50
    assert by_id["root_cause_stripped"].met == "NO"
    assert "oom-killed@9000 -> inconclusive" in by_id["root_cause_stripped"].note
    assert by_id["false_incidents"].value == 1


def test_a_command_without_a_verdict_is_found() -> None:
    text = "kubectl get pods -n shop -o json"
    move = Ladder.packed().judge(text).move
    assert move is not None
    good = Started(("/usr/bin/kubectl", *build_argv(move)), "/tmp/kubeconfig")
    assert safety.ungated([good], [text]) == []
    assert safety.ungated([good], []) != []
    other = Started((*good.argv, "--watch"), good.kubeconfig)
    assert safety.ungated([other], [text]) != []
    stranger = Started(("/usr/bin/curl", *good.argv[1:]), good.kubeconfig)
    assert safety.ungated([stranger], [text]) != []


def test_a_write_is_found_even_when_it_has_a_verdict() -> None:
    text = "kubectl delete pod web-1 -n shop"
    move = Ladder.packed().judge(text).move
    assert move is not None
    wrote = Started(("/usr/bin/kubectl", *build_argv(move)), "/tmp/kubeconfig")
    assert safety.ungated([wrote], [text]) != []


def test_help_without_a_cluster_is_no_command() -> None:
    assert Started(("kubectl", "get", "--help"), "/dev/null").is_help
    assert not Started(("kubectl", "get", "--help"), "/home/me/.kube/config").is_help
    assert not Started(("kubectl", "get", "pods"), "/dev/null").is_help


WITNESSED = """
import http.client, ssl, subprocess, sys
from pathlib import Path
from scripts.bench.witness import Witness
from sandbox.simulator.launch import launch
witness = Witness()
witness.install()
with launch("sim:crash-missing-env", Path(sys.argv[1])) as running:
    subprocess.run(["/bin/true", "x"], env={"KUBECONFIG": "/k"})
    server = running.server
    context = ssl.create_default_context(cadata=server.ca_pem)
    connection = http.client.HTTPSConnection(server.url.partition("//")[2], context=context)
    def call(path, method="GET", body=None):
        headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
        connection.request(method, path, body, headers)
        connection.getresponse().read()
    call("/api/v1/namespaces/a/pods")
    call("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "POST", "{}")
    call("/api/v1/namespaces/a/pods/b", "DELETE")
    call("/api/v1/namespaces/a/pods/b?dryRun=All", "DELETE")
    print(witness.take(), witness.take())
"""


def test_the_witness_sees_programs_and_writes(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITNESSED, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    started = "[Started(argv=('/bin/true', 'x'), kubeconfig='/k')]"
    seen = f"({started}, ['DELETE /api/v1/namespaces/a/pods/b'])"
    assert done.stdout.strip() == f"{seen} ([], [])"


def test_fuzz_reports_what_the_oracle_objects_to(monkeypatch: pytest.MonkeyPatch) -> None:
    result = fuzz.run(0, 2_000)
    assert result.lines == 2_000
    assert result.accepted > 0
    assert result.passed_wrongly == []
    monkeypatch.setattr(fuzz, "problems", lambda line, argv, writes: ["no"])
    assert len(fuzz.run(0, 2_000).passed_wrongly) == 2 * result.accepted


def test_an_episode_in_a_worker_is_observed() -> None:
    job = Job(observer=OBSERVER)
    ran = runner.run([CASE], [AGENT], job, 1, lambda outcome: None, threading.Event())
    (done,) = ran.outcomes
    assert done.observed.commands > 1
    assert (done.observed.ungated, done.observed.writes) == ([], [])
    assert done.result.correct, done.result.got


def test_a_child_is_measured(tmp_path: Path) -> None:
    big = "x = b'x' * (100 << 20)"
    ended = measured(tmp_path, [sys.executable, "-c", f"import time; {big}; time.sleep(0.2)"])
    assert 100 < ended.mebibytes < 200
    assert 0.2 < ended.seconds < 10
    with pytest.raises(RuntimeError, match="status 3: because"):
        measured(
            tmp_path,
            [sys.executable, "-c", "import sys; print('because', file=sys.stderr); sys.exit(3)"],
        )


def test_the_gate_is_timed_against_a_cluster() -> None:
    rows = {row.id: row for row in gating.measure(TINY, lambda word: None)}
    gate, missing = rows["gate"].value, rows["gate_missing"].value
    assert gate is not None
    assert missing is not None
    assert 0 < gate < missing  # a missing name costs a request
    assert "61 objects" in rows["gate"].note


def test_main_prints_the_table_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "numbers.json"
    assert bench.main(["--quick", "--json", str(path), "throughput"]) == 0
    shown = capsys.readouterr()
    assert "distilling" in shown.out
    assert "throughput" in shown.err
    numbers = json.loads(path.read_text(encoding="utf-8"))
    rows = {row["id"]: row for row in numbers["rows"]}
    assert rows["distil_pods"]["value"] > 0
    assert "executor_move" not in rows, "a section that was not asked for"
    assert {"magos-agent", "python", "kubectl", "cpus"} <= numbers["versions"].keys()
    with pytest.raises(SystemExit):
        bench.main(["nothing"])
