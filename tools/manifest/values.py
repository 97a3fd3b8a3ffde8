"""Words that a field may hold where the packed schemas name none (live servers publish them)."""

from __future__ import annotations

_CORE = "io.k8s.api.core.v1."
_PULL = ("Always", "IfNotPresent", "Never")
_PROTOCOL = ("TCP", "UDP", "SCTP")
_TERMINATION = ("File", "FallbackToLogsOnError")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")

ENUMS: dict[tuple[str, str], tuple[str, ...]] = {
    (_CORE + "Container", "imagePullPolicy"): _PULL,
    (_CORE + "EphemeralContainer", "imagePullPolicy"): _PULL,
    (_CORE + "Container", "terminationMessagePolicy"): _TERMINATION,
    (_CORE + "ContainerPort", "protocol"): _PROTOCOL,
    (_CORE + "ServicePort", "protocol"): _PROTOCOL,
    (_CORE + "EndpointPort", "protocol"): _PROTOCOL,
    (_CORE + "HTTPGetAction", "scheme"): ("HTTP", "HTTPS"),
    (_CORE + "NodeSelectorRequirement", "operator"): (*_OPERATORS, "Gt", "Lt"),
    (_CORE + "PodSpec", "dnsPolicy"): (
        "ClusterFirst",
        "ClusterFirstWithHostNet",
        "Default",
        "None",
    ),
    (_CORE + "PodSpec", "preemptionPolicy"): ("Never", "PreemptLowerPriority"),
    (_CORE + "PodSpec", "restartPolicy"): ("Always", "OnFailure", "Never"),
    (_CORE + "ServiceSpec", "externalTrafficPolicy"): ("Cluster", "Local"),
    (_CORE + "ServiceSpec", "internalTrafficPolicy"): ("Cluster", "Local"),
    (_CORE + "ServiceSpec", "sessionAffinity"): ("ClientIP", "None"),
    (_CORE + "ServiceSpec", "type"): ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"),
    (_CORE + "Taint", "effect"): ("NoExecute", "NoSchedule", "PreferNoSchedule"),
    (_CORE + "Toleration", "effect"): ("", "NoExecute", "NoSchedule", "PreferNoSchedule"),
    (_CORE + "Toleration", "operator"): ("", "Equal", "Exists", "Gt", "Lt"),
    (_CORE + "TopologySpreadConstraint", "whenUnsatisfiable"): ("DoNotSchedule", "ScheduleAnyway"),
    ("io.k8s.api.apps.v1.DaemonSetUpdateStrategy", "type"): ("OnDelete", "RollingUpdate"),
    ("io.k8s.api.apps.v1.DeploymentStrategy", "type"): ("Recreate", "RollingUpdate"),
    ("io.k8s.api.apps.v1.StatefulSetSpec", "podManagementPolicy"): ("OrderedReady", "Parallel"),
    ("io.k8s.api.apps.v1.StatefulSetUpdateStrategy", "type"): ("OnDelete", "RollingUpdate"),
    ("io.k8s.api.batch.v1.CronJobSpec", "concurrencyPolicy"): ("Allow", "Forbid", "Replace"),
    ("io.k8s.api.batch.v1.JobSpec", "completionMode"): ("Indexed", "NonIndexed"),
    ("io.k8s.api.networking.v1.HTTPIngressPath", "pathType"): (
        "Exact",
        "ImplementationSpecific",
        "Prefix",
    ),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement", "operator"): _OPERATORS,
}
"""(schema, field) -> allowed words, from the field documentation of Kubernetes 1.36."""
