"""The one place that starts programs: an enum, argv lists, no shell, bounded in every way.

What bounds a child: wall time (then TERM, two seconds, KILL to its whole process group), output
(a spool with a cap), CPU seconds, memory, file size, open files. What does not: a child that
leaves its process group on purpose (no program of the enum does), and the network.

Not set, with the reason: RLIMIT_AS, because the Go runtime reserves far more address space than it
uses (kubectl 1.33 listing 8,000 pods: 1.9 GiB reserved, 0.7 GiB used; it dies under 1 GiB), so
RLIMIT_DATA bounds the memory instead; RLIMIT_NPROC, because it counts all processes of the user and
would fail a child for what the user's desktop does.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import selectors
import shutil
import signal
import subprocess  # noqa: TID251 - this is the module the ban points to
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Literal

from tools.errors import ProgramError
from tools.output import Output
from tools.spool import Spool

STDERR_CAP = 64 * 1024
"""Bytes of stderr that are kept; error messages are short, and warnings repeat."""
GRACE_SECONDS = 2.0
"""Between TERM and KILL."""
TICK_SECONDS = 0.05
"""How often a running child is checked for cancellation and its deadline."""
CHUNK = 64 * 1024
GIB = 1024**3
LIMITS = {"RLIMIT_CPU": 30, "RLIMIT_DATA": 2 * GIB, "RLIMIT_FSIZE": 16 * 1024**2}
"""Seconds and bytes. kubectl needs 7 CPU seconds and 0.8 GiB for an 84 MB list (measured)."""
OPEN_FILES = 256
SYSTEM_FOLDERS = "/usr/local/bin:/usr/bin:/bin"

Overflow = Literal["ends", "stop"]
"""Past the cap: keep head and tail and read on (logs), or stop the child (half a JSON is useless)."""


class Program(StrEnum):
    """Every program this project may start."""

    kubectl = "kubectl"
    promtool = "promtool"
    kind = "kind"
    etcd = "etcd"
    kube_apiserver = "kube-apiserver"


HINTS = {
    Program.kubectl: "install it: https://kubernetes.io/docs/tasks/tools/",
    Program.promtool: "it comes with Prometheus: `apt-get install prometheus`",
    Program.kind: "install it: https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
    Program.etcd: "it comes with envtest: `setup-envtest use`",
    Program.kube_apiserver: "it comes with envtest: `setup-envtest use`",
}


def find(program: Program, path: str | None = None) -> Path:
    """Absolute path of a program: the Python environment's own bin folder first, then `path`.

    `path` is a PATH-like string (the caller's setting; the environment is not read here); None
    stands for the system's folders. Relative folders in it do not count: the working folder's own
    `kubectl` is not run. Raises ProgramError with how to install what is missing.
    """
    folders = (SYSTEM_FOLDERS if path is None else path).split(os.pathsep)
    places = [str(Path(sys.executable).parent), *filter(os.path.isabs, folders)]
    found = shutil.which(program.value, path=os.pathsep.join(places))
    if found is None:
        raise ProgramError(f"{program.value} was not found on PATH", HINTS[program])
    return Path(found).absolute()


def dispatcher_siblings(binary: Path) -> dict[tuple[int, int], Path]:
    """The real kubectl binaries beside a dispatcher, by (major, minor); empty for a plain kubectl.

    Google Cloud's kubectl is a dispatcher that asks the server for its version on every call and
    then runs `kubectl.1.NN` from its own folder; running that one saves a process and a request.
    """
    folder = binary.resolve().parent
    siblings: dict[tuple[int, int], Path] = {}
    for path in folder.glob("kubectl.*"):
        match = re.fullmatch(r"kubectl\.(\d+)\.(\d+)", path.name)
        if match and os.access(path, os.X_OK):
            siblings[int(match[1]), int(match[2])] = path
    return siblings


def best_kubectl(binary: Path, server_version: str | None) -> Path:
    """The sibling nearest to the server's version (newest when unknown), or `binary` itself."""
    siblings = dispatcher_siblings(binary)
    if not siblings:
        return binary
    match = re.match(r"v?(\d+)\.(\d+)", server_version or "")
    if not match:
        return siblings[max(siblings)]
    major, minor = int(match[1]), int(match[2])
    # Nearest minor version; of two equally near ones the newer, which knows more flags.
    return siblings[
        min(siblings, key=lambda v: (abs(v[0] - major), abs(v[1] - minor), (-v[0], -v[1])))
    ]


def start(
    program: Program,
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    timeout: float,
    cap_bytes: int,
    cancel: threading.Event | None = None,
    overflow: Overflow = "ends",
) -> Output:
    """Run one program to its end and return what it said. The only function that starts processes.

    `argv[0]` is the absolute path of the binary, `env` its whole environment, `timeout` seconds of
    wall time, `cap_bytes` how much of stdout is kept. A child that is killed (time, cancellation,
    overflow "stop") has exit_code None. Raises ProgramError when the binary cannot be started.
    """
    _check_argv(program, argv)
    began = time.monotonic()
    child = _spawn(program, argv, env, cwd)
    try:
        _limit(child.pid)
        out, err = Spool(cap_bytes), Spool(STDERR_CAP)
        ending = _pump(child, out, err, began + timeout, cancel, overflow)
        if ending != "exited":
            _end_group(child)
        code = _reap(child)
    except BaseException:  # Ctrl-C between any two lines must not leave the child behind
        _end_group(child)
        _reap(child)
        raise
    finally:
        for pipe in (child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
    killed = ending != "exited"
    return Output(
        exit_code=None if killed or code < 0 else code,
        stdout=out.text(),
        stderr=err.text(),
        duration_ms=int((time.monotonic() - began) * 1000),
        truncated=out.dropped > 0 or (killed and ending == "overflow"),
        timed_out=ending == "timeout",
    )


def _check_argv(program: Program, argv: Sequence[str]) -> None:
    binary = Path(argv[0]) if argv else Path()
    if not binary.is_absolute():
        raise ProgramError(f"{program.value}: argv[0] must be an absolute path")
    # `kubectl`, `kubectl.1.33`, `kubectl-1.33`, `kubectl.exe`; never a plug-in such as kubectl-foo.
    if not re.fullmatch(re.escape(program.value) + r"([-._]?v?\d[\w.]*)?(\.exe)?", binary.name):
        raise ProgramError(f"{binary} is not named like {program.value}", HINTS[program])


def _spawn(
    program: Program, argv: Sequence[str], env: Mapping[str, str], cwd: Path
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - argv list, no shell; the caller built it from a Move
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,  # own session and group; preexec_fn is unsafe with threads
            umask=0o077,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ProgramError(f"cannot start {argv[0]}: {reason}", HINTS[program]) from error


def _limit(pid: int) -> None:
    """Set the child's resource limits from outside (Linux only; elsewhere time and caps hold)."""
    if not hasattr(resource, "prlimit"):
        return
    wanted = {**LIMITS, "RLIMIT_NOFILE": OPEN_FILES, "RLIMIT_CORE": 0}
    for name, value in wanted.items():
        with contextlib.suppress(OSError, ValueError):  # already gone, or a lower hard limit
            kind = getattr(resource, name)
            _, hard = resource.prlimit(pid, kind)
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.prlimit(pid, kind, (value, value))


Ending = Literal["exited", "timeout", "cancelled", "overflow"]


def _pump(
    child: subprocess.Popen[bytes],
    out: Spool,
    err: Spool,
    deadline: float,
    cancel: threading.Event | None,
    overflow: Overflow,
) -> Ending:
    """Read both pipes until the child ends or must end; memory stays within the two caps."""
    with selectors.DefaultSelector() as selector:
        for pipe, spool in ((child.stdout, out), (child.stderr, err)):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe.fileno(), selectors.EVENT_READ, spool)
        while True:
            if cancel is not None and cancel.is_set():
                return "cancelled"
            left = deadline - time.monotonic()
            if left <= 0:
                return "timeout"
            if overflow == "stop" and out.dropped:
                return "overflow"
            if not selector.get_map():
                if _exited(child, min(left, TICK_SECONDS)):
                    return "exited"
                continue
            # Asked before the pipes are: what a child wrote before it ended is in them by then.
            over = _exited(child, 0)
            ready = selector.select(0 if over else min(left, TICK_SECONDS))
            for key, _ in ready:
                if not _read(key.fd, key.data):
                    selector.unregister(key.fd)
            if not ready and over:
                return "exited"  # a grandchild still holds the pipes; the group is ended below


def _read(fd: int, spool: Spool) -> bool:
    """One chunk into the spool; False at the end of the stream."""
    try:
        chunk = os.read(fd, CHUNK)
    except BlockingIOError:
        return True
    spool.feed(chunk)
    return bool(chunk)


def _exited(child: subprocess.Popen[bytes], wait: float) -> bool:
    """Whether the child has ended, within `wait` seconds, without reaping it where possible.

    Not reaping keeps the group id ours, so that the kill in `_reap` cannot hit a stranger.
    """
    until = time.monotonic() + wait
    pause = 0.0005
    while True:
        if hasattr(os, "waitid"):
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            ended = os.waitid(os.P_PID, child.pid, flags) is not None
        else:
            ended = child.poll() is not None
        if ended or time.monotonic() >= until:
            return ended
        time.sleep(pause)
        pause = min(pause * 2, 0.01)


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """TERM to the whole group; the KILL after the grace time comes with `_reap`."""
    if child.returncode is None:
        _signal_group(child, signal.SIGTERM)
        _exited(child, GRACE_SECONDS)


def _reap(child: subprocess.Popen[bytes]) -> int:
    """Kill whatever is left of the group, then collect the exit status."""
    if child.returncode is None:
        _signal_group(child, signal.SIGKILL)
    return child.wait()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
