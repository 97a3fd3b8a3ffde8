"""What the API server fills in when an object is created or replaced, one row per kind.

Defaulting adds and never takes away; each function works on a copy that `defaulted` made. The
values are those of pkg/apis/*/v1/defaults.go and of the recordings.
"""

from __future__ import annotations

import copy
from collections.abc import Callable

from sandbox.simulator.defaults import cluster, network, storage, workloads
from sandbox.simulator.defaults.manifest import LAST_APPLIED, applied
from sandbox.simulator.defaults.pods import pod, pod_spec
from sandbox.simulator.store import Object

__all__ = ["LAST_APPLIED", "applied", "defaulted", "pod_spec"]

BY_KIND: dict[str, Callable[[Object], None]] = {
    "ClusterRoleBinding": cluster.binding,
    "CronJob": workloads.cron_job,
    "CustomResourceDefinition": cluster.definition,
    "DaemonSet": workloads.daemon_set,
    "Deployment": workloads.deployment,
    "EndpointSlice": network.endpoint_slice,
    "Endpoints": network.endpoints,
    "HorizontalPodAutoscaler": cluster.autoscaler,
    "IngressClass": network.ingress_class,
    "Job": workloads.job,
    "LimitRange": cluster.limit_range,
    "MutatingWebhookConfiguration": cluster.mutating_webhooks,
    "Namespace": cluster.namespace,
    "NetworkPolicy": network.network_policy,
    "PersistentVolume": storage.volume,
    "PersistentVolumeClaim": storage.claim,
    "Pod": pod,
    "PodTemplate": workloads.pod_template,
    "PriorityClass": cluster.priority_class,
    "ReplicaSet": workloads.replica_set,
    "ReplicationController": workloads.controller,
    "RoleBinding": cluster.binding,
    "Secret": storage.secret,
    "Service": network.service,
    "StatefulSet": workloads.stateful_set,
    "StorageClass": storage.storage_class,
    "ValidatingWebhookConfiguration": cluster.webhooks,
}
"""Kinds with defaults; the others (ConfigMap, Role, Ingress, PodDisruptionBudget...) have none."""

_DAEMONS = "currentNumberScheduled desiredNumberScheduled numberMisscheduled numberReady"

_FRESH: dict[str, Object] = {
    "CronJob": {},
    "DaemonSet": dict.fromkeys(_DAEMONS.split(), 0),
    "Deployment": {},
    "Job": {},
    "PersistentVolume": {"phase": "Pending"},
    "PersistentVolumeClaim": {"phase": "Pending"},
    "ReplicaSet": {"replicas": 0},
    "ReplicationController": {"replicas": 0},
    "Service": {"loadBalancer": {}},
    "StatefulSet": {"availableReplicas": 0, "replicas": 0},
}
"""Status before a controller wrote any: what Go's structs hold even when nothing is set."""

GROUPS = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apps",
        "autoscaling",
        "batch",
        "discovery.k8s.io",
        "networking.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
    }
)
"""API groups of those kinds: a custom resource may be called Service too."""


def defaulted(obj: Object) -> Object:
    """The object with the server's defaults for its kind; kinds without any are returned as is."""
    fill = BY_KIND.get(obj.get("kind", ""))
    if fill is None or str(obj.get("apiVersion", "")).rpartition("/")[0] not in GROUPS:
        return obj
    obj = copy.deepcopy(obj)
    fill(obj)
    if obj["kind"] in _FRESH:
        obj.setdefault("status", copy.deepcopy(_FRESH[obj["kind"]]))
    return obj
