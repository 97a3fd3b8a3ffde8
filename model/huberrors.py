"""What the hub's client and the disk say when they fail, in our words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.errors import ModelFileError

NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
BUSY = (408, 425, 429, 500, 502, 503, 504)
"""Statuses that another attempt may not meet."""
NETWORK_HINT = (
    "behind a proxy set HTTPS_PROXY, for a mirror HF_ENDPOINT; without a network see docs/models.md"
)


class Again(Exception):
    """One attempt failed, another one may not."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@contextmanager
def translated(repository: str, revision: str, file: str) -> Iterator[None]:
    """Errors of the client in our words: ModelFileError, or Again when it may pass."""
    import httpx2  # the HTTP client that huggingface_hub brings
    from huggingface_hub import errors

    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise ModelFileError(
            "HF_HUB_OFFLINE forbids to ask the hub",
            "unset HF_HUB_OFFLINE, or put the file into the cache (docs/models.md)",
            reason="offline",
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ModelFileError(
            f"{repository} has no revision {revision}",
            "see `magos-agent model list` for those known",
            reason="not-found",
        ) from error
    except errors.EntryNotFoundError as error:
        raise ModelFileError(
            f"{repository} has no {file} at revision {revision}",
            "see `magos-agent model list` for what is known",
            reason="not-found",
        ) from error
    except errors.HfHubHTTPError as error:
        status = error.response.status_code
        if status in BUSY:
            raise Again(f"HTTP {status}") from error
        if status in (401, 403) or isinstance(error, errors.RepositoryNotFoundError):
            raise ModelFileError(
                f"{repository}: not found or not for everybody (HTTP {status})",
                "set HF_TOKEN when it needs a login; an expired token is refused like this as well",
                reason="denied",
            ) from error
        if status == 404:
            raise ModelFileError(
                f"{repository} has no {file} at revision {revision} (HTTP 404)",
                "see `magos-agent model list` for what is known; check HF_ENDPOINT",
                reason="not-found",
            ) from error
        raise ModelFileError(
            f"{repository}: the hub answered HTTP {status}", NETWORK_HINT, reason="network"
        ) from error
    except (httpx2.ProxyError, httpx2.UnsupportedProtocol, httpx2.InvalidURL) as error:
        raise ModelFileError(
            f"the proxy or the address is refused: {error}",
            "check HTTPS_PROXY, NO_PROXY and HF_ENDPOINT",
            reason="network",
        ) from error
    except (httpx2.LocalProtocolError, UnicodeError) as error:  # its text would show the token
        raise ModelFileError(
            "the request cannot be written: HF_TOKEN holds what a header may not",
            "set HF_TOKEN again; a token is plain ASCII on one line",
            reason="denied",
        ) from error
    except httpx2.HTTPError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise ModelFileError(
                "the certificate of the hub, or of a proxy in between, is not trusted",
                "set SSL_CERT_FILE to your company's certificates",
                reason="network",
            ) from error
        raise Again(str(error) or type(error).__name__) from error
    except (ImportError, ValueError) as error:  # a proxy scheme that the client cannot speak
        raise ModelFileError(
            f"cannot connect: {error}",
            "check HTTPS_PROXY, ALL_PROXY, HF_ENDPOINT",
            reason="network",
        ) from error
    except OSError as error:  # of the client's set-up; `writing` has those of our own files
        raise ModelFileError(
            f"cannot connect: certificates cannot be read: {error}",
            "check SSL_CERT_FILE and SSL_CERT_DIR",
            reason="network",
        ) from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Errors of the disk in our words; those of the connection pass (some are OSErrors as well)."""
    import httpx2

    try:
        yield
    except httpx2.HTTPError:
        raise
    except OSError as error:
        raise disk_error(path, error) from error


def disk_error(path: Path, error: OSError) -> ModelFileError:
    """What a failed write means."""
    if error.errno in NO_SPACE:
        return ModelFileError(
            f"{path.parent}: no space left ({os.strerror(error.errno or 0)}) after {size_of(path)} bytes",
            "make room, or set MAGOS_MODELS_DIR; then run it again: it goes on where it ended",
            reason="no-space",
        )
    return ModelFileError(
        f"{error.filename or path}: {error.strerror}",
        "set MAGOS_MODELS_DIR (or HF_HOME) to a folder that you may write to",
        reason="unwritable",
    )


def size_of(path: Path) -> int:
    """Bytes of a file, 0 when it is not there."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
