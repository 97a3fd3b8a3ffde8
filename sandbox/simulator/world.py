"""The hidden world: what is true in a cluster but written in no API object.

Which images a registry gives away, what the program in an image does (what it needs, how much memory
it takes, when it listens), what the nodes can carry, which storage provisioners live. Controllers
derive every symptom from the API objects and this; an image without a profile is a healthy program
that listens on its containerPorts, unless its command says all (sandbox.simulator.kubelet.literals).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sandbox.simulator.apps import App, Exit, Part, Quantity, Repeat, Requirement, Write

__all__ = ["App", "Exit", "Part", "Repeat", "Requirement", "World", "Write"]


class Taint(Part):
    """A node's taint."""

    key: str
    """Taint key."""
    value: str | None = None
    """Taint value."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
    """What it does to pods that do not tolerate it."""


class NodeTrouble(Part):
    """Something wrong with a machine for a while."""

    kind: Literal[
        "silent",
        "flapping",
        "runtime-down",
        "pleg",
        "cni",
        "memory-pressure",
        "disk-pressure",
        "pid-pressure",
        "no-route",
        "image-gc",
    ]
    """silent: the kubelet posts nothing any more (machine or kubelet down); flapping: silent again and
    again; runtime-down, pleg, cni: it says NotReady, with that reason; *-pressure: its eviction manager
    says so; no-route: NetworkUnavailable; image-gc: unused images cannot be removed."""
    after: float = 0
    """Seconds after the epoch (the scenario's first object), negative for before."""
    until: float | None = None
    """Seconds after the epoch at which it is over; None: never."""
    period: float = Field(default=240, ge=1)
    """flapping: seconds of one round, silent in the first 60 %."""
    evicts: int = 1
    """*-pressure: how many pods the kubelet evicts, at most."""


class NodeSpec(Part):
    """A machine."""

    name: str
    """Node name."""
    cpu: Quantity = "4"
    """Capacity; all of it is allocatable."""
    memory: Quantity = "8Gi"
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
    troubles: list[NodeTrouble] = Field(default_factory=list)
    """What goes wrong with it, and when."""
    version: str | None = None
    """kubeletVersion (`v1.33.4`); None: the server's."""


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
    reclaim: Literal["Delete", "Retain"] = "Delete"
    """reclaimPolicy."""
    access_modes: list[str] | None = None
    """Access modes that the provisioner can make; None: all."""
    error: str | None = None
    """The provisioner answers every claim with this (a quota, a missing permission)."""
    attached: bool = False
    """Volumes are disks that one node at a time can attach, not folders or network shares."""
    local: bool = False
    """Volumes live on the node they were made for (node affinity by hostname)."""
    expandable: bool = False
    """allowVolumeExpansion."""
    resize: Literal["ok", "stuck"] = "ok"
    """What a resize of an expandable volume comes to; stuck: the driver's resizer never answers."""


NOWHERE = ".invalid"
"""End of registry hosts that no DNS knows (RFC 2606); scenarios use `.example` for ones that work."""
NO_SUCH_TAG = frozenset({"does-not-exist", "doesnotexist", "nonexistent", "no-such-tag", "nope"})
"""Tags that people write to see a pull fail; no repository has them."""


class ImageSpec(Part):
    """What happens when an image is pulled.

    Images that no entry names can be pulled, but for those of a registry that ends in `.invalid` (dns)
    and those with a tag of NO_SUCH_TAG (not-found).
    """

    image: str
    """Reference as pods write it; a trailing `*` matches any rest."""
    pull: Literal["ok", "not-found", "denied", "refused", "dns", "timeout", "rate-limited"] = "ok"
    """What the registry does."""
    cached: bool | None = None
    """Already on the nodes; None: it is when it can be pulled and was used before the scenario."""
    fails: int | None = None
    """How many pulls fail before one succeeds; None: all."""


class External(Part):
    """A host outside the cluster."""

    host: str
    """DNS name or IP address; a leading `*.` matches any subdomain. Hosts that no entry names
    answer."""
    state: Literal["ok", "refused", "timeout", "nxdomain", "tls-expired"] = "ok"
    """What a program meets that connects to it."""


class Network(Part):
    """The cluster's network."""

    policies: bool = True
    """The CNI enforces NetworkPolicies (flannel, for one, does not)."""
    dns: Literal["ok", "down", "servfail"] = "ok"
    """What the cluster's resolver does, whatever its pods look like."""
    domain: str = "cluster.local"
    """Cluster domain."""
    resolver: str = "10.96.0.10"
    """Address of the resolver, as log lines name it."""


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
    network: Network = Field(default_factory=Network)
    """The network between pods."""
    externals: list[External] = Field(default_factory=list)
    """Hosts outside the cluster with something to say about them."""
    metrics_server: bool = False
    """metrics.k8s.io is served (by metrics-server); the recorded cluster has none."""

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
        head, _, tag = reference.partition("@")[0].rpartition(":")
        host = reference.partition("/")[0].partition(":")[0] if "/" in reference else ""
        if host.endswith(NOWHERE):
            return ImageSpec(image=reference, pull="dns")
        if head and tag in NO_SUCH_TAG:
            return ImageSpec(image=reference, pull="not-found")
        return ImageSpec(image=reference)


def _matches(pattern: str, text: str) -> bool:
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern
