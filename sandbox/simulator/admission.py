"""What the API server does to a pod before it exists: LimitRange, ServiceAccount, tolerations, quota.

A refusal is a value with the server's message, because a controller reports it in an event.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from sandbox.simulator import quotas
from sandbox.simulator.defaults import defaulted
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import suffix
from sandbox.simulator.quantity import number
from sandbox.simulator.store import Object

CA_CONFIGMAPS = ("kube-root-ca.crt", "openshift-service-ca.crt")
"""ConfigMaps with CA bundles that every namespace and pod of the recorded cluster has."""


class Denied(NamedTuple):
    """The server said no."""

    message: str
    """As the server writes it, without `Error creating: `."""


def create_pod(engine: Engine, pod: Object) -> Object | Denied:
    """Admit and store a pod. `metadata.name` is set; the spec is the template's."""
    pod = defaulted(pod)
    meta, spec = pod["metadata"], pod["spec"]
    namespace = meta["namespace"]
    account = spec.setdefault("serviceAccountName", "default")
    spec["serviceAccount"] = account
    if engine.store.get("serviceaccounts", namespace, account) is None:
        return _forbidden(
            meta["name"],
            f'error looking up service account {namespace}/{account}: serviceaccount "{account}"'
            " not found",
        )
    for limits in engine.store.list("limitranges", namespace):
        problem = _limit_range(spec, limits)
        if problem:
            return _forbidden(meta["name"], problem)
    for quota in engine.store.list("resourcequotas", namespace):
        problem = quotas.refusal(engine.store, quota, pod)
        if problem:
            return _forbidden(meta["name"], problem)
    _token_volume(spec, f"kube-api-access-{suffix(engine.seed, meta['name'], 'token')}")
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    tolerations = spec.setdefault("tolerations", [])
    for condition in ("not-ready", "unreachable"):
        key = f"node.kubernetes.io/{condition}"
        if not any(t.get("key") in (key, None) for t in tolerations):
            toleration = {"effect": "NoExecute", "key": key, "operator": "Exists"}
            tolerations.append({**toleration, "tolerationSeconds": 300})
    pod["status"] = {"phase": "Pending", "qosClass": qos_class(spec)}
    stored = engine.create(pod)
    for quota in engine.store.list("resourcequotas", namespace):
        quotas.refresh(engine, quota)
    return stored


def qos_class(spec: dict[str, Any]) -> str:
    """Guaranteed, Burstable or BestEffort."""
    containers = [*spec.get("initContainers", []), *spec["containers"]]
    found = [c.get("resources", {}) for c in containers]
    if not any(r.get("requests") or r.get("limits") for r in found):
        return "BestEffort"
    for resources in found:
        limits, requests = resources.get("limits", {}), resources.get("requests", {})
        for name in ("cpu", "memory"):
            if name not in limits or number(requests.get(name, limits[name])) != number(
                limits[name]
            ):
                return "Burstable"
    return "Guaranteed"


def _forbidden(name: str, why: str) -> Denied:
    return Denied(f'pods "{name}" is forbidden: {why}')


def _token_volume(spec: dict[str, Any], name: str) -> None:
    """Mount the service account's token and the CA bundles."""
    sources: list[dict[str, Any]] = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}
    ]
    for bundle in CA_CONFIGMAPS:
        key = "ca.crt" if bundle == "kube-root-ca.crt" else "service-ca.crt"
        sources.append({"configMap": {"items": [{"key": key, "path": key}], "name": bundle}})
    field = {"apiVersion": "v1", "fieldPath": "metadata.namespace"}
    sources.insert(2, {"downwardAPI": {"items": [{"fieldRef": field, "path": "namespace"}]}})
    projected = {"defaultMode": 420, "sources": sources}
    spec["volumes"] = [*spec.get("volumes", []), {"name": name, "projected": projected}]
    mount = {
        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
        "name": name,
        "readOnly": True,
    }
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        container["volumeMounts"] = [*container.get("volumeMounts", []), copy.deepcopy(mount)]


def _limit_range(spec: dict[str, Any], limits: Object) -> str | None:
    """Fill container defaults, then check minimum and maximum; returns the first problem."""
    for item in limits["spec"].get("limits", []):
        if item.get("type") != "Container":
            continue
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            resources = container.setdefault("resources", {})
            _fill(resources, "limits", item.get("default", {}))
            _fill(resources, "requests", item.get("defaultRequest", item.get("default", {})))
            problem = _bounds(resources, item)
            if problem:
                return problem
    return None


def _fill(resources: dict[str, Any], what: str, values: dict[str, str]) -> None:
    for name, value in values.items():
        resources.setdefault(what, {}).setdefault(name, value)


def _bounds(resources: dict[str, Any], item: dict[str, Any]) -> str | None:
    for name, most in item.get("max", {}).items():
        limit = resources.get("limits", {}).get(name)
        if limit is None:
            return f"maximum {name} usage per Container is {most}.  No limit is specified"
        if number(limit) > number(most):
            return f"maximum {name} usage per Container is {most}, but limit is {limit}"
    for name, least in item.get("min", {}).items():
        request = resources.get("requests", {}).get(name)
        if request is None:
            return f"minimum {name} usage per Container is {least}.  No request is specified"
        if number(request) < number(least):
            return f"minimum {name} usage per Container is {least}, but request is {request}"
    return None
