"""The real kubectl binaries of this machine, and a way to run them against a simulated server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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
    binary: Path,
    server: ApiServer,
    home: Path,
    namespace: str,
    *argv: str,
    text: str = "",
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run one kubectl command with its own home (so its own discovery cache).

    text: what it reads from stdin; env: variables beside HOME, KUBECONFIG and an empty PATH.
    """
    return subprocess.run(
        [str(binary), *argv],
        env={**_environment(server, home, namespace), **(env or {})},
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def following(
    binary: Path, server: ApiServer, home: Path, namespace: str, *argv: str
) -> Iterator[Path]:
    """A kubectl that does not end by itself; the file has what it says."""
    log = home / f"{namespace}-{abs(hash(argv))}.txt"
    env = _environment(server, home, namespace)
    with log.open("w") as file:
        program = subprocess.Popen([str(binary), *argv], env=env, stdout=file, stderr=file)
        try:
            yield log
        finally:
            program.terminate()
            program.wait(10)


def _environment(server: ApiServer, home: Path, namespace: str) -> dict[str, str]:
    config = home / f"kubeconfig-{namespace}"
    if not config.exists():
        config.write_text(server.kubeconfig_text(namespace), encoding="utf-8")
    return {"HOME": str(home), "KUBECONFIG": str(config), "PATH": os.devnull}
