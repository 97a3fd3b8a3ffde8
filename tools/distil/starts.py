"""Commands that the runtime cannot start: runc, crun, Docker and the kubelet's own refusals."""

from __future__ import annotations

import re

from tools.distil.statement import Statement

WAITING_REASONS = frozenset(
    {
        "CreateContainerError",
        "RunContainerError",
        "StartError",
        "ContainerCannotRun",
        "CreateContainerConfigError",
        "PostStartHookError",
    }
)
"""Waiting and termination reasons whose message says why a container does not start."""

_RUNTIME = re.compile(
    r"OCI runtime|\brunc\b|\bcrun\b|container process|containerd (?:task|container)"
    r"|container_linux\.go|exec user process|failed to generate (?:container|spec)"
    r"|no command specified|container create failed|failed to start container|exec format error",
    re.I,
)
_KUBELET = re.compile(
    r"runAsNonRoot|run as root|breaks non-root policy|failed to prepare subPath|is reserved for|^stat /|lifecycle hook"
)
_REFUSED = (
    ("user", re.compile(r"runAsNonRoot|run as root|breaks non-root policy")),
    ("hook", re.compile(r"lifecycle hook")),
)
"""What the kubelet itself refuses, or kills a container for."""
_PATHS = (
    re.compile(r'exec: \\?"((?:[^"\\]|\\(?!"))+)\\?"'),
    re.compile(r"executable file [`'\"]([^`'\"]+)[`'\"] not found"),
    re.compile(r"\bexec (/[^\s:]+): "),
    re.compile(r'chdir to cwd \(\\?"([^"\\]+)\\?"\)'),
    re.compile(r"\bstat (/[^\s:]+): no such file"),
    re.compile(r"open executable [`'\"]?(/[^\s:`'\"]+)"),
)
_MOUNTING = re.compile(r"error mounting|mount .{0,200}? to rootfs|Are you trying to mount", re.I)

# In order: `not a directory` and mounts first, since both also say "no such file or directory".
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("not-directory", re.compile(r"not a directory|is a directory", re.I)),
    ("exec-format", re.compile(r"exec format error", re.I)),
    ("permission", re.compile(r"permission denied|operation not permitted", re.I)),
    (
        "not-found",
        re.compile(r"executable file .{0,200}?not found|not found in \$PATH|no such file", re.I),
    ),
)


def start_kind(message: str) -> str:
    """What kind of start error this is, as in the registry's `start.error`."""
    for kind, pattern in _KINDS:
        if pattern.search(message):
            # A file that a mount lacks is not the command.
            return "other" if kind == "not-found" and _MOUNTING.search(message) else kind
    return "other"


def start_path(message: str) -> str:
    """The command (or working directory) that could not be started; empty when not named."""
    for pattern in _PATHS:
        if found := pattern.search(message):
            return found.group(1)
    return ""


def start_error(reason: str, message: str) -> list[Statement]:
    """`start.error` when the runtime or the kubelet says that the command cannot be started."""
    told = message.removeprefix("Error: ")
    by_runtime = _RUNTIME.search(told)
    if not by_runtime and not (_KUBELET.search(told) and reason in WAITING_REASONS | {"Failed"}):
        return []
    kind = start_kind(told) if by_runtime else "other"
    if not by_runtime:
        kind = next((word for word, pattern in _REFUSED if pattern.search(told)), "other")
    return [Statement("start.error", {"kind": kind, "path": start_path(told), "message": told})]
