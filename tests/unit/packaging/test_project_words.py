"""The project speaks of itself alone: no absolute home or build-machine paths in what is tracked."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:work|farm|home/[a-z]+)/\w")
SUFFIXES = {".py", ".md", ".yaml", ".yml", ".toml", ".sh", ""}


def test_no_machine_paths_in_tracked_files() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: git ls-files does not work here")
    found = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in SUFFIXES and path.is_file() and "tests/data" not in name:
            text = path.read_text(encoding="utf-8", errors="replace")
            found += [f"{name}: {m.group()}" for m in MACHINE_PATH.finditer(text)]
    assert not [item for item in found if "test_project_words" not in item]
