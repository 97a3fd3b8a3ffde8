"""What may change in an object that exists, and the words for what may not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.good_objects import made, told

C = "spec/containers/0"
POD_FIELDS = "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.init"
UPDATED = [
    ("Pod", "metadata/uid", "u", None),
    ("Pod", f"{C}/image", "busybox:1.37", None),
    ("Pod", f"{C}/command", ["sh"], POD_FIELDS),
    ("Pod", "spec/nodeName", "n", POD_FIELDS),
    ("Pod", "spec/tolerations", [{"key": "a", "operator": "Exists"}], None),
    ("Deployment", "spec/replicas", 3, None),
    ("Deployment", "spec/replicas", -3, "spec.replicas: Invalid value: -3: must be greater than"),
    ("ReplicaSet", "spec/minReadySeconds", 3, None),
    ("StatefulSet", "spec/replicas", 3, None),
    (
        "StatefulSet",
        "spec/serviceName",
        "t",
        (
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', "
            "'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
            "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
        ),
    ),
    ("Job", "spec/template/spec/containers/0/image", "b", "spec.template: Invalid value: {"),
    ("Job", "spec/ttlSecondsAfterFinished", 2, None),
    ("Job", "spec/completions", 2, "spec.completions: Invalid value: 2: field is immutable"),
    (
        "PersistentVolumeClaim",
        "spec/resources/requests/storage",
        "2Gi",
        (
            "spec: Forbidden: spec is immutable after creation except resources.requests and "
            "volumeAttributesClassName for bound claims"
        ),
    ),
    ("PersistentVolumeClaim", "spec/volumeName", "pv", None),
    (
        "PersistentVolume",
        "spec/hostPath/path",
        "/b",
        (
            "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is "
            "immutable after creation"
        ),
    ),
    (
        "StorageClass",
        "provisioner",
        "b",
        "provisioner: Forbidden: updates to provisioner are forbidden.",
    ),
    (
        "Service",
        "spec/clusterIP",
        "10.96.0.8",
        'spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set',
    ),
    (
        "Secret",
        "type",
        "example.com/other",
        'type: Invalid value: "example.com/other": field is immutable',
    ),
    (
        "RoleBinding",
        "roleRef/name",
        "s",
        (
            "roleRef: Invalid value: "
            '{"kind":"Role","name":"s","apiGroup":"rbac.authorization.k8s.io"}: cannot '
            "change roleRef"
        ),
    ),
    ("PriorityClass", "value", 6, "value: Forbidden: may not be changed in an update."),
    (
        "CustomResourceDefinition",
        "spec/scope",
        "Cluster",
        'spec.scope: Invalid value: "Cluster": field is immutable',
    ),
]


@pytest.mark.parametrize(("kind", "path", "value", "said"), UPDATED)
def test_a_rule_of_change(kind: str, path: str, value: Any, said: str) -> None:
    found = told(kind, made(kind, path, value), made(kind))
    assert found == [] if said is None else any(line.startswith(said) for line in found)


def test_a_selector_stays() -> None:
    new = made("Deployment", "spec/selector", {"matchLabels": {"app": "b"}})
    assert told("Deployment", new, made("Deployment")) == [
        'spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
        'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match '
        "template `labels`",
    ]


def test_a_bound_claim_grows_and_does_not_shrink() -> None:
    def claim(size: str) -> Any:
        return {
            **made("PersistentVolumeClaim", "spec/resources/requests/storage", size),
            "status": {"phase": "Bound", "capacity": {"storage": "2Gi"}},
        }

    assert told("PersistentVolumeClaim", claim("3Gi"), claim("2Gi")) == []
    assert told("PersistentVolumeClaim", claim("1Gi"), claim("2Gi")) == [
        "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"
    ]


def test_what_is_immutable_stays() -> None:
    old = {**made("ConfigMap"), "immutable": True}
    new = {**old, "data": {"key": "other"}}
    words = "field is immutable when `immutable` is set"
    assert told("ConfigMap", new, old) == [f"data: Forbidden: {words}"]
    assert told("ConfigMap", {**old, "immutable": False}, old) == [f"immutable: Forbidden: {words}"]


def test_a_change_is_not_blamed_for_what_was_wrong_before() -> None:
    old = made("Deployment", "spec/template/spec/containers/0/name", "Bad_Name")
    new = copy.deepcopy(old)
    new["spec"]["replicas"] = 5
    assert told("Deployment", old) != []
    assert told("Deployment", new, old) == []
