"""The real kubectl binaries of this machine, and a way to run them against a simulated server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from sandbox.simulator.server import ApiServer


@cache
def binaries() -> dict[str, Path]:
    """Version -> binary: `1.32`, ...; a dispatcher's own siblings included."""
    found = shutil.which("kubectl")
    if found is None:
        return {}
    main = Path(found).resolve()
    siblings = {
        match[1]: path
        for path in main.parent.glob("kubectl.1.*")
        if (match := re.fullmatch(r"kubectl\.(1\.\d+)", path.name))
    }
    return siblings or {"path": main}


def best() -> Path | None:
    """The version that the recordings were made with when it is here, else any."""
    known = binaries()
    return known.get("1.32") or next(iter(known.values()), None)


def run(
    binary: Path, server: ApiServer, home: Path, namespace: str, *argv: str
) -> subprocess.CompletedProcess[str]:
    """Run one kubectl command with its own home (so its own discovery cache)."""
    config = home / f"kubeconfig-{namespace}"
    if not config.exists():
        config.write_text(server.kubeconfig_text(namespace), encoding="utf-8")
    return subprocess.run(
        [str(binary), *argv],
        env={"HOME": str(home), "KUBECONFIG": str(config), "PATH": os.devnull},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
