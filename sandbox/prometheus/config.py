"""Configuration of a Prometheus and an Alertmanager that watch simulated clusters.

They scrape the simulated API server itself, over its HTTPS and with its token; jobs and labels are those
of a real cluster, where kube-state-metrics and every kubelet are targets of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml  # type: ignore[import-untyped]

STATE_PATH = "/metrics"
"""kube-state-metrics."""
KUBELET_PATH = "/metrics/kubelet"
"""A kubelet; `?node=` says which."""
CADVISOR_PATH = "/metrics/cadvisor"
"""The cAdvisor of a kubelet; `?node=` says which."""


@dataclass(frozen=True)
class Cluster:
    """A simulated cluster to scrape."""

    name: str
    """Value of the label `cluster`."""
    url: str
    """https://host:port of its API server."""
    ca_file: Path
    """Certificate authority, PEM."""
    token_file: Path
    """Bearer token."""
    nodes: Sequence[str] = ()
    """Names of the nodes, each of which is a target."""


def prometheus(
    clusters: Sequence[Cluster],
    rules: Sequence[Path],
    alertmanager: str | None = None,
    *,
    interval: str = "15s",
) -> str:
    """prometheus.yml. `alertmanager` is host:port; `interval` is for scrapes and rules alike."""
    jobs = [job for cluster in clusters for job in _jobs(cluster)]
    config: dict[str, Any] = {
        "global": {"scrape_interval": interval, "evaluation_interval": interval},
        "rule_files": [str(path) for path in rules],
        "scrape_configs": jobs,
    }
    if interval.endswith("s") and interval[:-1].isdecimal():
        config["global"]["scrape_timeout"] = f"{min(int(interval[:-1]), 10)}s"
    if alertmanager is not None:
        config["alerting"] = {
            "alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}],
        }
    return str(yaml.safe_dump(config, sort_keys=False))


def alertmanager(webhook: str, *, wait: str = "30s", interval: str = "5m") -> str:
    """alertmanager.yml: every alert to one webhook, grouped by cluster, namespace and name.

    `wait` and `interval` are group_wait and group_interval.
    """
    route = {
        "receiver": "magos",
        "group_by": ["cluster", "namespace", "alertname"],
        "group_wait": wait,
        "group_interval": interval,
        "repeat_interval": "4h",
    }
    hook = {"url": webhook, "send_resolved": True}
    config = {"route": route, "receivers": [{"name": "magos", "webhook_configs": [hook]}]}
    return str(yaml.safe_dump(config, sort_keys=False))


def prometheus_arguments(config: Path, storage: Path, address: str) -> list[str]:
    """Arguments of `prometheus`; `address` is host:port."""
    return [
        f"--config.file={config}",
        f"--storage.tsdb.path={storage}",
        f"--web.listen-address={address}",
        "--log.level=warn",
    ]


def alertmanager_arguments(config: Path, storage: Path, address: str) -> list[str]:
    """Arguments of `prometheus-alertmanager` for one that is alone; `address` is host:port."""
    return [
        f"--config.file={config}",
        f"--storage.path={storage}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ]


def _jobs(cluster: Cluster) -> list[dict[str, Any]]:
    address = urlsplit(cluster.url).netloc
    state = [
        {"targets": [address], "labels": {"cluster": cluster.name, "job": "kube-state-metrics"}}
    ]
    jobs = [_job(cluster, "kube-state-metrics", STATE_PATH, state)]
    for job, path in (("kubelet", KUBELET_PATH), ("cadvisor", CADVISOR_PATH)):
        targets: list[dict[str, Any]] = [
            {
                "targets": [address],
                "labels": {
                    "cluster": cluster.name,
                    "job": job,
                    "instance": node,
                    "node": node,
                    "__param_node": node,
                },
            }
            for node in cluster.nodes
        ]
        if targets:
            jobs.append(_job(cluster, job, path, targets))
    return jobs


def _job(cluster: Cluster, job: str, path: str, targets: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "job_name": f"{cluster.name}/{job}",
        "scheme": "https",
        "metrics_path": path,
        "authorization": {"type": "Bearer", "credentials_file": str(cluster.token_file)},
        "tls_config": {"ca_file": str(cluster.ca_file)},
        "static_configs": targets,
    }
