"""Versions: what a benchmark was run with."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

from pydantic import JsonValue

from agent.bench.environment import private
from tools import process
from tools.errors import ProgramError
from tools.process import Program

SECONDS = 10.0


def versions() -> dict[str, JsonValue]:
    """Python, kubectl (the one that cases use), magos-agent and the machine."""
    return {
        "magos-agent": version("magos-agent"),
        "python": platform.python_version(),
        "kubectl": kubectl(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": cpus(),
    }


def cpus() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def kubectl() -> str:
    """The version of the kubectl that an investigation of a simulated cluster starts."""
    from sandbox.simulator.discovery import VERSION

    try:
        found = process.find(Program.kubectl, os.environ.get("PATH"))
        binary = process.best_kubectl(found, str(VERSION["gitVersion"]))
        with tempfile.TemporaryDirectory() as home:
            answer = process.start(
                Program.kubectl,
                [str(binary), "version", "--client", "-o", "json"],
                env=private(Path(home), {}),
                cwd=Path(home),
                timeout=SECONDS,
                cap_bytes=65536,
            )
    except ProgramError:
        return "missing"
    try:
        return str(json.loads(answer.stdout)["clientVersion"]["gitVersion"])
    except (ValueError, KeyError):
        return f"{binary}: no answer"
