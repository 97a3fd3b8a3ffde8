"""What a kubelet remembers about a pod: its containers' runs, back-offs and probes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sandbox.simulator.world import Repeat, Requirement


@dataclass
class Outage:
    """A time in which a running program missed something it can live without."""

    requirement: int
    """Index in the profile's requirements."""
    error: str
    """Why, in the program's words."""
    since: float
    """Seconds after start."""
    until: float | None
    """Seconds after start; None: it lasts."""
    every: float
    """Seconds between two complaints."""
    lines: tuple[str, ...]
    """The complaint."""
    unhealthy: tuple[str, ...]
    """HTTP paths that answer 503 meanwhile."""


@dataclass
class WriteFailure:
    """A write that is going to fail."""

    at: float
    """Seconds after start."""
    lines: tuple[str, ...]
    """What the program prints then."""
    exit: int | None
    """Exit code; None: it hangs."""


@dataclass
class Run:
    """One execution of a container: a program with a known future."""

    id: str
    """containerd id, 64 hexadecimal digits."""
    started: datetime
    """When the process began."""
    lines: list[tuple[float, str]] = field(default_factory=list)
    """(seconds after start, line), in order."""
    repeat: Repeat | None = None
    """A line printed again and again, from `repeat_from` on."""
    repeat_from: float = 0
    """Seconds after start."""
    ends: float | None = None
    """Seconds after start at which it ends by itself; None: never."""
    exit_code: int = 0
    """Exit code when it ends."""
    reason: str = "Completed"
    """Completed, Error, OOMKilled or StartError."""
    message: str = ""
    """Why it could not start."""
    listens_from: float = 0
    """Seconds after start from which its ports are open."""
    ports: frozenset[int] = frozenset()
    """Ports it opens."""
    http: dict[str, int] = field(default_factory=dict)
    """Status per path; others answer 200."""
    waits_for: Requirement | None = None
    """What it waits for while it repeats its complaint."""
    env: dict[str, str] = field(default_factory=dict)
    """Its environment, when it connects to what that says."""
    complaint: str = ""
    """Why, in the program's words, as far as they depend on the cluster."""
    outages: list[Outage] = field(default_factory=list)
    """Times without something it can live without, in order."""
    fails: WriteFailure | None = None
    """The first of its writes to fail, as things stand."""
    writing: list[tuple[tuple[str, ...], float]] = field(default_factory=list)
    """(where, bytes a second) of what it writes."""
    hung_from: float | None = None
    """Seconds after start from which it answers nobody."""
    on_term: int | None = 0
    """Exit code on SIGTERM; None: ignores it."""
    finished: datetime | None = None
    """When it ended."""
    never_started: bool = False
    """The runtime could not start the process at all."""


@dataclass
class Probe:
    """A probe's counters for the current run."""

    next_at: datetime
    """When it asks next."""
    failures: int = 0
    """Failures in a row."""
    successes: int = 0
    """Successes in a row."""


@dataclass
class ContainerRecord:
    """A container across its restarts."""

    name: str
    """Container name."""
    sidecar: bool = False
    """An init container with restartPolicy Always."""
    phase: Literal["waiting", "running", "ended"] = "waiting"
    """waiting: to be started; running; ended: by itself, and perhaps to be restarted."""
    reason: str = ""
    """waiting.reason; empty means ContainerCreating or PodInitializing."""
    message: str = ""
    """waiting.message."""
    run: Run | None = None
    """The current or newest run."""
    previous: Run | None = None
    """The run before, whose container is gone from the disk."""
    restarts: int = 0
    """restartCount."""
    crashes: int = 0
    """Ends that counted for the back-off."""
    due: datetime | None = None
    """When the kubelet looks at it next; None: when something happens."""
    until: datetime | None = None
    """End of the present back-off."""
    pulls: int = 0
    """Pulls that failed."""
    pull_error: str = ""
    """The last pull's error."""
    pulled: bool = False
    """The image is on the node."""
    passed_startup: bool = False
    """The startup probe has succeeded, or there is none."""
    ready: bool = False
    """Ready, as the readiness probe has it."""
    probes: dict[str, Probe] = field(default_factory=dict)
    """liveness, readiness and startup."""
    killing: datetime | None = None
    """When a kill that is under way ends the process."""
    quick_kills: int = 0
    """Liveness kills so far: the first two are followed by a restart at once."""
    image_id: str = ""
    """Image id of the newest run."""


@dataclass
class PodRecord:
    """A pod on its node."""

    started: datetime
    """When the kubelet first saw it."""
    ip: str = ""
    """Address, once the sandbox exists."""
    sandbox_at: datetime | None = None
    """When the sandbox was made."""
    mount_tries: int = 0
    """Failed tries to mount a volume."""
    waits_for_disk: datetime | None = None
    """Since when (or since the last complaint) its disk has been on another node."""
    mount_at: datetime | None = None
    """When to try to mount again."""
    containers: dict[str, ContainerRecord] = field(default_factory=dict)
    """By name, init containers too."""
    ended: bool = False
    """All containers have ended and none will be restarted."""
    sandbox_gone: datetime | None = None
    """When the sandbox of an ended pod was removed."""
    stopping: datetime | None = None
    """When the kubelet began to stop a pod that is being deleted."""
    stopped: datetime | None = None
    """When its last container had ended."""
    evicted: str = ""
    """Why the kubelet ended the pod itself: the eviction manager's message."""
