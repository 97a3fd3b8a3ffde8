"""PodStatus: the STATUS and RESTARTS columns, computed as the API server's printer does."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import JsonValue

from tools.distil.shapes import count, dig, integer, mapping, mappings, text


class PodStatus(NamedTuple):
    """What `kubectl get pods` prints of a pod."""

    status: str
    path: str
    """JSON path of what decided the status."""
    restarts: int


def condition(raw: dict[str, JsonValue], kind: str) -> tuple[int, dict[str, JsonValue]] | None:
    """The object's status condition of this type, with its index."""
    for n, entry in mappings(dig(raw, "status", "conditions")):
        if entry.get("type") == kind:
            return n, entry
    return None


def is_true(raw: dict[str, JsonValue], kind: str) -> bool | None:
    """Whether the condition is True; None when there is no such condition."""
    found = condition(raw, kind)
    return None if found is None else found[1].get("status") == "True"


def sidecars(raw: dict[str, JsonValue]) -> frozenset[str]:
    """Names of init containers that go on running beside the others (restartPolicy Always)."""
    return frozenset(
        text(container.get("name"))
        for _, container in mappings(dig(raw, "spec", "initContainers"))
        if container.get("restartPolicy") == "Always"
    )


def _ended(terminated: dict[str, JsonValue]) -> str:
    """How the printer names a termination without a reason."""
    if signal := integer(terminated.get("signal")):
        return f"Signal:{signal}"
    return f"ExitCode:{count(terminated.get('exitCode'))}"


class _Init(NamedTuple):
    status: str
    path: str
    restarts: int
    sidecar_restarts: int


def _init(raw: dict[str, JsonValue]) -> _Init:
    """The status while init containers run, empty once all have; and their restarts."""
    beside = sidecars(raw)
    total = len(mappings(dig(raw, "spec", "initContainers")))
    restarts = sidecar_restarts = 0
    for n, entry in mappings(dig(raw, "status", "initContainerStatuses")):
        restarts += count(entry.get("restartCount"))
        sidecar = text(entry.get("name")) in beside
        if sidecar:
            sidecar_restarts += count(entry.get("restartCount"))
        state = mapping(entry.get("state"))
        ended = mapping(state.get("terminated"))
        if ended and count(ended.get("exitCode")) == 0:
            continue
        if sidecar and entry.get("started") is True:
            continue
        path = f"status.initContainerStatuses[{n}].state"
        waiting = text(dig(state, "waiting", "reason"))
        if ended:
            reason = text(ended.get("reason")) or _ended(ended)
            return _Init(f"Init:{reason}", f"{path}.terminated", restarts, sidecar_restarts)
        if waiting and waiting != "PodInitializing":
            path = f"{path}.waiting.reason"
            return _Init(f"Init:{waiting}", path, restarts, sidecar_restarts)
        return _Init(f"Init:{n}/{total}", path, restarts, sidecar_restarts)
    return _Init("", "", restarts, sidecar_restarts)


def _running(raw: dict[str, JsonValue], before: str, path: str) -> PodStatus:
    """The status once init containers are done; the first container in trouble decides."""
    status, restarts, has_running = before, 0, False
    for n, entry in reversed(mappings(dig(raw, "status", "containerStatuses"))):
        restarts += count(entry.get("restartCount"))
        state = mapping(entry.get("state"))
        ended = mapping(state.get("terminated"))
        at = f"status.containerStatuses[{n}].state"
        if waiting := text(dig(state, "waiting", "reason")):
            status, path = waiting, f"{at}.waiting.reason"
        elif ended:
            status, path = text(ended.get("reason")) or _ended(ended), f"{at}.terminated"
        elif entry.get("ready") is True and isinstance(state.get("running"), dict):
            has_running = True
    if status == "Completed" and has_running:
        status = "Running" if is_true(raw, "Ready") else "NotReady"
    return PodStatus(status, path, restarts)


def pod_status(raw: dict[str, JsonValue]) -> PodStatus:
    """STATUS and RESTARTS of a pod from its JSON."""
    phase = text(dig(raw, "status", "phase"))
    why = text(dig(raw, "status", "reason"))
    status, path = (why, "status.reason") if why else (phase, "status.phase")
    scheduled = condition(raw, "PodScheduled")
    if scheduled and scheduled[1].get("reason") == "SchedulingGated":
        status, path = "SchedulingGated", f"status.conditions[{scheduled[0]}].reason"
    init = _init(raw)
    if init.status and not is_true(raw, "Initialized"):
        found = PodStatus(init.status, init.path, init.restarts)
    else:
        after = _running(raw, init.status or status, init.path or path)
        found = after._replace(restarts=after.restarts + init.sidecar_restarts)
    if text(dig(raw, "metadata", "deletionTimestamp")):
        at = "metadata.deletionTimestamp"
        if why == "NodeLost":
            return found._replace(status="Unknown", path=at)
        if phase not in ("Succeeded", "Failed"):
            return found._replace(status="Terminating", path=at)
    return found
