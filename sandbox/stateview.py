"""The objects of a cluster as CEL variables: what `symptom` and `resolved` are asked over.

Namespaced kinds are those of the scenario's namespace, cluster-scoped kinds are all there are.
"""

from __future__ import annotations

from typing import Any

from sandbox.simulator.store import Store

KINDS = {
    "configmaps": "configmaps",
    "controllerrevisions": "apps/controllerrevisions",
    "cronjobs": "batch/cronjobs",
    "daemonsets": "apps/daemonsets",
    "deployments": "apps/deployments",
    "endpointslices": "discovery.k8s.io/endpointslices",
    "events": "events",
    "horizontalpodautoscalers": "autoscaling/horizontalpodautoscalers",
    "ingresses": "networking.k8s.io/ingresses",
    "jobs": "batch/jobs",
    "limitranges": "limitranges",
    "networkpolicies": "networking.k8s.io/networkpolicies",
    "persistentvolumeclaims": "persistentvolumeclaims",
    "poddisruptionbudgets": "policy/poddisruptionbudgets",
    "pods": "pods",
    "replicasets": "apps/replicasets",
    "resourcequotas": "resourcequotas",
    "rolebindings": "rbac.authorization.k8s.io/rolebindings",
    "roles": "rbac.authorization.k8s.io/roles",
    "secrets": "secrets",
    "serviceaccounts": "serviceaccounts",
    "services": "services",
    "statefulsets": "apps/statefulsets",
}
"""CEL variable -> store key of a namespaced kind; each is a list of objects."""

CLUSTER_KINDS = {
    "namespaces": "namespaces",
    "nodes": "nodes",
    "persistentvolumes": "persistentvolumes",
    "priorityclasses": "scheduling.k8s.io/priorityclasses",
    "storageclasses": "storage.k8s.io/storageclasses",
}
"""CEL variable -> store key of a cluster-scoped kind."""

VARIABLES = (*KINDS, *CLUSTER_KINDS, "ns")
"""Everything an expression may name; `ns` is the scenario's namespace."""


def state(store: Store, namespace: str) -> dict[str, Any]:
    """The variables for a namespace."""
    found: dict[str, Any] = {name: store.list(key, namespace) for name, key in KINDS.items()}
    found |= {name: store.list(key) for name, key in CLUSTER_KINDS.items()}
    return {**found, "ns": namespace}
