"""Rows of kinds that the recordings hold no example of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.simulator.printers import PRINTERS, find_printer
from sandbox.simulator.resources import BY_KEY, RESOURCES

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
META = {"name": "x", "namespace": "shop", "creationTimestamp": "2026-11-23T01:55:00Z"}
LABELS = {"matchLabels": {"b": "2", "a": "1"}}
TEMPLATE = {"spec": {"containers": [{"name": "c", "image": "i:1"}, {"name": "d", "image": "j:2"}]}}


def row(key: str, obj: dict[str, Any], **meta: Any) -> list[Any]:
    cells = PRINTERS[key].cells({"metadata": {**META, **meta}, **obj}, NOW)
    assert len(cells) == len(PRINTERS[key].columns)
    return cells


def condition(kind: str, status: str = "True", **more: str) -> dict[str, str]:
    return {"type": kind, "status": status, **more}


CASES: list[tuple[str, dict[str, Any], list[Any]]] = [
    (
        "apps/statefulsets",
        {"spec": {"replicas": 3, "template": TEMPLATE}, "status": {"readyReplicas": 1}},
        ["x", "1/3", "5m", "c,d", "i:1,j:2"],
    ),
    (
        "apps/daemonsets",
        {
            "spec": {"selector": LABELS, "template": TEMPLATE},
            "status": {"desiredNumberScheduled": 3, "currentNumberScheduled": 2, "numberReady": 1},
        },
        ["x", 3, 2, 1, 0, 0, "<none>", "5m", "c,d", "i:1,j:2", "a=1,b=2"],
    ),
    (
        "batch/jobs",
        {
            "spec": {"completions": 2, "template": TEMPLATE, "selector": {}},
            "status": {
                "succeeded": 2,
                "startTime": "2026-11-23T01:55:00Z",
                "completionTime": "2026-11-23T01:56:30Z",
                "conditions": [condition("Complete")],
            },
        },
        ["x", "Complete", "2/2", "90s", "5m", "c,d", "i:1,j:2", "<none>"],
    ),
    (
        "batch/cronjobs",
        {
            "spec": {
                "schedule": "*/5 * * * *",
                "suspend": False,
                "jobTemplate": {"spec": {"template": TEMPLATE}},
            },
            "status": {"active": [{}], "lastScheduleTime": "2026-11-23T01:59:00Z"},
        },
        ["x", "*/5 * * * *", "<none>", "False", 1, "60s", "5m", "c,d", "i:1,j:2", "<none>"],
    ),
    (
        "autoscaling/horizontalpodautoscalers",
        {
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "web"},
                "minReplicas": 2,
                "maxReplicas": 5,
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {"name": "cpu", "target": {"averageUtilization": 80}},
                    },
                    {
                        "type": "Resource",
                        "resource": {"name": "memory", "target": {"averageValue": "1Gi"}},
                    },
                    {"type": "Pods", "pods": {"target": {"averageValue": "10"}}},
                ],
            },
            "status": {
                "currentReplicas": 3,
                "currentMetrics": [
                    {"resource": {"name": "cpu", "current": {"averageUtilization": 95}}}
                ],
            },
        },
        [
            "x",
            "Deployment/web",
            "cpu: 95%/80%, memory: <unknown>/1Gi + 1 more...",
            "2",
            5,
            3,
            "5m",
        ],
    ),
    (
        "policy/poddisruptionbudgets",
        {"spec": {"minAvailable": "50%"}, "status": {"disruptionsAllowed": 1}},
        ["x", "50%", "N/A", 1, "5m"],
    ),
    (
        "services",
        {
            "spec": {
                "type": "LoadBalancer",
                "clusterIP": "10.0.0.1",
                "ports": [{"port": 80, "nodePort": 30080, "protocol": "TCP"}, {"port": 53}],
            }
        },
        ["x", "LoadBalancer", "10.0.0.1", "<pending>", "80:30080/TCP,53/TCP", "5m", "<none>"],
    ),
    (
        "services",
        {"spec": {"type": "ExternalName", "externalName": "db.example"}},
        ["x", "ExternalName", "<none>", "db.example", "<none>", "5m", "<none>"],
    ),
    (
        "endpoints",
        {
            "subsets": [
                {
                    "addresses": [{"ip": f"10.0.0.{n}"} for n in range(1, 6)],
                    "ports": [{"port": 80}],
                }
            ]
        },
        ["x", "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...", "5m"],
    ),
    (
        "networking.k8s.io/ingresses",
        {
            "spec": {
                "ingressClassName": "nginx",
                "tls": [{}],
                "rules": [{"host": f"h{n}"} for n in range(4)],
            },
            "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}},
        },
        ["x", "nginx", "h0,h1,h2 + 1 more...", "1.2.3.4", "80, 443", "5m"],
    ),
    (
        "networking.k8s.io/networkpolicies",
        {
            "spec": {
                "podSelector": {
                    "matchExpressions": [
                        {"key": "tier", "operator": "In", "values": ["b", "a"]},
                        {"key": "gone", "operator": "DoesNotExist"},
                    ]
                }
            }
        },
        ["x", "!gone,tier in (a,b)", "5m"],
    ),
    (
        "persistentvolumeclaims",
        {
            "spec": {"volumeName": "pv1", "storageClassName": "fast", "volumeMode": "Filesystem"},
            "status": {
                "phase": "Bound",
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
            },
        },
        ["x", "Bound", "pv1", "1Gi", "RWO", "fast", "<unset>", "5m", "Filesystem"],
    ),
    (
        "persistentvolumes",
        {
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Delete",
                "claimRef": {"namespace": "shop", "name": "data"},
            },
            "status": {"phase": "Bound"},
        },
        ["x", "1Gi", "RWO,RWX", "Delete", "Bound", "shop/data", "", "<unset>", "", "5m", "<unset>"],
    ),
    (
        "storage.k8s.io/storageclasses",
        {"provisioner": "p", "volumeBindingMode": "WaitForFirstConsumer"},
        ["x", "p", "Delete", "WaitForFirstConsumer", False, "5m"],
    ),
    (
        "resourcequotas",
        {
            "status": {
                "hard": {"pods": "5", "limits.cpu": "2", "requests.cpu": "1"},
                "used": {"pods": "5"},
            }
        },
        ["x", "pods: 5/5, requests.cpu: 0/1", "limits.cpu: 0/2", "5m"],
    ),
    (
        "nodes",
        {
            "spec": {"unschedulable": True},
            "status": {
                "conditions": [condition("Ready", "Unknown")],
                "addresses": [{"type": "InternalIP", "address": "10.0.0.9"}],
                "nodeInfo": {"kubeletVersion": "v1.36.2"},
            },
        },
        [
            "x",
            "NotReady,SchedulingDisabled",
            "<none>",
            "5m",
            "v1.36.2",
            "10.0.0.9",
            "<none>",
            "<unknown>",
            "<unknown>",
            "<unknown>",
        ],
    ),
    (
        "events",
        {
            "involvedObject": {"kind": "Pod", "name": "a", "fieldPath": "spec.containers{c}"},
            "reportingComponent": "kubelet",
            "reportingInstance": "n1",
            "eventTime": "2026-11-23T01:58:00.000000Z",
            "series": {"count": 7, "lastObservedTime": "2026-11-23T01:59:30.000000Z"},
            "type": "Warning",
            "reason": "BackOff",
            "message": "m\n",
        },
        [
            "30s",
            "Warning",
            "BackOff",
            "pod/a",
            "spec.containers{c}",
            "kubelet, n1",
            "m",
            "2m",
            7,
            "x",
        ],
    ),
    (
        "rbac.authorization.k8s.io/rolebindings",
        {
            "roleRef": {"kind": "Role", "name": "r"},
            "subjects": [
                {"kind": "User", "name": "jane"},
                {"kind": "ServiceAccount", "namespace": "shop", "name": "sa"},
            ],
        },
        ["x", "Role/r", "5m", "jane", "", "shop/sa"],
    ),
    ("coordination.k8s.io/leases", {"spec": {"holderIdentity": "n1"}}, ["x", "n1", "5m"]),
    ("secrets", {"type": "Opaque", "data": {"a": "", "b": ""}}, ["x", "Opaque", 2, "5m"]),
]


@pytest.mark.parametrize(("key", "obj", "cells"), CASES)
def test_rows(key: str, obj: dict[str, Any], cells: list[Any]) -> None:
    assert row(key, obj) == cells


def test_the_default_class_and_terminating_claims_say_so() -> None:
    notes = {"storageclass.kubernetes.io/is-default-class": "true"}
    assert row("storage.k8s.io/storageclasses", {}, annotations=notes)[0] == "x (default)"
    gone = {"deletionTimestamp": "2026-11-23T01:59:00Z"}
    assert row("persistentvolumeclaims", {"status": {"phase": "Bound"}}, **gone)[1] == "Terminating"
    assert row("batch/jobs", {}, **gone)[1] == "Terminating"


@pytest.mark.parametrize("key", sorted({row.key for row in RESOURCES}))
def test_a_bare_object_of_any_kind_prints(key: str) -> None:
    printer = find_printer(BY_KEY[key])
    cells = printer.cells({"metadata": {"name": "x"}}, NOW)
    assert cells[0] == "x" or key == "events"
    assert len(cells) == len(printer.columns)
