"""Wrong input and unusable clusters: one clear line each, the right exit status and no traceback."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.console import SCRIPT, Console, fails, reports
from tests.disturbed_cluster import CAUSE, CRASH, NAMESPACE, changed

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.usefixtures("no_crash"),
    pytest.mark.skipif(not SCRIPT.exists(), reason="install the project: pip install -e ."),
]
MEBIBYTE = 1024 * 1024


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
