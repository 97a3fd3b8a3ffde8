"""The programs that moves and rehearsals need: where they are, their versions, what they take."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from agent import harvesting
from agent.doctor.check import Check, Status
from agent.settings import Settings
from tools import process
from tools.errors import ProgramError
from tools.process import Program

SECONDS = 10.0
"""For each program that is started to ask its version."""


def check_commands(settings: Settings) -> Iterator[Check]:
    """The commands and flags that the gate knows; those of an unknown kubectl are read now."""
    try:
        binary = process.find(Program.kubectl, settings.environ.get("PATH"))
    except ProgramError:
        return
    kubectl = process.best_kubectl(binary, None)
    source = harvesting.harvest_now(kubectl, settings.cache_dir)
    said = {"cache": "as read before", "harvested": "read now", "packed": "as packed"}
    yield Check("commands", "ok", f"{kubectl.name}: {said[source]}", "the gate's tree rung")


def check_program(program: Program, settings: Settings, allows: str) -> Check:
    """Where a program is and its version; a missing promtool is less than a missing kubectl."""
    try:
        path = process.find(program, settings.environ.get("PATH"))
        detail = f"{path} {_version(program, path)}".strip()
    except ProgramError as error:
        status: Status = "missing" if program is Program.kubectl else "warn"
        return Check(program.value, status, error.message, allows, error.hint)
    siblings = process.dispatcher_siblings(path) if program is Program.kubectl else {}
    if siblings:
        versions = ", ".join(f"1.{minor}" for _, minor in sorted(siblings))
        detail += f" (a dispatcher over {versions}; the one nearest to the server is used)"
    return Check(program.value, "ok", detail, allows)


def _version(program: Program, path: Path) -> str:
    """The version a program tells, or an empty string. Raises ProgramError when it cannot start."""
    words = ["version", "--client"] if program is Program.kubectl else ["--version"]
    with tempfile.TemporaryDirectory() as folder:
        answer = process.start(
            program,
            [str(path), *words],
            env={"HOME": folder, "PATH": "", "LANG": "C.UTF-8", "KUBECONFIG": os.devnull},
            cwd=Path(folder),
            timeout=SECONDS,
            cap_bytes=4096,
        )
    found = re.search(r"\d+\.\d+\.\d+\S*", answer.stdout + answer.stderr)
    return found[0].rstrip(",") if found else ""


def check_kind(settings: Settings) -> Check:
    """Kind and docker: both are for later rehearsals; nothing of this version needs them."""
    allows = "rehearsing fixes in a throw-away cluster (a later version)"
    path = settings.environ.get("PATH")
    found = [name for name in ("kind", "docker") if shutil.which(name, path=path)]
    if len(found) == 2:
        return Check("sandbox", "ok", "kind and docker are here", allows)
    lacking = " and ".join(name for name in ("kind", "docker") if name not in found)
    return Check("sandbox", "warn", f"{lacking} not found", allows, process.HINTS[Program.kind])
