"""Library: pulls, finds and verifies model files; a lock file says which content is the right one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

from model import hubcache
from model.catalogue import pull_command
from model.download import download
from model.errors import ModelFileError
from model.hub import Hub, Progress
from model.hubcache import HubCache
from model.huberrors import disk_error
from model.lockfile import FileKey, LockFile, Pin

How = Literal["pulled", "resumed", "here", "adopted"]
State = Literal["here", "not pulled", "missing", "damaged"]


class Pulled(NamedTuple):
    """What a pull did."""

    path: Path
    pin: Pin
    how: How
    """pulled; resumed: went on with what an earlier pull had got; here: nothing was to be done;
    adopted: was in the cache already, put there by another program, and is pinned from now on."""


class Library:
    """The model files of one cache and one lock file. All methods raise ModelFileError."""

    def __init__(self, lock: LockFile, cache: HubCache, hub: Hub | None = None) -> None:
        self.lock = lock
        self.cache = cache
        self._hub = hub or Hub()

    def path(self, key: FileKey) -> Path:
        """The file, when it was pulled and is the pinned one.

        The content is read only when the file was touched since it was checked last.
        """
        pin = self._pin(key)
        path = self._place(pin)
        if not path.exists():
            raise ModelFileError(
                f"{key.file} ({key.revision}) is not in {self.cache.folder} any more",
                f"{_again(pin)}, or set HF_HOME or MAGOS_MODELS_DIR to where it is",
                reason="not-pulled",
            )
        if not self._same_stamp(pin, path):
            self._check(pin, path)
            with suppress(ModelFileError):  # only a later quick look is lost
                self.lock.put(pin.model_copy(update={"mtime_ns": path.stat().st_mtime_ns}))
        return path

    def state(self, key: FileKey) -> State:
        """A quick look, for lists: the content is not read."""
        pin = self.lock.get(key)
        if pin is None:
            return "not pulled"
        try:
            size = self._place(pin).stat().st_size
        except OSError:
            return "missing"
        return "here" if size == pin.size else "damaged"

    def verify(self, key: FileKey) -> Path:
        """Read the whole file and compare it with its pin."""
        pin = self._pin(key)
        path = self._place(pin)
        if not path.exists():
            missing = f"{key.file} ({key.revision}) is missing: {path}"
            raise ModelFileError(missing, _again(pin), reason="not-pulled")
        self._check(pin, path)
        return path

    def pull(
        self,
        key: FileKey,
        *,
        accept_new: bool = False,
        on_progress: Progress | None = None,
        on_notice: Callable[[str], None] = lambda text: None,
    ) -> Pulled:
        """Have the file here, verified and pinned.

        `accept_new` pins what the hub has now, also where it differs from what was pinned.
        Without a network a file that is here already is used, and `on_notice` hears of it.
        """
        if not hubcache.REVISION.fullmatch(key.revision):
            raise ModelFileError(
                f"{key.revision!r} is no revision", "a tag such as v8", reason="not-found"
            )
        self.lock.check_writable()
        try:
            with self.cache.locked(
                key.repository, lambda: on_notice("another pull is running; waiting for it")
            ):
                return self._pull(key, accept_new, on_progress, on_notice)
        except OSError as error:
            raise disk_error(self.cache.home(key.repository), error) from error

    def _pull(
        self,
        key: FileKey,
        accept_new: bool,
        on_progress: Progress | None,
        on_notice: Callable[[str], None],
    ) -> Pulled:
        pin = self.lock.get(key)
        try:
            remote = self._hub.ask(*key)
        except ModelFileError as error:
            if accept_new or error.reason not in ("offline", "network", "no-hub-package"):
                raise
            return self._without_hub(key, pin, error, on_notice)
        digest = remote.sha256 or (pin.sha256 if pin else None)
        if digest is None:
            raise ModelFileError(
                f"the server tells no SHA-256 of {key.file}, so it could not be verified",
                "pull it from the hub itself once, or from a mirror that passes on X-Linked-Etag",
                reason="unverifiable",
            )
        if pin is not None and digest != pin.sha256:
            if not accept_new:
                raise ModelFileError(
                    f"{key.file} at revision {key.revision} has changed on the hub:"
                    f" pinned sha256 {pin.sha256[:12]}, now {digest[:12]}"
                    f" (commit {remote.commit[:12]})",
                    "find out why; the pinned file, where it is here, stays in use;"
                    " `magos-agent model pull --accept-new` takes and pins the new one",
                    reason="changed",
                )
            pin = None
        commit = pin.commit if pin is not None else remote.commit
        snapshot = self.cache.snapshot(key.repository, commit, key.file)
        blob = self.cache.blob(key.repository, digest)
        for found in (snapshot, blob):
            if found.exists() and not (found is blob and snapshot.resolve() == blob.resolve()):
                if hubcache.sha256(found) == digest:
                    path = self._keep(key, commit, found, digest)
                    how: How = "here" if pin is not None else "adopted"
                    return Pulled(path, self._pinned(key, commit, digest, path, pin), how)
                on_notice(f"{found.name} is damaged; pulling it again")
        resumed = download(self._hub, self.cache, key, remote, digest, on_progress, on_notice)
        whole = self.cache.partial(key.repository, digest)
        path = self.cache.place(key.repository, commit, key.file, whole, digest)
        self.cache.remember(key.repository, key.revision, commit)
        how = "resumed" if resumed else "pulled"
        return Pulled(path, self._pinned(key, commit, digest, path, pin), how)

    def _without_hub(
        self,
        key: FileKey,
        pin: Pin | None,
        error: ModelFileError,
        on_notice: Callable[[str], None],
    ) -> Pulled:
        """The file that is here already, else the error why the hub cannot be asked."""
        commit = pin.commit if pin else self.cache.commit(key.repository, key.revision)
        if commit is None:
            raise error
        path = self.cache.snapshot(key.repository, commit, key.file)
        if not path.exists():
            raise error
        if pin is not None:
            try:
                self._check(pin, path)
            except ModelFileError as damage:
                said = f"{damage.message}; pulling it again failed: {error.message}"
                raise ModelFileError(said, error.hint, reason="damaged") from error
            on_notice(f"not compared with the hub: {error.message}")
            return Pulled(path, self._pinned(key, commit, pin.sha256, path, pin), "here")
        digest = hubcache.sha256(path)
        told = path.resolve().name  # the hub's programs name a blob after its hash
        if len(told) == hubcache.FULL_HASH and told != digest:
            raise ModelFileError(
                f"{path} is damaged: its sha256 is {digest[:12]}, not {told[:12]}",
                "remove it and pull it with a network",
                reason="damaged",
            )
        on_notice(f"pinned as found in the cache, not compared with the hub: {error.message}")
        return Pulled(path, self._pinned(key, commit, digest, path, None), "adopted")

    def _keep(self, key: FileKey, commit: str, found: Path, digest: str) -> Path:
        """Make the snapshot of the commit point at content that is here, where it does not yet."""
        target = self.cache.snapshot(key.repository, commit, key.file)
        if found != target:
            self.cache.place(key.repository, commit, key.file, found, digest)
        with suppress(OSError):  # a read-only cache serves as well
            self.cache.remember(key.repository, key.revision, commit)
        return target

    def _pinned(self, key: FileKey, commit: str, digest: str, path: Path, old: Pin | None) -> Pin:
        status = path.stat()
        pin = Pin(
            repository=key.repository,
            revision=key.revision,
            file=key.file,
            commit=commit,
            sha256=digest,
            size=status.st_size,
            pinned_at=old.pinned_at if old else f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            mtime_ns=status.st_mtime_ns,
        )
        if pin != old:
            self.lock.put(pin)
        return pin

    def _pin(self, key: FileKey) -> Pin:
        pin = self.lock.get(key)
        if pin is None:
            raise ModelFileError(
                f"{key.file} ({key.revision}) has not been pulled",
                f"get it with: {pull_command(key.file, key.revision)}",
                reason="not-pulled",
            )
        return pin

    def _place(self, pin: Pin) -> Path:
        return self.cache.snapshot(pin.repository, pin.commit, pin.file)

    def _same_stamp(self, pin: Pin, path: Path) -> bool:
        status = path.stat()
        return status.st_size == pin.size and status.st_mtime_ns == pin.mtime_ns

    def _check(self, pin: Pin, path: Path) -> None:
        """Raises ModelFileError when the content is not the pinned one."""
        try:
            size = path.stat().st_size
            got = hubcache.sha256(path) if size == pin.size else ""
        except OSError as error:
            raise ModelFileError(
                f"{path}: {error.strerror}", "make it readable", reason="damaged"
            ) from error
        if got == pin.sha256:
            return
        what = (
            f"sha256 {got[:12]}, pinned {pin.sha256[:12]}"
            if got
            else f"{size} bytes, pinned {pin.size}"
        )
        said = f"{path} is not the file that was pulled: {what}"
        raise ModelFileError(said, _again(pin), reason="damaged")


def _again(pin: Pin) -> str:
    return f"pull it again: {pull_command(pin.file, pin.revision)}"
