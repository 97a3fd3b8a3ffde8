"""A random-weight model file for tests, or a skip with the reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model.random_gguf import SHAPES, Precision, write


def random_nano(path: Path, layers: int = 2, precision: Precision = "q8_0") -> Path:
    """A nano-shaped model of few layers. Skips the test where it cannot be made or run."""
    for module in ("llama_cpp", "llguidance", "gguf"):
        pytest.importorskip(module, reason=f"{module}: pip install 'magos-agent[local]' gguf")
    write(path, replace(SHAPES["nano"], layers=layers), precision=precision)
    return path
