"""Pins and what they protect: damaged, truncated, missing and touched files; broken lock files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.catalogue import MAGOS, nano_file
from model.errors import ModelFileError
from model.hubcache import HubCache, default_folder
from model.library import Library
from model.lockfile import FileKey, LockFile, Pin
from tests.hub_server import HubServer


def pin(file: str = "a.gguf", revision: str = "v8", digest: str = "0" * 64) -> Pin:
    return Pin(
        repository="o/n",
        revision=revision,
        file=file,
        commit="c0ffee",
        sha256=digest,
        size=1,
        pinned_at="2026-01-01T00:00:00Z",
    )


@pytest.mark.parametrize("what", ["changed", "truncated", "missing"])
def test_verify_and_path_refuse_another_file(
    library: Library, hub: HubServer, key: FileKey, content: bytes, what: str
) -> None:
    hub.publish("v8", key.file, content)
    path = library.pull(key).path
    if what == "missing":
        path.resolve().unlink()
    else:
        path.write_bytes(content[:-1] + (b"" if what == "truncated" else b"!"))
    for look in (library.verify, library.path):
        with pytest.raises(ModelFileError) as caught:
            look(key)
        assert caught.value.reason == ("not-pulled" if what == "missing" else "damaged")
        assert "magos-agent model pull" in caught.value.hint
    expected = {"changed": "here", "truncated": "damaged", "missing": "missing"}
    assert library.state(key) == expected[what]  # the quick look does not read the content
    assert library.pull(key).path.read_bytes() == content  # and a pull mends all three
    assert library.verify(key) == path


def test_a_touched_file_is_read_once_and_then_known(
    library: Library, hub: HubServer, key: FileKey, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish("v8", key.file, content)
    path = library.pull(key).path
    os.utime(path, ns=(1, 1))
    assert library.path(key) == path
    found = library.lock.get(key)
    assert found is not None
    assert found.mtime_ns == 1
    monkeypatch.setattr("model.hubcache.sha256", lambda path: pytest.fail("read again"))
    assert library.path(key) == path


def test_pins_are_kept_apart_and_replaced(tmp_path: Path) -> None:
    lock = LockFile(tmp_path / "deep" / "lock.json")
    assert lock.pins() == []
    for item in (pin(), pin(revision="v7"), pin("b.gguf"), pin(digest="1" * 64)):
        lock.put(item)
    assert [(item.file, item.revision) for item in lock.pins()] == [
        ("a.gguf", "v7"),
        ("a.gguf", "v8"),
        ("b.gguf", "v8"),
    ]
    found = lock.get(FileKey("o/n", "v8", "a.gguf"))
    assert found is not None
    assert found.sha256 == "1" * 64


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": "magos.modellock/v2", "files": []}',
        json.dumps({"schema": "magos.modellock/v1", "files": [{"file": "x"}]}),
        json.dumps({"files": [pin().model_dump() | {"commit": "../.."}]}),
    ],
)
def test_a_broken_lock_is_refused_and_kept(
    tmp_path: Path, text: str, hub: HubServer, key: FileKey
) -> None:
    path = tmp_path / "lock.json"
    path.write_text(text)
    with pytest.raises(ModelFileError, match="lock file") as caught:
        Library(LockFile(path), HubCache(tmp_path)).pull(key)
    assert caught.value.reason == "bad-lock"
    assert path.read_text() == text
    assert hub.asked == []


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_lock(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("lock") / "lock.json"
    path.write_bytes(data)
    with pytest.raises(ModelFileError):
        LockFile(path).pins()


def test_a_lock_that_cannot_be_written_is_said_before_the_download(
    tmp_path: Path, key: FileKey
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelFileError) as caught:
        Library(LockFile(tmp_path / "file" / "lock.json"), HubCache(tmp_path)).pull(key)
    assert caught.value.reason == "unwritable"


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HF_HOME": "/b", "XDG_CACHE_HOME": "/c"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
        ({"HF_HUB_CACHE": "", "HF_HOME": "/b"}, "/b/hub"),
    ],
)
def test_the_cache_folder_follows_the_hubs_variables(environ: dict[str, str], folder: str) -> None:
    assert default_folder(environ) == Path(folder)


def test_a_cache_without_links_holds_the_file_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = HubCache(tmp_path)
    partial = cache.partial("o/n", "d")
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"x")
    monkeypatch.setattr(Path, "symlink_to", lambda *_: (_ for _ in ()).throw(OSError("no links")))
    target = cache.place("o/n", "c0ffee", "sub/a.gguf", partial, "d")
    assert target.read_bytes() == b"x"
    assert not target.is_symlink()
    cache.remember("o/n", "v8", "c0ffee")
    assert cache.commit("o/n", "v8") == "c0ffee"


def test_a_reference_that_leads_elsewhere_is_ignored(tmp_path: Path) -> None:
    cache = HubCache(tmp_path)
    cache.remember("o/n", "v8", "../../up")
    assert cache.commit("o/n", "v8") is None


def test_the_catalogue_says_what_is_published() -> None:
    assert [file.quantisation for file in MAGOS.files] == ["q8_0", "q4_k_m", "f16"]
    assert MAGOS.default_revision in MAGOS.revisions
    assert "v4" not in MAGOS.revisions
    assert all(file.file == f"{MAGOS.title}-{file.quantisation}.gguf" for file in MAGOS.files)


@pytest.mark.parametrize(
    ("quantisation", "revision", "words"),
    [("q8_0", "v8", []), ("q4_k_m", "v8", ["q4_k_m"]), ("q8_0", "v7", ["--revision", "v7"])],
)
def test_a_file_that_is_not_here_names_the_command_that_pulls_just_this_one(
    library: Library, quantisation: str, revision: str, words: list[str]
) -> None:
    file = MAGOS.file(quantisation)
    assert file is not None
    with pytest.raises(ModelFileError) as caught:
        library.path(FileKey(MAGOS.repository, revision, file.file))
    assert caught.value.hint.endswith(" ".join(["magos-agent model pull", *words]))


def test_nano_is_found_when_it_is_packaged(tmp_path: Path) -> None:
    assert nano_file(tmp_path / "absent") is None
    (tmp_path / "magos-nano-q8_0.gguf").write_bytes(b"GGUF")
    assert nano_file(tmp_path) == tmp_path / "magos-nano-q8_0.gguf"
