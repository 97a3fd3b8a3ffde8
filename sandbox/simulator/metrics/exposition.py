"""What is served at /metrics: the objects of a cluster as kube-state-metrics tells them.

Everything is derived from the objects at the moment of the scrape, so nothing drifts and a fork
needs no care. Counters follow counters of the objects (restarts), which only grow.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.simulator.engine import Engine
from sandbox.simulator.metrics import config, jobs, nodes, pods, scaling, storage, workloads
from sandbox.simulator.metrics.page import Page
from sandbox.simulator.store import Object

_KINDS: dict[str, Callable[[Page, Object], None]] = {
    "namespaces": nodes.namespace,
    "nodes": nodes.node,
    "pods": pods.pod,
    "apps/deployments": workloads.deployment,
    "apps/replicasets": workloads.replicaset,
    "apps/statefulsets": workloads.statefulset,
    "apps/daemonsets": workloads.daemonset,
    "batch/jobs": jobs.job,
    "batch/cronjobs": jobs.cronjob,
    "autoscaling/horizontalpodautoscalers": scaling.autoscaler,
    "policy/poddisruptionbudgets": scaling.budget,
    "persistentvolumes": storage.volume,
    "persistentvolumeclaims": storage.claim,
    "storage.k8s.io/storageclasses": storage.storage_class,
    "resourcequotas": config.quota,
    "limitranges": config.limit_range,
    "services": config.service,
    "endpoints": config.endpoints,
    "discovery.k8s.io/endpointslices": config.endpoint_slice,
    "configmaps": config.config_map,
    "secrets": config.secret,
    "networking.k8s.io/ingresses": config.ingress,
    "networking.k8s.io/networkpolicies": config.network_policy,
}


def exposition(engine: Engine, shift: float = 0) -> str:
    """kube-state-metrics' page in the Prometheus text format.

    `shift` (seconds) is added to values that are times, as TimeShift moves times of objects.
    """
    page = Page(shift)
    for key, add in _KINDS.items():
        for obj in engine.store.list(key):
            add(page, obj)
    return page.text()
