"""Harvesting: reads this kubectl's own command tree beside a run, for the next run to start with."""

from __future__ import annotations

import re
import tempfile
import threading
from pathlib import Path

from tools.errors import ProgramError
from tools.kubectl import treecache
from tools.kubectl.tree import CommandTree
from tools.runner import help_text

LAST_CALL_SECONDS = 2.0
"""How long the end of a run waits for the `--help` call that is under way; they take 0.1 s."""


def is_packed(kubectl: Path, tree: CommandTree) -> bool:
    """Whether the packed tree was made from this very version, as far as the file's name tells."""
    match = re.fullmatch(r"kubectl\.(\d+\.\d+)", kubectl.name)
    return match is not None and tree.version.lstrip("v").startswith(f"{match[1]}.")


def harvest_now(kubectl: Path, cache: Path) -> treecache.Source:
    """Read this kubectl's own commands into the cache, unless they are there (3-7 s); where from."""
    tree, source = treecache.quick(kubectl, cache)
    if source == "cache" or is_packed(kubectl, tree):
        return source
    with tempfile.TemporaryDirectory(prefix="magos-") as scratch:
        folder = Path(scratch)
        return treecache.load(kubectl, cache, lambda path: help_text(kubectl, folder, path))[1]


class Harvest:
    """A harvest in the background; leaving the context ends it, finished or not."""

    def __init__(self, kubectl: Path, cache: Path) -> None:
        self._kubectl = kubectl
        self._cache = cache
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="harvest", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(LAST_CALL_SECONDS)

    def _work(self) -> None:
        with tempfile.TemporaryDirectory(prefix="magos-", ignore_cleanup_errors=True) as scratch:
            folder = Path(scratch)

            def run_help(path: tuple[str, ...]) -> str:
                if self._stop.is_set():
                    raise ProgramError("the run has ended")  # treecache keeps nothing half read
                return help_text(self._kubectl, folder, path)

            treecache.load(self._kubectl, self._cache, run_help)
