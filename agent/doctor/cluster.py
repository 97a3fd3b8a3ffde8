"""Where there is something to look at: the cluster, its Prometheus, the simulator."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agent.doctor.check import Check
from agent.settings import Settings
from tools.errors import ClusterError, MagosError

if TYPE_CHECKING:
    from sandbox.cluster import ClusterView

NEEDED_READS: tuple[tuple[str, str], ...] = (
    ("", "pods"),
    ("", "pods/log"),
    ("", "events"),
    ("", "services"),
    ("", "configmaps"),
    ("", "persistentvolumeclaims"),
    ("", "resourcequotas"),
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("apps", "daemonsets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
    ("discovery.k8s.io", "endpointslices"),
)
"""API group and resource of what playbooks look at; what RBAC hides becomes a blind spot."""
RBAC_HINT = "grant get and list, for example with the ClusterRole `view`"


def check_cluster(settings: Settings) -> Iterator[Check]:
    """Can the API server be reached, and what may this identity read there."""
    from sandbox.cluster import ClusterView
    from tools.kubeconfig import open_access

    allows = "investigations of your own cluster"
    with tempfile.TemporaryDirectory() as folder:
        try:
            access = open_access(
                settings.kubeconfig, settings.context, Path(folder), settings.environ
            )
        except ClusterError as error:
            yield Check("cluster", "missing", error.message, allows, error.hint)
            return
        with access:
            view = ClusterView(access.api)
            namespace = settings.namespace or access.namespace or "default"
            try:
                version = view.version + (" (simulated)" if view.simulated else "")
                denied = _denied(view, namespace)
            except MagosError as error:
                yield Check("cluster", "missing", error.message, allows, error.hint)
                return
    where = f"context {access.context} · {access.server} {version}"
    yield Check("cluster", "ok", where, allows)
    reads = f"reading namespace {namespace}"
    if denied:
        yield Check("rbac", "warn", f"may not read {', '.join(denied)}", reads, RBAC_HINT)
    else:
        yield Check("rbac", "ok", f"may read all that playbooks look at in {namespace}", reads)


def _denied(view: ClusterView, namespace: str) -> list[str]:
    """The resources that playbooks look at and this identity certainly may not read."""
    rules = view.rules(namespace)
    denied = [
        f"{resource}.{group}" if group else resource
        for group, resource in NEEDED_READS
        if rules.denies("get" if "/" in resource else "list", group, resource)
    ]
    nodes = view.resolve("nodes")
    if nodes is not None and view.can("list", nodes, None) is False:
        denied.append("nodes")
    return denied


def check_prometheus(settings: Settings) -> Check:
    """Whether a Prometheus is set. It is not asked."""
    allows = "metrics (PromQL) as evidence"
    if settings.prometheus_url is None:
        fix = "set PROMETHEUS_URL, or prometheus_url in the config file"
        return Check("prometheus", "warn", "no URL; metrics are left out", allows, fix)
    return Check("prometheus", "ok", settings.prometheus_url, allows)


def check_simulator() -> Check:
    """Whether a simulated cluster starts; one of the first scenario is started and ended."""
    allows = "demo and --cluster sim:SCENARIO, without a cluster"
    from sandbox import scenario
    from sandbox.simulator.launch import launch

    names = scenario.ids()
    if not names:
        return Check("simulator", "missing", "no scenarios are installed", allows, "reinstall")
    try:
        with tempfile.TemporaryDirectory() as folder, launch(f"sim:{names[0]}", Path(folder)):
            return Check("simulator", "ok", f"starts; {len(names)} scenarios", allows)
    except MagosError as error:
        return Check("simulator", "missing", error.message, allows, error.hint)
    except OSError as error:
        fix = "allow programs to listen on 127.0.0.1"
        return Check("simulator", "missing", f"cannot start: {error.strerror}", allows, fix)
