"""Parts of pods for tests: specs, container states and statuses as the kubelet writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Object = dict[str, Any]
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
"""The present of every such cluster."""
IMAGE = "registry.example.com/shop/cart:1.4.2"
DEFAULT_TOLERATIONS = [
    {
        "key": f"node.kubernetes.io/{key}",
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": 300,
    }
    for key in ("not-ready", "unreachable")
]


def ago(seconds: float) -> str:
    """A moment before the present, RFC 3339."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def box(name: str, image: str = IMAGE, **fields: Any) -> Object:
    """A container as it is stored, with what the API server fills in."""
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        **fields,
    }


def http_probe(port: int, path: str = "/healthz", **fields: int) -> Object:
    """An HTTP probe with the API server's defaults."""
    return {
        "httpGet": {"path": path, "port": port, "scheme": "HTTP"},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
        **fields,
    }


@dataclass(frozen=True)
class PodSpec:
    """What the pods of a workload are made of."""

    containers: Sequence[Object]
    init: Sequence[Object] = ()
    volumes: Sequence[Object] = ()
    more: Object = field(default_factory=dict)
    """Further fields of the pod spec: nodeSelector, affinity, serviceAccountName, ..."""

    def body(self) -> Object:
        """spec.template.spec."""
        spec: Object = {
            "containers": list(self.containers),
            "dnsPolicy": "ClusterFirst",
            "restartPolicy": "Always",
            "schedulerName": "default-scheduler",
            "securityContext": {},
            "terminationGracePeriodSeconds": 30,
            **self.more,
        }
        if self.init:
            spec["initContainers"] = list(self.init)
        if self.volumes:
            spec["volumes"] = list(self.volumes)
        return spec

    def template(self, labels: dict[str, str]) -> Object:
        """spec.template."""
        return {"metadata": {"labels": labels}, "spec": self.body()}

    def pod(self, state: PodState) -> Object:
        """The spec of one pod."""
        spec = self.body()
        spec["serviceAccountName"] = spec["serviceAccount"] = spec.get(
            "serviceAccountName", "default"
        )
        spec["tolerations"] = [*DEFAULT_TOLERATIONS, *self.more.get("tolerations", [])]
        if state.node and not state.unscheduled:
            spec["nodeName"] = state.node
        return spec


@dataclass(frozen=True)
class PodState:
    """How one pod is doing."""

    statuses: Sequence[Object] = ()
    init: Sequence[Object] = ()
    phase: str = "Running"
    unscheduled: str = ""
    """The scheduler's message, for a pod without a node."""
    node: str = "node1"
    age: float = 1800
    """Seconds since it was created."""
    meta: Object = field(default_factory=dict)
    more: Object = field(default_factory=dict)
    """Further fields of the status: reason, message, ..."""

    @property
    def ready(self) -> bool:
        """Whether the pod serves."""
        return (
            self.phase == "Running"
            and bool(self.statuses)
            and all(status["ready"] for status in self.statuses)
            and "deletionTimestamp" not in self.meta
        )

    def status(self, spec: PodSpec) -> Object:
        """The pod's status."""
        if self.unscheduled:
            scheduled = {
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "message": self.unscheduled,
            }
            return {
                "phase": "Pending",
                "conditions": [scheduled],
                "qosClass": "BestEffort",
                **self.more,
            }
        beside = {c["name"] for c in spec.init if c.get("restartPolicy") == "Always"}
        initialized = all(_done(status, beside) for status in self.init)
        lacking = " ".join(status["name"] for status in self.statuses if not status["ready"])
        unready = {
            "reason": "ContainersNotReady",
            "message": f"containers with unready status: [{lacking}]",
        }
        ready: Object = {"status": "True"} if self.ready else {"status": "False", **unready}
        conditions = [
            {"type": "PodReadyToStartContainers", "status": "True"},
            {"type": "Initialized", "status": "True" if initialized else "False"},
            {"type": "Ready", **ready},
            {"type": "ContainersReady", **ready},
            {"type": "PodScheduled", "status": "True"},
        ]
        status: Object = {
            "phase": self.phase,
            "conditions": [
                {**c, "lastProbeTime": None, "lastTransitionTime": ago(self.age)}
                for c in conditions
            ],
            "containerStatuses": list(self.statuses),
            "hostIP": "10.200.0.1",
            "podIP": "10.244.0.58",
            "qosClass": "Burstable",
            "startTime": ago(self.age),
        }
        if self.init:
            status["initContainerStatuses"] = list(self.init)
        return {**status, **self.more}


def _done(status: Object, beside: set[str]) -> bool:
    ended = status["state"].get("terminated")
    started = status["name"] in beside and status["started"]
    return started or (ended is not None and ended["exitCode"] == 0)


def _status(name: str, state: Object, **fields: Any) -> Object:
    status = {
        "name": name,
        "image": IMAGE,
        "imageID": "sha256:80ff5d771dd005e77240e479c89c45477c9c8f92d4a2c01339b1064385205c15",
        "ready": False,
        "started": False,
        "restartCount": 0,
        "state": state,
        "lastState": {},
    }
    return {**status, **fields}


def ended(
    code: int, reason: str = "", *, seconds: float = 2, before: float = 60, message: str = ""
) -> Object:
    """A termination: how long it ran, and how many seconds ago it ended."""
    state: Object = {
        "containerID": "containerd://b2d3a5bdb1bb988f2e099df465c94851bbd3bfea6194f37b0b3ed6355b0be6eb",
        "exitCode": code,
        "reason": reason or ("Completed" if code == 0 else "Error"),
        "startedAt": ago(before + seconds),
        "finishedAt": ago(before),
    }
    if message:
        state["message"] = message
    return state


def running(
    name: str,
    *,
    ready: bool = True,
    since: float = 1700,
    restarts: int = 0,
    last: Object | None = None,
) -> Object:
    """A container that runs."""
    return _status(
        name,
        {"running": {"startedAt": ago(since)}},
        ready=ready,
        started=True,
        restartCount=restarts,
        lastState={"terminated": last} if last else {},
    )


def crashing(
    name: str,
    code: int = 1,
    reason: str = "",
    *,
    restarts: int = 6,
    seconds: float = 2,
    pod: str = "cart-6d4f9c8b7d-x2x7k",
) -> Object:
    """A container in CrashLoopBackOff."""
    message = f"back-off 5m0s restarting failed container={name} pod={pod}_shop(b2b1aab5-6b8f-4d43-8774-29b87526304a)"
    return _status(
        name,
        {"waiting": {"reason": "CrashLoopBackOff", "message": message}},
        restartCount=restarts,
        lastState={"terminated": ended(code, reason, seconds=seconds)},
    )


def waiting(name: str, reason: str, message: str = "", **fields: Any) -> Object:
    """A container that has not started."""
    state = {"reason": reason, "message": message} if message else {"reason": reason}
    return _status(name, {"waiting": state}, **fields)


def terminated(name: str, code: int, reason: str = "", **fields: Any) -> Object:
    """A container that ended and is not started again."""
    return _status(name, {"terminated": ended(code, reason, **fields)}, ready=False)


def start_failing(name: str, message: str, reason: str = "StartError") -> Object:
    """A container whose command the runtime cannot start, in its back-off."""
    never: Object = {
        "containerID": "containerd://30bc2c272ade558656781828f83c4fcb022df9198af3f047fd3e814ebad3d90b",
        "exitCode": 128,
        "reason": reason,
        "message": message,
        "startedAt": "1970-01-01T00:00:00Z",
        "finishedAt": ago(40),
    }
    wait = {
        "reason": "CrashLoopBackOff",
        "message": f"back-off 40s restarting failed container={name}",
    }
    return _status(name, {"waiting": wait}, restartCount=4, lastState={"terminated": never})
