"""Rows of pods: the status words that `kubectl get pods` shows, derived as the server does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.simulator.durations import since
from sandbox.simulator.table import NONE, Cells, Object, Printer, age, columns, name_of


@dataclass
class _Counts:
    restarts: int = 0
    last: str = ""
    """finishedAt of the newest earlier termination."""

    def add(self, status: Object) -> None:
        self.restarts += int(status.get("restartCount") or 0)
        terminated = (status.get("lastState") or {}).get("terminated") or {}
        self.last = max(self.last, str(terminated.get("finishedAt") or ""))


@dataclass
class _Summary:
    reason: str
    ready: int = 0
    counts: _Counts = field(default_factory=_Counts)


def _is_sidecar(container: Object | None) -> bool:
    return bool(container) and (container or {}).get("restartPolicy") == "Always"


def _summarize(pod: Object) -> _Summary:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    phase = str(status.get("phase") or "")
    summary = _Summary(str(status.get("reason") or phase))
    conditions = status.get("conditions") or []
    if any(
        item.get("type") == "PodScheduled" and item.get("reason") == "SchedulingGated"
        for item in conditions
    ):
        summary.reason = "SchedulingGated"
    sidecars = _Counts()
    initializing = _init_containers(spec, status, summary, sidecars)
    if not initializing or _condition(conditions, "Initialized"):
        summary.counts = sidecars
        _containers(status.get("containerStatuses") or [], conditions, summary)
    if (pod.get("metadata") or {}).get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            summary.reason = "Unknown"
        elif phase not in ("Succeeded", "Failed"):
            summary.reason = "Terminating"
    return summary


def _init_containers(spec: Object, status: Object, summary: _Summary, sidecars: _Counts) -> bool:
    """Read the init containers; True when one of them is not through yet."""
    by_name = {item.get("name"): item for item in spec.get("initContainers") or []}
    for at, item in enumerate(status.get("initContainerStatuses") or []):
        summary.counts.add(item)
        sidecar = _is_sidecar(by_name.get(item.get("name")))
        if sidecar:
            sidecars.add(item)
        state = item.get("state") or {}
        terminated, waiting = state.get("terminated"), state.get("waiting") or {}
        if terminated is not None and not terminated.get("exitCode"):
            continue
        if sidecar and item.get("started"):
            summary.ready += bool(item.get("ready"))
            continue
        if terminated is not None:
            summary.reason = "Init:" + _terminated_reason(terminated)
        elif waiting.get("reason") and waiting["reason"] != "PodInitializing":
            summary.reason = f"Init:{waiting['reason']}"
        else:
            summary.reason = f"Init:{at}/{len(by_name)}"
        return True
    return False


def _containers(statuses: list[Object], conditions: list[Object], summary: _Summary) -> None:
    running = False
    for item in reversed(statuses):
        summary.counts.add(item)
        state = item.get("state") or {}
        terminated, waiting = state.get("terminated"), state.get("waiting") or {}
        if waiting.get("reason"):
            summary.reason = str(waiting["reason"])
        elif terminated is not None:
            summary.reason = _terminated_reason(terminated)
        elif item.get("ready") and state.get("running") is not None:
            running = True
            summary.ready += 1
    if summary.reason == "Completed" and running:
        summary.reason = "Running" if _condition(conditions, "Ready") else "NotReady"


def _terminated_reason(terminated: Object) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    if terminated.get("signal"):
        return f"Signal:{terminated['signal']}"
    return f"ExitCode:{terminated.get('exitCode', 0)}"


def _condition(conditions: Iterable[Object], kind: str) -> bool:
    return any(item.get("type") == kind and item.get("status") == "True" for item in conditions)


def _gates(spec: Object, conditions: list[Object]) -> str:
    gates = spec.get("readinessGates") or []
    if not gates:
        return NONE
    true = sum(_condition(conditions, str(gate.get("conditionType"))) for gate in gates)
    return f"{true}/{len(gates)}"


def _cells(pod: Object, now: datetime) -> Cells:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    summary = _summarize(pod)
    total = len(spec.get("containers") or [])
    total += sum(_is_sidecar(item) for item in spec.get("initContainers") or [])
    counts = summary.counts
    restarts = str(counts.restarts)
    if counts.restarts and counts.last:
        restarts += f" ({since(counts.last, now)} ago)"
    ips = status.get("podIPs") or [{"ip": status.get("podIP")}]
    return [
        name_of(pod),
        f"{summary.ready}/{total}",
        summary.reason,
        restarts,
        age(pod, now),
        ips[0].get("ip") or NONE,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        _gates(spec, status.get("conditions") or []),
    ]


def _row_conditions(pod: Object) -> list[Object]:
    phase = (pod.get("status") or {}).get("phase")
    messages = {
        "Succeeded": "The pod has completed successfully.",
        "Failed": "The pod failed.",
    }
    if phase not in messages:
        return []
    return [
        {"type": "Completed", "status": "True", "reason": phase, "message": messages[phase]},
    ]


PRINTERS: dict[str, Printer] = {
    "pods": Printer(
        columns(
            "Name|Ready|Status|Restarts|Age",
            "IP|Node|Nominated Node|Readiness Gates",
        ),
        _cells,
        _row_conditions,
    )
}


def pod_status(pod: dict[str, Any]) -> str:
    """STATUS, and when it says something more RESTARTS and READY: `Running, 0/1 ready, 2 restarts`."""
    summary = _summarize(pod)
    total = len(pod["spec"].get("containers") or [])
    words = [summary.reason]
    if summary.reason == "Running":
        words.append(f"{summary.ready}/{total} ready")
    if summary.counts.restarts:
        words.append(f"{summary.counts.restarts} restart{'s'[: summary.counts.restarts - 1]}")
    return ", ".join(words)
