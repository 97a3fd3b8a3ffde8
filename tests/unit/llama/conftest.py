"""Random models of both shapes, made once per session in a temporary folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from model.llama import LlamaBackend
from model.random_gguf import SHAPES, write


@pytest.fixture(scope="session")
def nano_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nano") / "nano-q8_0.gguf"
    write(path, SHAPES["nano"])
    return path


@pytest.fixture(scope="session")
def magos_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of magos but its depth: one layer."""
    path = tmp_path_factory.mktemp("magos") / "magos-q8_0.gguf"
    write(path, replace(SHAPES["magos"], layers=1))
    return path


@pytest.fixture(scope="session")
def nano(nano_file: Path) -> Iterator[LlamaBackend]:
    with LlamaBackend(nano_file, "nano", context=1024, threads=1) as backend:
        yield backend


@pytest.fixture(scope="session")
def magos(magos_file: Path) -> Iterator[LlamaBackend]:
    with LlamaBackend(magos_file, "magos", context=1024, threads=2) as backend:
        yield backend
