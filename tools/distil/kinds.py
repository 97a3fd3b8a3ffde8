"""Kinds: the spellings that a resource argument may have, for the kinds that facts are about."""

from __future__ import annotations

import re
from typing import NamedTuple

from tools.manifest.gvk import custom, split


class Kind(NamedTuple):
    """One built-in kind."""

    name: str
    """API spelling."""
    plural: str
    namespaced: bool = True
    short: tuple[str, ...] = ()


KINDS: tuple[Kind, ...] = (
    Kind("Pod", "pods", short=("po",)),
    Kind("ReplicationController", "replicationcontrollers", short=("rc",)),
    Kind("Service", "services", short=("svc",)),
    Kind("DaemonSet", "daemonsets", short=("ds",)),
    Kind("Deployment", "deployments", short=("deploy",)),
    Kind("ReplicaSet", "replicasets", short=("rs",)),
    Kind("StatefulSet", "statefulsets", short=("sts",)),
    Kind("HorizontalPodAutoscaler", "horizontalpodautoscalers", short=("hpa",)),
    Kind("CronJob", "cronjobs", short=("cj",)),
    Kind("Job", "jobs"),
    Kind("ConfigMap", "configmaps", short=("cm",)),
    Kind("Secret", "secrets"),
    Kind("ServiceAccount", "serviceaccounts", short=("sa",)),
    Kind("Endpoints", "endpoints", short=("ep",)),
    Kind("EndpointSlice", "endpointslices"),
    Kind("Event", "events", short=("ev",)),
    Kind("Ingress", "ingresses", short=("ing",)),
    Kind("NetworkPolicy", "networkpolicies", short=("netpol",)),
    Kind("PodDisruptionBudget", "poddisruptionbudgets", short=("pdb",)),
    Kind("PersistentVolumeClaim", "persistentvolumeclaims", short=("pvc",)),
    Kind("ResourceQuota", "resourcequotas", short=("quota",)),
    Kind("LimitRange", "limitranges", short=("limits",)),
    Kind("Role", "roles"),
    Kind("RoleBinding", "rolebindings"),
    Kind("Lease", "leases"),
    Kind("ControllerRevision", "controllerrevisions"),
    Kind("Namespace", "namespaces", namespaced=False, short=("ns",)),
    Kind("Node", "nodes", namespaced=False, short=("no",)),
    Kind("PersistentVolume", "persistentvolumes", namespaced=False, short=("pv",)),
    Kind("StorageClass", "storageclasses", namespaced=False, short=("sc",)),
    Kind("VolumeAttachment", "volumeattachments", namespaced=False),
    Kind("CSIDriver", "csidrivers", namespaced=False),
    Kind("PriorityClass", "priorityclasses", namespaced=False, short=("pc",)),
    Kind("IngressClass", "ingressclasses", namespaced=False),
    Kind("RuntimeClass", "runtimeclasses", namespaced=False),
    Kind("ClusterRole", "clusterroles", namespaced=False),
    Kind("ClusterRoleBinding", "clusterrolebindings", namespaced=False),
    Kind("ValidatingWebhookConfiguration", "validatingwebhookconfigurations", namespaced=False),
    Kind("MutatingWebhookConfiguration", "mutatingwebhookconfigurations", namespaced=False),
    Kind(
        "CustomResourceDefinition",
        "customresourcedefinitions",
        namespaced=False,
        short=("crd", "crds"),
    ),
)

_BY_SPELLING = {
    spelling: kind for kind in KINDS for spelling in (kind.plural, kind.name.lower(), *kind.short)
}
_VERSION = re.compile(r"^v\d+[a-z0-9]*\.")
"""The version in `deployments.v1.apps`."""
_BY_NAME = {kind.name: kind for kind in KINDS}

ALL = tuple(kind.name for kind in KINDS[:10])
"""What `kubectl get all` lists."""


def kind_of(resource: str) -> str | None:
    """API kind of a resource argument (`deploy`, `deployments.v1.apps`); None if unknown."""
    plural, _, group = resource.lower().partition(".")
    found = _BY_SPELLING.get(plural)
    return found.name if found and not custom(_VERSION.sub("", group)) else None


def kind_name(api_version: str, kind: str) -> str:
    """The kind, with its group when it is a custom one that is called like a built-in one."""
    group = split(api_version)[0]
    return f"{kind}.{group}" if kind in _BY_NAME and custom(group) else kind


def namespaced(kind: str) -> bool:
    """Whether objects of this kind live in a namespace; unknown kinds are taken to."""
    known = _BY_NAME.get(kind)
    return known.namespaced if known else True


def plural_of(kind: str) -> str:
    """Plural resource name of a kind, as kubectl's errors have it; lower case when unknown."""
    known = _BY_NAME.get(kind)
    return known.plural if known else kind.lower()
