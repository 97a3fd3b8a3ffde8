"""Which executor a word, path or URL names, and what is said when it is not there."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agent import modelfiles
from agent.executors.choose import NO_MODEL, Resolved, opened, resolve
from agent.executors.thresholds import Thresholds
from agent.settings import Settings, load
from model import prompt
from model.http import HttpBackend
from model.random_gguf import SHAPES, write
from tests.random_model import random_nano
from tools.errors import UsageError


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load({})


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    path = tmp_path / "any.gguf"
    path.write_bytes(b"GGUF and nothing that loads")
    return path


@pytest.mark.parametrize("word", ["none", "auto"])
def test_without_a_model_the_report_says_so(word: str, settings: Settings) -> None:
    with opened(word, settings) as model:
        assert (model.backend, model.notes) == (None, (NO_MODEL,))


@pytest.mark.parametrize(
    ("value", "says", "hint"),
    [
        ("nano", "no nano weights", "model pull"),
        ("magos", "has not been pulled", "model pull"),
        ("./absent.gguf", "there is no such file", "URL"),
        ("text", "this is no GGUF file", "model pull"),
        ("empty", "the file is empty", "model pull"),
        (".", "Is a directory", "name a GGUF file"),
        ("http://user:secret@host/", "no password", "http://HOST:PORT/v1"),
        ("ftp://host/x", "is no http", "http://HOST:PORT/v1"),
    ],
)
def test_what_is_not_there_is_a_usage_error(
    value: str, says: str, hint: str, settings: Settings
) -> None:
    Path("text").write_text("hello")
    Path("empty").touch()
    with pytest.raises(UsageError, match=says) as raised, opened(value, settings):
        pass
    assert hint in raised.value.hint


def test_a_missing_extra_names_the_pip_command(
    settings: Settings, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model.llama import library

    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    monkeypatch.setattr(library, "_loaded", [])
    with (
        pytest.raises(UsageError, match=r"pip install 'magos-agent\[local\]'"),
        opened(str(gguf), settings),
    ):
        pass


def test_auto_takes_what_was_pulled_and_goes_on_without_it_when_it_does_not_load(
    settings: Settings, gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model.llama import library

    monkeypatch.setattr(modelfiles, "best", lambda books: gguf)
    assert resolve("auto", settings) == Resolved("file", str(gguf), "magos")
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    monkeypatch.setattr(library, "_loaded", [])
    with opened("auto", settings) as model:
        assert model.backend is None
        assert NO_MODEL in model.notes[0]
        assert "pip install" in model.notes[0]


def test_a_published_file_is_magos_wherever_it_lies(settings: Settings, gguf: Path) -> None:
    assert resolve(str(gguf), settings).name == "custom"
    published = gguf.rename(gguf.with_name("magos-k8s-0.6b-q8_0.gguf"))
    assert resolve(str(published), settings).name == "magos"


def test_prompts_are_written_as_the_file_says_whatever_its_name(
    settings: Settings, tmp_path: Path
) -> None:
    path = random_nano(tmp_path / "any.gguf", layers=1)
    with opened(str(path), settings) as model:
        assert model.style == "nano"
    plain = tmp_path / "my-nano.gguf"
    write(plain, replace(SHAPES["nano"], layers=1, style=None))
    with opened(str(plain), settings) as model:
        assert model.style == "magos"


def test_weights_of_another_prompt_version_are_refused_or_passed_over(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = random_nano(tmp_path / "old.gguf", layers=1)
    monkeypatch.setattr(prompt, "PROMPT_VERSION", prompt.PROMPT_VERSION + 1)
    with (
        pytest.raises(UsageError, match="prompts of another version") as raised,
        opened(str(path), settings),
    ):
        pass
    assert "made for this version" in raised.value.hint
    monkeypatch.setattr(modelfiles, "best", lambda books: path)
    with opened("auto", settings) as model:
        assert model.backend is None
        assert "another version" in model.notes[0]


@pytest.mark.parametrize("size", [4, 5000, 2_000_000])
def test_a_file_cut_off_says_what_is_wrong(size: int, settings: Settings, tmp_path: Path) -> None:
    path = random_nano(tmp_path / "whole.gguf", layers=1)
    path.write_bytes(path.read_bytes()[:size])
    with (
        pytest.raises(UsageError, match=r"failed to read|not within the file bounds") as raised,
        opened(str(path), settings),
    ):
        pass
    assert "is the file whole" in raised.value.hint


def test_thresholds_are_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened("http://127.0.0.1:9/v1", settings) as model:
        assert model.thresholds == Thresholds(0.3, 0.0)
    monkeypatch.setenv("MAGOS_LLAMA_MIN_CONFIDENCE", "0.5")
    monkeypatch.setenv("MAGOS_LLAMA_MIN_PROBABILITY", "0.01")
    with opened("http://127.0.0.1:9/v1", load({})) as model:
        assert model.thresholds == Thresholds(0.5, 0.01)


@pytest.mark.parametrize(
    ("base", "url", "sent"),
    [
        ("https://llm.example/v1", "https://llm.example/v1", True),
        ("https://llm.example/v1", "https://llm.example:443/other", True),
        ("https://llm.example/v1", "http://llm.example/v1", False),
        ("https://llm.example/v1", "https://llm.example.evil.example/v1", False),
        ("https://llm.example/v1", "https://llm.example:8443/v1", False),
        ("https://llm.example/v1", "http://127.0.0.1:8080", False),
        (None, "https://api.openai.com/v1", True),
        (None, "https://other.example/v1", False),
    ],
)
def test_the_key_is_for_its_own_host_only(
    base: str | None, url: str, sent: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "k-1")
    if base is not None:
        monkeypatch.setenv("OPENAI_BASE_URL", base)
    keys: list[object] = []

    class Noted(HttpBackend):
        def __init__(self, url: str, model: str | None = None, **options: object) -> None:
            keys.append(options["api_key"])
            super().__init__(url, model)

    monkeypatch.setattr("model.http.HttpBackend", Noted)
    with opened(url, load({})):
        pass
    assert keys == ["k-1" if sent else None]


@pytest.mark.parametrize("value", ["http://evil.example/v1", "./model.gguf", "/etc/x.gguf"])
def test_a_cloned_repository_names_no_model(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".magos.yaml").write_text(f"executor: {value}\n")
    with pytest.raises(UsageError, match="may only set executor"):
        load({})
    Path(".magos.yaml").write_text("executor: none\ngrammar: off\n")
    assert (load({}).executor, load({}).grammar) == ("none", "off")


def test_a_path_is_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load({"executor": "./a.gguf"}).executor == str(tmp_path / "a.gguf")
