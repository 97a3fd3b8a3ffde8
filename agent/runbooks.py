"""RunbookList: which folders of runbooks count: those of the settings, and those that were added.

Added ones are kept in `runbooks.json` of the state folder, so that no command ever rewrites a
configuration file that a person wrote.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal, NamedTuple

from agent.settings import Settings
from tools.errors import UsageError

FILE = "runbooks.json"
Origin = Literal["added", "settings"]


class Root(NamedTuple):
    """A folder of runbooks."""

    path: Path
    """Absolute."""
    origin: Origin


class RunbookList:
    """See the module docstring. Raises UsageError when its file is broken or cannot be written."""

    def __init__(self, settings: Settings) -> None:
        self._file = settings.state_dir / FILE
        self._configured = settings.runbooks

    def roots(self) -> list[Root]:
        """All folders, each once; those that do not exist too."""
        found = {path: Root(path, "settings") for path in self._configured}
        for path in self._added():
            found.setdefault(path, Root(path, "added"))
        return list(found.values())

    def add(self, folder: Path) -> bool:
        """Add a folder; False when it is in the list already."""
        if folder in {root.path for root in self.roots()}:
            return False
        self._write([*self._added(), folder])
        return True

    def remove(self, folder: Path) -> None:
        """Take a folder out. Raises UsageError when it is not there, or is of the settings."""
        added = self._added()
        if folder in added:
            self._write([path for path in added if path != folder])
            return
        if folder in self._configured:
            raise UsageError(
                f"{folder} is in your settings, not in the list",
                "take it out of `runbooks` in the configuration file, or of MAGOS_RUNBOOKS",
            )
        known = ", ".join(str(root.path) for root in self.roots()) or "none"
        raise UsageError(f"{folder} is no folder of runbooks here", f"there are: {known}")

    def _added(self) -> list[Path]:
        try:
            values = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UsageError(f"{self._file} cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            raise UsageError(
                f"{self._file} is broken: not a list of folders",
                f"remove it and add the folders again: rm {self._file}",
            )
        return [Path(item) for item in values]

    def _write(self, folders: list[Path]) -> None:
        draft = self._file.with_name(f".{FILE}.{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft.write_text(json.dumps([str(path) for path in folders], indent=2) + "\n", "utf-8")
            draft.replace(self._file)
        except OSError as error:
            raise UsageError(
                f"{self._file} cannot be written: {error.strerror}",
                "set MAGOS_STATE_DIR to a folder that you may write to",
            ) from error
