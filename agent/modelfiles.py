"""Model files as the settings have them: where they are kept, and what is known of each."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from agent.settings import Settings
from model.catalogue import MAGOS, KnownModel, ModelFile, nano_file
from model.hubcache import HubCache, default_folder
from model.library import Library, State
from model.lockfile import FileKey, LockFile, Pin

LOCK = "models.lock.json"


class Known(NamedTuple):
    """One line of `model list`."""

    model: KnownModel
    file: ModelFile
    revision: str
    state: State
    pin: Pin | None


def library(settings: Settings) -> Library:
    """The model files of this user: cache folder and lock file of the settings."""
    folder = settings.models_dir or default_folder(settings.environ)
    return Library(LockFile(settings.state_dir / LOCK), HubCache(folder))


def key(file: ModelFile, revision: str | None = None) -> FileKey:
    """A file of magos, of the default revision when none is named."""
    return FileKey(MAGOS.repository, revision or MAGOS.default_revision, file.file)


def known(books: Library) -> list[Known]:
    """Every file of the default revision, and of others those that were pulled.

    Raises ModelFileError when the lock file is broken.
    """
    pins = {pin.key: pin for pin in books.lock.pins()}
    found = []
    for file in MAGOS.files:
        default = key(file)
        others = [other for other in pins if other.file == file.file and other != default]
        for each in (default, *others):
            found.append(Known(MAGOS, file, each.revision, books.state(each), pins.get(each)))
    return found


def best(books: Library) -> Path | None:
    """The file that `auto` would take: the first pulled one of the catalogue, else nano, else None.

    Raises ModelFileError when the lock file is broken or the file is not the pinned one; a file
    that somebody removed counts as not pulled.
    """
    for each in known(books):
        if each.state in ("here", "damaged"):
            return books.path(key(each.file, each.revision))
    return nano_file()
