"""A good object of each kind that the rules know, and ways to spoil it."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.simulator.defaults import defaulted
from sandbox.simulator.resources import RESOURCES
from sandbox.simulator.validation import check, strict

ROWS = {row.kind: row for row in reversed(RESOURCES)}
LABELS = {"app": "a"}
POD_SPEC = {"containers": [{"name": "c", "image": "busybox:1.36"}]}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": POD_SPEC}
WORKLOAD = {"spec": {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}}
JOB_TEMPLATE = {"spec": {**POD_SPEC, "restartPolicy": "Never"}}
STORAGE = {"resources": {"requests": {"storage": "1Gi"}}}

GOOD: dict[str, dict[str, Any]] = {
    "Pod": {"spec": POD_SPEC},
    "Deployment": WORKLOAD,
    "ReplicaSet": WORKLOAD,
    "DaemonSet": WORKLOAD,
    "StatefulSet": {"spec": {**WORKLOAD["spec"], "serviceName": "s"}},
    "Job": {"spec": {"template": JOB_TEMPLATE}},
    "CronJob": {
        "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": JOB_TEMPLATE}}}
    },
    "Service": {"spec": {"selector": LABELS, "clusterIP": "10.96.0.7", "ports": [{"port": 80}]}},
    "ConfigMap": {"data": {"key": "value"}},
    "Secret": {"data": {"key": "dmFsdWU="}},
    "PersistentVolumeClaim": {"spec": {"accessModes": ["ReadWriteOnce"], **STORAGE}},
    "PersistentVolume": {
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "1Gi"},
            "hostPath": {"path": "/data"},
        }
    },
    "StorageClass": {"provisioner": "example.com/disk"},
    "HorizontalPodAutoscaler": {
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d"}}
    },
    "PodDisruptionBudget": {"spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}}},
    "NetworkPolicy": {"spec": {"podSelector": {}}},
    "Ingress": {"spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}},
    "Role": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    "RoleBinding": {
        "roleRef": {"kind": "Role", "name": "r"},
        "subjects": [{"kind": "User", "name": "u"}],
    },
    "ResourceQuota": {"spec": {"hard": {"pods": "5"}}},
    "LimitRange": {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}},
    "PriorityClass": {"value": 5},
    "Namespace": {},
    "ServiceAccount": {},
    "Node": {"spec": {"taints": [{"key": "k", "effect": "NoSchedule"}]}},
    "CustomResourceDefinition": {
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object"}},
                }
            ],
        },
    },
}


def made(kind: str, path: str = "", value: Any = None) -> Any:
    """A good object, with one value put at a dotted path (None takes it away)."""
    row = ROWS[kind]
    body: Any = {"metadata": {"name": "x"}, **copy.deepcopy(GOOD[kind])}
    if row.namespaced:
        body["metadata"]["namespace"] = "default"
    if path:
        *parents, last = path.split("/")
        at: Any = body
        for key in parents:
            at = at[int(key)] if key.isdigit() else at.setdefault(key, {})
        if value is None:
            at.pop(last)
        else:
            at[int(last) if last.isdigit() else last] = value
    return defaulted(strict(row, body, "Strict").obj)


def told(kind: str, new: Any, old: Any = None) -> Any:
    return [str(problem) for problem in check(ROWS[kind], new, old)]
