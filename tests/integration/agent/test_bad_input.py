"""What goes wrong around a run: each ends in one clear line, the right exit status and no traceback."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from sandbox.simulator.access import Rule
from sandbox.simulator.logs import LogAnswer
from sandbox.simulator.server import ApiServer
from tests.console import SCRIPT, Console, Ended
from tests.investigations import served
from tests.recorded_cluster import RecordedLogs, recorded_store
from tests.recording import load

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(not SCRIPT.exists(), reason="install the project: pip install -e ."),
]
RECORDING = load("crash-missing-env")
NAMESPACE = RECORDING.namespace
CAUSE = "config.env-missing"
CRASH = ("--alert", "KubePodCrashLooping", "-n", NAMESPACE)
READABLE = {
    "": ("pods", "pods/log", "events", "services", "configmaps"),
    "apps": ("deployments", "replicasets", "statefulsets", "daemonsets"),
    "batch": ("jobs", "cronjobs"),
    "discovery.k8s.io": ("endpointslices",),
}
MEBIBYTE = 1024 * 1024


class Logs(RecordedLogs):
    """The recorded logs, changed, and something that happens when one is asked for."""

    def __init__(
        self,
        change: Callable[[str], str | bytes] = lambda text: text,
        happens: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(RECORDING)
        self.change, self.happens = change, happens

    def log(self, *asked: Any) -> LogAnswer:
        self.happens()
        text = super().log(*asked).text
        assert isinstance(text, str)
        # A kubelet that no longer has a log says so, and nothing else.
        return LogAnswer(200, text if text.startswith("unable to") else self.change(text))


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return Console(tmp_path_factory.mktemp("console") / "home")


@pytest.fixture(autouse=True)
def no_crash(console: Console) -> Iterator[None]:
    yield
    assert not (console.state / "crashes").exists()


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster in which one Deployment crashes, and nothing else is the matter."""
    folder = tmp_path_factory.mktemp("cluster")
    with served(recorded_store(RECORDING), RecordedLogs(RECORDING), folder) as path:
        yield path


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[..., tuple[ApiServer, Path]]]:
    """Starts clusters of one's own: their logs and rights, and the server to disturb."""
    servers: list[ApiServer] = []

    def start(
        logs: RecordedLogs | None = None,
        rbac: Sequence[Rule] | None = None,
        namespace: str = "default",
    ) -> tuple[ApiServer, Path]:
        source = logs or RecordedLogs(RECORDING)
        server = ApiServer(recorded_store(RECORDING), source, rbac=rbac, move_times=False)
        servers.append(server)
        server.serve()
        path = tmp_path / "own-kubeconfig"
        path.write_text(server.kubeconfig_text(namespace), encoding="utf-8")
        return server, path

    yield start
    for server in servers:
        server.stop()


def fails(ended: Ended, status: int, *words: str) -> None:
    """One error line with these words, perhaps a hint, nothing else, and the status."""
    assert ended.status == status, ended.stderr
    lines = ended.stderr.splitlines()
    assert lines[0].startswith("error: "), ended.stderr
    assert [line.partition(":")[0] for line in lines[1:]] in ([], ["hint"]), ended.stderr
    assert all(word in lines[0] for word in words), lines[0]
    assert ended.stdout == ""


def reports(ended: Ended, status: int) -> dict[str, Any]:
    """A report on stdout, no error, and the status."""
    assert ended.status == status, ended.stderr
    assert not ended.errors
    assert "Traceback" not in ended.stderr
    return ended.report


def finished(report: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Each move with what another run of it would change: how long it took."""
    fields = ("id", "text", "exit_code", "duration_ms")
    return [tuple(move[field] for field in fields) for move in report["moves"]]


def changed(kubeconfig: Path, target: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A copy of a kubeconfig with something wrong in it."""
    document = json.loads(kubeconfig.read_text())
    change(document)
    target.write_text(json.dumps(document))
    return target


# Where the cluster is


def test_no_cluster(console: Console) -> None:
    fails(console.investigate(*CRASH), 1, "no kubeconfig")
    fails(console.investigate("--kubeconfig", "nowhere"), 1, "nowhere does not exist")


def test_a_file_that_is_no_kubeconfig(console: Console, tmp_path: Path) -> None:
    for text, word in (("a: [", "not YAML"), ("[]", "not a kubeconfig"), ("{}", "no contexts")):
        (tmp_path / "k").write_text(text)
        fails(console.investigate("--kubeconfig", tmp_path / "k"), 1, word)


def test_wrong_context(console: Console, kubeconfig: Path) -> None:
    ended = console.investigate("--kubeconfig", kubeconfig, "--context", "simulater")
    fails(ended, 1, 'context "simulater" does not exist')
    assert 'did you mean "simulator"?' in ended.stderr


def test_unreachable(console: Console, cluster: Any, tmp_path: Path) -> None:
    server, path = cluster()
    server.stop()
    fails(console.investigate("--kubeconfig", path), 1, "refuses connections")

    def elsewhere(document: dict[str, Any]) -> None:
        document["clusters"][0]["cluster"]["server"] = "https://nowhere.invalid:6443"

    wrong = changed(path, tmp_path / "dns", elsewhere)
    fails(console.investigate("--kubeconfig", wrong), 1, "nowhere.invalid")


def test_no_kubernetes_behind_the_address(console: Console, tmp_path: Path) -> None:
    class NotFound(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), NotFound) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        context = {"cluster": "web", "user": "web"}
        document = {
            "clusters": [
                {"name": "web", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
            ],
            "users": [{"name": "web", "user": {}}],
            "contexts": [{"name": "web", "context": context}],
            "current-context": "web",
        }
        (tmp_path / "web").write_text(json.dumps(document))
        ended = console.investigate("--kubeconfig", tmp_path / "web")
        server.shutdown()
    fails(ended, 1, "does not answer like a Kubernetes API server")


# Who one is


def test_expired_token(console: Console, kubeconfig: Path, tmp_path: Path) -> None:
    def expire(document: dict[str, Any]) -> None:
        document["users"][0]["user"]["token"] = "expired"

    wrong = changed(kubeconfig, tmp_path / "k", expire)
    fails(console.investigate("--kubeconfig", wrong), 1, "expired or not accepted", "401")


def test_missing_plugin(console: Console, kubeconfig: Path, tmp_path: Path) -> None:
    def plugin(document: dict[str, Any]) -> None:
        version = "client.authentication.k8s.io/v1"
        document["users"][0]["user"] = {
            "exec": {"apiVersion": version, "command": "cloud-login", "interactiveMode": "Never"}
        }

    wrong = changed(kubeconfig, tmp_path / "k", plugin)
    fails(console.investigate("--kubeconfig", wrong), 1, "plug-in cloud-login is not on PATH")


def test_untrusted_certificate(console: Console, kubeconfig: Path, tmp_path: Path) -> None:
    def distrust(document: dict[str, Any]) -> None:
        del document["clusters"][0]["cluster"]["certificate-authority-data"]

    wrong = changed(kubeconfig, tmp_path / "k", distrust)
    fails(console.investigate("--kubeconfig", wrong), 1, "TLS certificate", "not trusted")


# What is asked


def test_missing_kubectl(console: Console, kubeconfig: Path) -> None:
    planted = console.work / "kubectl"
    planted.write_text("#!/bin/sh\ntouch started\n")
    planted.chmod(0o755)
    for path in ("/nonexistent", "", ".", ":"):
        ended = console.investigate("--kubeconfig", kubeconfig, PATH=path)
        fails(ended, 1, "kubectl was not found on PATH")
    planted.unlink()
    assert not (console.work / "started").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--alert", "X", "--label", "namespace=a", "-n", "b"], ["-n b contradicts", "'a'"]),
        (["--cluster", "sim:nope"], ["no scenario", "nope"]),
        (["--cluster", "sim:crash-missing-env@x"], ["not sim:SCENARIO[@SEED]"]),
        (["--cluster", "sim:crash-missing-env@9999999999"], ["not sim:SCENARIO[@SEED]"]),
        (["--output-file", "nowhere/report"], ["there is no folder nowhere"]),
        (["-n", "Shop!"], ["cannot be a namespace"]),
    ],
)
def test_contradictions(console: Console, arguments: list[str], words: list[str]) -> None:
    fails(console.investigate(*arguments), 2, *words)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b"{oops", "not JSON"),
        (b"\xff\x00garbage", "not UTF-8"),
        (b'{"alerts": [1]}', "no labels"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * (2 * MEBIBYTE), "larger than 1 MiB"),
    ],
)
def test_garbage_alert_file(console: Console, content: bytes, word: str) -> None:
    (console.work / "alert.json").write_bytes(content)
    fails(console.investigate("--alert-file", "alert.json"), 2, "alert.json", word)


def test_an_unknown_alert_still_has_its_scope_looked_at(console: Console, kubeconfig: Path) -> None:
    ended = console.investigate(
        "--kubeconfig", kubeconfig, "--alert", "NobodyKnowsThis", "-n", NAMESPACE
    )
    report = reports(ended, 0)
    assert report["root_cause"]["id"] == CAUSE
    assert "m1 " in ended.stderr  # progress, and none of it on stdout


def test_what_does_not_exist_is_said_at_once(console: Console, kubeconfig: Path) -> None:
    target = ("--kubeconfig", kubeconfig, "--alert", "X")
    report = reports(console.investigate(*target, "-n", "storefrnt"), 0)
    assert (report["verdict"], report["moves"]) == ("not_found", [])
    assert "the nearest match is storefront" in report["summary"]
    words = ("-n", NAMESPACE, "--label", "deployment=chekout")
    report = reports(console.investigate(*target, *words), 0)
    assert (report["verdict"], report["moves"]) == ("not_found", [])
    assert "the nearest match is checkout" in report["summary"]


def test_labels_are_data(console: Console, cluster: Any) -> None:
    """Nothing of a label reaches a command, also where nobody can tell that no such object exists."""
    _, path = cluster(rbac=[])
    hostile = "; touch started; $(touch started)\x1b[31m"
    words = ("--label", f"namespace={hostile}", "--label", f"deployment=--all {hostile}")
    report = reports(console.investigate("--kubeconfig", path, "--alert", "X", *words), 4)
    assert all(move["verdict"]["decision"] == "refuse" for move in report["moves"])
    assert not (console.work / "started").exists()
    shown = console.run("report", "latest").stdout
    assert "\x1b" not in shown


def test_a_scan_of_a_namespace_that_is_well(console: Console, kubeconfig: Path) -> None:
    ended = console.investigate("--kubeconfig", kubeconfig, "-q")
    report = reports(ended, 0)
    assert ended.stderr == ""
    assert (report["verdict"], report["incident"]["trigger"]) == ("healthy", "scan")
    assert report["incident"]["scope"]["namespaces"] == ["default"]


# What one may see


def rights(*hidden: str, namespace: str = NAMESPACE) -> list[Rule]:
    """Reading everything in one namespace but what is hidden."""
    return [
        Rule(
            ("get", "list"),
            (group,),
            tuple(kind for kind in kinds if kind not in hidden),
            (namespace,),
        )
        for group, kinds in READABLE.items()
    ]


@pytest.mark.parametrize(
    ("hidden", "blind"),
    [
        (("pods", "pods/log"), "RBAC does not allow list pods in namespace storefront."),
        (("pods/log",), "RBAC does not allow get pods/log in namespace storefront."),
    ],
    ids=["pods", "logs"],
)
def test_hidden_proof_is_inconclusive(
    console: Console, cluster: Any, hidden: tuple[str, ...], blind: str
) -> None:
    _, path = cluster(rbac=rights(*hidden))
    words = ("--label", "deployment=checkout")
    report = reports(console.investigate("--kubeconfig", path, *CRASH, *words), 4)
    assert report["verdict"] == "inconclusive"
    assert blind in report["blind_spots"]
    assert "Deployment/storefront/checkout" in report["summary"]
    assert f"kubectl auth can-i --list -n {NAMESPACE}" in report["next_steps"]


def test_hidden_side_shows_are_blind_spots(console: Console, cluster: Any) -> None:
    _, path = cluster(rbac=rights("events", "replicasets", "cronjobs"))
    report = reports(console.investigate("--kubeconfig", path, *CRASH), 0)
    assert report["root_cause"]["id"] == CAUSE
    for kind in ("events", "replicasets", "cronjobs"):
        assert f"RBAC does not allow list {kind} in namespace storefront." in report["blind_spots"]


@pytest.mark.parametrize("scope", [CRASH, ("-A",), ("--alert", "X")], ids=["alert", "A", "nowhere"])
def test_everything_hidden(console: Console, cluster: Any, scope: tuple[str, ...]) -> None:
    _, path = cluster(rbac=[])
    report = reports(console.investigate("--kubeconfig", path, *scope), 4)
    assert report["verdict"] == "inconclusive"
    assert report["usage"]["moves"] == 0
    assert any(spot.startswith("RBAC does not allow list pods") for spot in report["blind_spots"])
    assert any("events" in spot for spot in report["blind_spots"]) == (scope == CRASH)


def test_a_cluster_of_which_one_namespace_may_be_seen(console: Console, cluster: Any) -> None:
    _, path = cluster(rbac=rights(), namespace=NAMESPACE)
    report = reports(console.investigate("--kubeconfig", path, "-A"), 0)
    assert report["root_cause"]["id"] == CAUSE
    assert "RBAC does not allow list pods in all namespaces." in report["blind_spots"]


# What happens meanwhile


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
    for closed, status in (("stdout", 1), ("stderr", 0)):
        with console.start(*words) as process:
            other = process.stderr if closed == "stdout" else process.stdout
            getattr(process, closed).close()
            assert other is not None
            said = other.read().decode()
        assert process.returncode == status
        assert "Traceback" not in said
        assert "Exception ignored" not in said
