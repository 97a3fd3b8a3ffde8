"""Probe failures (Unhealthy) and the restarts they cause (Killing)."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.statement import Statement

_FAILED = re.compile(
    r"^(Liveness|Readiness|Startup) probe (failed|errored)[^:]{0,60}:? ?(.*)$", re.S
)
_KILLED = re.compile(r"^Container (\S+) failed (liveness|startup) probe", re.I)
_URL_PORT = re.compile(r"https?://(?:\[[^\]]+\]|[^/:\s\"]+):(\d{1,5})")
_DIAL_PORT = re.compile(r"dial tcp \S*:(\d{1,5}):")
_GRPC_PORT = re.compile(r'connect service \\?"\S*:(\d{1,5})\\?"')
_NETWORK = re.compile(
    r"no route to host|connection reset|\bEOF\b|malformed HTTP|HTTPS client|x509|tls:|rpc error"
    r"|health protocol|service unhealthy|unsupported protocol|network is unreachable|broken pipe",
    re.I,
)


def probe_port(message: str) -> int | None:
    """The port that the probe asked; None when the message names none (exec probes)."""
    for pattern in (_DIAL_PORT, _URL_PORT, _GRPC_PORT):
        if found := pattern.search(message):
            return int(found.group(1))
    return None


def probe_cause(message: str) -> str:
    """refused, status, timeout, exec or other, as in the registry's `probe.*.failed`."""
    if "OCI runtime exec failed" in message or "failed to exec in container" in message:
        return "exec"
    if re.search(r"connection refused", message, re.I):
        return "refused"
    if re.search(r"HTTP probe failed with statuscode|NOT_SERVING", message):
        return "status"
    if re.search(
        r"deadline exceeded|Client\.Timeout|i/o timeout|timed out|^timeout:|request canceled",
        message,
        re.I,
    ):
        return "timeout"
    if _NETWORK.search(message):
        return "other"
    # What is left is what a command printed (possibly nothing).
    return "exec"


def probe_failed(message: str, count: int) -> list[Statement]:
    """`probe.<kind>.failed` from an Unhealthy message."""
    found = _FAILED.match(message)
    if found is None:
        return []
    said = found.group(3)
    cause = probe_cause(said) if found.group(2) == "failed" or said else "other"
    value: dict[str, JsonValue] = {
        "message": message,
        "cause": cause,
        "port": probe_port(said),
        "count": count,
    }
    return [Statement(f"probe.{found.group(1).lower()}.failed", value)]


def probe_killed(message: str, count: int) -> list[Statement]:
    """`probe.killed` from a Killing message that blames a probe; ordinary stops state nothing."""
    found = _KILLED.match(message)
    if found is None:
        return []
    value: JsonValue = {"probe": found.group(2).lower(), "message": message, "count": count}
    return [Statement("probe.killed", value, found.group(1))]
