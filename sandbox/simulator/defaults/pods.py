"""Pods and pod templates."""

from __future__ import annotations

from sandbox.simulator.defaults.parts import Json, child, each, fill, fill_empty, present
from sandbox.simulator.store import Object

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_FILES = ("secret", "configMap", "projected", "downwardAPI")


def pod(obj: Object) -> None:
    """A pod of its own."""
    spec = child(obj, "spec")
    pod_spec(spec)
    for container in [*each(spec, "initContainers"), *each(spec, "containers")]:
        _requests(container)
        if spec.get("hostNetwork") is True:
            _host_ports(container)
    fill(spec, enableServiceLinks=True)


def pod_spec(spec: Json) -> None:
    """Fill a pod spec in place (a template's, or a pod's own)."""
    every = [*each(spec, "initContainers"), *each(spec, "containers")]
    for container in [*every, *each(spec, "ephemeralContainers")]:
        _container(container)
    for container in every:
        for port in each(container, "ports"):
            fill_empty(port, protocol="TCP")
    fill_empty(
        spec, dnsPolicy="ClusterFirst", restartPolicy="Always", schedulerName="default-scheduler"
    )
    fill(spec, securityContext={}, terminationGracePeriodSeconds=30)
    if "serviceAccountName" in spec:
        spec.setdefault("serviceAccount", spec["serviceAccountName"])
    elif spec.get("serviceAccount"):  # the old name of the field
        spec["serviceAccountName"] = spec["serviceAccount"]
    for volume in each(spec, "volumes"):
        _volume(volume)


def _container(container: Json) -> None:
    image = str(container.get("image") or "")
    latest = ":" not in image.rpartition("/")[2] or image.endswith(":latest")
    fill_empty(
        container,
        imagePullPolicy="Always" if latest and "@" not in image else "IfNotPresent",
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
    )
    fill(container, resources={})
    for kind in PROBES:
        probe = present(container, kind)
        if probe is not None:
            _probe(probe)
    for hook in ("postStart", "preStop"):
        _handler(present(present(container, "lifecycle") or {}, hook) or {})
    for env in each(container, "env"):
        source = present(env, "valueFrom") or {}
        _field(source)


def _requests(container: Json) -> None:
    """Requests that are not stated equal the limits; in a pod, not in a template."""
    resources = child(container, "resources")
    for name, limit in (present(resources, "limits") or {}).items():
        child(resources, "requests").setdefault(name, limit)


def _field(source: Json) -> None:
    """A reference to a field of the pod, or to a container's resource."""
    field, resource = present(source, "fieldRef"), present(source, "resourceFieldRef")
    if field is not None:
        fill_empty(field, apiVersion="v1")
    if resource is not None:
        fill(resource, divisor="0")


def _host_ports(container: Json) -> None:
    """On the node's network every port is the node's; again not in a template."""
    for port in each(container, "ports"):
        if port.get("containerPort"):
            fill_empty(port, hostPort=port["containerPort"])


def _probe(probe: Json) -> None:
    fill_empty(probe, failureThreshold=3, periodSeconds=10, successThreshold=1, timeoutSeconds=1)
    _handler(probe)


def _handler(handler: Json) -> None:
    get, grpc = present(handler, "httpGet"), present(handler, "grpc")
    if get is not None:
        fill_empty(get, path="/", scheme="HTTP")
    if grpc is not None:
        fill(grpc, service="")


def _volume(volume: Json) -> None:
    for kind in _FILES:
        files = present(volume, kind)
        if files is not None:
            fill(files, defaultMode=420)
    for item in each(present(volume, "downwardAPI") or {}, "items"):
        _field(item)
    for source in each(present(volume, "projected") or {}, "sources"):
        token = present(source, "serviceAccountToken")
        if token is not None:
            fill(token, expirationSeconds=3600)
        for item in each(present(source, "downwardAPI") or {}, "items"):
            _field(item)
    host = present(volume, "hostPath")
    if host is not None:
        fill(host, type="")
    claim = present(present(volume, "ephemeral") or {}, "volumeClaimTemplate")
    if claim is not None:
        fill(child(claim, "spec"), volumeMode="Filesystem")
    if set(volume) <= {"name"}:
        volume["emptyDir"] = {}
