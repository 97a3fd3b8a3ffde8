"""Keeps harvested command trees.

One small file per kubectl binary (path, size and time of change).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Literal

from tools.errors import ProgramError
from tools.kubectl.harvest import RunHelp, harvest
from tools.kubectl.tree import CommandTree

Source = Literal["cache", "harvested", "packed"]
MAX_BYTES = 4_000_000
"""Unpacked size above which a cache file is not ours: kubectl 1.33's tree is about 120 kB."""


def load(binary: Path, cache_dir: Path, run_help: RunHelp) -> tuple[CommandTree, Source]:
    """The binary's own tree, from the cache or harvested now (3-7 s) and kept.

    Falls back to the packed tree when the binary cannot be asked or answers something else than
    kubectl's help.
    """
    cached = read(binary, cache_dir)
    if cached is not None:
        return cached, "cache"
    try:
        tree = harvest(run_help)
    except (ProgramError, ValueError, OSError):
        return CommandTree.packed(), "packed"
    _write(tree, binary, cache_dir)
    return tree, "harvested"


def quick(binary: Path, cache_dir: Path) -> tuple[CommandTree, Source]:
    """What a run can start on at once: the cached tree, else the packed one. Runs nothing."""
    cached = read(binary, cache_dir)
    return (cached, "cache") if cached is not None else (CommandTree.packed(), "packed")


def read(binary: Path, cache_dir: Path) -> CommandTree | None:
    """The cached tree.

    None when there is none for this binary as it is now, or it cannot be read.
    """
    file = _file(binary, cache_dir)
    if file is None:
        return None
    try:
        with gzip.open(file) as stream:
            packed = stream.read(MAX_BYTES + 1)
        return CommandTree.from_json(json.loads(packed)) if len(packed) <= MAX_BYTES else None
    except (OSError, EOFError, ValueError):
        return None


def _write(tree: CommandTree, binary: Path, cache_dir: Path) -> None:
    """Atomic, so that a killed run leaves no half file.

    A cache that cannot be written costs time, nothing else.
    """
    file = _file(binary, cache_dir)
    if file is None:
        return
    with suppress(OSError):
        cache_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        packed = gzip.compress(json.dumps(tree.to_json(), separators=(",", ":")).encode(), mtime=0)
        handle, name = tempfile.mkstemp(dir=cache_dir, prefix=".tree-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(packed)
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def _file(binary: Path, cache_dir: Path) -> Path | None:
    try:
        real = binary.resolve(strict=True)
        stat = real.stat()
    except OSError:
        return None
    key = f"{real}|{stat.st_size}|{stat.st_mtime_ns}"
    return cache_dir / f"kubectl-tree-{hashlib.sha256(key.encode()).hexdigest()[:16]}.json.gz"
