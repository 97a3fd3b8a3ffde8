"""The resource kinds every Kubernetes has, for the rungs that work without a cluster.

Source: discovery of Kubernetes 1.36, and the CRDs' own spellings are left to the names rung. A word
that is not in the table may still be a custom resource; the policy then treats it as namespaced,
which is the stricter reading.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class Resource(NamedTuple):
    """One built-in kind."""

    plural: str
    singular: str
    group: str
    """API group; empty for the core group."""
    kind: str
    namespaced: bool
    shorts: tuple[str, ...]


_TABLE = """
configmaps - ConfigMap N cm
endpoints - Endpoints N ep
events - Event N ev
limitranges - LimitRange N limits
namespaces - Namespace C ns
nodes - Node C no
persistentvolumeclaims - PersistentVolumeClaim N pvc
persistentvolumes - PersistentVolume C pv
pods - Pod N po
podtemplates - PodTemplate N
replicationcontrollers - ReplicationController N rc
resourcequotas - ResourceQuota N quota
secrets - Secret N
serviceaccounts - ServiceAccount N sa
services - Service N svc
componentstatuses - ComponentStatus C cs
apiservices apiregistration.k8s.io APIService C
controllerrevisions apps ControllerRevision N
daemonsets apps DaemonSet N ds
deployments apps Deployment N deploy
replicasets apps ReplicaSet N rs
statefulsets apps StatefulSet N sts
horizontalpodautoscalers autoscaling HorizontalPodAutoscaler N hpa
cronjobs batch CronJob N cj
jobs batch Job N
certificatesigningrequests certificates.k8s.io CertificateSigningRequest C csr
ingressclasses networking.k8s.io IngressClass C
ingresses networking.k8s.io Ingress N ing
networkpolicies networking.k8s.io NetworkPolicy N netpol
ipaddresses networking.k8s.io IPAddress C ip
servicecidrs networking.k8s.io ServiceCIDR C
poddisruptionbudgets policy PodDisruptionBudget N pdb
clusterrolebindings rbac.authorization.k8s.io ClusterRoleBinding C
clusterroles rbac.authorization.k8s.io ClusterRole C
rolebindings rbac.authorization.k8s.io RoleBinding N
roles rbac.authorization.k8s.io Role N
csidrivers storage.k8s.io CSIDriver C
csinodes storage.k8s.io CSINode C
csistoragecapacities storage.k8s.io CSIStorageCapacity N
storageclasses storage.k8s.io StorageClass C sc
volumeattachments storage.k8s.io VolumeAttachment C
volumeattributesclasses storage.k8s.io VolumeAttributesClass C vac
mutatingadmissionpolicies admissionregistration.k8s.io MutatingAdmissionPolicy C
mutatingwebhookconfigurations admissionregistration.k8s.io MutatingWebhookConfiguration C
validatingadmissionpolicies admissionregistration.k8s.io ValidatingAdmissionPolicy C
validatingadmissionpolicybindings admissionregistration.k8s.io ValidatingAdmissionPolicyBinding C
validatingwebhookconfigurations admissionregistration.k8s.io ValidatingWebhookConfiguration C
customresourcedefinitions apiextensions.k8s.io CustomResourceDefinition C crd crds
priorityclasses scheduling.k8s.io PriorityClass C pc
leases coordination.k8s.io Lease N
runtimeclasses node.k8s.io RuntimeClass C
endpointslices discovery.k8s.io EndpointSlice N
deviceclasses resource.k8s.io DeviceClass C
resourceclaims resource.k8s.io ResourceClaim N
resourceclaimtemplates resource.k8s.io ResourceClaimTemplate N
resourceslices resource.k8s.io ResourceSlice C
flowschemas flowcontrol.apiserver.k8s.io FlowSchema C
prioritylevelconfigurations flowcontrol.apiserver.k8s.io PriorityLevelConfiguration C
"""
"""plural, group, kind (its lower case is the singular), N or C(luster), short names."""


@cache
def builtins() -> tuple[Resource, ...]:
    """All built-in kinds."""
    rows = [line.split() for line in _TABLE.split("\n") if line]
    return tuple(
        Resource(plural, kind.lower(), group.strip("-"), kind, scope == "N", tuple(shorts))
        for plural, group, kind, scope, *shorts in rows
    )


@cache
def _words() -> dict[str, Resource]:
    return {
        word: resource
        for resource in builtins()
        for word in (resource.plural, resource.singular, *resource.shorts)
    }


def lookup(word: str) -> Resource | None:
    """The built-in kind that `word` names.

    Plural, singular, short name, `deployments.apps`, `deployments.v1.apps`.

    None for other words, and for a built-in name with a foreign group
    (`services.serving.knative.dev`).
    """
    base, _, rest = word.lower().partition(".")
    resource = _words().get(base)
    if resource is None or not rest:
        return resource
    if rest in (resource.group, f"v1.{resource.group}", f"v2.{resource.group}"):
        return resource
    # events live in two groups; the core spelling of `pods.v1.` ends with a dot
    return resource if resource.plural == "events" and rest.endswith("events.k8s.io") else None


def canonical(word: str) -> str:
    """One spelling for all spellings of a built-in kind; other words in lower case."""
    resource = lookup(word)
    return resource.plural if resource else word.lower()
