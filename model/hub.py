"""Hub: asks the hub what a file is, and reads its bytes on from where an earlier pull ended.

huggingface_hub finds the endpoint, the proxy, the token and the cache (HF_ENDPOINT, HTTPS_PROXY,
HF_TOKEN, HF_HUB_OFFLINE ...). Its own download begins anew after a kill, hence the loop in here:
plain HTTP with ranges, each attempt through the hub's own address, since the signed addresses
behind it expire.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from model import hubcache
from model.errors import ModelFileError
from model.huberrors import NETWORK_HINT, Again, size_of, translated, writing

AGENT = "magos-agent"
ASKS = 3
"""Attempts to learn what a file is; without a network a person waits three seconds."""
CUTS_IN_A_ROW = 5
"""Attempts in a row that bring nothing before a download is given up."""
CUTS = 200
"""Attempts altogether."""
LONGEST_PAUSE = 8.0
"""Seconds between two attempts."""
CHUNK = 1 << 20
PACKAGE_HINT = "pip install 'magos-agent[local]'"

Progress = Callable[[int, int], None]
"""Hears of bytes that are here, and of all bytes."""


class Remote(NamedTuple):
    """What the hub says about one file."""

    commit: str
    """Commit that the revision stands for now."""
    sha256: str | None
    """None when the server tells no SHA-256 (a mirror that keeps files another way)."""
    size: int


class Hub:
    """See the module docstring."""

    def __init__(self, endpoint: str | None = None, *, pause: float = 1.0) -> None:
        """`endpoint` None is huggingface_hub's own; `pause` is the first one, in seconds."""
        self._endpoint = endpoint
        self._pause = pause

    def ask(self, repository: str, revision: str, file: str) -> Remote:
        """What the hub has for a revision. Raises ModelFileError."""
        hub = _package()
        why = ""
        for attempt in range(ASKS):
            if attempt:
                self._wait(attempt)
            try:
                with translated(repository, revision, file):
                    found = hub.get_hf_file_metadata(
                        hub.hf_hub_url(
                            repository, file, revision=revision, endpoint=self._endpoint
                        ),
                        timeout=hub.constants.HF_HUB_ETAG_TIMEOUT,
                        library_name=AGENT,
                        library_version=_version(),
                    )
            except Again as problem:
                why = problem.why
                continue
            commit = found.commit_hash or ""
            if not hubcache.COMMIT.fullmatch(commit) or found.etag is None or found.size is None:
                raise ModelFileError(
                    "what answered is no model hub: it names no commit, hash or size",
                    "check HF_ENDPOINT and the proxy; a login page may have answered",
                    reason="network",
                )
            etag = found.etag.lower()
            known = len(etag) == hubcache.FULL_HASH and set(etag) <= set("0123456789abcdef")
            return Remote(commit, etag if known else None, found.size)
        where = re.sub("//[^/@]*@", "//", self._endpoint or hub.constants.ENDPOINT)  # no password
        said = f"the hub ({where}) does not answer: {why}"
        raise ModelFileError(said, NETWORK_HINT, reason="network")

    def fetch(
        self,
        repository: str,
        commit: str,
        file: str,
        partial: Path,
        size: int,
        on_progress: Progress | None = None,
    ) -> None:
        """Make `partial` `size` bytes long. What came stays there when it fails.

        Raises ModelFileError.
        """
        in_a_row = 0
        have = size_of(partial)
        for _ in range(CUTS):
            if have > size:
                partial.unlink()
                raise ModelFileError(
                    f"{file} is longer than the {size} bytes that the hub tells",
                    "try again; when it stays so, the hub or a proxy is broken",
                    reason="wrong-hash",
                )
            if have == size and partial.exists():
                return
            try:
                with translated(repository, commit, file):
                    self._read_on(repository, commit, file, partial, have, size, on_progress)
                why = "the connection ended early"
            except Again as problem:
                why = problem.why
            before, have = have, size_of(partial)
            if have == size:
                continue
            in_a_row = 0 if have > before else in_a_row + 1
            if in_a_row >= CUTS_IN_A_ROW:
                break
            self._wait(in_a_row + 1)
        raise ModelFileError(
            f"{file} was cut off at {have} of {size} bytes: {why}",
            "run it again: it goes on where it ended",
            reason="truncated",
        )

    def _read_on(
        self,
        repository: str,
        commit: str,
        file: str,
        partial: Path,
        have: int,
        size: int,
        on_progress: Progress | None,
    ) -> None:
        """One request. Raises what the client raises, Again and ModelFileError."""
        hub = _package()
        headers = hub.utils.build_hf_headers(library_name=AGENT, library_version=_version())
        headers["Accept-Encoding"] = "identity"  # ranges count the bytes of the file itself
        if have:
            headers["Range"] = f"bytes={have}-"
        url = hub.hf_hub_url(repository, file, revision=commit, endpoint=self._endpoint)
        with hub.get_session().stream(
            "GET",
            url,
            headers=headers,
            timeout=hub.constants.HF_HUB_DOWNLOAD_TIMEOUT,
            follow_redirects=True,
        ) as response:
            if response.status_code == 416:
                raise ModelFileError(
                    f"{file} is truncated on the server: {have} of {size} bytes and no more",
                    "try later, or another mirror (HF_ENDPOINT)",
                    reason="truncated",
                )
            hub.utils.hf_raise_for_status(response)
            if have and response.status_code == 206:
                said = response.headers.get("Content-Range", "")
                if not said.startswith(f"bytes {have}-"):
                    partial.unlink()
                    raise Again(f"another part came than was asked for ({said or 'unnamed'})")
            fresh = response.status_code != 206  # the server ignores ranges: from the beginning
            with writing(partial), partial.open("wb" if fresh else "ab") as out:
                done = 0 if fresh else have
                for chunk in response.iter_bytes(CHUNK):
                    out.write(chunk)
                    done += len(chunk)
                    if done > size:
                        return
                    if on_progress is not None:
                        on_progress(done, size)

    def _wait(self, attempt: int) -> None:
        time.sleep(min(LONGEST_PAUSE, self._pause * 2 ** (attempt - 1)))


def _package() -> ModuleType:
    """huggingface_hub, imported when it is needed. Raises ModelFileError when it is missing."""
    try:
        import huggingface_hub.constants
        import huggingface_hub.utils
    except ImportError as error:
        raise ModelFileError(
            f"pulling needs the package huggingface_hub ({error})",
            PACKAGE_HINT,
            reason="no-hub-package",
        ) from error
    except ValueError as error:  # a number in one of its variables that is none
        raise ModelFileError(
            f"huggingface_hub does not accept the environment: {error}",
            "check HF_HUB_ETAG_TIMEOUT and HF_HUB_DOWNLOAD_TIMEOUT",
            reason="network",
        ) from error
    huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY = (
        True  # else it asks the hub about us and tells of torch
    )
    return huggingface_hub


def _version() -> str:
    try:
        return metadata.version(AGENT)
    except metadata.PackageNotFoundError:
        return "unknown"
