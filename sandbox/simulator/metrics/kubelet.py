"""What is served at /metrics/kubelet: what the kubelets say of themselves and of volumes.

Not covered: the histograms of pod workers and of the lifecycle event generator, whose slowness this
simulator does not model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.simulator.conditions import condition
from sandbox.simulator.demand import terminal
from sandbox.simulator.durations import parse
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet.eviction import evictions
from sandbox.simulator.metrics.filling import stats
from sandbox.simulator.metrics.page import Page, labels
from sandbox.simulator.store import Object
from sandbox.simulator.troubles import active

CERTIFICATE_LIFE = 365 * 86400
"""Seconds that a kubelet's certificates live; they are renewed in the last tenth to third."""
RENEWAL = 0.8
"""Share of its life after which a certificate is replaced (client-go draws 0.7 to 0.9)."""


class NoAnswerError(Exception):
    """The kubelet that was asked does not answer (or there is no such node)."""


def exposition(engine: Engine, node: str | None = None) -> str:
    """One kubelet's page, or that of all that answer, told apart by the label `node`.

    Raises NoAnswerError when `node` is given and its kubelet is dead.
    """
    page = Page()
    for where, obj in answering(engine, node):
        _kubelet(page, engine, where, obj)
    return page.text()


def answering(engine: Engine, node: str | None) -> Iterator[tuple[str, Object]]:
    """Nodes whose kubelet answers, each with the label text that its samples need.

    A kubelet that is asked alone does not name itself: the scrape's own labels do. Raises
    NoAnswerError.
    """
    if node is None:
        for obj in engine.store.list("nodes"):
            if _alive(engine, obj):
                yield labels(node=obj["metadata"]["name"]), obj
        return
    found = engine.store.get("nodes", None, node)
    if found is None or not _alive(engine, found):
        raise NoAnswerError(node)
    yield "", found


def pods_on(engine: Engine, node: Object) -> list[Object]:
    """The pods that a kubelet has."""
    name = node["metadata"]["name"]
    return [pod for pod in engine.store.list("pods") if pod["spec"].get("nodeName") == name]


def both(one: str, other: str) -> str:
    """Two label texts as one."""
    return f"{one},{other}" if one and other else one or other


def statuses(pod: Object) -> list[Mapping[str, Any]]:
    """The statuses of all containers of a pod, init containers first."""
    status = pod.get("status", {})
    return [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]


def _alive(engine: Engine, node: Object) -> bool:
    """A kubelet that has stopped posting its status answers nobody."""
    ready = condition(node, "Ready")
    known = ready is not None and ready["status"] != "Unknown"
    return known and "silent" not in active(engine, node["metadata"]["name"])


def _kubelet(page: Page, engine: Engine, where: str, node: Object) -> None:
    meta = node["metadata"]
    page.add("kubelet_node_name", where or labels(node=meta["name"]), 1)
    info = node.get("status", {}).get("nodeInfo", {})
    page.add("kubernetes_build_info", where, 1, git_version=info.get("kubeletVersion"))
    states: Counter[str] = Counter()
    running = 0
    mounted: set[tuple[str, str]] = set()
    for pod in pods_on(engine, node):
        here = [_state(item) for item in statuses(pod)]
        states.update(here)
        running += "running" in here
        if terminal(pod) or not pod.get("status", {}).get("podIP"):
            continue  # volumes are mounted before the pod has its address
        for volume in pod["spec"].get("volumes", []):
            claim = volume.get("persistentVolumeClaim")
            if claim:
                mounted.add((pod["metadata"]["namespace"], claim["claimName"]))
    page.add("kubelet_running_pods", where, running)
    for state in ("created", "exited", "running", "unknown"):
        page.add("kubelet_running_containers", where, states[state], container_state=state)
    for signal, number in evictions(engine, meta["name"]).items():
        page.add("kubelet_evictions", where, number, eviction_signal=signal)
    for side in ("client", "server"):
        page.add(f"kubelet_certificate_manager_{side}_ttl_seconds", where, _ttl(engine, node))
    page.add("kubelet_certificate_manager_client_expiration_renew_errors", where, 0)
    page.add("kubelet_server_expiration_renew_errors", where, 0)
    for namespace, name in sorted(mounted):
        found = stats(engine, namespace, name)
        if found is not None:
            of = both(where, labels(namespace=namespace, persistentvolumeclaim=name))
            for metric, value in found._asdict().items():
                page.add(f"kubelet_volume_stats_{metric}", of, value)


def _state(status: Mapping[str, Any]) -> str:
    state = status.get("state") or {}
    return "running" if "running" in state else "exited" if "terminated" in state else "created"


def _ttl(engine: Engine, node: Object) -> float:
    """Seconds until the certificate ends, renewed as a healthy kubelet does."""
    born = parse(node["metadata"]["creationTimestamp"])
    age = (engine.now - born).total_seconds() if born else 0.0
    return CERTIFICATE_LIFE - age % (CERTIFICATE_LIFE * RENEWAL)
