"""Versions: what the numbers were measured with."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from importlib.metadata import version
from typing import Any

from tools.errors import ProgramError
from tools.process import Program, best_kubectl, find


def versions() -> dict[str, Any]:
    """Python, kubectl (the one that runs use), magos-agent and the machine."""
    return {
        "magos-agent": version("magos-agent"),
        "python": platform.python_version(),
        "kubectl": kubectl(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
    }


def kubectl() -> str:
    """The version of the kubectl that an investigation of a simulated cluster starts."""
    from sandbox.simulator.discovery import VERSION

    try:
        binary = best_kubectl(
            find(Program.kubectl, os.environ.get("PATH")), str(VERSION["gitVersion"])
        )
    except ProgramError:
        return "missing"
    done = subprocess.run(
        [str(binary), "version", "--client", "-o", "json"],
        env={"HOME": os.devnull, "KUBECONFIG": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return str(json.loads(done.stdout)["clientVersion"]["gitVersion"])
    except (ValueError, KeyError):
        return f"{binary}: no answer"
