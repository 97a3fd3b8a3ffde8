"""The objects of one namespace as CEL variables: what `symptom` and `resolved` are asked over."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.store import Store

KINDS = {
    "configmaps": "configmaps",
    "cronjobs": "batch/cronjobs",
    "daemonsets": "apps/daemonsets",
    "deployments": "apps/deployments",
    "endpointslices": "discovery.k8s.io/endpointslices",
    "events": "events",
    "jobs": "batch/jobs",
    "persistentvolumeclaims": "persistentvolumeclaims",
    "pods": "pods",
    "replicasets": "apps/replicasets",
    "resourcequotas": "resourcequotas",
    "secrets": "secrets",
    "services": "services",
    "statefulsets": "apps/statefulsets",
}
"""CEL variable -> store key; each is a list of objects. `nodes` and `ns` come on top."""

VARIABLES = (*KINDS, "nodes", "ns")
"""Everything an expression may name."""


def state(store: Store, namespace: str) -> dict[str, Any]:
    """The variables for a namespace."""
    found: dict[str, Any] = {name: store.list(key, namespace) for name, key in KINDS.items()}
    return {**found, "nodes": store.list("nodes"), "ns": namespace}
