"""Download: gets the bytes of one file, on from where an earlier pull ended, and checks them."""

from __future__ import annotations

import os
from collections.abc import Callable

from model import hubcache
from model.errors import ModelFileError
from model.hub import Hub, Progress, Remote
from model.hubcache import HubCache
from model.lockfile import FileKey

SPARE_BYTES = 16 << 20
"""Left free on the disk beside the file."""
MAGIC = b"GGUF"


def download(
    hub: Hub,
    cache: HubCache,
    key: FileKey,
    remote: Remote,
    digest: str,
    on_progress: Progress | None,
    on_notice: Callable[[str], None],
) -> bool:
    """Make `cache.partial(...)` the content with this SHA-256; raises ModelFileError, OSError.

    Says whether the bytes of an earlier pull were used.
    """
    partial = cache.partial(key.repository, digest)
    partial.parent.mkdir(parents=True, exist_ok=True)
    had = partial.stat().st_size if partial.exists() else 0
    _check_space(cache, key, remote.size - had)
    hub.fetch(key.repository, remote.commit, key.file, partial, remote.size, on_progress)
    got = hubcache.sha256(partial)
    if got != digest and had:
        on_notice("what an earlier pull had left is damaged; pulling the file anew")
        partial.unlink()
        had = 0
        hub.fetch(key.repository, remote.commit, key.file, partial, remote.size, on_progress)
        got = hubcache.sha256(partial)
    if got == digest:
        with partial.open("rb") as file:
            os.fsync(file.fileno())  # a name that says "verified" must not outlive the bytes
        return had > 0
    with partial.open("rb") as file:
        is_model = file.read(len(MAGIC)) == MAGIC
    partial.unlink()
    hint = "try again; when it stays so, the hub, a mirror or a proxy gives out another file"
    if not is_model:
        hint = "what came is no GGUF file at all: a proxy or a login page may have answered"
    raise ModelFileError(
        f"{key.file} has the wrong content: sha256 {got[:12]}, the hub tells {digest[:12]};"
        " it was removed",
        hint,
        reason="wrong-hash",
    )


def _check_space(cache: HubCache, key: FileKey, needed: int) -> None:
    free = cache.free_bytes(key.repository)
    if free < needed + SPARE_BYTES:
        raise ModelFileError(
            f"{cache.folder}: {free / 1e6:.0f} MB are free,"
            f" {(needed + SPARE_BYTES) / 1e6:.0f} MB are needed for {key.file}",
            "make room, set MAGOS_MODELS_DIR to another disk, or pull a smaller quantisation",
            reason="no-space",
        )
