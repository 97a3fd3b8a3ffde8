"""HubCache: the hub's cache folder, in the layout that its own programs use.

    <folder>/models--OWNER--NAME/
        blobs/<sha256>                       the file
        snapshots/<commit>/<file>            link to the blob (a copy where links are not possible)
        refs/<revision>                      the commit a revision stood for
        blobs/<sha256>.magos.incomplete      what a pull has got so far

So a file that another program of the hub has put there is found, and the other way round; and
`model list` and `path` work without any of the hub's packages.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

CHUNK = 1 << 20
COMMIT = re.compile(r"[0-9A-Za-z]{1,64}")
"""It becomes the name of a folder, so nothing else is taken from a server."""
REVISION = re.compile(r"(?!.*\.\.)[0-9A-Za-z][0-9A-Za-z._/-]{0,127}")
"""Branches, tags and commits."""
FULL_HASH = 64
"""Hexadecimal digits of a SHA-256."""


def default_folder(environ: Mapping[str, str]) -> Path:
    """Where the hub's programs keep files: HF_HUB_CACHE, HF_HOME/hub, else the XDG cache."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if environ.get(variable):
            return Path(os.path.expandvars(environ[variable])).expanduser()
    if environ.get("HF_HOME"):
        return Path(os.path.expandvars(environ["HF_HOME"])).expanduser() / "hub"
    base = environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "huggingface" / "hub"


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


class HubCache:
    """See the module docstring. Methods raise OSError where the folder cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def home(self, repository: str) -> Path:
        """The folder of one repository."""
        return self.folder / f"models--{repository.replace('/', '--')}"

    def snapshot(self, repository: str, commit: str, file: str) -> Path:
        """Where a file of a commit is, or would be."""
        return self.home(repository) / "snapshots" / commit / PurePosixPath(file)

    def blob(self, repository: str, digest: str) -> Path:
        """Where the content with this SHA-256 is, or would be."""
        return self.home(repository) / "blobs" / digest

    def partial(self, repository: str, digest: str) -> Path:
        """What a pull has got so far. Named after the content, so that no other is continued."""
        return self.home(repository) / "blobs" / f"{digest}.magos.incomplete"

    def commit(self, repository: str, revision: str) -> str | None:
        """The commit that a revision stood for when it was last asked for."""
        if (self.home(repository) / "snapshots" / revision).is_dir():
            return revision
        try:
            text = (self.home(repository) / "refs" / revision).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return text if COMMIT.fullmatch(text) else None

    def place(self, repository: str, commit: str, file: str, content: Path, digest: str) -> Path:
        """Move verified content to its blob and make the snapshot point at it."""
        blob = self.blob(repository, digest)
        if content != blob:
            content.replace(blob)
        target = self.snapshot(repository, commit, file)
        if target.exists() and target.samefile(blob):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        link = target.with_name(f".{target.name}.magos")
        with suppress(FileNotFoundError):
            link.unlink()
        try:
            link.symlink_to(os.path.relpath(blob, target.parent))
        except OSError:  # a file system without links
            blob.replace(link)
        link.replace(target)
        return target

    def remember(self, repository: str, revision: str, commit: str) -> None:
        """Note which commit a revision stands for, for the hub's programs when offline."""
        if revision == commit:
            return
        target = self.home(repository) / "refs" / PurePosixPath(revision)
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_name(f".{target.name}.magos")
        scratch.write_text(commit, encoding="ascii")
        scratch.replace(target)

    def free_bytes(self, repository: str) -> int:
        """Bytes that the file system of the cache has left for this user."""
        return shutil.disk_usage(self.home(repository)).free

    @contextmanager
    def locked(self, repository: str, on_wait: Callable[[], None]) -> Iterator[None]:
        """One pull of a repository at a time; the system drops the lock of a killed one.

        A cache that cannot be written is not locked: what is in it can still be used.
        """
        home = self.home(repository)
        try:
            home.mkdir(parents=True, exist_ok=True)
            file = (home / ".magos.lock").open("a")
        except OSError:
            yield
            return
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                on_wait()
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
