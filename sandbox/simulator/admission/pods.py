"""What the server adds to every new pod: account, token, tolerations, QoS class."""

from __future__ import annotations

import copy
from typing import Any

from sandbox.simulator.admission.attributes import Attributes
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import suffix
from sandbox.simulator.quantity import number
from sandbox.simulator.store import Object

CA_CONFIGMAPS = ("kube-root-ca.crt", "openshift-service-ca.crt")
"""ConfigMaps with CA bundles that every namespace and pod of the recorded cluster has."""

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
TOLERATION_SECONDS = 300
"""How long pods stay on a node that is not ready (--default-not-ready-toleration-seconds)."""


def owned(pod: Object) -> Object:
    """A copy of a pod that admission may fill."""
    return {**pod, "metadata": copy.deepcopy(pod["metadata"]), "spec": copy.deepcopy(pod["spec"])}


def containers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Init containers, then containers."""
    return [*spec.get("initContainers", []), *spec.get("containers", [])]


def with_account(engine: Engine, asked: Attributes) -> Object:
    """Name the service account in place and return it. Raises ApiFailure 403 when it is not there."""
    spec = asked.obj["spec"]
    name = spec.setdefault("serviceAccountName", "default")
    if not name:
        name = spec["serviceAccountName"] = "default"
    spec["serviceAccount"] = name
    account = engine.store.get("serviceaccounts", asked.namespace, name)
    if account is None:
        why = f'error looking up service account {asked.namespace}/{name}: serviceaccount "{name}"'
        raise asked.refusal(f"{why} not found")
    return account


def with_token(engine: Engine, pod: Object, account: Object) -> None:
    """Mount the account's token and the CA bundles in place, and lend its pull secrets."""
    spec = pod["spec"]
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = copy.deepcopy(account["imagePullSecrets"])
    mounts = spec.get("automountServiceAccountToken")
    if mounts is None:
        mounts = account.get("automountServiceAccountToken")
    if mounts is False or _mounted(spec):
        return
    name = f"kube-api-access-{suffix(engine.seed, pod['metadata']['name'], 'token')}"
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
    mount = {"mountPath": TOKEN_PATH, "name": name, "readOnly": True}
    for container in containers(spec):
        container["volumeMounts"] = [*container.get("volumeMounts", []), dict(mount)]


def with_tolerations(pod: Object) -> None:
    """DefaultTolerationSeconds, in place."""
    tolerations = pod["spec"].setdefault("tolerations", [])
    for condition in ("not-ready", "unreachable"):
        key = f"node.kubernetes.io/{condition}"
        if not any(t.get("key") in (key, None) for t in tolerations):
            toleration = {"effect": "NoExecute", "key": key, "operator": "Exists"}
            tolerations.append({**toleration, "tolerationSeconds": TOLERATION_SECONDS})


def check_runtime_class(engine: Engine, asked: Attributes) -> None:
    """Raises ApiFailure 403 when the pod names a RuntimeClass that is not there."""
    name = asked.obj["spec"].get("runtimeClassName")
    if name and engine.store.get("node.k8s.io/runtimeclasses", None, name) is None:
        raise asked.refusal(f'pod rejected: RuntimeClass "{name}" not found')


def qos_class(spec: dict[str, Any]) -> str:
    """Guaranteed, Burstable or BestEffort."""
    found = [c.get("resources", {}) for c in containers(spec)]
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


def _mounted(spec: dict[str, Any]) -> bool:
    """A pod that was read from the server and sent again has its token volume already."""
    return any(
        mount.get("mountPath") == TOKEN_PATH
        for container in containers(spec)
        for mount in container.get("volumeMounts") or []
    )
