"""The endpoint controllers: an EndpointSlice and an Endpoints object for every Service."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.conditions import condition, is_ready
from sandbox.simulator.controllers.owned import reference
from sandbox.simulator.deletion import going
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import suffix
from sandbox.simulator.selectors import map_selector_matches
from sandbox.simulator.store import Object

_TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"


def reconcile(engine: Engine, namespace: str, name: str) -> None:
    """Bring a Service's slice and Endpoints in line with the pods its selector finds."""
    service = engine.store.get("services", namespace, name)
    if service is None or not service["spec"].get("selector"):
        return
    pods = [
        pod
        for pod in engine.store.list("pods", namespace)
        if map_selector_matches(service["spec"]["selector"], pod["metadata"].get("labels", {}))
        and pod["status"].get("podIP")
        and not terminal(pod)
    ]
    pods.sort(key=lambda pod: pod["status"]["podIP"])
    _write_slice(engine, service, pods)
    # the older API knows no terminating endpoints
    _write_endpoints(engine, service, [pod for pod in pods if not going(pod)])


def service_port(port: dict[str, Any], pod: Object) -> int | None:
    """The number behind a Service port's targetPort in a pod; None for a name it lacks."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    for container in pod["spec"]["containers"]:
        for declared in container.get("ports", []):
            if declared.get("name") == target:
                return int(declared["containerPort"])
    return None


def _ports(service: Object, pods: list[Object]) -> list[dict[str, Any]]:
    found = []
    for port in service["spec"].get("ports", []):
        number = next((n for n in (service_port(port, pod) for pod in pods) if n), None)
        if number is not None:
            name = port.get("name", "")
            found.append({"name": name, "port": number, "protocol": port["protocol"]})
    return found


def _write_slice(engine: Engine, service: Object, pods: list[Object]) -> None:
    meta = service["metadata"]
    key = "discovery.k8s.io/endpointslices"
    name = f"{meta['name']}-{suffix(engine.seed, 'slice', meta['namespace'], meta['name'])}"
    labels = {
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": meta["name"],
        **meta.get("labels", {}),
    }
    if service["spec"].get("clusterIP") == "None":
        labels["service.kubernetes.io/headless"] = ""
    body: Object = {
        "addressType": "IPv4",
        "apiVersion": "discovery.k8s.io/v1",
        "endpoints": [_endpoint(service, pod) for pod in pods] or None,
        "kind": "EndpointSlice",
        "ports": _ports(service, pods) or None,
    }
    old = engine.store.get(key, meta["namespace"], name)
    if old is not None:
        if all(old.get(field) == value for field, value in body.items()):
            return
        kept = {field: value for field, value in old["metadata"].items() if field != "annotations"}
        changed = _last_change(pods)
        meta = {**kept, "annotations": {_TRIGGER: changed}} if changed else kept
        engine.store.put({**old, **body, "metadata": meta})
        return
    engine.create(
        {
            **body,
            "metadata": {
                "annotations": {_TRIGGER: meta["creationTimestamp"]},
                "generateName": f"{meta['name']}-",
                "labels": dict(sorted(labels.items())),
                "name": name,
                "namespace": meta["namespace"],
                "ownerReferences": [reference(service)],
            },
        }
    )


def _last_change(pods: list[Object]) -> str:
    """When a pod last became ready: what the controller calls the trigger."""
    times = [
        item["lastTransitionTime"]
        for pod in pods
        for item in pod["status"].get("conditions", [])
        if item["type"] == "Ready" and item["status"] == "True"
    ]
    return max(times, default="")


def _published(service: Object, pod: Object) -> bool:
    """Whether clients get a pod's address: it is ready, or the Service does not ask."""
    return bool(service["spec"].get("publishNotReadyAddresses")) or is_ready(pod)


def _endpoint(service: Object, pod: Object) -> dict[str, Any]:
    item = condition(pod, "Ready")
    serving = item is not None and item["status"] == "True"
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {
            "ready": _published(service, pod),
            "serving": serving,
            "terminating": going(pod),
        },
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": _target(pod),
    }


def _target(pod: Object) -> dict[str, Any]:
    meta = pod["metadata"]
    return {
        "kind": "Pod",
        "name": meta["name"],
        "namespace": meta["namespace"],
        "uid": meta["uid"],
    }


def _write_endpoints(engine: Engine, service: Object, pods: list[Object]) -> None:
    meta = service["metadata"]
    labels = {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
    body: Object = {"apiVersion": "v1", "kind": "Endpoints"}
    ports = [
        {key: value for key, value in port.items() if value != ""} for port in _ports(service, pods)
    ]
    subset: dict[str, Any] = {}
    for pod in pods:
        where = "addresses" if _published(service, pod) else "notReadyAddresses"
        address = {"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"]}
        subset.setdefault(where, []).append({**address, "targetRef": _target(pod)})
    if subset:
        body["subsets"] = [{**subset, "ports": ports}]
    old = engine.store.get("endpoints", meta["namespace"], meta["name"])
    if old is not None:
        if old.get("subsets") != body.get("subsets"):
            engine.store.put({**body, "metadata": old["metadata"]})
        return
    labels = {**meta.get("labels", {}), **labels}
    engine.create(
        {
            **body,
            "metadata": {"labels": labels, "name": meta["name"], "namespace": meta["namespace"]},
        }
    )
