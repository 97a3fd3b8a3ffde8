"""A namespace of 2,000 pods: the recorded crash loop among 200 copies of the recorded healthy workload."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sandbox.simulator.store import Store
from tests.recorded_cluster import objects, recorded_store
from tests.recording import Recording, load

Object = dict[str, Any]
FAULT, CONTROL = "crash-missing-env", "healthy"
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Letters of the names that controllers make."""


def crowded_store(workloads: int = 200, pods: int = 10, eventful: int = 40) -> Store:
    """The recorded fault with `workloads` healthy Deployments of `pods` pods each around it.

    The first `eventful` of them have just been rolled out, so that their events are still there.
    """
    recording = load(FAULT)
    store = recorded_store(recording)
    for number in range(workloads):
        crowd = _copies(number, pods, recording.namespace)
        store.load([obj for obj in crowd if obj["kind"] != "Event" or number < eventful])
    return store


def _copies(number: int, pods: int, namespace: str) -> Iterator[Object]:
    control = load(CONTROL)
    name = f"team-{number % 17}-service-{number}"
    for template in _templates(control):
        owner = str(template["metadata"]["name"])
        for index in range(pods if _is_of_pod(template) else 1):
            text = json.dumps(template).replace(f'"{control.namespace}"', f'"{namespace}"')
            if _is_of_pod(template):
                pod = _pod_of(template)
                text = text.replace(pod, f"{pod.rpartition('-')[0]}-{_suffix(number, index)}")
            copy = json.loads(_renamed(text, name))
            if copy["kind"] == "Deployment":
                copy["spec"]["replicas"] = pods
                copy["status"] |= {
                    field: pods for field in copy["status"] if field.lower().endswith("replicas")
                }
            if copy["kind"] == "ReplicaSet":
                copy["spec"]["replicas"] = pods
                copy["status"] |= {
                    field: pods for field in copy["status"] if field.lower().endswith("replicas")
                }
            if copy["kind"] == "Pod":
                copy["metadata"]["managedFields"] = _managed_fields(copy)
            copy["metadata"]["uid"] = f"{owner[-5:]}-{number}-{index}-{copy['kind']}".lower()
            yield copy


def _templates(control: Recording) -> list[Object]:
    """One of everything that the control's workload has; of its two pods (and their events) one."""
    found: dict[tuple[str, str], Object] = {}
    kept = ""
    for obj in objects(control):
        kind, name = obj["kind"], str(obj["metadata"]["name"])
        if kind == "ConfigMap" or (kept and _is_of_pod(obj) and _pod_of(obj) != kept):
            continue
        if kind == "Pod":
            kept = name
        found[kind, name] = obj
    return list(found.values())


def _pod_of(obj: Object) -> str:
    about = obj.get("involvedObject") or obj["metadata"]
    return str(about["name"])


def _is_of_pod(obj: Object) -> bool:
    return (obj.get("involvedObject") or obj)["kind"] == "Pod"


def _renamed(text: str, name: str) -> str:
    for before, after in (
        ('"home"', f'"{name}"'),
        ('"home-', f'"{name}-'),
        ('"home.', f'"{name}.'),
        (" home-", f" {name}-"),
    ):
        text = text.replace(before, after)
    return text


def _suffix(number: int, index: int) -> str:
    value, letters = number * 31 + index * 7 + 12345, ""
    for _ in range(4):
        value, rest = divmod(value, len(ALPHABET))
        letters += ALPHABET[rest]
    return letters + ALPHABET[index]


def _managed_fields(pod: Object) -> list[Object]:
    """What the API server adds to every pod, about 2 KB; kubectl hides it and the wire does not."""
    fields = {f"f:{key}": {".": {}, "f:type": {}, "f:reason": {}} for key in pod["status"]}
    entry = {
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:metadata": {"f:labels": {}}, "f:spec": fields, "f:status": fields},
        "manager": "kubelet",
        "operation": "Update",
        "time": pod["metadata"]["creationTimestamp"],
    }
    return [entry, entry | {"manager": "kube-controller-manager"}]
