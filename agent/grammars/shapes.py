"""Shapes of manifest fields: texts, words and bounds that the schemas do not tell.

Sources: the field documentation and validation of Kubernetes 1.36. Keys are (schema, field); an empty
schema stands for any.
"""

from __future__ import annotations

from tools.manifest.values import ENUMS

_CORE = "io.k8s.api.core.v1."
_APPS = "io.k8s.api.apps.v1."
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_HPA = "io.k8s.api.autoscaling.v2."
_NET = "io.k8s.api.networking.v1."
_RBAC = "io.k8s.api.rbac.v1."

NAME = "[a-z]([a-z0-9-]{0,50}[a-z0-9])?"
"""A DNS label; every kind takes it."""
PORT_NAME = "[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,6})?"
PERCENT = "(100|[1-9]?[0-9])%"
IMAGE = (
    "[a-z0-9]+([._-][a-z0-9]+){0,6}(:[1-9][0-9]{1,3})?(/[a-z0-9]+([._-][a-z0-9]+){0,4}){0,4}"
    ":[A-Za-z0-9_][A-Za-z0-9_.-]{0,60}(@sha256:[0-9a-f]{64})?"
)
FILE = "/|(/[A-Za-z0-9_-]([A-Za-z0-9._-]{0,38}[A-Za-z0-9_-])?){1,6}"
VARIABLE = "[A-Za-z_][A-Za-z0-9_]{0,60}"
LABEL_VALUE = "[A-Za-z0-9]([A-Za-z0-9_.-]{0,60}[A-Za-z0-9])?"
LABEL_KEY = "(app[.]kubernetes[.]io/|prometheus[.]io/)?[A-Za-z][A-Za-z0-9_.-]{0,38}[A-Za-z0-9]"
"""Prefixes that belong to machinery cannot be said; two letters at least."""
CRON = (
    "([*](/[1-9]|/[1-5][0-9])?|[1-5]?[0-9](,[1-5]?[0-9]){0,3}) ([*](/[1-9]|/1[0-2])?|1?[0-9]|2[0-3])"
    " ([*]|[1-9]|1[0-9]|2[0-8]) ([*]|[1-9]|1[0-2]) ([*]|[0-6]|1-5)"
)
_BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
CIDR = f"({_BYTE}[.]){{3}}{_BYTE}/(3[0-2]|[12]?[0-9])"
QUANTITY = "(0|[1-9][0-9]{0,4})[.][0-9]|[1-9][0-9]{0,5}(m|k|M|G|T|Ki|Mi|Gi|Ti)?"
CONDITION_WORD = "[A-Z][A-Za-z]{2,20}"

SHAPES: dict[tuple[str, str], str] = {
    ("", "name"): NAME,
    ("", "namespace"): NAME,
    ("", "generateName"): NAME + "-",
    ("", "image"): IMAGE,
    ("", "path"): FILE,
    ("", "mountPath"): FILE,
    ("", "subPath"): "[A-Za-z0-9_-]{1,40}([./][A-Za-z0-9_-]{1,20}){0,3}",
    ("", "workingDir"): FILE,
    ("", "key"): "[A-Za-z0-9_-]{1,40}([.][A-Za-z0-9_-]{1,20}){0,3}",
    ("", "port"): PORT_NAME,
    ("", "targetPort"): PORT_NAME,
    ("", "host"): NAME,
    ("", "hostname"): NAME,
    ("", "subdomain"): NAME,
    ("", "prefix"): VARIABLE,
    ("", "labels"): LABEL_VALUE,
    (_META + "ObjectMeta", "labels"): LABEL_VALUE,
    ("", "matchLabels"): LABEL_VALUE,
    ("", "nodeSelector"): LABEL_VALUE,
    ("", "values"): LABEL_VALUE,
    ("", "selector"): LABEL_VALUE,
    (_META + "LabelSelectorRequirement", "key"): LABEL_KEY,
    (_CORE + "Toleration", "key"): LABEL_KEY,
    (_CORE + "KeyToPath", "path"): "[A-Za-z0-9_-]{1,40}([./][A-Za-z0-9_-]{1,20}){0,3}",
    ("", "maxSurge"): PERCENT,
    ("", "maxUnavailable"): PERCENT,
    ("", "minAvailable"): PERCENT,
    ("", "cidr"): CIDR,
    ("", "except"): CIDR,
    ("", "schedule"): CRON,
    ("", "timeZone"): "Etc/UTC|Europe/Berlin|America/New_York|Asia/Tokyo",
    ("", "priorityClassName"): NAME,
    ("", "storageClassName"): NAME,
    ("", "ingressClassName"): NAME,
    ("", "hosts"): NAME,
    ("", "secretName"): NAME,
    ("", "serviceName"): NAME,
    (_NET + "ServiceBackendPort", "name"): PORT_NAME,
    ("", "volumeName"): NAME,
    ("", "schedulerName"): "default-scheduler",
    ("", "topologyKey"): "kubernetes.io/hostname|topology.kubernetes.io/zone",
    ("", "apiVersion"): "v1|apps/v1|batch/v1",
    ("", "kind"): CONDITION_WORD,
    (
        "",
        "fieldPath",
    ): "metadata[.](name|namespace|uid)|spec[.](nodeName|serviceAccountName)|status[.](podIP|hostIP)",
    ("", "containerName"): NAME,
    (_CORE + "EnvVar", "name"): VARIABLE,
    (_CORE + "ContainerPort", "name"): PORT_NAME,
    (_CORE + "ServicePort", "name"): PORT_NAME,
    (_CORE + "TCPSocketAction", "host"): NAME,
    (_CORE + "Toleration", "value"): LABEL_VALUE,
    (_CORE + "HTTPHeader", "name"): "[A-Z][A-Za-z-]{0,38}[a-z]",
    (_CORE + "ResourceFieldSelector", "resource"): "(limits|requests)[.](cpu|memory)",
    (_HPA + "CrossVersionObjectReference", "apiVersion"): "apps/v1",
    (_RBAC + "PolicyRule", "nonResourceURLs"): FILE,
}
ENUM: dict[tuple[str, str], tuple[str, ...]] = {
    **ENUMS,
    (_CORE + "EmptyDirVolumeSource", "medium"): ("", "Memory"),
    (_CORE + "PersistentVolumeClaimSpec", "volumeMode"): ("Filesystem", "Block"),
    (_CORE + "TypedLocalObjectReference", "kind"): ("PersistentVolumeClaim",),
    (_CORE + "Toleration", "operator"): ("Equal", "Exists"),
    (_CORE + "VolumeMount", "mountPropagation"): ("None", "HostToContainer"),
    (_CORE + "Container", "restartPolicy"): ("Always",),
    (_CORE + "PodSpec", "dnsPolicy"): ("ClusterFirst", "Default"),
    (_CORE + "ResourceFieldSelector", "divisor"): ("1", "1m", "1Mi"),
    ("io.k8s.api.batch.v1.JobSpec", "podReplacementPolicy"): ("TerminatingOrFailed", "Failed"),
    (_HPA + "CrossVersionObjectReference", "kind"): ("Deployment", "StatefulSet"),
    (_HPA + "MetricSpec", "type"): ("Resource", "ContainerResource"),
    (_HPA + "ResourceMetricSource", "name"): ("cpu", "memory"),
    (_HPA + "ContainerResourceMetricSource", "name"): ("cpu", "memory"),
    (_HPA + "MetricTarget", "type"): ("Utilization", "AverageValue"),
    (_HPA + "HPAScalingRules", "selectPolicy"): ("Max", "Min", "Disabled"),
    (_HPA + "HPAScalingPolicy", "type"): ("Pods", "Percent"),
    ("io.k8s.api.policy.v1.PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy"): (
        *("AlwaysAllow", "IfHealthyBudget"),
    ),
    **{
        (_APPS + "StatefulSetPersistentVolumeClaimRetentionPolicy", word): ("Delete", "Retain")
        for word in ("whenDeleted", "whenScaled")
    },
    (_NET + "NetworkPolicyPort", "protocol"): ("TCP", "UDP", "SCTP"),
    (_RBAC + "PolicyRule", "apiGroups"): (
        *("", "apps", "batch", "autoscaling", "networking.k8s.io", "discovery.k8s.io", "policy"),
    ),
    (_RBAC + "PolicyRule", "resources"): (
        *("pods", "pods/log", "services", "configmaps", "events", "endpoints", "deployments"),
        *("replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "ingresses"),
        *("networkpolicies", "horizontalpodautoscalers", "persistentvolumeclaims"),
    ),
    (_RBAC + "PolicyRule", "verbs"): (
        "get",
        "list",
        "watch",
        "create",
        "update",
        "patch",
        "delete",
    ),
}
RANGES: dict[tuple[str, str], tuple[int, int]] = {
    **{
        ("", word): (1, 65535)
        for word in ("port", "targetPort", "containerPort", "number", "endPort")
    },
    ("", "nodePort"): (30000, 32767),
    ("", "replicas"): (0, 50),
    ("", "minReplicas"): (1, 3),
    ("", "maxReplicas"): (3, 50),
    ("", "successThreshold"): (1, 1),
    ("", "minReadySeconds"): (0, 120),
    ("", "progressDeadlineSeconds"): (300, 3600),
    ("", "activeDeadlineSeconds"): (1, 86400),
    ("", "startingDeadlineSeconds"): (10, 86400),
    ("", "ttlSecondsAfterFinished"): (0, 604800),
    ("", "terminationGracePeriodSeconds"): (1, 600),
    ("", "parallelism"): (0, 50),
    ("", "completions"): (0, 50),
    ("", "backoffLimit"): (0, 20),
    ("", "revisionHistoryLimit"): (0, 20),
    ("", "successfulJobsHistoryLimit"): (0, 20),
    ("", "failedJobsHistoryLimit"): (0, 20),
    ("", "maxSurge"): (0, 50),
    ("", "maxUnavailable"): (0, 50),
    ("", "minAvailable"): (0, 50),
    ("", "averageUtilization"): (1, 200),
    ("", "stabilizationWindowSeconds"): (0, 3600),
    ("", "defaultMode"): (0, 511),
    ("", "mode"): (0, 511),
    ("", "weight"): (1, 100),
    **{("", word): (1, 600) for word in ("periodSeconds", "timeoutSeconds", "failureThreshold")},
    (_HPA + "HPAScalingPolicy", "value"): (1, 100),
    (_HPA + "HPAScalingPolicy", "periodSeconds"): (1, 1800),
}
LISTS: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    (_CORE + "PersistentVolumeClaimSpec", "accessModes"): (
        ("ReadWriteOnce",),
        ("ReadOnlyMany",),
        ("ReadWriteMany",),
        ("ReadWriteOncePod",),
    ),
    (_NET + "NetworkPolicySpec", "policyTypes"): (("Ingress",), ("Egress",), ("Ingress", "Egress")),
}
"""Short lists of words without repeats."""
KEYS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "limits"): ("cpu", "ephemeral-storage", "memory"),
    ("", "requests"): ("cpu", "ephemeral-storage", "memory"),
    ("", "hard"): ("limits.cpu", "limits.memory", "pods", "requests.cpu", "requests.memory"),
    (_CORE + "VolumeResourceRequirements", "requests"): ("storage",),
    (_CORE + "VolumeResourceRequirements", "limits"): ("storage",),
}
