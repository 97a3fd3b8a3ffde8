"""Namespaces of many pods: a recorded fault among copies of the recorded healthy workload."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sandbox.simulator.logs import LogAnswer, LogQuery
from sandbox.simulator.store import Store
from tests.recorded_cluster import RecordedLogs, objects, recorded_store
from tests.recording import Recording, load

Object = dict[str, Any]
FAULT, CONTROL = "crash-missing-env", "healthy"
FAILING_POD = "checkout-d59f88d74-qlgvx"
ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""Letters of the names that controllers make."""


class CrowdedLogs(RecordedLogs):
    """Every failing pod wrote what the recorded one wrote."""

    def __init__(self) -> None:
        super().__init__(load(FAULT))

    def log(self, query: LogQuery) -> LogAnswer:
        """The recorded pod's log for all of its siblings."""
        owner = FAILING_POD.rpartition("-")[0]
        return super().log(
            query._replace(pod=FAILING_POD) if query.pod.startswith(owner) else query
        )


def crowded_store(workloads: int = 200, pods: int = 10, eventful: int = 40) -> Store:
    """The recorded fault with `workloads` healthy Deployments around it, all of `pods` pods each.

    The first `eventful` of them have just been rolled out, so that their events are still there.
    """
    recording = load(FAULT)
    store = recorded_store(recording)
    failing = store.get("pods", recording.namespace, FAILING_POD)
    assert failing is not None
    store.load([_sibling(failing, index) for index in range(pods - 2)])
    deployment = store.get("apps/deployments", recording.namespace, FAILING_POD.split("-")[0])
    assert deployment is not None
    store.put(_scaled(deployment, pods))
    crowd(store, recording.namespace, workloads, pods, eventful)
    return store


def crowd(store: Store, namespace: str, workloads: int, pods: int, eventful: int) -> None:
    """Put healthy Deployments into a namespace; see `crowded_store`."""
    for number in range(workloads):
        copies = _copies(number, pods, namespace)
        store.load(obj for obj in copies if obj["kind"] != "Event" or number < eventful)


def _sibling(pod: Object, index: int) -> Object:
    owner = pod["metadata"]["name"].rpartition("-")[0]
    meta = pod["metadata"] | {"name": f"{owner}-{_suffix(0, index)}", "uid": f"sibling-{index}"}
    return pod | {"metadata": meta}


def _copies(number: int, pods: int, namespace: str) -> Iterator[Object]:
    """One healthy Deployment with all that belongs to it."""
    control = load(CONTROL)
    for template in _templates(control):
        for index in range(pods if _is_of_pod(template) else 1):
            text = json.dumps(template).replace(f'"{control.namespace}"', f'"{namespace}"')
            if _is_of_pod(template):
                pod = _about(template)["name"]
                text = text.replace(pod, f"{pod.rpartition('-')[0]}-{_suffix(number, index)}")
            copy = _scaled(json.loads(_renamed(text, number)), pods)
            if copy["kind"] == "Pod":
                copy["metadata"]["managedFields"] = _managed_fields(copy)
            copy["metadata"]["uid"] += f"-{number}-{index}"
            yield copy


def _templates(control: Recording) -> list[Object]:
    """One of everything that the control's workload has; of its two pods (and their events) one."""
    found: dict[tuple[str, str], Object] = {}
    kept = ""
    for obj in objects(control):
        kind, name = obj["kind"], str(obj["metadata"]["name"])
        if kind == "ConfigMap" or (kept and _is_of_pod(obj) and _about(obj)["name"] != kept):
            continue
        if kind == "Pod":
            kept = name
        found[kind, name] = obj
    return list(found.values())


def _about(obj: Object) -> Object:
    """The metadata of a pod, or what an event says of its pod."""
    about: Object = obj.get("involvedObject") or obj["metadata"]
    return about


def _is_of_pod(obj: Object) -> bool:
    return bool((obj.get("involvedObject") or obj)["kind"] == "Pod")


def _scaled(obj: Object, replicas: int) -> Object:
    """The object with other numbers of replicas, where it has any; what was 0 stays 0."""
    if obj["kind"] not in ("Deployment", "ReplicaSet"):
        return obj
    counts = {
        field: replicas
        for field, value in obj["status"].items()
        if field.lower().endswith("replicas") and value
    }
    return obj | {
        "spec": obj["spec"] | {"replicas": replicas},
        "status": obj["status"] | counts,
    }


def _renamed(text: str, number: int) -> str:
    """The control's workload under another name."""
    name = f"team-{number % 17}-service-{number}"
    for mark in ('"home"', '"home-', '"home.', " home-"):
        text = text.replace(mark, mark.replace("home", name))
    return text


def _suffix(number: int, index: int) -> str:
    value, letters = number * 31 + index * 7 + 12345, ""
    for _ in range(4):
        value, rest = divmod(value, len(ALPHABET))
        letters += ALPHABET[rest]
    return letters + ALPHABET[index]


def _managed_fields(pod: Object) -> list[Object]:
    """What the API server adds to every pod, about 2 KB; kubectl hides it and the wire does not."""
    fields: Object = {f"f:{key}": {".": {}, "f:type": {}, "f:reason": {}} for key in pod["status"]}
    entry = {
        "apiVersion": "v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:metadata": {"f:labels": {}}, "f:spec": fields, "f:status": fields},
        "manager": "kubelet",
        "operation": "Update",
        "time": pod["metadata"]["creationTimestamp"],
    }
    return [entry, entry | {"manager": "kube-controller-manager"}]
