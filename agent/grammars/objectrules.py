"""What is known of built-in objects beyond their schemas, from what goes together to what is never written.

Sources: the validation of Kubernetes 1.36, and the policy. What is left out is what the policy forbids,
what the server fills in, and old or rare corners that only make answers long.
"""

from __future__ import annotations

from functools import cache

from agent.grammars.shapes import ENUM, KEYS, LABEL_KEY, LISTS, QUANTITY, RANGES, SHAPES
from model.grammar.leaves import Leaves
from model.grammar.rules import ObjectRules, Variant
from tools.kubectl.policy import Policy
from tools.manifest.compile import FREE, QUANTITY_NAME

_CORE = "io.k8s.api.core.v1."
_APPS = "io.k8s.api.apps.v1."
_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_HPA = "io.k8s.api.autoscaling.v2."
_NET = "io.k8s.api.networking.v1."
_RBAC = "io.k8s.api.rbac.v1."

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
    _NET + "Ingress": ("spec",),
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


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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
    _CORE + "Probe": _one_of(
        "exec", "httpGet", "tcpSocket", others=("terminationGracePeriodSeconds",)
    ),
    "io.k8s.api.batch.v1.JobSpec": (Variant(without=("selector",)),),
    _APPS + "StatefulSetUpdateStrategy": (
        Variant(values={"type": ("RollingUpdate",)}),
        Variant(values={"type": ("OnDelete",)}, without=("rollingUpdate",)),
    ),
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

LEFT_OUT = _words(
    """
    status managedFields affinity ephemeralContainers resourceClaims claims overhead schedulingGates
    hostAliases readinessGates setHostnameAsFQDN enableServiceLinks os schedulingGroup
    hostPort hostIP hostname subdomain hostnameOverride dnsConfig preemptionPolicy priority
    securityContext volumeDevices resizePolicy restartPolicyRules stdin stdinOnce tty lifecycle
    terminationMessagePath terminationMessagePolicy recursiveReadOnly subPathExpr mountPropagation
    awsElasticBlockStore azureDisk azureFile cephfs cinder csi ephemeral fc flexVolume flocker
    gcePersistentDisk gitRepo glusterfs hostPath iscsi nfs photonPersistentDisk
    portworxVolume quobyte rbd scaleIO storageos vsphereVolume projected downwardAPI fileKeyRef
    selectorIndexes podFailurePolicy successPolicy managedBy maxFailedIndexes backoffLimitPerIndex
    manualSelector completionMode dataSource dataSourceRef volumeAttributesClassName
    nodeTaintsPolicy nodeAffinityPolicy matchLabelKeys minDomains grpc httpHeaders
    object pods external tolerance generateName scheme workloadRef
    resourceFieldRef topologySpreadConstraints matchFields nodeName
    """
)
"""Fields never written."""


SERVERS = frozenset({"status", "managedFields"})
"""What the server fills in, of custom resources too."""


@cache
def base_rules() -> ObjectRules:
    """The rules of any built-in object."""
    return ObjectRules(
        leaves=_leaves(SHAPES, RANGES),
        left_out=LEFT_OUT,
        forbidden=SERVERS | Policy.load().forbidden_patch_fields,
        key_shape=LABEL_KEY,
        opaque=FREE,
        keys=KEYS,
        demanded=DEMANDED,
        variants=VARIANTS,
        lists=LISTS,
    )


@cache
def custom_rules() -> ObjectRules:
    """The rules of custom resources, whose field names mean whatever their authors say."""
    shapes = {
        key: shape for key, shape in SHAPES.items() if key[0] or key[1] in ("name", "namespace")
    }
    ranges = {key: bounds for key, bounds in RANGES.items() if key[0]}
    return ObjectRules(
        leaves=_leaves(shapes, ranges),
        forbidden=SERVERS | Policy.load().forbidden_patch_fields,
        key_shape=LABEL_KEY,
        opaque=FREE,
        demanded=DEMANDED,
        variants=VARIANTS,
        lists=LISTS,
    )


def _leaves(
    shapes: dict[tuple[str, str], str], ranges: dict[tuple[str, str], tuple[int, int]]
) -> Leaves:
    return Leaves(
        quantities=frozenset({QUANTITY_NAME}),
        quantity=QUANTITY,
        either=frozenset({"io.k8s.apimachinery.pkg.util.intstr.IntOrString"}),
        enums=ENUM,
        shapes=shapes,
        ranges=ranges,
    )
