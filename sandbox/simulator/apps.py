"""What programs do: the hidden half of a container, by image.

A profile says what a program needs, how long it takes to listen, what it uses, what it writes and how
it ends. An image without a profile is a healthy program that listens on its containerPorts.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sandbox.simulator.quantity import number


def _readable(text: str) -> str:
    """Raises ValueError for a text that is no quantity."""
    number(text)
    return text


Quantity = Annotated[str, AfterValidator(_readable)]
"""A Kubernetes quantity."""


class Part(BaseModel):
    """A piece of the world; unknown fields are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Requirement(Part):
    """Something a program looks for; one of env, file, service, endpoint, connect, certificate, may."""

    env: str | None = None
    """Environment variable that must not be empty (Service link variables count)."""
    file: str | None = None
    """Path that must exist in a mounted volume."""
    service: str | None = None
    """Service of the same namespace that must exist."""
    endpoint: str | None = None
    """Service of the same namespace that must have a ready endpoint."""
    connect: str | None = None
    """host:port, or an URL, that must accept a connection: resolved by DNS, then Service, endpoints,
    policies and the target's ports (or an external host). `$NAME` and `${NAME}` are environment
    variables: the program connects to wherever its configuration says."""
    scheme: Literal["tcp", "https"] = "tcp"
    """With `connect`: https also needs a certificate that has not expired."""
    certificate: str | None = None
    """Mount path of a TLS Secret (tls.crt, tls.key) that must be valid and match its key."""
    may: str | None = None
    """`VERB RESOURCE` (`list pods`, `get configmaps/NAME`, `list leases.coordination.k8s.io`) that RBAC
    must let the pod's ServiceAccount do in the pod's namespace."""
    unhealthy: list[str] = Field(default_factory=list)
    """HTTP paths that answer 503 while it is missing; the program then runs on, and recovers."""
    after: float = 0
    """Seconds after start at which the program looks."""
    log: list[str] = Field(default_factory=list)
    """Lines it prints when it does not find it (once, or again each time it waits); `{error}` is
    the reason in a Go program's words. Empty, for connect, certificate and may: one line with that."""
    exit: int | None = None
    """Exit code when it is missing; None with `wait`."""
    wait: float | None = Field(default=None, gt=0)
    """Look again every so many seconds, for ever, instead of exiting."""

    @model_validator(mode="after")
    def _one(self) -> Requirement:
        kinds = (
            *(self.env, self.file, self.service, self.endpoint, self.connect),
            *(self.certificate, self.may),
        )
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError(
                "a requirement names one of env, file, service, endpoint, connect, certificate, may"
            )
        return self


class Write(Part):
    """Something a program writes while it runs."""

    path: str
    """Folder or file, absolute. Below a volume's mount it fills that volume, else the node's disk."""
    start: Quantity = "1Mi"
    """Written at start; what a persistent volume holds already counts as well."""
    per_minute: Quantity = "0"
    """Written every minute after that."""
    log: list[str] = Field(default_factory=list)
    """Lines when a write fails; `{error}` is the system's word for it, `{path}` the path. Empty:
    one line with both."""
    exit: int | None = 1
    """Exit code when a write fails; None: it hangs, listening no more."""


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

    every: float = Field(gt=0)
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
    not_executable: list[str] = Field(default_factory=list)
    """Files that exist, but that nobody may execute."""
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
    response: float = 0.01
    """Seconds it takes to answer a probe when it gets the CPU it wants."""
    hangs: float | None = None
    """Seconds after start from which it accepts connections and answers none (a deadlock)."""
    memory: Quantity = "4Mi"
    """Working set after start."""
    memory_peak: Quantity | None = None
    """Working set reached after `peak_after`; over the limit, the kernel kills it."""
    peak_after: float = 1
    """Seconds until the peak."""
    leak: Quantity | None = None
    """Working set that is added every minute, without end; over the limit, the kernel kills it."""
    cpu: Quantity = "5m"
    """CPU it uses."""
    cpu_startup: Quantity | None = None
    """CPU it wants until it listens; with less, `startup` takes accordingly longer."""
    cpu_peak: Quantity | None = None
    """CPU it uses after `peak_after`, instead of `cpu`."""
    load: Quantity | None = None
    """CPU that all its traffic costs together, shared by the ready pods of its owner; on top."""
    runs_as_root: bool | None = None
    """The image's user is root (0), or some other number; None: whatever its pod demands."""
    user: str | None = None
    """The image's user when it is a name, which a kubelet cannot tell from root."""
    writes: list[Write] = Field(default_factory=list)
    """What it writes."""
    requires: list[Requirement] = Field(default_factory=list)
    """Looked for in this order."""
    tls: str | None = None
    """Mount path of the TLS Secret that it serves; clients with scheme https judge it."""
    post_start: int = 0
    """Exit code of a postStart exec hook."""
    exits: Exit | None = None
    """How it ends by itself, if it does."""
    repeat: Repeat | None = None
    """A line it prints all the time once it listens."""
    on_term: int | None = 0
    """Exit code within a second of SIGTERM; None: it ignores the signal and is killed (137)."""
