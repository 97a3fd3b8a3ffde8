"""How full the volume of a claim is, in the kubelet's figures."""

from __future__ import annotations

from typing import NamedTuple

from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet.disks import space

BYTES_PER_INODE = 16384
"""mkfs.ext4's default."""
BYTES_PER_FILE = 65536
"""Size of a file, on average: what fills a volume here are data and logs, not crumbs."""
RESERVED_INODES = 11
"""What ext4 keeps for itself."""


class Stats(NamedTuple):
    """The kubelet's figures for one volume, named as its metrics end."""

    available_bytes: int
    capacity_bytes: int
    used_bytes: int
    inodes: int
    inodes_free: int
    inodes_used: int


def stats(engine: Engine, namespace: str, claim: str) -> Stats | None:
    """The figures of a bound claim's volume; None when it has none."""
    obj = engine.store.get("persistentvolumeclaims", namespace, claim)
    found = space(engine, obj) if obj is not None else None
    if found is None:
        return None
    inodes = max(found.capacity // BYTES_PER_INODE, RESERVED_INODES)
    used = min(RESERVED_INODES + found.used // BYTES_PER_FILE, inodes)
    return Stats(found.available, found.capacity, found.used, inodes, inodes - used, used)
