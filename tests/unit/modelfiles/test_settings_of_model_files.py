"""Which file `auto` takes, and which folders the settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent import modelfiles
from agent.settings import load
from model.catalogue import MAGOS
from model.errors import ModelFileError
from model.library import Library
from tests.hub_server import HubServer
from tools.errors import UsageError


def test_the_best_file_is_the_first_pulled_one_of_the_catalogue(
    library: Library, hub: HubServer
) -> None:
    q8_0, q4_k_m, _ = MAGOS.files
    assert modelfiles.best(library) is None
    hub.publish("v7", q4_k_m.file, b"GGUF 4")
    small = library.pull(modelfiles.key(q4_k_m, "v7")).path
    assert modelfiles.best(library) == small
    hub.publish("v8", q8_0.file, b"GGUF 8")
    large = library.pull(modelfiles.key(q8_0)).path
    assert modelfiles.best(library) == large
    states = [
        (item.file.quantisation, item.revision, item.state) for item in modelfiles.known(library)
    ]
    assert ("q4_k_m", "v7", "here") in states
    assert ("q4_k_m", "v8", "not pulled") in states
    large.write_bytes(b"GGUF 9")
    with pytest.raises(ModelFileError, match="not the file that was pulled"):
        modelfiles.best(library)
    large.resolve().unlink()
    assert modelfiles.best(library) == small, "a removed file counts as not pulled"


def test_folders_come_from_the_settings(
    private_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("HF_HOME", raising=False)
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    books = modelfiles.library(load())
    assert books.cache.folder == private_home / ".cache" / "huggingface" / "hub"
    assert books.lock.path == private_home / ".local/state/magos-agent/models.lock.json"
    assert modelfiles.library(load({"models_dir": "~/m"})).cache.folder == private_home / "m"


def test_a_project_file_may_not_say_where_models_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".magos.yaml").write_text("models_dir: weights\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="models_dir"):
        load()
