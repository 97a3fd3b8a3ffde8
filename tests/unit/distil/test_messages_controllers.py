"""FailedCreate, provisioning, job failures and evictions."""
# ruff: noqa: E501 - real messages are easier to compare when they stand on one line

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.distil.statements import only
from tools.distil.messages import read
from tools.distil.statement import Statement

FORBIDDEN = 'Error creating: pods "web-1" is forbidden: '


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            FORBIDDEN + "exceeded quota: compute, requested: limits.cpu=2,requests.memory=1Gi, "
            "used: limits.cpu=3,requests.memory=3Gi, limited: limits.cpu=4,requests.memory=3Gi",
            {
                "by": "quota",
                "quota": "compute",
                "requested": {"limits.cpu": "2", "requests.memory": "1Gi"},
                "used": {"limits.cpu": "3", "requests.memory": "3Gi"},
                "limited": {"limits.cpu": "4", "requests.memory": "3Gi"},
            },
        ),
        (
            'create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: exceeded '
            "quota: few, requested: pods=1, used: pods=5, limited: pods=5",
            {
                "by": "quota",
                "quota": "few",
                "requested": {"pods": "1"},
                "used": {"pods": "5"},
                "limited": {"pods": "5"},
            },
        ),
        (
            FORBIDDEN + "failed quota: compute: must specify limits.memory,requests.cpu",
            {"by": "quota", "quota": "compute", "unspecified": ["limits.memory", "requests.cpu"]},
        ),
        (
            FORBIDDEN + "failed quota: compute: must specify limits.memory for: web; requests.cpu "
            "for: web,side.car",
            {"by": "quota", "quota": "compute", "unspecified": ["limits.memory", "requests.cpu"]},
        ),
        (
            FORBIDDEN + "maximum memory usage per Container is 1Gi, but limit is 2Gi",
            {
                "by": "limit-range",
                "bounds": ["maximum memory per Container"],
                "requested": {"memory": "2Gi"},
                "limited": {"memory": "1Gi"},
            },
        ),
        (
            FORBIDDEN + "[minimum cpu usage per Container is 100m, but request is 50m, maximum "
            "memory usage per Pod is 1Gi, but limit is 2Gi]",
            {
                "by": "limit-range",
                "bounds": ["minimum cpu per Container", "maximum memory per Pod"],
                "requested": {"cpu": "50m", "memory": "2Gi"},
                "limited": {"cpu": "100m", "memory": "1Gi"},
            },
        ),
        (
            FORBIDDEN + "maximum memory usage per Container is 1Gi. No limit is specified",
            {
                "by": "limit-range",
                "bounds": ["maximum memory per Container"],
                "requested": {},
                "limited": {"memory": "1Gi"},
            },
        ),
        (
            FORBIDDEN + "cpu max limit to request ratio per Container is 2, but provided ratio is "
            "4.000000",
            {
                "by": "limit-range",
                "bounds": ["ratio cpu per Container"],
                "requested": {},
                "limited": {"cpu": "2"},
            },
        ),
        (
            FORBIDDEN + 'violates PodSecurity "restricted:latest": runAsNonRoot != true (pod or '
            'container "web" must set securityContext.runAsNonRoot=true)',
            {"by": "pod-security", "name": "restricted:latest"},
        ),
        (
            'Error creating: admission webhook "policy.acme.io" denied the request: no latest tags',
            {"by": "webhook", "name": "policy.acme.io"},
        ),
        (
            'Error creating: Internal error occurred: failed calling webhook "inject.acme.io": '
            'failed to call webhook: Post "https://inject.acme.svc:443/m?timeout=10s": dial tcp '
            "10.96.0.9:443: connect: connection refused",
            {"by": "webhook", "name": "inject.acme.io"},
        ),
        (
            FORBIDDEN + 'error looking up service account shop/robot: serviceaccount "robot" not '
            "found",
            {"by": "service-account", "name": "robot"},
        ),
        (
            FORBIDDEN + "no PriorityClass with name urgent was found",
            {"by": "priority-class", "name": "urgent"},
        ),
        (
            FORBIDDEN + "ValidatingAdmissionPolicy 'tags' with binding 'b' denied request: no",
            {"by": "other", "name": "tags"},
        ),
        ("Error creating: etcdserver: request timed out", {"by": "other"}),
    ],
)
def test_create_denied(message: str, expected: dict[str, Any]) -> None:
    combined = f"(combined from similar events): {message}"
    assert only("FailedCreate", message) == ("create.denied", expected | {"message": message})
    assert read("FailedCreate", combined) == read("FailedCreate", message)


@pytest.mark.parametrize(
    ("reason", "message", "storage_class", "cause"),
    [
        ("ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found', "fast", "class-missing"),
        ("ProvisioningFailed", 'failed to provision volume with StorageClass "ssd": rpc error: code = ResourceExhausted', "ssd", "provisioner"),
        ("WaitForFirstConsumer", "waiting for first consumer to be created before binding", "", "waiting"),
        ("ExternalProvisioning", "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator.", "", "waiting"),
        ("FailedBinding", "no persistent volumes available for this claim and no storage class is set", "", "other"),
    ],
)  # fmt: skip
def test_provision_failed(reason: str, message: str, storage_class: str, cause: str) -> None:
    expected = {"message": message, "class": storage_class, "cause": cause}
    assert only(reason, message) == ("provision.failed", expected)


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("BackoffLimitExceeded", "Job has reached the specified backoff limit"),
        ("DeadlineExceeded", "Job was active longer than specified deadline"),
    ],
)
def test_job_failure(reason: str, message: str) -> None:
    assert only(reason, message) == ("job.failure", {"reason": reason, "message": message})


def test_a_pods_own_deadline_is_not_its_jobs() -> None:
    message = "Pod was active on the node longer than the specified deadline"
    assert read("DeadlineExceeded", message) == [
        Statement("pod.reason", "DeadlineExceeded"),
        Statement("pod.message", message),
    ]


def test_evicted() -> None:
    message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi."
    assert read("Evicted", message) == [
        Statement("pod.reason", "Evicted"),
        Statement("pod.message", message),
        Statement("pod.evicted", {"by": "node", "resource": "memory", "message": message}),
    ]
