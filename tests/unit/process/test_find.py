"""Finding programs, and the kubectl behind a dispatcher."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.errors import ProgramError
from tools.process import Program, best_kubectl, dispatcher_siblings, find


def program(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_environment_folder_comes_before_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = program(tmp_path / "venv", "promtool")
    program(tmp_path / "bin", "promtool")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    assert find(Program.promtool, str(tmp_path / "bin")) == own


def test_path_is_the_callers(tmp_path: Path) -> None:
    kind = program(tmp_path / "bin", "kind")
    assert find(Program.kind, f"/nonexistent:{tmp_path / 'bin'}") == kind


def test_missing_program_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ProgramError) as caught:
        find(Program.etcd, str(tmp_path))
    assert "etcd" in caught.value.message
    assert "envtest" in caught.value.hint


def test_plain_kubectl_has_no_siblings(tmp_path: Path) -> None:
    kubectl = program(tmp_path, "kubectl")
    program(tmp_path, "kubectl-foo")
    program(tmp_path, "kubectl.old")
    assert dispatcher_siblings(kubectl) == {}
    assert best_kubectl(kubectl, "v1.33.0") == kubectl


@pytest.mark.parametrize(
    ("server", "chosen"),
    [
        ("v1.29.4", "kubectl.1.29"),
        ("v1.36.2", "kubectl.1.33"),
        ("1.20", "kubectl.1.27"),
        ("v1.31.1-gke.100", "kubectl.1.33"),
        ("v1.30.0", "kubectl.1.29"),
        (None, "kubectl.1.33"),
        ("", "kubectl.1.33"),
    ],
)
def test_sibling_nearest_to_the_server(tmp_path: Path, server: str | None, chosen: str) -> None:
    real = program(tmp_path / "sdk", "kubectl")
    for minor in (27, 29, 33):
        program(tmp_path / "sdk", f"kubectl.1.{minor}")
    link = tmp_path / "kubectl"
    link.symlink_to(real)
    assert best_kubectl(link, server).name == chosen
