"""The hidden world: what is true in a cluster but written in no API object.

Which images a registry gives away, what the program in an image does (what it needs, how much memory
it takes, when it listens), what the nodes can carry, which storage provisioners live. Controllers
derive every symptom from the API objects and this; an image without a profile is a healthy program
that listens on its containerPorts.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A piece of the world; unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Taint(Part):
    """A node's taint."""

    key: str
    """Taint key."""
    value: str | None = None
    """Taint value."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
    """What it does to pods that do not tolerate it."""


class NodeSpec(Part):
    """A machine."""

    name: str
    """Node name."""
    cpu: str = "4"
    """Capacity; all of it is allocatable."""
    memory: str = "8Gi"
    """Capacity; 100Mi less is allocatable, as a default kubelet reserves."""
    pods: int = 110
    """How many pods it takes."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Labels beyond those every node has (hostname, os, arch)."""
    taints: list[Taint] = Field(default_factory=list)
    """Taints."""
    cordoned: bool = False
    """spec.unschedulable."""
    ready: bool = True
    """False: the kubelet has stopped posting status."""


class StorageClassSpec(Part):
    """A StorageClass and whether its provisioner lives."""

    name: str
    """Class name."""
    provisioner: str = "rancher.io/local-path"
    """Provisioner name."""
    default: bool = False
    """Has the is-default-class annotation."""
    binding: Literal["Immediate", "WaitForFirstConsumer"] = "WaitForFirstConsumer"
    """volumeBindingMode."""
    alive: bool = True
    """False: nobody answers for this provisioner; claims stay Pending."""


class ImageSpec(Part):
    """What happens when an image is pulled. Images that no entry names can be pulled."""

    image: str
    """Reference as pods write it; a trailing `*` matches any rest."""
    pull: Literal["ok", "not-found", "denied", "refused", "dns", "timeout", "rate-limited"] = "ok"
    """What the registry does."""
    cached: bool | None = None
    """Already on the nodes; None: it is when it can be pulled and was used before the scenario."""
    fails: int | None = None
    """How many pulls fail before one succeeds; None: all."""


class Requirement(Part):
    """Something a program looks for; exactly one of env, file, service and endpoint."""

    env: str | None = None
    """Environment variable that must not be empty (Service link variables count)."""
    file: str | None = None
    """Path that must exist in a mounted volume."""
    service: str | None = None
    """Service of the same namespace that must exist."""
    endpoint: str | None = None
    """Service of the same namespace that must have a ready endpoint."""
    after: float = 0
    """Seconds after start at which the program looks."""
    log: list[str] = Field(default_factory=list)
    """Lines it prints when it does not find it (once, or again each time it waits)."""
    exit: int | None = None
    """Exit code when it is missing; None with `wait`."""
    wait: float | None = None
    """Look again every so many seconds, for ever, instead of exiting."""


class Exit(Part):
    """A program that ends by itself."""

    after: float = 0
    """Seconds after start."""
    code: int = 0
    """Exit code."""
    log: list[str] = Field(default_factory=list)
    """Last lines."""
    runs: int | None = None
    """Only the first so many runs of a container end this way; None: all."""


class Repeat(Part):
    """A line printed again and again while the program runs."""

    every: float
    """Seconds."""
    line: str
    """The line; `{n}` counts from 1."""


class App(Part):
    """The program in an image: the first profile whose image and command match a container."""

    image: str
    """Image reference; a trailing `*` matches any rest."""
    command_has: str | None = None
    """Text that command and args, joined by spaces, must contain."""
    container: str | None = None
    """Container name, when two containers run the same image in different ways."""
    binaries: list[str] | None = None
    """Executables that exist; None: whatever the container asks for exists."""
    log: list[str] = Field(default_factory=list)
    """Lines printed at start."""
    startup: float = 0
    """Seconds until it listens."""
    ready_log: list[str] = Field(default_factory=list)
    """Lines printed when it listens."""
    listens: list[int] | None = None
    """Ports; None: its containerPorts."""
    http: dict[str, int] = Field(default_factory=dict)
    """Status per path; other paths answer 200."""
    memory: str = "4Mi"
    """Working set after start."""
    memory_peak: str | None = None
    """Working set reached after `peak_after`; over the limit, the kernel kills it."""
    peak_after: float = 1
    """Seconds until the peak."""
    cpu: str = "5m"
    """CPU it uses."""
    requires: list[Requirement] = Field(default_factory=list)
    """Looked for in this order."""
    exits: Exit | None = None
    """How it ends by itself, if it does."""
    repeat: Repeat | None = None
    """A line it prints all the time once it listens."""
    on_term: int | None = 0
    """Exit code within a second of SIGTERM; None: it ignores the signal and is killed (137)."""


class Kubelet(Part):
    """Habits of the kubelets."""

    resync_in_backoff: bool = False
    """A pod is synced again while a crashed container waits, so that its state reads
    CrashLoopBackOff; without that, a 1.36 kubelet leaves it `terminated` until the restart."""


class World(Part):
    """All that is hidden."""

    nodes: list[NodeSpec] = Field(default_factory=lambda: [NodeSpec(name="node1")])
    """Machines, in creation order."""
    storage: list[StorageClassSpec] = Field(default_factory=list)
    """Storage classes; none, as on the recorded cluster."""
    registry: list[ImageSpec] = Field(default_factory=list)
    """Images with something to say about their pull."""
    apps: list[App] = Field(default_factory=list)
    """Program profiles; the first match counts."""
    kubelet: Kubelet = Field(default_factory=Kubelet)
    """Kubelet habits."""

    def app(self, image: str, command: str, container: str) -> App | None:
        """The profile of a container, or None for an ordinary healthy program."""
        for app in self.apps:
            if (
                _matches(app.image, image)
                and (app.command_has is None or app.command_has in command)
                and (app.container is None or app.container == container)
            ):
                return app
        return None

    def image(self, reference: str) -> ImageSpec:
        """What the registry does with a reference."""
        for spec in self.registry:
            if _matches(spec.image, reference):
                return spec
        return ImageSpec(image=reference)


def _matches(pattern: str, text: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern
