"""The kinds the simulated API server knows: one row per kind and version.

Names, short names, categories, verbs and subresources are those of a Kubernetes 1.36 server, in
the order in which it lists them: kubectl resolves short names and expands `all` in that order.
A new kind needs one row here and, for more than NAME and AGE columns, one printer in `tables_*`.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True)
class Subresource:
    """A path below an object (`pods/x/log`), with the kind its body has."""

    name: str
    kind: str
    """Kind, or `group/version/Kind` when it is not of the parent's group and version."""
    verbs: tuple[str, ...]

    @property
    def response_kind(self) -> tuple[str, str, str]:
        """(group, version, kind); group and version are empty for the parent's own."""
        group, _, rest = self.kind.rpartition("/")[0].partition("/")
        return group, rest, self.kind.rpartition("/")[2]


class Column(NamedTuple):
    """A printer column that a custom resource's definition declares."""

    name: str
    type: str
    path: str
    """JSONPath without braces: `.spec.size`."""
    priority: int = 0


@dataclass(frozen=True)
class Resource:
    """One kind in one API version."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    short_names: tuple[str, ...] = ()
    namespaced: bool = True
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    subresources: tuple[Subresource, ...] = ()
    view_of: str | None = None
    """Key under which the objects are stored when this row is only another view of them."""
    generation: bool = False
    """metadata.generation counts changes of the spec."""
    warning: str | None = None
    """Deprecation text that the server sends with every answer."""
    columns: tuple[Column, ...] = ()
    """A custom resource's additionalPrinterColumns."""
    schema: dict[str, Any] | None = field(default=None, hash=False)
    """A custom resource's openAPIV3Schema; None for built-in kinds, whose schema is packed."""
    scale_paths: tuple[str, str, str] = (".spec.replicas", ".status.replicas", "")
    """Where the scale subresource finds replicas, current replicas and the selector's text."""
    custom: bool = False
    """A CustomResourceDefinition added this row."""

    @cached_property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @cached_property
    def qualified(self) -> str:
        """`deployments.apps`, or `pods` for the core group: how error messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @cached_property
    def key(self) -> str:
        """Where the objects are stored: `apps/deployments`, `pods`."""
        return self.view_of or (f"{self.group}/{self.plural}" if self.group else self.plural)

    @cached_property
    def storage_version_hash(self) -> str:
        """What discovery calls storageVersionHash: the head of a SHA-256 over the kind."""
        digest = hashlib.sha256(f"{self.group}/{self.version}/{self.kind}".encode()).digest()
        return base64.b64encode(digest[:8]).decode()

    def subresource(self, name: str) -> Subresource | None:
        """The subresource of that name, or None."""
        return next((sub for sub in self.subresources if sub.name == name), None)


def _sub(name: str, kind: str, *verbs: str) -> Subresource:
    return Subresource(name, kind, verbs)


_RUD = ("get", "patch", "update")
_VERBS = {
    "create-only": ("create",),
    "read-only": ("get", "list"),
    "no-deletecollection": tuple(verb for verb in ALL_VERBS if verb != "deletecollection"),
}


def _row(
    api_version: str,
    kind: str,
    plural: str,
    short: str = "",
    traits: str = "",
    *,
    sub: tuple[Subresource, ...] = (),
    view_of: str | None = None,
    warning: str | None = None,
) -> Resource:
    """One row. `traits`: cluster, all, api-extensions, scale, status, generation, or a verb set."""
    group, _, version = api_version.rpartition("/")
    has = traits.split()
    own = [*sub]
    if "scale" in has:
        own.append(_sub("scale", "autoscaling/v1/Scale", *_RUD))
    if "status" in has:
        own.append(_sub("status", kind, *_RUD))
    return Resource(
        group=group,
        version=version,
        kind=kind,
        plural=plural,
        singular=kind.lower(),
        short_names=tuple(short.split()),
        namespaced="cluster" not in has,
        categories=tuple(name for name in ("all", "api-extensions") if name in has),
        verbs=next((_VERBS[name] for name in has if name in _VERBS), ALL_VERBS),
        subresources=tuple(sorted(own, key=lambda item: item.name)),
        view_of=view_of,
        generation="generation" in has,
        warning=warning,
    )


_PROXY = ("create", "delete", "get", "patch", "update")
_POD_SUBRESOURCES = (
    _sub("attach", "PodAttachOptions", "create", "get"),
    _sub("binding", "Binding", "create"),
    _sub("ephemeralcontainers", "Pod", *_RUD),
    _sub("eviction", "policy/v1/Eviction", "create"),
    _sub("exec", "PodExecOptions", "create", "get"),
    _sub("log", "Pod", "get"),
    _sub("portforward", "PodPortForwardOptions", "create", "get"),
    _sub("proxy", "PodProxyOptions", *_PROXY),
    _sub("resize", "Pod", *_RUD),
)
_AUTHN, _AUTHZ = "authentication.k8s.io/v1", "authorization.k8s.io/v1"
_NET, _RBAC = "networking.k8s.io/v1", "rbac.authorization.k8s.io/v1"
_STORAGE, _ADMISSION = "storage.k8s.io/v1", "admissionregistration.k8s.io/v1"

RESOURCES: tuple[Resource, ...] = (
    _row("v1", "Binding", "bindings", "", "create-only"),
    _row(
        "v1",
        "ComponentStatus",
        "componentstatuses",
        "cs",
        "cluster read-only",
        warning="v1 ComponentStatus is deprecated in v1.19+",
    ),
    _row("v1", "ConfigMap", "configmaps", "cm"),
    _row(
        "v1",
        "Endpoints",
        "endpoints",
        "ep",
        warning="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    ),
    _row("v1", "Event", "events", "ev"),
    _row("v1", "LimitRange", "limitranges", "limits"),
    _row(
        "v1",
        "Namespace",
        "namespaces",
        "ns",
        "cluster no-deletecollection status",
        sub=(_sub("finalize", "Namespace", "update"),),
    ),
    _row(
        "v1",
        "Node",
        "nodes",
        "no",
        "cluster status",
        sub=(_sub("proxy", "NodeProxyOptions", *_PROXY),),
    ),
    _row("v1", "PersistentVolumeClaim", "persistentvolumeclaims", "pvc", "status"),
    _row("v1", "PersistentVolume", "persistentvolumes", "pv", "cluster status"),
    _row("v1", "Pod", "pods", "po", "all status generation", sub=_POD_SUBRESOURCES),
    _row("v1", "PodTemplate", "podtemplates", "", "generation"),
    _row(
        "v1", "ReplicationController", "replicationcontrollers", "rc", "all scale status generation"
    ),
    _row("v1", "ResourceQuota", "resourcequotas", "quota", "status"),
    _row("v1", "Secret", "secrets"),
    _row(
        "v1",
        "ServiceAccount",
        "serviceaccounts",
        "sa",
        sub=(_sub("token", "authentication.k8s.io/v1/TokenRequest", "create"),),
    ),
    _row(
        "v1",
        "Service",
        "services",
        "svc",
        "all status",
        sub=(_sub("proxy", "ServiceProxyOptions", *_PROXY),),
    ),
    _row(
        "apiregistration.k8s.io/v1",
        "APIService",
        "apiservices",
        "",
        "cluster api-extensions status",
    ),
    _row("apps/v1", "ControllerRevision", "controllerrevisions"),
    _row("apps/v1", "DaemonSet", "daemonsets", "ds", "all status generation"),
    _row("apps/v1", "Deployment", "deployments", "deploy", "all scale status generation"),
    _row("apps/v1", "ReplicaSet", "replicasets", "rs", "all scale status generation"),
    _row("apps/v1", "StatefulSet", "statefulsets", "sts", "all scale status generation"),
    _row("events.k8s.io/v1", "Event", "events", "ev", view_of="events"),
    _row(_AUTHN, "SelfSubjectReview", "selfsubjectreviews", "", "cluster create-only"),
    _row(_AUTHN, "TokenReview", "tokenreviews", "", "cluster create-only"),
    _row(_AUTHZ, "LocalSubjectAccessReview", "localsubjectaccessreviews", "", "create-only"),
    _row(_AUTHZ, "SelfSubjectAccessReview", "selfsubjectaccessreviews", "", "cluster create-only"),
    _row(_AUTHZ, "SelfSubjectRulesReview", "selfsubjectrulesreviews", "", "cluster create-only"),
    _row(_AUTHZ, "SubjectAccessReview", "subjectaccessreviews", "", "cluster create-only"),
    _row(
        "autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa", "all status"
    ),
    _row(
        "autoscaling/v1",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        "hpa",
        "all status",
        view_of="autoscaling/horizontalpodautoscalers",
    ),
    _row("batch/v1", "CronJob", "cronjobs", "cj", "all status generation"),
    _row("batch/v1", "Job", "jobs", "", "all status generation"),
    _row(
        "certificates.k8s.io/v1",
        "CertificateSigningRequest",
        "certificatesigningrequests",
        "csr",
        "cluster status",
        sub=(_sub("approval", "CertificateSigningRequest", *_RUD),),
    ),
    _row(_NET, "IngressClass", "ingressclasses", "", "cluster generation"),
    _row(_NET, "Ingress", "ingresses", "ing", "status generation"),
    _row(_NET, "IPAddress", "ipaddresses", "ip", "cluster"),
    _row(_NET, "NetworkPolicy", "networkpolicies", "netpol", "generation"),
    _row(_NET, "ServiceCIDR", "servicecidrs", "", "cluster status"),
    _row("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", "pdb", "status generation"),
    _row(_RBAC, "ClusterRoleBinding", "clusterrolebindings", "", "cluster"),
    _row(_RBAC, "ClusterRole", "clusterroles", "", "cluster"),
    _row(_RBAC, "RoleBinding", "rolebindings"),
    _row(_RBAC, "Role", "roles"),
    _row(_STORAGE, "CSIDriver", "csidrivers", "", "cluster"),
    _row(_STORAGE, "CSINode", "csinodes", "", "cluster"),
    _row(_STORAGE, "CSIStorageCapacity", "csistoragecapacities"),
    _row(_STORAGE, "StorageClass", "storageclasses", "sc", "cluster"),
    _row(_STORAGE, "VolumeAttachment", "volumeattachments", "", "cluster status"),
    _row(_STORAGE, "VolumeAttributesClass", "volumeattributesclasses", "vac", "cluster"),
    _row(
        _ADMISSION,
        "MutatingAdmissionPolicy",
        "mutatingadmissionpolicies",
        "",
        "cluster api-extensions generation",
    ),
    _row(
        _ADMISSION,
        "MutatingAdmissionPolicyBinding",
        "mutatingadmissionpolicybindings",
        "",
        "cluster api-extensions generation",
    ),
    _row(
        _ADMISSION,
        "MutatingWebhookConfiguration",
        "mutatingwebhookconfigurations",
        "",
        "cluster api-extensions generation",
    ),
    _row(
        _ADMISSION,
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
        "",
        "cluster api-extensions status generation",
    ),
    _row(
        _ADMISSION,
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        "",
        "cluster api-extensions generation",
    ),
    _row(
        _ADMISSION,
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
        "",
        "cluster api-extensions generation",
    ),
    _row(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        "crd crds",
        "cluster api-extensions status generation",
    ),
    _row("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", "pc", "cluster generation"),
    _row("coordination.k8s.io/v1", "Lease", "leases"),
    _row("node.k8s.io/v1", "RuntimeClass", "runtimeclasses", "", "cluster"),
    _row("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", "", "generation"),
    _row("resource.k8s.io/v1", "DeviceClass", "deviceclasses", "", "cluster generation"),
    _row("resource.k8s.io/v1", "ResourceClaim", "resourceclaims", "", "status"),
    _row("resource.k8s.io/v1", "ResourceClaimTemplate", "resourceclaimtemplates"),
    _row("resource.k8s.io/v1", "ResourceSlice", "resourceslices", "", "cluster"),
    _row(
        "flowcontrol.apiserver.k8s.io/v1",
        "FlowSchema",
        "flowschemas",
        "",
        "cluster status generation",
    ),
    _row(
        "flowcontrol.apiserver.k8s.io/v1",
        "PriorityLevelConfiguration",
        "prioritylevelconfigurations",
        "",
        "cluster status generation",
    ),
)

BY_KIND = MappingProxyType({(row.api_version, row.kind): row for row in RESOURCES})
"""(apiVersion, kind) of a manifest -> row."""

BY_KEY = MappingProxyType({row.key: row for row in RESOURCES if row.view_of is None})
"""Store key -> the row whose version the objects are stored in."""
