"""Shared options, and the fixture that keeps every test away from the developer's own cluster."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# pytest-xdist keeps every core busy: a library's own threads only wait for each other there, and spin while they do.
# Read when the libraries load, so it is set before any test module imports them.
for variable, value in (
    ("OMP_NUM_THREADS", "1"),
    ("OMP_WAIT_POLICY", "PASSIVE"),
    ("OPENBLAS_NUM_THREADS", "1"),
):
    os.environ.setdefault(variable, value)

# A busy machine makes no property false; tests that are about time measure it themselves.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fuzz-moves", type=int, default=500, help="random moves per property (hypothesis)"
    )
    parser.addoption(
        "--fuzz-mutations", type=int, default=50_000, help="mutations of the argv corpus"
    )
    parser.addoption(
        "--scenario-seeds", type=int, default=2, help="seeds of each scenario, 0 among them"
    )
    parser.addoption("--diff-moves", type=int, default=60, help="moves run by the real kubectl")


@pytest.fixture(autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HOME, the XDG folders and KUBECONFIG in a temporary folder; no settings from the environment."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("KUBECONFIG", str(home / "no-kubeconfig"))
    for name, folder in (
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_CACHE_HOME", ".cache"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_RUNTIME_DIR", ".run"),
    ):
        monkeypatch.setenv(name, str(home / folder))
    for name in list(os.environ):
        if name.startswith(("MAGOS_", "HF_")) or name in (
            "PROMETHEUS_URL",
            "ALERTMANAGER_URL",
            "OPENAI_BASE_URL",
            "OPENAI_API_KEY",
        ):
            monkeypatch.delenv(name)
    return home
