"""The kubelet's sync of one pod: volumes, sandbox, init containers, containers, status."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.clock import seconds
from sandbox.simulator.deletion import going
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet import admission, attachments, config, disks, localstorage, status
from sandbox.simulator.kubelet.containers import step
from sandbox.simulator.kubelet.eviction import evict
from sandbox.simulator.kubelet.place import NO_PLUGIN, Place
from sandbox.simulator.kubelet.records import ContainerRecord, PodRecord
from sandbox.simulator.kubelet.termination import stop
from sandbox.simulator.store import Object
from sandbox.simulator.troubles import active, at_home

SANDBOX_SECONDS = 0.6
"""Between the sandbox and the first container."""
FIRST_MOUNT_RETRY = 0.5
"""Seconds until a failed mount is tried again; doubled each time."""
LAST_MOUNT_RETRY = 122.0
"""Longest pause between tries, seconds (the volume manager's two minutes and two seconds)."""
ATTACH_RETRY = 6.0
"""Seconds between two looks at a disk that another node has."""
SANDBOX_REMOVAL = 2.0
"""Seconds after the end of a pod until its sandbox is gone."""
POD_NETWORK = "10.244"
NETWORK_RETRY = 2.0
"""Seconds until a pod that found no network is tried again."""


def sync(engine: Engine, namespace: str, name: str) -> float | None:
    """Bring a pod on, write its status, and say when to look again."""
    pod = engine.store.get("pods", namespace, name)
    if pod is None or not pod["spec"].get("nodeName"):
        return None
    if not at_home(engine, pod["spec"]["nodeName"]):
        return None
    record = engine.pods.get(pod["metadata"]["uid"])
    if record is None:
        if terminal(pod):
            return None  # refused before, or told so by another component
        why = admission.rejection(engine, pod)
        if why is not None:
            admission.reject(engine, pod, why)
            return None
        record = _admit(engine, pod)
    if going(pod):
        return stop(engine, pod, record, list(places(engine, pod)))[1]
    if record.evicted:
        return None
    again = _bring_on(engine, pod, record)
    over = localstorage.overuse(engine, pod, record.containers)
    if over is not None and over[0]:
        evict(engine, pod, over[0])
        return None
    if over is not None and over[1] is not None:
        again = over[1] if again is None else min(again, over[1])
    fresh = status.build(engine, pod, record)
    record.ended = fresh["phase"] in ("Succeeded", "Failed")
    if record.ended and _end_sidecars(engine, record):
        fresh = status.build(engine, pod, record)
    engine.set_status(pod, fresh)
    if record.ended and record.sandbox_gone is None:
        record.sandbox_gone = engine.now + seconds(SANDBOX_REMOVAL)
        return SANDBOX_REMOVAL
    return again


def places(engine: Engine, pod: Object) -> Iterator[Place]:
    """The containers of a pod in starting order."""
    for spec in pod["spec"].get("initContainers", []):
        path = f"spec.initContainers{{{spec['name']}}}"
        yield Place(engine, pod, spec, path, init=spec.get("restartPolicy") != "Always")
    for spec in pod["spec"]["containers"]:
        yield Place(engine, pod, spec, f"spec.containers{{{spec['name']}}}", init=False)


def _admit(engine: Engine, pod: Object) -> PodRecord:
    record = PodRecord(started=engine.now)
    for place in places(engine, pod):
        name, sidecar = place.spec["name"], place.spec.get("restartPolicy") == "Always"
        record.containers[name] = ContainerRecord(name, sidecar=sidecar)
    engine.pods[pod["metadata"]["uid"]] = record
    return record


def _bring_on(engine: Engine, pod: Object, record: PodRecord) -> float | None:
    """Do what is due; returns seconds until the next look."""
    if record.sandbox_gone is not None and engine.now < record.sandbox_gone:
        return (record.sandbox_gone - engine.now).total_seconds()
    if record.ended:
        return None
    if record.mount_at is not None and engine.now < record.mount_at:
        return (record.mount_at - engine.now).total_seconds()
    if not record.ip:
        if (wait := _disks(engine, pod, record)) is not None:
            return wait
        problem = config.check_volumes(engine, pod)
        if problem is not None:
            return _cannot_mount(engine, pod, record, *problem)
        if "cni" in active(engine, pod["spec"]["nodeName"]):
            return _no_network(engine, pod)
        record.ip = _address(engine, pod)
        record.sandbox_at = engine.now
        return SANDBOX_SECONDS
    if record.sandbox_at is not None:
        left = SANDBOX_SECONDS - (engine.now - record.sandbox_at).total_seconds()
        if left > 0:
            return left
    due = []
    begun = any(record.containers[spec["name"]].run for spec in pod["spec"]["containers"])
    for place in places(engine, _with_ip(pod, record)):
        container = record.containers[place.spec["name"]]
        fresh = container.phase == "waiting" and container.due is None
        if fresh and container.run is None and not container.reason:
            container.due = engine.now
        step(place, container)
        if container.due is not None:
            due.append((container.due - engine.now).total_seconds())
        if _blocks(place, container) and not begun:
            break
    return max(min(due), 0.001) if due else None


def _end_sidecars(engine: Engine, record: PodRecord) -> bool:
    """Stop the sidecars of a pod whose work is done; True when there were any."""
    running = [c for c in record.containers.values() if c.sidecar and c.phase == "running"]
    for container in running:
        run = container.run
        if run is None:
            continue
        disks.end(engine, run)
        run.exit_code = 137 if run.on_term is None else run.on_term
        run.reason = "Completed" if run.exit_code == 0 else "Error"
        run.ends, run.finished, container.phase = None, engine.now, "ended"
        container.ready = container.passed_startup = False
        container.due = container.killing = None
        container.probes.clear()
    return bool(running)


def _disks(engine: Engine, pod: Object, record: PodRecord) -> float | None:
    """Attach a pod's disks; seconds until the next try when another node has one."""
    problem = attachments.refused(engine, pod)
    if problem is None:
        if not record.mount_tries:
            attachments.attached(engine, pod)
        return None
    if not record.waits_for_disk:
        engine.event(pod, "Warning", "FailedAttachVolume", problem, attachments.COMPONENT)
        record.waits_for_disk = engine.now
    waited = (engine.now - record.waits_for_disk).total_seconds()
    if waited >= LAST_MOUNT_RETRY:
        names = " ".join(volume["name"] for volume in pod["spec"].get("volumes", []))
        mounts = " ".join(
            volume["name"]
            for volume in pod["spec"].get("volumes", [])
            if "persistentVolumeClaim" in volume
        )
        text = (
            f"Unable to attach or mount volumes: unmounted volumes=[{mounts}], unattached "
            f"volumes=[{names}], failed to process volumes=[]: context deadline exceeded"
        )
        host = pod["spec"]["nodeName"]
        engine.event(pod, "Warning", "FailedMount", text, "kubelet", host=host)
        record.waits_for_disk = engine.now
    return ATTACH_RETRY


def _blocks(place: Place, container: ContainerRecord) -> bool:
    """Whether the containers behind this one must wait."""
    if place.init:
        done = container.phase == "ended" and container.run and container.run.exit_code == 0
        return not done
    if place.spec.get("restartPolicy") == "Always":  # a sidecar
        return not container.passed_startup
    return False


def _with_ip(pod: Object, record: PodRecord) -> Object:
    """The pod as its probes see it, with an address."""
    return {**pod, "status": {**pod["status"], "podIP": record.ip}}


def _cannot_mount(
    engine: Engine, pod: Object, record: PodRecord, volume: str, problem: str
) -> float:
    text = f'MountVolume.SetUp failed for volume "{volume}" : {problem}'
    host = pod["spec"]["nodeName"]
    engine.event(pod, "Warning", "FailedMount", text, "kubelet", host=host)
    pause: float = min(FIRST_MOUNT_RETRY * 2**record.mount_tries, LAST_MOUNT_RETRY)
    record.mount_tries += 1
    record.mount_at = engine.now + seconds(pause)
    return pause


def _no_network(engine: Engine, pod: Object) -> float:
    """Without a network plugin no sandbox is made; pods on the host's network would be."""
    host = pod["spec"]["nodeName"]
    text = f"network is not ready: container runtime network not ready: {NO_PLUGIN}"
    engine.event(pod, "Warning", "NetworkNotReady", text, "kubelet", host=host)
    return NETWORK_RETRY


def _address(engine: Engine, pod: Object) -> str:
    """The next free address of the node's range."""
    nodes = [node["metadata"]["name"] for node in engine.store.list("nodes")]
    node = pod["spec"]["nodeName"]
    number = engine.count("address", node) + 10
    return f"{POD_NETWORK}.{nodes.index(node)}.{number}"
