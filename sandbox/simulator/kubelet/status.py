"""A pod's status, as the kubelet writes it from what it remembers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.simulator.conditions import condition, since
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet.images import canonical
from sandbox.simulator.kubelet.records import ContainerRecord, PodRecord, Run
from sandbox.simulator.store import Object, timestamp

NO_LIMIT = "9007199254740988Ki"
"""What a 1.36 kubelet reports as the memory limit of a pod without one."""


def build(engine: Engine, pod: Object, record: PodRecord) -> dict[str, Any]:
    """The whole status of a pod that has a node."""
    spec = pod["spec"]
    inits = [record.containers[c["name"]] for c in spec.get("initContainers", [])]
    mains = [record.containers[c["name"]] for c in spec["containers"]]
    phase = _end(inits + mains) if record.stopped else _phase(spec, inits, mains)
    status: dict[str, Any] = {
        "conditions": _conditions(engine, pod, record, phase, inits, mains),
        "containerStatuses": [
            _container(c, r, waiting=not _begun(mains) and not all(_done(i) for i in inits))
            for c, r in zip(spec["containers"], mains, strict=True)
        ],
        "hostIP": _host_ip(engine, pod),
        "observedGeneration": pod["metadata"].get("generation", 1),
        "phase": phase,
        "qosClass": pod["status"]["qosClass"],
        "resources": _resources(spec, mains),
        "startTime": timestamp(record.started),
    }
    status["hostIPs"] = [{"ip": status["hostIP"]}]
    if inits:
        status["initContainerStatuses"] = [
            _container(c, r, waiting=index > 0 and not _done(inits[index - 1]), init=True)
            for index, (c, r) in enumerate(zip(spec["initContainers"], inits, strict=True))
        ]
    if record.ip:
        status.update(podIP=record.ip, podIPs=[{"ip": record.ip}])
    requests = _total(spec, "requests")
    if requests and any(r.run for r in mains):
        status["allocatedResources"] = requests
    if record.evicted:
        status.update(phase="Failed", reason="Evicted", message=record.evicted)
    _keep_disruption(engine, pod, record, status["conditions"])
    return dict(sorted(status.items()))


def _done(record: ContainerRecord) -> bool:
    """Whether an init container has done its work; a sidecar has when it has started."""
    if record.sidecar or record.phase == "running":
        return record.sidecar and record.phase == "running" and record.passed_startup
    return bool(record.phase == "ended" and record.run and record.run.exit_code == 0)


def _end(containers: list[ContainerRecord]) -> str:
    """The phase of a pod whose containers were stopped for good."""
    return "Failed" if any(r.run and r.run.exit_code for r in containers) else "Succeeded"


def _begun(mains: list[ContainerRecord]) -> bool:
    """Whether a main container has run: a sidecar that falters later holds nobody up any more."""
    return any(record.run is not None for record in mains)


def _phase(
    spec: Mapping[str, Any], inits: list[ContainerRecord], mains: list[ContainerRecord]
) -> str:
    policy = spec["restartPolicy"]
    if not _begun(mains) and not all(_done(record) for record in inits):
        failed = any(
            r.phase == "ended" and r.run and r.run.exit_code and r.due is None for r in inits
        )
        return "Failed" if failed and policy == "Never" else "Pending"
    if any(record.run is None for record in mains):
        return "Pending"
    if policy == "Always" or any(r.phase != "ended" or r.due is not None for r in mains):
        return "Running"
    return "Failed" if any(r.run and r.run.exit_code for r in mains) else "Succeeded"


def _conditions(
    engine: Engine,
    pod: Object,
    record: PodRecord,
    phase: str,
    inits: list[ContainerRecord],
    mains: list[ContainerRecord],
) -> list[dict[str, Any]]:
    begun = _begun(mains)
    pending = [record.name for record in inits if not begun and not _done(record)]
    sidecars = [record for record in inits if record.sidecar]
    unready = [record.name for record in [*sidecars, *mains] if not record.ready]
    gone = record.sandbox_gone is not None and engine.now >= record.sandbox_gone
    has_sandbox = bool(record.ip) and not gone
    made: list[dict[str, Any]] = [_plain("PodReadyToStartContainers", has_sandbox)]
    if pending:
        text = f"containers with incomplete status: [{' '.join(pending)}]"
        made.append(_plain("Initialized", False, "ContainersNotInitialized", text))
    else:
        made.append(_plain("Initialized", True))
    for type_ in ("Ready", "ContainersReady"):
        if phase in ("Succeeded", "Failed"):
            reason = "PodCompleted" if phase == "Succeeded" else "PodFailed"
            made.append(_plain(type_, False, reason))
        elif unready:
            text = f"containers with unready status: [{' '.join(unready)}]"
            made.append(_plain(type_, False, "ContainersNotReady", text))
        else:
            made.append(_plain(type_, True))
    made.append(_plain("PodScheduled", True))
    for item in made:
        old = condition(pod, item["type"])
        item["lastTransitionTime"] = since(old, item["status"], engine.stamp)
        item["observedGeneration"] = pod["metadata"].get("generation", 1)
    return [dict(sorted(item.items())) for item in made]


def _keep_disruption(
    engine: Engine, pod: Object, record: PodRecord, conditions: list[dict[str, Any]]
) -> None:
    """The DisruptionTarget condition: somebody else's, or the eviction manager's own."""
    found = condition(pod, "DisruptionTarget")
    if found is None and record.evicted:
        found = {
            "lastProbeTime": None,
            "lastTransitionTime": engine.stamp,
            "message": record.evicted,
            "observedGeneration": pod["metadata"].get("generation", 1),
            "reason": "TerminationByKubelet",
            "status": "True",
            "type": "DisruptionTarget",
        }
    if found is not None:
        conditions.insert(0, found)


def _plain(type_: str, true: bool, reason: str = "", message: str = "") -> dict[str, Any]:
    item: dict[str, Any] = {"lastProbeTime": None, "status": str(true), "type": type_}
    if reason:
        item["reason"] = reason
    if message:
        item["message"] = message
    return item


def _container(
    spec: Mapping[str, Any], record: ContainerRecord, *, waiting: bool, init: bool = False
) -> dict[str, Any]:
    run = record.run
    status: dict[str, Any] = {
        "image": canonical(spec["image"]) if run else spec["image"],
        "imageID": record.image_id if run else "",
        "lastState": _last_state(record),
        "name": record.name,
        "ready": _done(record) if init and not record.sidecar else record.ready,
        "restartCount": record.restarts,
        "started": bool(record.phase == "running" and record.passed_startup),
        "state": _state(record, waiting=waiting),
        "volumeMounts": [_mount(mount) for mount in spec.get("volumeMounts", [])],
    }
    if run:
        status["containerID"] = f"containerd://{run.id}"
        status["resources"] = spec.get("resources", {})
        requests = spec.get("resources", {}).get("requests")
        if requests:
            status["allocatedResources"] = requests
    return dict(sorted(status.items()))


def _state(record: ContainerRecord, *, waiting: bool) -> dict[str, Any]:
    run = record.run
    if record.phase == "running" and run:
        return {"running": {"startedAt": timestamp(run.started)}}
    if record.phase == "ended" and run and not record.reason:
        return {"terminated": _terminated(run)}
    reason = record.reason or ("PodInitializing" if waiting else "ContainerCreating")
    state = {"reason": reason}
    if record.message:
        state["message"] = record.message
    return {"waiting": state}


def _last_state(record: ContainerRecord) -> dict[str, Any]:
    """The last termination before the state shown: the newest run's when it is not that state."""
    shown = record.phase == "running" or (record.phase == "ended" and not record.reason)
    run = record.previous if shown else record.run
    return {"terminated": _terminated(run)} if run is not None and run.finished else {}


def _terminated(run: Run) -> dict[str, Any]:
    started = "1970-01-01T00:00:00Z" if run.never_started else timestamp(run.started)
    state: dict[str, Any] = {
        "containerID": f"containerd://{run.id}",
        "exitCode": run.exit_code,
        "finishedAt": timestamp(run.finished) if run.finished else None,
        "reason": run.reason,
        "startedAt": started,
    }
    if run.message:
        state["message"] = run.message
    return dict(sorted(state.items()))


def _mount(mount: Mapping[str, Any]) -> dict[str, Any]:
    shown = {key: mount[key] for key in ("mountPath", "name", "readOnly") if key in mount}
    if mount.get("readOnly"):
        shown["recursiveReadOnly"] = "Disabled"
    return shown


def _host_ip(engine: Engine, pod: Object) -> str:
    node = engine.store.get("nodes", None, pod["spec"]["nodeName"])
    for address in (node or {}).get("status", {}).get("addresses", []):
        if address["type"] == "InternalIP":
            return str(address["address"])
    return ""


def _total(spec: Mapping[str, Any], what: str) -> dict[str, str]:
    from sandbox.simulator.demand import demand
    from sandbox.simulator.quantity import written

    names: dict[str, str] = {}
    for container in spec["containers"]:
        for name, value in container.get("resources", {}).get(what, {}).items():
            names.setdefault(name, value)
    return {
        name: written(demand(dict(spec), name, what), like) for name, like in sorted(names.items())
    }


def _resources(spec: Mapping[str, Any], mains: list[ContainerRecord]) -> dict[str, Any]:
    if not any(record.run for record in mains):
        return {}
    limits, requests = _total(spec, "limits"), _total(spec, "requests")
    shown: dict[str, Any] = {"limits": limits or {"memory": NO_LIMIT}}
    if requests:
        shown["requests"] = requests
    return shown
