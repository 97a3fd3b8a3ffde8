"""One row per rule: what is changed in a good object, and the words that must come of it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.validation import check, invalid
from tests.good_objects import GOOD, ROWS, made, told


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_object_is_fine_and_may_stay_as_it_is(kind: str) -> None:
    assert told(kind, made(kind)) == []
    assert told(kind, made(kind), made(kind)) == []


C = "spec/containers/0"
S = "spec.containers[0]"
CREATED: list[tuple[str, str, Any, str]] = [
    (
        "Pod",
        "metadata/name",
        "Bad",
        'metadata.name: Invalid value: "Bad": a lowercase RFC 1123 sub',
    ),
    (
        "Pod",
        "metadata/name",
        None,
        "metadata.name: Required value: name or generateName is required",
    ),
    (
        "Pod",
        "metadata/generateName",
        "A-",
        'metadata.generateName: Invalid value: "A-": a lowercase',
    ),
    (
        "Pod",
        "metadata/labels",
        {"a": "b c"},
        'metadata.labels: Invalid value: "b c": a valid label',
    ),
    (
        "Pod",
        "metadata/annotations",
        {"a b": ""},
        'metadata.annotations: Invalid value: "a b": name',
    ),
    (
        "Pod",
        "metadata/finalizers",
        ["x"],
        'metadata.finalizers: Invalid value: "x": name is neither',
    ),
    ("Pod", f"{C}/image", None, f"{S}.image: Required value"),
    ("Pod", f"{C}/name", None, f"{S}.name: Required value"),
    (
        "Pod",
        "spec/initContainers",
        [{"name": "c", "image": "i"}],
        "spec.initContainers[0].name: Dup",
    ),
    ("Pod", f"{C}/ports", [{"containerPort": 0}], f"{S}.ports[0].containerPort: Required value"),
    (
        "Pod",
        f"{C}/ports",
        [{"containerPort": 1, "protocol": "X"}],
        f'{S}.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
    ),
    (
        "Pod",
        f"{C}/ports",
        [{"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}],
        f'{S}.ports[1].name: Duplicate value: "a"',
    ),
    (
        "Pod",
        f"{C}/ports",
        [{"containerPort": 1, "name": "a" * 16}],
        f'{S}.ports[0].name: Invalid value: "{"a" * 16}": must be no more than 15',
    ),
    ("Pod", f"{C}/env", [{"name": ""}], f"{S}.env[0].name: Required value"),
    (
        "Pod",
        f"{C}/env",
        [{"name": "A", "value": "1", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        f'{S}.env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty',
    ),
    (
        "Pod",
        f"{C}/env",
        [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s"}}}],
        f"{S}.env[0].valueFrom.secretKeyRef.key: Required value",
    ),
    (
        "Pod",
        f"{C}/resources",
        {"limits": {"cpu": "-1"}},
        f'{S}.resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    ),
    (
        "Pod",
        f"{C}/resources",
        {"limits": {"gpu": "1"}},
        f'{S}.resources.limits[gpu]: Invalid value: "gpu": must be a standard resource type',
    ),
    (
        "Pod",
        f"{C}/livenessProbe",
        {},
        f"{S}.livenessProbe: Required value: must specify a handler type",
    ),
    (
        "Pod",
        f"{C}/livenessProbe",
        {"exec": {"command": ["a"]}, "successThreshold": 2},
        f"{S}.livenessProbe.successThreshold: Invalid value: 2: must be 1",
    ),
    (
        "Pod",
        f"{C}/readinessProbe",
        {"httpGet": {"port": 70000}},
        f"{S}.readinessProbe.httpGet.port: Invalid value: 70000: must be between",
    ),
    (
        "Pod",
        "spec/restartPolicy",
        "Maybe",
        (
            'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", '
            '"Never", "OnFailure"'
        ),
    ),
    (
        "Pod",
        "spec/volumes",
        [{"name": "v", "secret": {}}],
        "spec.volumes[0].secret.secretName: Required value",
    ),
    (
        "Pod",
        "spec/volumes",
        [{"name": "v", "emptyDir": {}, "hostPath": {"path": "/"}}],
        "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
    ),
    (
        "Pod",
        "spec/volumes",
        [{"name": "v"}, {"name": "v"}],
        'spec.volumes[1].name: Duplicate value: "v"',
    ),
    (
        "Pod",
        "spec/tolerations",
        [{"key": "a", "operator": "Same"}],
        (
            'spec.tolerations[0].operator: Unsupported value: "Same": supported values: '
            '"Equal", "Exists"'
        ),
    ),
    (
        "Pod",
        "spec/tolerations",
        [{"key": "a", "effect": "Go"}],
        (
            'spec.tolerations[0].effect: Unsupported value: "Go": supported values: '
            '"NoExecute", "NoSchedule", "PreferNoSchedule"'
        ),
    ),
    ("Deployment", "spec/selector", None, "spec.selector: Required value"),
    (
        "Deployment",
        "spec/selector",
        {},
        "spec.selector: Invalid value: {}: empty selector is invalid for deployment",
    ),
    (
        "Deployment",
        "spec/strategy",
        {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}},
        (
            "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy "
            "`type` is 'Recreate'"
        ),
    ),
    (
        "Deployment",
        "spec/strategy",
        {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
        (
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when "
            "`maxSurge` is 0"
        ),
    ),
    (
        "Deployment",
        "spec/minReadySeconds",
        600,
        "spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds",
    ),
    (
        "StatefulSet",
        "spec/podManagementPolicy",
        "Any",
        "spec.podManagementPolicy: Invalid value: \"Any\": must be 'OrderedReady' or 'Parallel'",
    ),
    (
        "DaemonSet",
        "spec/updateStrategy",
        {"type": "X"},
        (
            'spec.updateStrategy: Unsupported value: {"Type":"X","RollingUpdate":null}: '
            'supported values: "OnDelete", "RollingUpdate"'
        ),
    ),
    (
        "Job",
        "spec/template/spec/restartPolicy",
        "Always",
        'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ),
    (
        "Job",
        "spec/backoffLimit",
        -1,
        "spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0",
    ),
    (
        "CronJob",
        "spec/schedule",
        "* * *",
        'spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]',
    ),
    (
        "CronJob",
        "spec/concurrencyPolicy",
        "X",
        (
            'spec.concurrencyPolicy: Unsupported value: "X": supported values: "Allow", '
            '"Forbid", "Replace"'
        ),
    ),
    (
        "CronJob",
        "metadata/name",
        "a" * 53,
        f'metadata.name: Invalid value: "{"a" * 53}": must be no more than 52 characters',
    ),
    (
        "Service",
        "spec/type",
        "Other",
        (
            'spec.type: Unsupported value: "Other": supported values: "ClusterIP", '
            '"ExternalName", "LoadBalancer", "NodePort"'
        ),
    ),
    ("Service", "spec/ports", None, "spec.ports: Required value"),
    (
        "Service",
        "spec/ports",
        [{"port": 1}, {"port": 2, "name": "b"}],
        "spec.ports[0].name: Required value",
    ),
    (
        "Service",
        "spec/ports",
        [{"port": 1, "nodePort": 30000}],
        "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ),
    ("Service", "metadata/name", "1a", 'metadata.name: Invalid value: "1a": a DNS-1035 label must'),
    (
        "ConfigMap",
        "data",
        {"a b": ""},
        'data[a b]: Invalid value: "a b": a valid config key must consist of',
    ),
    ("Secret", "type", "kubernetes.io/tls", "data[tls.crt]: Required value"),
    (
        "PersistentVolumeClaim",
        "spec/accessModes",
        None,
        "spec.accessModes: Required value: at least 1 access mode is required",
    ),
    (
        "PersistentVolumeClaim",
        "spec/accessModes",
        ["RWO"],
        (
            'spec.accessModes: Unsupported value: "RWO": supported values: "ReadOnlyMany", '
            '"ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"'
        ),
    ),
    ("PersistentVolumeClaim", "spec/resources", None, "spec.resources[storage]: Required value"),
    ("PersistentVolume", "spec/hostPath", None, "spec: Required value: must specify a volume type"),
    ("PersistentVolume", "spec/capacity", None, "spec.capacity: Required value"),
    ("StorageClass", "volumeBindingMode", "Later", 'volumeBindingMode: Unsupported value: "Later"'),
    (
        "HorizontalPodAutoscaler",
        "spec/minReplicas",
        5,
        "spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`",
    ),
    (
        "HorizontalPodAutoscaler",
        "spec/maxReplicas",
        0,
        "spec.maxReplicas: Invalid value: 0: must be greater than 0",
    ),
    (
        "PodDisruptionBudget",
        "spec/maxUnavailable",
        1,
        (
            "spec: Invalid value: "
            '{"MinAvailable":1,"Selector":{"matchLabels":{"app":"a"}},"MaxUnavailable":1,"Unh'
            'ealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both '
            "set"
        ),
    ),
    (
        "NetworkPolicy",
        "spec/policyTypes",
        ["In"],
        'spec.policyTypes[0]: Unsupported value: "In": supported values: "Egress", "Ingress"',
    ),
    (
        "NetworkPolicy",
        "spec/ingress",
        [{"from": [{}]}],
        "spec.ingress[0].from[0]: Required value: must specify a peer",
    ),
    (
        "Ingress",
        "spec/defaultBackend",
        None,
        "spec: Invalid value: []: either `defaultBackend` or `rules` must be specified",
    ),
    (
        "Role",
        "rules",
        [{"apiGroups": [""], "resources": ["pods"]}],
        "rules[0].verbs: Required value: verbs must contain at least one value",
    ),
    ("RoleBinding", "roleRef/kind", "User", 'roleRef.kind: Unsupported value: "User"'),
    (
        "RoleBinding",
        "subjects",
        [{"kind": "ServiceAccount", "name": "a"}],
        "subjects[0].namespace: Required value",
    ),
    (
        "ResourceQuota",
        "spec/hard",
        {"pods": "-1"},
        'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
    ),
    (
        "LimitRange",
        "spec/limits",
        [{"type": "Container", "min": {"cpu": "2"}, "max": {"cpu": "1"}}],
        'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
    ),
    (
        "PriorityClass",
        "value",
        2_000_000_000,
        "value: Forbidden: maximum allowed value of a user defined priority is 1000000000",
    ),
    (
        "Namespace",
        "metadata/name",
        "a.b",
        'metadata.name: Invalid value: "a.b": a lowercase RFC 1123 label',
    ),
    (
        "Namespace",
        "metadata/namespace",
        "a",
        "metadata.namespace: Forbidden: not allowed on this type",
    ),
    (
        "Node",
        "spec/taints",
        [{"key": "k", "effect": "X"}],
        'spec.taints[0].effect: Unsupported value: "X"',
    ),
    (
        "CustomResourceDefinition",
        "metadata/name",
        "x",
        'metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group',
    ),
    (
        "CustomResourceDefinition",
        "spec/versions/0/schema",
        None,
        "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required",
    ),
]


@pytest.mark.parametrize(("kind", "path", "value", "said"), CREATED)
def test_a_rule_of_creation(kind: str, path: str, value: Any, said: str) -> None:
    assert any(line.startswith(said) for line in told(kind, made(kind, path, value)))


def test_many_problems_are_one_message_and_many_causes() -> None:
    new = made("Pod", C, {"name": "A"})
    failure = invalid(ROWS["Pod"], "x", check(ROWS["Pod"], new, None))
    assert failure.message.startswith('Pod "x" is invalid: [spec.containers[0].name: Invalid value')
    assert failure.message.endswith(", spec.containers[0].image: Required value]")
    assert failure.details is not None
    assert [c["reason"] for c in failure.details["causes"]] == [
        "FieldValueInvalid",
        "FieldValueRequired",
    ]
    assert "group" not in failure.details
