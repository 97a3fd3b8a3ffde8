"""What doctor says of the programs that run a model file."""

from __future__ import annotations

import importlib.util
import shutil
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from agent import modelfiles
from agent.doctor.model import check_model, check_weights
from agent.settings import load
from model.errors import ModelFileError
from model.library import Library


def test_a_pulled_file_that_auto_cannot_use_is_no_mere_absence(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check_model(load()).status == "ok"  # none was pulled: playbooks do

    def damaged(books: Library) -> Path:
        raise ModelFileError("x.gguf is not the file that was pulled", reason="damaged")

    monkeypatch.setattr(modelfiles, "best", damaged)
    check = check_model(load())
    assert check.status == "warn"
    assert "is not the file that was pulled" in check.detail
    assert "model verify" in check.fix


@pytest.mark.parametrize("lacking", [[], ["llama_cpp"], ["llama_cpp", "llguidance"]])
@pytest.mark.parametrize("compiler", ["/usr/bin/c++", None])
def test_what_is_missing_and_how_to_get_it(
    lacking: list[str], compiler: str | None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(name: str) -> ModuleSpec | None:
        return None if name in lacking else ModuleSpec(name, None)

    monkeypatch.setattr(importlib.util, "find_spec", find)
    monkeypatch.setattr(shutil, "which", lambda name: compiler)
    check = check_weights(load())
    assert ("llama.cpp here" in check.detail) is (not lacking)
    assert ("llguidance" in check.detail) is ("llguidance" in lacking)
    assert ("magos-agent[local]" in check.fix) is bool(lacking)
    assert ("install a C++ compiler" in check.fix) is (bool(lacking) and compiler is None)
