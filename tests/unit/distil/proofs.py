"""What each recorded fault must state: the facts that prove its cause, from the JSON moves."""

from __future__ import annotations

from typing import Any

# recording -> [(fact, subject pattern, parts that the value must have)]
PROOF: dict[str, list[tuple[str, str, Any]]] = {
    "crash-missing-env": [
        ("container.exit.code", r"Pod/storefront/checkout-.*\[checkout\]", 1),
        ("container.exit.seconds", r"Pod/storefront/checkout-.*\[checkout\]", 1.0),
        (
            "spec.env_from",
            r"Deployment/storefront/checkout\[checkout\]",
            [{"kind": "ConfigMap", "name": "checkout-config", "prefix": "", "optional": False}],
        ),
        ("configmap.keys", "ConfigMap/storefront/checkout-config", ["LOG_LEVEL", "PAYMENT_URI"]),
        ("workload.ready", "Deployment/storefront/checkout", 0),
        ("event.warning", r"Pod/.*\[checkout\]", {"reason": "BackOff", "count": 3}),
    ],
    "oom-killed": [
        ("container.exit.reason", r"Pod/analytics/aggregator-.*\[aggregator\]", "OOMKilled"),
        ("container.exit.code", r"Pod/analytics/aggregator-.*\[aggregator\]", 137),
        ("spec.limit.memory", r"Deployment/analytics/aggregator\[aggregator\]", 32 * 2**20),
    ],
    "image-not-found": [
        ("container.waiting.reason", r"Pod/catalog/search-86.*\[search\]", "ImagePullBackOff"),
        (
            "pull.error",
            r"Pod/catalog/search-86.*\[search\]",
            {"image": "localhost:5999/catalog/search:v2.0.1-rc", "cause": "refused"},
        ),
        ("workload.revision", "ReplicaSet/catalog/search-6485756577", 1),
        ("workload.revision", "ReplicaSet/catalog/search-86b89ff964", 2),
        ("workload.template", "ReplicaSet/catalog/search-6485756577", {"restartPolicy": "Always"}),
    ],
    "configmap-key-missing": [
        (
            "config.missing",
            r"Pod/billing/invoicer-.*\[invoicer\]",
            {"kind": "ConfigMap", "name": "invoicer-settings", "key": "currency"},
        ),
        ("configmap.keys", "ConfigMap/billing/invoicer-settings", ["default-currency", "locale"]),
        (
            "spec.env_refs",
            r"Deployment/billing/invoicer\[invoicer\]",
            [
                {
                    "env": "CURRENCY",
                    "kind": "ConfigMap",
                    "name": "invoicer-settings",
                    "key": "currency",
                    "optional": False,
                }
            ],
        ),
    ],
    "secret-volume-missing": [
        (
            "mount.missing",
            r"Pod/identity/sso-[^\[]*",
            {"volume": "tls", "kind": "Secret", "name": "sso-tls"},
        ),
        (
            "pod.volumes",
            "Deployment/identity/sso",
            [{"name": "tls", "kind": "Secret", "ref": "sso-tls", "optional": False, "keys": []}],
        ),
    ],
    "command-not-found": [
        (
            "start.error",
            r"Pod/media/thumbnailer-.*\[thumbnailer\]",
            {"kind": "not-found", "path": "/usr/bin/thumbd"},
        ),
        (
            "spec.command",
            r"Deployment/media/thumbnailer\[thumbnailer\]",
            ["/usr/bin/thumbd", "--workers", "4"],
        ),
    ],
    "liveness-too-eager": [
        (
            "probe.liveness.failed",
            r"Pod/reports/renderer-.*\[renderer\]",
            {"cause": "refused", "port": 80, "count": 6},
        ),
        (
            "probe.killed",
            r"Pod/reports/renderer-.*\[renderer\]",
            {"probe": "liveness", "count": 6},
        ),
        (
            "spec.probe.liveness",
            r"Deployment/reports/renderer\[renderer\]",
            {"type": "http", "port": 80, "initial_delay": 1, "failure_threshold": 1},
        ),
    ],
    "readiness-wrong-port": [
        (
            "probe.readiness.failed",
            r"Pod/gateway/edge-.*\[edge\]",
            {"cause": "refused", "port": 8081, "count": 25},
        ),
        ("container.ready", r"Pod/gateway/edge-.*\[edge\]", False),
        (
            "spec.ports",
            r"Deployment/gateway/edge\[edge\]",
            [{"name": "http", "port": 80, "protocol": "TCP"}],
        ),
        ("endpoints.ready", "Service/gateway/edge", 0),
        ("endpoints.not_ready", "Service/gateway/edge", 2),
    ],
    "unschedulable-cpu": [
        (
            "schedule.failed",
            r"Pod/ml/trainer-[^\[]*",
            {"nodes": 1, "insufficient": {"cpu": 1}, "selector": 0},
        ),
        ("spec.request.cpu", r"Deployment/ml/trainer\[trainer\]", 16_000),
        ("pod.scheduled", r"Pod/ml/trainer-[^\[]*", False),
    ],
    "node-selector": [
        (
            "schedule.failed",
            r"Pod/batch/etl-[^\[]*",
            {"nodes": 1, "insufficient": {}, "selector": 1},
        ),
        ("pod.node_selector", "Deployment/batch/etl", {"disktype": "ssd"}),
    ],
    "pvc-pending": [
        (
            "provision.failed",
            "PersistentVolumeClaim/tape-archive/data-ledgerdb-0",
            {"class": "fast-nvme", "cause": "class-missing"},
        ),
        ("pvc.phase", "PersistentVolumeClaim/tape-archive/data-ledgerdb-0", "Pending"),
        ("pvc.size", "PersistentVolumeClaim/tape-archive/data-ledgerdb-0", 2**30),
        ("schedule.failed", "Pod/tape-archive/ledgerdb-0", {"unbound": 1, "claims": 0}),
        (
            "workload.claims",
            "StatefulSet/tape-archive/ledgerdb",
            [
                {
                    "name": "data",
                    "class": "fast-nvme",
                    "size": 2**30,
                    "access_modes": ["ReadWriteOnce"],
                }
            ],
        ),
    ],
    "quota-no-pods": [
        (
            "create.denied",
            "ReplicaSet/sandbox-team/notebook-.*",
            {
                "by": "quota",
                "quota": "compute",
                "requested": {"requests.memory": "256Mi"},
                "used": {"requests.memory": "0"},
                "limited": {"requests.memory": "128Mi"},
            },
        ),
        ("create.denied", "Deployment/sandbox-team/notebook", {"by": "quota"}),
        (
            "quota.hard",
            "ResourceQuota/sandbox-team/compute",
            {"pods": "5", "requests.memory": "128Mi"},
        ),
        (
            "workload.replica_failure",
            "Deployment/sandbox-team/notebook",
            {"reason": "FailedCreate"},
        ),
        ("list.names", r"Pod/sandbox-team/\*", []),
    ],
    "service-selector": [
        ("service.selector", "Service/forum/threads", {"app": "thread-api"}),
        ("endpoints.ready", "Service/forum/threads", 0),
        ("endpoints.not_ready", "Service/forum/threads", 0),
        ("workload.template_labels", "Deployment/forum/threads-api", {"app": "threads-api"}),
        ("object.labels", "Pod/forum/threads-api-.*", {"app": "threads-api"}),
    ],
    "init-waits": [
        ("pod.status", "Pod/crm/contacts-[^\\[]*", "Init:0/1"),
        ("container.init", r"Pod/crm/contacts-.*\[wait-db\]", True),
        ("container.state", r"Pod/crm/contacts-.*\[wait-db\]", "running"),
        ("container.waiting.reason", r"Pod/crm/contacts-.*\[app\]", "PodInitializing"),
        ("pod.initialized", r"Pod/crm/contacts-[^\[]*", False),
        ("list.names", r"Service/crm/\*", []),
    ],
    "job-failed": [
        (
            "job.failure",
            "Job/payroll/month-end",
            {
                "reason": "BackoffLimitExceeded",
                "message": "Job has reached the specified backoff limit",
            },
        ),
        ("job.failed", "Job/payroll/month-end", 2),
        ("job.complete", "Job/payroll/month-end", False),
        ("container.exit.code", r"Pod/payroll/month-end-.*\[run\]", 2),
        ("object.owner", r"Pod/payroll/month-end-[^\[]*", "Job/month-end"),
    ],
}
