"""JSON and YAML output of the real recordings: each fault states what proves its cause."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import JsonValue

from tests.recording import index, load
from tests.unit.distil.distilled import JSON_MOVES, of, stated, step_into, values
from tools.registry import fact_kinds

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
        ("schedule.failed", "Pod/tape-archive/ledgerdb-0", {"claims": 1}),
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

PROBLEMS = (
    "event.warning",
    "pull.error",
    "config.missing",
    "mount.",
    "start.error",
    "probe.",
    "schedule.failed",
    "create.denied",
    "provision.failed",
    "job.failure",
    "container.waiting",
    "container.exit",
    "workload.replica_failure",
)


def holds(value: JsonValue, expected: Any) -> bool:
    """Equal; of a map, the expected entries are equal."""
    if isinstance(expected, dict) and isinstance(value, dict) and expected:
        return all(key in value and value[key] == part for key, part in expected.items())
    return bool(value == expected)


def test_every_fault_has_its_proof() -> None:
    assert set(PROOF) == {name for name, entry in index().items() if entry["cause"]}


@pytest.mark.parametrize(
    ("recording", "name", "subject", "expected"),
    [(recording, *row) for recording, rows in PROOF.items() for row in rows],
)
def test_fault_states_its_proof(recording: str, name: str, subject: str, expected: Any) -> None:
    found = [
        fact
        for fact in stated(recording)
        if fact.name == name and re.fullmatch(subject, str(fact.subject))
    ]
    assert found, f"no {name} of {subject}"
    assert any(holds(fact.value, expected) for fact in found), [fact.value for fact in found]


def test_control_states_no_problem() -> None:
    facts = stated("healthy")
    assert len(facts) > 80
    assert [fact for fact in facts if fact.name.startswith(PROBLEMS)] == []
    assert values(facts, "endpoints.ready") == {"Service/website/home": 2}
    assert values(facts, "workload.ready")["Deployment/website/home"] == 2


@pytest.mark.parametrize("recording", list(index()))
def test_status_and_restarts_are_those_of_the_table(recording: str) -> None:
    facts = of(load(recording).command("get pods -o json"))
    statuses, restarts = values(facts, "pod.status"), values(facts, "pod.restarts")
    table = load(recording).command("get pods").stdout.splitlines()
    if recording != "quota-no-pods":
        assert statuses
    for line in table[1:]:
        name, _, status, restarted, *_ = line.split()
        subject = f"Pod/{load(recording).namespace}/{name}"
        assert restarts[subject] == int(restarted)
        # The loop goes on between two commands; both are ends of one crash.
        same = {"CrashLoopBackOff": "Error", "OOMKilled": "Error", "RunContainerError": "Error"}
        now = statuses[subject]
        assert now == status or same.get(str(now), now) == same.get(status, status), status


@pytest.mark.parametrize("recording", list(index()))
def test_every_path_leads_to_something(recording: str) -> None:
    for text in JSON_MOVES:
        command = load(recording).command(text)
        doc = json.loads(command.stdout)
        for fact in of(command):
            assert fact.unit == fact_kinds()[fact.name].unit
            (evidence,) = fact.evidence
            assert evidence.move == "m1"
            assert evidence.quote
            assert evidence.path is not None
            try:
                step_into(doc, evidence.path)
            except LookupError:
                pytest.fail(f"{fact.name} at {evidence.path}")


@pytest.mark.parametrize("recording", list(index()))
def test_single_object_states_what_its_list_states(recording: str) -> None:
    for command in load(recording).matching("get", "pod"):
        if "json" not in command.argv or command.exit:
            continue
        alone = [(f.name, str(f.subject), f.evidence[0].path) for f in of(command)]
        assert alone
        assert not any(name == "list.names" for name, _, _ in alone)
        assert all(path and not path.startswith("items") for _, _, path in alone)


@pytest.mark.parametrize("recording", list(index()))
def test_yaml_states_what_json_states(recording: str) -> None:
    def told(text: str) -> set[tuple[str, str, str | None]]:
        facts = of(load(recording).command(text))
        # Two calls at two moments: what the crash loop changed in between may differ.
        return {
            (fact.name, str(fact.subject), fact.evidence[0].path)
            for fact in facts
            if not fact.name.startswith(("container.", "start.", "pod.status", "pod.ready"))
        }

    assert told("get pods -o yaml") == told("get pods -o json")


def test_types_of_all_values_are_the_registrys() -> None:
    types: dict[str, type | tuple[type, ...]] = {
        "bool": bool,
        "int": int,
        "number": (int, float),
        "string": str,
        "list": list,
        "map": dict,
    }
    for recording in index():
        for fact in stated(recording):
            assert isinstance(fact.value, types[fact_kinds()[fact.name].type]), fact
