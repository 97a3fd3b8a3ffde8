"""Fetch kubectl and verify it: python scripts/fetch_kubectl.py URL TARGET. The checksum is at URL.sha256."""

from __future__ import annotations

import hashlib
import sys
import urllib.request
from pathlib import Path

TIMEOUT = 60
"""Seconds without an answer after which the download is given up."""


def fetch(url: str, target: Path) -> None:
    """Download `url` to `target` when its SHA-256 is the published one. Raises OSError, ValueError."""
    with urllib.request.urlopen(f"{url}.sha256", timeout=TIMEOUT) as answer:  # noqa: S310 - the caller's own URL
        wanted = answer.read(200).decode("ascii").split()[0]
    draft = target.with_name(f".{target.name}.part")
    digest = hashlib.sha256()
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, draft.open("wb") as file:  # noqa: S310
            while chunk := answer.read(1 << 20):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != wanted:
            raise ValueError(f"checksum of {url} is {digest.hexdigest()}, published is {wanted}")
        draft.chmod(0o755)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def main() -> int:
    """Exit status 1 with one line when it cannot be fetched or is not what was published."""
    url, target = sys.argv[1], Path(sys.argv[2])
    try:
        fetch(url, target)
    except (OSError, ValueError, IndexError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
