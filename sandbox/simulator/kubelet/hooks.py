"""Lifecycle hooks: postStart right after a start, preStop before the end, and what fails there."""

from __future__ import annotations

from sandbox.simulator.kubelet.place import Place
from sandbox.simulator.kubelet.probes import port_number
from sandbox.simulator.kubelet.profiles import profile
from sandbox.simulator.kubelet.records import ContainerRecord, Run


def post_start(place: Place, record: ContainerRecord, run: Run) -> bool:
    """Whether the container's postStart hook fails."""
    return bool(problem(place, record, run))


def pre_stop(place: Place) -> None:
    """Tell about a preStop hook whose program does not exist; the container stops all the same."""
    hook = (place.spec.get("lifecycle") or {}).get("preStop") or {}
    command = (hook.get("exec") or {}).get("command") or []
    binaries = profile(place.engine, place.spec).binaries
    if command and binaries is not None and command[0] not in binaries:
        place.say("Warning", "FailedPreStopHook", "PreStopHook failed")


def problem(place: Place, record: ContainerRecord, run: Run) -> str:
    """The kubelet's error of a failing postStart hook; empty when there is none or it works."""
    hook = (place.spec.get("lifecycle") or {}).get("postStart") or {}
    app, meta = profile(place.engine, place.spec), place.pod["metadata"]
    who = (
        f'for Container "{record.name}" in Pod "{meta["name"]}_{meta["namespace"]}({meta["uid"]})"'
    )
    if "exec" in hook:
        command = hook["exec"].get("command", [])
        said = " ".join(command)
        head = f"Exec lifecycle hook ([{said}]) {who} failed - error: command '{said}'"
        if app.binaries is not None and command and command[0] not in app.binaries:
            return f"{head} exited with 127: "
        return f"{head} exited with {app.post_start}: " if app.post_start else ""
    if "httpGet" in hook:
        where = hook["httpGet"]
        port = port_number(place.spec, where["port"])
        if run.listens_from <= 0 and port in run.ports:
            return ""
        ip = place.pod["status"].get("podIP", "")
        path = where.get("path", "/").lstrip("/")
        url = f"{where.get('scheme', 'HTTP').lower()}://{ip}:{port}/{path}"
        refused = f"dial tcp {ip}:{port}: connect: connection refused"
        return f'HTTP lifecycle hook ({path}) {who} failed - error: Get "{url}": {refused}'
    return ""
