"""Memory of a loaded model: its file, its cache, and little else."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("llama_cpp", reason="llama.cpp is not installed (extra `local`)")
pytest.importorskip("llguidance", reason="llguidance is not installed (extra `local`)")
pytest.importorskip("gguf", reason="gguf is not installed (group `test`)")

from model.random_gguf import SHAPES, Shape

PROGRAM = """
import json, sys
from pathlib import Path
import llguidance, numpy
from model.llama import LlamaBackend
from model.llama.library import llama
from tests.small_grammar import KUBECTL, prompt

def resident():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024

llama()
before = resident()
path, context = Path(sys.argv[1]), int(sys.argv[2])
with LlamaBackend(path, context=context, threads=1) as backend:
    text = prompt("pods " * (context // 2))
    assert backend.complete(text, KUBECTL, temperature=1.0).stopped == "done"
    print(json.dumps([before, resident()]))
"""
FULL_FILE = 639_000_000
"""Bytes of all of magos at q8_0 (604 M parameters, 34 bytes for 32 of them)."""


MOST_BESIDE_NANO = 26 * 2**20
"""Measured 19 MiB, whatever the weights: code of llama.cpp and llguidance as it is used first 7, both vocabularies
6, grammar and numpy 3, buffers of the forward pass 3. More than 15 % of so small a file (9 MB) with its cache (16)."""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_is_held_beside_file_and_cache_is_small(magos_file: Path) -> None:
    """Layers add to file and cache alone, so one layer shows what a whole model needs beside them."""
    context = 2048
    beside = _beside(magos_file, replace(SHAPES["magos"], layers=1), context)
    allowed = 0.15 * (FULL_FILE + SHAPES["magos"].cache_bytes(context))
    print(f"beside file and cache: {beside / 2**20:.0f} MiB; allowed: {allowed / 2**20:.0f} MiB")
    assert beside <= allowed


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_nano_holds_is_dominated_by_constants(nano_file: Path) -> None:
    beside = _beside(nano_file, SHAPES["nano"], 4096)
    print(f"beside file and cache: {beside / 2**20:.0f} MiB")
    assert beside <= MOST_BESIDE_NANO


def _beside(path: Path, shape: Shape, context: int) -> int:
    """Bytes that a process holds after its first answer, less what it held before, file and cache."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(context)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = json.loads(ran.stdout)
    return int(after - before - path.stat().st_size - shape.cache_bytes(context))
