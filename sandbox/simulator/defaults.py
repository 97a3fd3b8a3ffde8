"""What the API server fills in when an object is created: the defaults of notes and recordings.

Each function returns a new object; manifests are never changed in place.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from sandbox.simulator.store import Object

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation that client-side `kubectl apply` leaves."""


def applied(manifest: Object, namespace: str | None) -> Object:
    """The manifest as `kubectl apply` sends it: namespace and last-applied annotation set."""
    obj = copy.deepcopy(manifest)
    meta = obj.setdefault("metadata", {})
    if namespace is not None:
        meta["namespace"] = namespace
    original = copy.deepcopy(obj)
    original["metadata"].setdefault("annotations", {})
    text = json.dumps(original, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for char in "<>&":  # Go's encoder escapes these
        text = text.replace(char, f"\\u{ord(char):04x}")
    meta["annotations"] = {**meta.get("annotations", {}), LAST_APPLIED: text + "\n"}
    return obj


def defaulted(obj: Object) -> Object:
    """The object with the server's defaults for its kind; kinds without any are returned as is."""
    fill = _BY_KIND.get(obj.get("kind", ""))
    if fill is None:
        return obj
    obj = copy.deepcopy(obj)
    fill(obj)
    return obj


def pod_spec(spec: dict[str, Any]) -> None:
    """Fill a pod spec in place (a template's, or a pod's own)."""
    for container in [*spec.get("initContainers", []), *spec.get("containers", [])]:
        _container(container)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    spec.setdefault("terminationGracePeriodSeconds", 30)
    if "serviceAccountName" in spec:
        spec.setdefault("serviceAccount", spec["serviceAccountName"])
    for volume in spec.get("volumes", []):
        for kind in ("secret", "configMap", "projected", "downwardAPI"):
            if kind in volume:
                volume[kind].setdefault("defaultMode", 420)


def _container(container: dict[str, Any]) -> None:
    image = container.get("image", "")
    latest = ":" not in image.rpartition("/")[2] or image.endswith(":latest")
    container.setdefault("imagePullPolicy", "Always" if latest else "IfNotPresent")
    container.setdefault("resources", {})
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    for port in container.get("ports", []):
        port.setdefault("protocol", "TCP")
    for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
        if kind in container:
            _probe(container[kind])
    for env in container.get("env", []):
        field = env.get("valueFrom", {}).get("fieldRef")
        if field is not None:
            field.setdefault("apiVersion", "v1")
    resources = container["resources"]
    for name, limit in resources.get("limits", {}).items():
        resources.setdefault("requests", {}).setdefault(name, limit)


def _probe(probe: dict[str, Any]) -> None:
    probe.setdefault("failureThreshold", 3)
    probe.setdefault("periodSeconds", 10)
    probe.setdefault("successThreshold", 1)
    probe.setdefault("timeoutSeconds", 1)
    if "httpGet" in probe:
        probe["httpGet"].setdefault("path", "/")
        probe["httpGet"].setdefault("scheme", "HTTP")


def _deployment(obj: Object) -> None:
    spec = obj["spec"]
    spec.setdefault("progressDeadlineSeconds", 600)
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxSurge", "25%")
        rolling.setdefault("maxUnavailable", "25%")
    pod_spec(spec["template"]["spec"])


def _replicaset(obj: Object) -> None:
    obj["spec"].setdefault("replicas", 1)
    pod_spec(obj["spec"]["template"]["spec"])


def _statefulset(obj: Object) -> None:
    spec = obj["spec"]
    spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    for when in ("whenDeleted", "whenScaled"):
        spec["persistentVolumeClaimRetentionPolicy"].setdefault(when, "Retain")
    spec.setdefault("podManagementPolicy", "OrderedReady")
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    update = spec.setdefault("updateStrategy", {})
    if update.setdefault("type", "RollingUpdate") == "RollingUpdate":
        update.setdefault("rollingUpdate", {}).setdefault("partition", 0)
    pod_spec(spec["template"]["spec"])
    for claim in spec.get("volumeClaimTemplates", []):
        claim.setdefault("apiVersion", "v1")
        claim.setdefault("kind", "PersistentVolumeClaim")
        claim["spec"].setdefault("volumeMode", "Filesystem")
        claim.setdefault("status", {"phase": "Pending"})


def _daemonset(obj: Object) -> None:
    spec = obj["spec"]
    spec.setdefault("revisionHistoryLimit", 10)
    update = spec.setdefault("updateStrategy", {})
    if update.setdefault("type", "RollingUpdate") == "RollingUpdate":
        update.setdefault("rollingUpdate", {"maxSurge": 0, "maxUnavailable": 1})
    pod_spec(spec["template"]["spec"])


def _job(obj: Object) -> None:
    spec = obj["spec"]
    spec.setdefault("backoffLimit", 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("completions", 1)
    spec.setdefault("manualSelector", False)
    spec.setdefault("parallelism", 1)
    spec.setdefault("podReplacementPolicy", "TerminatingOrFailed")
    spec.setdefault("suspend", False)
    pod_spec(spec["template"]["spec"])


def _cronjob(obj: Object) -> None:
    spec = obj["spec"]
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("failedJobsHistoryLimit", 1)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("suspend", False)
    pod_spec(spec["jobTemplate"]["spec"]["template"]["spec"])


def _pod(obj: Object) -> None:
    spec = obj["spec"]
    pod_spec(spec)
    spec.setdefault("enableServiceLinks", True)


def _service(obj: Object) -> None:
    spec = obj["spec"]
    spec.setdefault("internalTrafficPolicy", "Cluster")
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    spec.setdefault("sessionAffinity", "None")
    spec.setdefault("type", "ClusterIP")
    for port in spec.get("ports", []):
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port["port"])
    obj.setdefault("status", {"loadBalancer": {}})


def _secret(obj: Object) -> None:
    import base64

    obj.setdefault("type", "Opaque")
    plain = obj.pop("stringData", None)
    if plain:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
        obj["data"] = {**obj.get("data", {}), **encoded}


def _claim(obj: Object) -> None:
    obj["spec"].setdefault("volumeMode", "Filesystem")
    obj.setdefault("status", {"phase": "Pending"})
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if "kubernetes.io/pvc-protection" not in finalizers:
        finalizers.append("kubernetes.io/pvc-protection")


_BY_KIND: dict[str, Callable[[Object], None]] = {
    "Deployment": _deployment,
    "ReplicaSet": _replicaset,
    "StatefulSet": _statefulset,
    "DaemonSet": _daemonset,
    "Job": _job,
    "CronJob": _cronjob,
    "Pod": _pod,
    "Service": _service,
    "Secret": _secret,
    "PersistentVolumeClaim": _claim,
}
