"""What is known of manifest fields beyond their schemas: shapes, bounds, and what a move never writes.

Sources: the field documentation and validation of Kubernetes 1.36; what is left out is what the policy
forbids, what the server fills in, and old or rare corners that only make answers long.
"""

from __future__ import annotations

from functools import cache

from model.grammar.leaves import Leaves
from model.grammar.objects import ObjectRules, Variant
from tools.kubectl.policy import Policy
from tools.manifest.compile import FREE, QUANTITY_NAME
from tools.manifest.values import ENUMS

_CORE = "io.k8s.api.core.v1."
_APPS = "io.k8s.api.apps.v1."
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_HPA = "io.k8s.api.autoscaling.v2."
_NET = "io.k8s.api.networking.v1."
_RBAC = "io.k8s.api.rbac.v1."

NAME = "[a-z][a-z0-9-]{0,30}[a-z0-9]"
"""A DNS label; every kind takes it."""
PORT_NAME = "[a-z]{2,6}-?[a-z0-9]{1,6}"
PERCENT = "(100|[1-9]?[0-9])%"
IMAGE = (
    r"([a-z0-9]{2,12}[.](io|dev|com)/)?[a-z0-9]{2,20}(/[a-z0-9]{2,20})?:[a-z0-9][a-z0-9.-]{0,20}"
)
FILE = "(/[a-z0-9._-]{1,20}){1,4}"
VARIABLE = "[A-Z][A-Z0-9_]{1,30}"
LABEL_VALUE = "[a-z0-9]([a-z0-9.-]{0,30}[a-z0-9])?"
CRON = "([*]|[*]/[1-9]|[1-5]?[0-9]) ([*]|1?[0-9]|2[0-3]) ([*]|[1-9]|1[0-9]|2[0-8]) [*] ([*]|[0-6])"
CIDR = "10([.](0|[1-9][0-9]?)){2}[.]0/24|172[.](1[6-9]|2[0-9])[.]0[.]0/16|192[.]168[.]0[.]0/16"
LABEL_KEY = "(app[.]kubernetes[.]io/)?[a-z][a-z0-9-]{0,30}[a-z0-9]"
CONDITION_WORD = "[A-Z][A-Za-z]{2,20}"

SHAPES: dict[tuple[str, str], str] = {
    ("", "name"): NAME,
    ("", "namespace"): NAME,
    ("", "generateName"): NAME + "-",
    ("", "image"): IMAGE,
    ("", "path"): FILE,
    ("", "mountPath"): FILE,
    ("", "subPath"): "[a-z0-9][a-z0-9._-]{0,20}",
    ("", "workingDir"): FILE,
    ("", "key"): "[A-Za-z0-9][A-Za-z0-9._-]{0,30}",
    ("", "port"): PORT_NAME,
    ("", "targetPort"): PORT_NAME,
    ("", "host"): NAME,
    ("", "hostname"): NAME,
    ("", "subdomain"): NAME,
    ("", "prefix"): VARIABLE,
    ("", "labels"): LABEL_VALUE,
    ("", "matchLabels"): LABEL_VALUE,
    ("", "nodeSelector"): LABEL_VALUE,
    ("", "values"): LABEL_VALUE,
    ("", "selector"): LABEL_VALUE,
    (_META + "LabelSelectorRequirement", "key"): LABEL_KEY,
    (_CORE + "Toleration", "key"): LABEL_KEY,
    (_CORE + "KeyToPath", "path"): "[a-z0-9][a-z0-9._-]{0,20}[a-z0-9]",
    ("", "maxSurge"): PERCENT,
    ("", "maxUnavailable"): PERCENT,
    ("", "minAvailable"): PERCENT,
    ("", "cidr"): CIDR,
    ("", "except"): CIDR,
    ("", "schedule"): CRON,
    ("", "timeZone"): "Etc/UTC|Europe/Berlin|America/New_York|Asia/Tokyo",
    ("", "priorityClassName"): NAME,
    ("", "storageClassName"): NAME,
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
    (_CORE + "HTTPHeader", "name"): "[A-Z][A-Za-z-]{1,20}",
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
    (_CORE + "PodOS", "name"): ("linux",),
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
DEMANDED: dict[str, tuple[str, ...]] = {
    "io.k8s.api.apps.v1.Deployment": ("spec",),
    "io.k8s.api.apps.v1.StatefulSet": ("spec",),
    "io.k8s.api.apps.v1.DaemonSet": ("spec",),
    "io.k8s.api.batch.v1.Job": ("spec",),
    "io.k8s.api.batch.v1.CronJob": ("spec",),
    "io.k8s.api.batch.v1.JobTemplateSpec": ("spec",),
    _CORE + "PodTemplateSpec": ("spec",),
    _CORE + "Container": ("image",),
    _CORE + "Service": ("spec",),
    _CORE + "ServiceSpec": ("ports", "selector"),
    _CORE + "PersistentVolumeClaim": ("spec",),
    _CORE + "PersistentVolumeClaimSpec": ("accessModes", "resources"),
    _CORE + "VolumeResourceRequirements": ("requests",),
    _CORE + "LocalObjectReference": ("name",),
    _CORE + "ConfigMapEnvSource": ("name",),
    _CORE + "SecretEnvSource": ("name",),
    _CORE + "ConfigMapKeySelector": ("name",),
    _CORE + "SecretKeySelector": ("name",),
    _CORE + "ConfigMapVolumeSource": ("name",),
    _CORE + "SecretVolumeSource": ("secretName",),
    _CORE + "HTTPGetAction": ("port",),
    _CORE + "ExecAction": ("command",),
    _HPA + "HorizontalPodAutoscaler": ("spec",),
    _HPA + "CrossVersionObjectReference": ("apiVersion",),
    _NET + "NetworkPolicy": ("spec",),
    _NET + "NetworkPolicySpec": ("podSelector",),
    _NET + "IngressSpec": ("rules",),
    _NET + "IngressRule": ("http",),
    _NET + "IngressBackend": ("service",),
    _NET + "IngressServiceBackend": ("port",),
    _RBAC + "Role": ("rules",),
    _RBAC + "PolicyRule": ("apiGroups", "resources", "verbs"),
    "io.k8s.api.policy.v1.PodDisruptionBudget": ("spec",),
    "io.k8s.api.policy.v1.PodDisruptionBudgetSpec": ("selector",),
}
"""What the server demands though the schemas do not say so."""


def _one_of(*words: str, others: tuple[str, ...] = ()) -> tuple[Variant, ...]:
    """Exactly one of the fields; `others` only ever stand alone too."""
    return tuple(
        Variant(needed=(word,), without=(*(w for w in words if w != word), *others))
        for word in words
    )


_SELECTION = (
    Variant(values={"operator": ("In", "NotIn")}, needed=("values",)),
    Variant(values={"operator": ("Exists", "DoesNotExist")}, without=("values",)),
)
VARIANTS: dict[str, tuple[Variant, ...]] = {
    _META + "LabelSelectorRequirement": _SELECTION,
    _CORE + "EnvVar": _one_of("value", "valueFrom"),
    _CORE + "EnvVarSource": _one_of("configMapKeyRef", "secretKeyRef", "fieldRef"),
    _CORE + "EnvFromSource": _one_of("configMapRef", "secretRef"),
    _CORE + "Volume": _one_of(
        "configMap", "emptyDir", "persistentVolumeClaim", "secret", others=("image",)
    ),
    _CORE + "Probe": _one_of("exec", "httpGet", "tcpSocket"),
    _CORE + "Toleration": (
        Variant(
            needed=("key",),
            values={"operator": ("Exists",)},
            without=("value", "tolerationSeconds"),
        ),
        Variant(
            needed=("key", "value"), values={"operator": ("Equal",)}, without=("tolerationSeconds",)
        ),
    ),
    "io.k8s.api.apps.v1.DeploymentStrategy": (
        Variant(values={"type": ("RollingUpdate",)}),
        Variant(values={"type": ("Recreate",)}, without=("rollingUpdate",)),
    ),
    _HPA + "MetricSpec": (
        Variant(
            values={"type": ("Resource",)}, needed=("resource",), without=("containerResource",)
        ),
        Variant(
            values={"type": ("ContainerResource",)},
            needed=("containerResource",),
            without=("resource",),
        ),
    ),
    _HPA + "MetricTarget": (
        Variant(
            values={"type": ("Utilization",)},
            needed=("averageUtilization",),
            without=("averageValue", "value"),
        ),
        Variant(
            values={"type": ("AverageValue",)},
            needed=("averageValue",),
            without=("averageUtilization", "value"),
        ),
    ),
    _NET + "NetworkPolicyPeer": (
        Variant(needed=("ipBlock",), without=("namespaceSelector", "podSelector")),
        Variant(needed=("podSelector",), without=("ipBlock",)),
        Variant(needed=("namespaceSelector",), without=("ipBlock",)),
    ),
    _NET + "NetworkPolicyPort": (Variant(needed=("port",), without=("endPort",)),),
    _NET + "IPBlock": (Variant(without=("except",)),),
    _NET + "ServiceBackendPort": _one_of("name", "number"),
    _NET + "IngressBackend": (Variant(without=("resource",)),),
    _NET + "HTTPIngressPath": (Variant(needed=("path",)),),
    _RBAC + "PolicyRule": (Variant(without=("nonResourceURLs",)),),
    "io.k8s.api.policy.v1.PodDisruptionBudgetSpec": _one_of("minAvailable", "maxUnavailable"),
    _CORE + "ServiceSpec": (
        Variant(
            values={"type": ("ClusterIP", "NodePort", "LoadBalancer")},
            without=(
                *(
                    "externalName",
                    "clusterIP",
                    "clusterIPs",
                    "externalIPs",
                    "externalTrafficPolicy",
                ),
                *("healthCheckNodePort", "ipFamilies", "ipFamilyPolicy", "loadBalancerClass"),
                *("loadBalancerIP", "loadBalancerSourceRanges", "allocateLoadBalancerNodePorts"),
                *("sessionAffinityConfig", "trafficDistribution"),
            ),
        ),
    ),
    _CORE + "ServicePort": (Variant(needed=("name",), without=("nodePort", "appProtocol")),),
}
"""How fields go together, from the server's validation."""

LEFT_OUT = frozenset(
    """
    status managedFields affinity ephemeralContainers resourceClaims claims overhead schedulingGates
    hostAliases readinessGates setHostnameAsFQDN enableServiceLinks os schedulingGroup 
    hostPort hostIP hostname subdomain hostnameOverride dnsConfig preemptionPolicy priority
    securityContext volumeDevices resizePolicy restartPolicyRules stdin stdinOnce tty lifecycle
    terminationMessagePath terminationMessagePolicy recursiveReadOnly subPathExpr mountPropagation
    awsElasticBlockStore azureDisk azureFile cephfs cinder csi ephemeral fc flexVolume flocker
    gcePersistentDisk gitRepo glusterfs hostPath  iscsi nfs photonPersistentDisk
    portworxVolume quobyte rbd scaleIO storageos vsphereVolume projected downwardAPI fileKeyRef
    selectorIndexes podFailurePolicy successPolicy managedBy maxFailedIndexes backoffLimitPerIndex
    manualSelector completionMode dataSource dataSourceRef volumeAttributesClassName
    nodeTaintsPolicy nodeAffinityPolicy matchLabelKeys minDomains grpc httpHeaders
    object pods external tolerance generateName scheme workloadRef
    resourceFieldRef topologySpreadConstraints matchFields nodeName
    """.split()
)
"""Fields never written."""


@cache
def base_rules() -> ObjectRules:
    """The rules of any object."""
    policy = Policy.load()
    return ObjectRules(
        leaves=Leaves(
            quantities=frozenset({QUANTITY_NAME}),
            either=frozenset({"io.k8s.apimachinery.pkg.util.intstr.IntOrString"}),
            enums=ENUM,
            shapes=SHAPES,
            ranges=RANGES,
        ),
        left_out=LEFT_OUT | policy.forbidden_patch_fields,
        opaque=FREE,
        keys=KEYS,
        demanded=DEMANDED,
        variants=VARIANTS,
        lists=LISTS,
    )
