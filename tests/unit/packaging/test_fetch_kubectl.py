"""kubectl is fetched with its published checksum; anything else is refused and leaves nothing behind."""

from __future__ import annotations

import hashlib
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CONTENT = b"#!/bin/sh\necho v1.34.1\n"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tmp_path / "mirror"
    folder.mkdir()
    handler = partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/kubectl"
        server.shutdown()
        thread.join()


def fetch(url: str, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/fetch_kubectl.py", url, str(target)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_a_binary_with_its_checksum_is_installed(mirror: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = mirror
    (folder / "kubectl").write_bytes(CONTENT)
    (folder / "kubectl.sha256").write_text(hashlib.sha256(CONTENT).hexdigest())
    target = tmp_path / "kubectl"
    assert fetch(url, target).returncode == 0
    assert target.read_bytes() == CONTENT
    assert target.stat().st_mode & 0o111


@pytest.mark.parametrize("published", ["0" * 64, None])
def test_a_wrong_or_missing_checksum_is_refused(
    published: str | None, mirror: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = mirror
    (folder / "kubectl").write_bytes(CONTENT)
    if published:
        (folder / "kubectl.sha256").write_text(published)
    done = fetch(url, tmp_path / "kubectl")
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.glob("*kubectl*")) == []
