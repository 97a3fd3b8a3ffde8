"""What each kind does to its own objects before they are stored: status, generated fields, addresses.

The counterpart of PrepareForCreate and PrepareForUpdate of the server's registries. Functions get a
copy that is theirs to fill.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import uid
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object
from sandbox.simulator.validation import gotypes
from sandbox.simulator.writes import addresses, definitions

KEEPS_STATUS = frozenset({"Node", "APIService"})
"""Kinds whose create takes a status although it is a subresource."""

_KEPT = {
    "Namespace": ("phase",),
    "Node": ("addresses", "allocatable", "capacity", "conditions", "daemonEndpoints", "nodeInfo"),
    "PersistentVolumeClaim": ("phase",),
    "Pod": ("phase", "qosClass"),
}
"""Status fields that no write takes away: the server or the kubelet would at once fill them again."""

_TIMES = ("lastTransitionTime",)
"""Times that a condition of any kind has."""

Prepare = Callable[[Engine, Object], None]


def cleared(row: Resource, body: Object) -> Object:
    """A new object without the status that its subresource owns."""
    if row.subresource("status") is None or row.kind in KEEPS_STATUS or "status" not in body:
        return body
    return {field: value for field, value in body.items() if field != "status"}


def whole(row: Resource, body: Object) -> Object:
    """An object with the spec that Go's struct of its kind has even when nobody wrote one."""
    known = None if row.custom else gotypes.type_of(row.group, row.version, row.kind)
    if known is None or "spec" not in known.fields or body.get("spec") is not None:
        return body
    return {**body, "spec": {}}


def prepare_create(engine: Engine, row: Resource, obj: Object, *, dry_run: bool) -> Object:
    """A new, defaulted object as its kind would store it."""
    prepare = None if row.custom else _CREATE.get(row.kind)
    if prepare is None:
        return obj
    obj = {**obj, "metadata": copy.deepcopy(obj["metadata"])}
    if "spec" in obj:
        obj["spec"] = copy.deepcopy(obj["spec"])
    if row.kind == "Job":
        _job(engine, obj, count=not dry_run)
    else:
        prepare(engine, obj)
    return obj


def prepare_update(engine: Engine, row: Resource, new: Object, old: Object) -> Object:
    """A replacement with what only other endpoints may change."""
    if row.subresource("status") is not None:
        new = {field: value for field, value in new.items() if field != "status"}
        if "status" in old:
            new["status"] = old["status"]
    if row.custom:
        return new
    if row.kind == "Namespace":
        spec = {**(new.get("spec") or {})}
        spec["finalizers"] = (old.get("spec") or {}).get("finalizers", [])
        return {**new, "spec": spec}
    if row.kind == "Service":
        return addresses.carried(engine, new, old)
    if row.kind == "CustomResourceDefinition":
        new = copy.deepcopy(new)
        definitions.establish(engine, new)
    return new


def with_status(engine: Engine, row: Resource, new: Object, old: Object) -> Object:
    """The old object with another's status, as /status stores it: one that is left out is emptied."""
    status, was = _dated(engine, new.get("status")), old.get("status")
    result = {**old, "status": {} if status is None else status}
    if status is None and row.custom:
        del result["status"]  # only Go's structs are there when they are empty
    elif old["kind"] in _KEPT and isinstance(was, dict):
        kept = {field: was[field] for field in _KEPT[old["kind"]] if field in was}
        result["status"] = {**kept, **result["status"]}
    meta = dict(old["metadata"])
    if "managedFields" in new["metadata"]:
        meta["managedFields"] = new["metadata"]["managedFields"]
    result["metadata"] = meta
    return result


def _dated(engine: Engine, status: Any) -> Any:
    """A status whose conditions all have a type, a status and times.

    Go has them in every condition, empty where nobody set them; a time that is missing is now here.
    """
    if not isinstance(status, dict) or not isinstance(status.get("conditions"), list):
        return status
    conditions = []
    for item in status["conditions"]:
        times = {field: engine.stamp for field in _TIMES if not item.get(field)}
        conditions.append({"status": "", "type": "", **item, **times})
    return {**status, "conditions": conditions}


def with_finalizers(new: Object, old: Object) -> Object:
    """A namespace with another's spec.finalizers, as /finalize stores it."""
    finalizers = (new.get("spec") or {}).get("finalizers") or []
    return {**old, "spec": {**(old.get("spec") or {}), "finalizers": finalizers}}


def _job(engine: Engine, job: Object, *, count: bool) -> None:
    """The labels and the selector with the Job's uid that the server generates."""
    meta = job["metadata"]
    where = ("Job", meta["namespace"], meta["name"])
    serial = int(engine.memory.get(("count", "job", *where), 0))
    if count:
        engine.count("job", *where)
    meta["uid"] = uid(engine.seed, *where, *([serial] if serial else []))
    if job["spec"].get("manualSelector"):
        return
    labels = {
        "batch.kubernetes.io/controller-uid": meta["uid"],
        "batch.kubernetes.io/job-name": meta["name"],
        "controller-uid": meta["uid"],
        "job-name": meta["name"],
    }
    template = job["spec"]["template"].setdefault("metadata", {})
    template["labels"] = {**template.get("labels", {}), **labels}
    # the server copies the template's labels onto the Job
    meta["labels"] = {**template["labels"], **meta.get("labels", {})}
    own = "batch.kubernetes.io/controller-uid"
    job["spec"].setdefault("selector", {"matchLabels": {own: meta["uid"]}})


def _namespace(engine: Engine, namespace: Object) -> None:
    meta = namespace["metadata"]
    labels = {**meta.get("labels", {}), "kubernetes.io/metadata.name": meta["name"]}
    meta["labels"] = labels
    namespace["spec"] = {"finalizers": ["kubernetes"]}
    namespace["status"] = {"phase": "Active"}


def _node(engine: Engine, node: Object) -> None:
    """What the registry writes for a node that no kubelet has reported yet."""
    status = dict(node.get("status") or {})
    for field in ("capacity", "allocatable"):
        status.setdefault(field, {})
    for field in ("conditions", "addresses"):
        status.setdefault(field, [])
    status.setdefault("daemonEndpoints", {"kubeletEndpoint": {"Port": 0}})
    names = "architecture bootID containerRuntimeVersion kernelVersion kubeProxyVersion"
    names += " kubeletVersion machineID operatingSystem osImage systemUUID"
    status["nodeInfo"] = {**dict.fromkeys(names.split(), ""), **status.get("nodeInfo", {})}
    node["status"] = _dated(engine, status)


def _quota(engine: Engine, quota: Object) -> None:
    hard = quota.get("spec", {}).get("hard", {})
    quota["status"] = {"hard": hard, "used": dict.fromkeys(hard, "0")}


def _volume(engine: Engine, volume: Object) -> None:
    volume["status"] = {"phase": "Pending"}
    finalizers = volume["metadata"].setdefault("finalizers", [])
    if "kubernetes.io/pv-protection" not in finalizers:
        finalizers.append("kubernetes.io/pv-protection")


_CREATE: dict[str, Prepare] = {
    "CustomResourceDefinition": definitions.establish,
    "Job": lambda engine, obj: None,
    "Namespace": _namespace,
    "Node": _node,
    "PersistentVolume": _volume,
    "ResourceQuota": _quota,
    "Service": addresses.assign,
}
