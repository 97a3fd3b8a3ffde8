"""The configurations that we write, judged by the programs that read them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from sandbox.prometheus import config
from sandbox.prometheus.rules import RULES
from tests.promtool_rules import needs_promtool, promtool
from tests.services import binary

AMTOOL = binary("amtool")


def cluster(folder: Path, name: str = "sim") -> config.Cluster:
    ca, token = folder / "ca.pem", folder / "token"
    ca.write_text("")
    token.write_text("t")
    return config.Cluster(name, "https://127.0.0.1:6443", ca, token, ["n1", "n2"])


@needs_promtool
@pytest.mark.parametrize("interval", ["1s", "15s", "1m"])
def test_prometheus_reads_it(interval: str, tmp_path: Path) -> None:
    clusters = [cluster(tmp_path), cluster(tmp_path, "other")]
    text = config.prometheus(clusters, [RULES], "127.0.0.1:9093", interval=interval)
    path = tmp_path / "prometheus.yml"
    path.write_text(text)
    outcome = promtool("check", "config", str(path))
    assert outcome.ok, outcome.text


def test_every_kubelet_is_a_target_of_its_own(tmp_path: Path) -> None:
    jobs = yaml.safe_load(config.prometheus([cluster(tmp_path)], [RULES]))["scrape_configs"]
    found = {
        (labels["job"], labels.get("instance"), labels.get("__param_node"), job["metrics_path"])
        for job in jobs
        for labels in (item["labels"] for item in job["static_configs"])
    }
    assert found == {
        ("kube-state-metrics", None, None, "/metrics"),
        ("kubelet", "n1", "n1", "/metrics/kubelet"),
        ("kubelet", "n2", "n2", "/metrics/kubelet"),
        ("cadvisor", "n1", "n1", "/metrics/cadvisor"),
        ("cadvisor", "n2", "n2", "/metrics/cadvisor"),
    }


@pytest.mark.skipif(AMTOOL is None, reason="amtool is not installed")
def test_alertmanager_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "alertmanager.yml"
    path.write_text(config.alertmanager("http://127.0.0.1:8080/alerts"))
    done = subprocess.run([str(AMTOOL), "check-config", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_token_in_the_file(tmp_path: Path) -> None:
    one = cluster(tmp_path)
    one.token_file.write_text("secret-token")
    assert "secret-token" not in config.prometheus([one], [RULES])
