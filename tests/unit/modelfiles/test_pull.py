"""Pulling: resumed after cuts and kills, verified, pinned, and refused in clear words."""

from __future__ import annotations

import errno
import hashlib
import threading
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import close_session, constants, try_to_load_from_cache

from model.errors import ModelFileError
from model.hub import Hub
from model.hubcache import HubCache
from model.library import Library
from model.lockfile import FileKey, LockFile
from tests.hub_server import HubServer


def refused(library: Library, key: FileKey, **how: Any) -> ModelFileError:
    with pytest.raises(ModelFileError) as caught:
        library.pull(key, **how)
    assert caught.value.hint, "every refusal says what to do"
    return caught.value


def products(agent: str) -> set[str]:
    return {part.strip().partition("/")[0] for part in agent.split(";")}


def test_a_pull_verifies_pins_and_is_found_by_the_hubs_own_programs(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    digest = hub.publish("v8", key.file, content)
    heard: list[tuple[int, int]] = []
    done = library.pull(key, on_progress=lambda got, of: heard.append((got, of)))
    assert done.how == "pulled"
    assert done.path.read_bytes() == content
    assert (done.pin.commit, done.pin.sha256) == (hub.commits["v8"], digest)
    assert heard[-1] == (len(content), len(content))
    assert heard == sorted(heard)
    assert library.path(key) == library.verify(key) == done.path
    found = try_to_load_from_cache(
        key.repository, key.file, cache_dir=library.cache.folder, revision="v8"
    )
    assert found == str(done.path)
    assert not list(library.cache.folder.rglob("*.incomplete"))


def test_a_second_pull_downloads_nothing(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    first = library.pull(key)
    again = library.pull(key)
    assert again.how == "here"
    assert again.pin == first.pin
    assert len(hub.downloads) == 1


def test_a_cut_connection_is_resumed_with_ranges(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    hub.cuts = [1_200_000, 1_100_000]
    assert library.pull(key).path.read_bytes() == content
    starts = [int((item.range or "bytes=0-")[6:-1]) for item in hub.downloads]
    assert len(starts) == 3
    assert 0 == starts[0] < starts[1] < starts[2]


def test_what_a_killed_pull_left_is_continued(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    digest = hub.publish("v8", key.file, content)
    partial = library.cache.partial(key.repository, digest)
    partial.parent.mkdir(parents=True)
    partial.write_bytes(content[:2_000_000])
    with pytest.raises(ModelFileError, match="not been pulled"):
        library.path(key)  # a half file is never used
    done = library.pull(key)
    assert done.how == "resumed"
    assert [item.range for item in hub.downloads] == ["bytes=2000000-"]
    assert done.path.read_bytes() == content


def test_a_damaged_leftover_is_pulled_anew(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    digest = hub.publish("v8", key.file, content)
    partial = library.cache.partial(key.repository, digest)
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"\0" * 1000)
    notices: list[str] = []
    assert library.pull(key, on_notice=notices.append).path.read_bytes() == content
    assert any("anew" in notice for notice in notices)


def test_a_server_without_ranges_starts_from_the_beginning(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    hub.ranges, hub.cuts = False, [2_000_000]
    assert library.pull(key).path.read_bytes() == content


def test_server_errors_are_retried(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    hub.statuses = [503, 500]
    assert library.pull(key).how == "pulled"
    assert [item.method for item in hub.asked[:3]] == ["HEAD"] * 3


def test_errors_amid_the_download_are_retried(
    library: Library, hub: HubServer, key: FileKey, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish("v8", key.file, content)
    ask = Hub.ask

    def ask_then_break(self: Hub, *what: str) -> Any:
        answer = ask(self, *what)
        hub.statuses = [502, 429]
        return answer

    monkeypatch.setattr(Hub, "ask", ask_then_break)
    assert library.pull(key).how == "pulled"


def test_a_slow_server_is_waited_for(library: Library, hub: HubServer, key: FileKey) -> None:
    hub.publish("v8", key.file, b"GGUF" + b"x" * 40_000)
    hub.pace = 0.02
    assert library.pull(key).how == "pulled"


def test_a_server_that_stalls_is_left_and_asked_again(
    library: Library, hub: HubServer, key: FileKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 0.2)
    hub.publish("v8", key.file, b"GGUF" + b"x" * 40_000)
    hub.pace = 1.0
    hurry = threading.Timer(0.6, setattr, (hub, "pace", 0.0))
    hurry.start()
    assert library.pull(key).how == "pulled"
    hurry.join()
    assert len(hub.downloads) > 1


def test_a_wrong_hash_is_refused_and_removed(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    hub.served[key.file] = content[:-1] + bytes([content[-1] ^ 1])
    error = refused(library, key)
    assert error.reason == "wrong-hash"
    assert "sha256" in error.message
    assert library.lock.pins() == []
    files = [path for path in library.cache.folder.rglob("*") if path.is_file()]
    assert [path.name for path in files] == [".magos.lock"]


def test_a_login_page_instead_of_a_model_is_called_so(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    hub.served[key.file] = b"<html>log in".ljust(len(content))
    assert "login page" in refused(library, key).hint


def test_a_file_truncated_on_the_server_is_refused(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    hub.served[key.file] = content[:2_000_000]
    error = refused(library, key)
    assert error.reason == "truncated"
    assert f"2000000 of {len(content)}" in error.message
    assert library.state(key) == "not pulled"


def test_a_connection_that_brings_nothing_is_given_up(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    hub.cuts = [0] * 20
    error = refused(library, key)
    assert error.reason == "truncated"
    assert len(hub.downloads) == 5
    hub.cuts = []
    assert library.pull(key).how in ("pulled", "resumed")


def test_a_file_longer_than_told_is_refused(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    hub.served[key.file] = content + b"more"
    assert "longer" in refused(library, key).message


def test_a_changed_file_is_refused_until_accepted(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    old = library.pull(key)
    new = hub.publish("v8", key.file, b"GGUF other")
    error = refused(library, key)
    assert error.reason == "changed"
    assert "--accept-new" in error.hint
    assert new[:12] in error.message
    assert library.path(key) == old.path, "the pinned one stays in use"
    done = library.pull(key, accept_new=True)
    assert done.pin.sha256 == new
    assert library.path(key).read_bytes() == b"GGUF other"
    assert len(library.lock.pins()) == 1


def test_a_removed_cache_does_not_loosen_the_pin(
    library: Library, hub: HubServer, key: FileKey, content: bytes, tmp_path: Path
) -> None:
    hub.publish("v8", key.file, content)
    library.pull(key)
    elsewhere = Library(library.lock, HubCache(tmp_path / "new"), Hub(hub.url))
    assert elsewhere.state(key) == "missing"
    hub.publish("v8", key.file, b"GGUF other")
    assert refused(elsewhere, key).reason == "changed"


def test_a_moved_tag_with_the_same_file_is_fine(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content, commit="a" * 40)
    first = library.pull(key)
    hub.publish("v8", key.file, content, commit="b" * 40)
    assert library.pull(key).path == first.path
    assert library.pull(key).pin.commit == "a" * 40


def test_a_mirror_without_hashes_serves_only_what_is_pinned(
    library: Library, hub: HubServer, key: FileKey, content: bytes, tmp_path: Path
) -> None:
    hub.publish("v8", key.file, content)
    hub.told[key.file] = None
    assert refused(library, key).reason == "unverifiable"
    del hub.told[key.file]
    library.pull(key)
    hub.told[key.file] = None
    elsewhere = Library(library.lock, HubCache(tmp_path / "new"), Hub(hub.url))
    assert elsewhere.pull(key).how == "pulled"


@pytest.mark.parametrize(
    ("revision", "file", "word"),
    [("v4", "", "no revision v4"), ("v8", "other.gguf", "no other.gguf"), ("../up", "", "'../up'")],
)
def test_what_is_not_there_is_named(
    library: Library, hub: HubServer, key: FileKey, revision: str, file: str, word: str
) -> None:
    hub.publish("v8", key.file, b"GGUF")
    error = refused(library, FileKey(key.repository, revision, file or key.file))
    assert error.reason == "not-found"
    assert word in error.message


def test_no_network_and_nothing_here(tmp_path: Path, key: FileKey) -> None:
    lock, cache = LockFile(tmp_path / "lock.json"), HubCache(tmp_path / "cache")
    error = refused(Library(lock, cache, Hub("http://127.0.0.1:1", pause=0.0)), key)
    assert error.reason == "network"
    assert "HTTPS_PROXY" in error.hint


def test_no_network_but_the_file_is_here(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    library.pull(key)
    cut_off = Library(library.lock, library.cache, Hub("http://127.0.0.1:1", pause=0.0))
    notices: list[str] = []
    assert cut_off.pull(key, on_notice=notices.append).how == "here"
    assert "not compared" in notices[0]
    assert refused(cut_off, key, accept_new=True).reason == "network"


def test_offline_without_a_cache_and_with_one(
    library: Library,
    hub: HubServer,
    key: FileKey,
    content: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub.publish("v8", key.file, content)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    error = refused(library, key)
    assert error.reason == "offline"
    assert "HF_HUB_OFFLINE" in error.message
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    library.pull(key)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    asked = len(hub.asked)
    unpinned = Library(LockFile(tmp_path / "other.json"), library.cache, Hub(hub.url))
    done = unpinned.pull(key)
    assert done.how == "adopted"
    assert done.pin.sha256 == hashlib.sha256(content).hexdigest()
    assert len(hub.asked) == asked


def test_certificates_that_are_not_there(
    library: Library, key: FileKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not the folder of the models that is at fault."""
    close_session()
    monkeypatch.setenv("SSL_CERT_FILE", "/absent.pem")
    error = refused(library, key)
    assert error.reason == "network"
    assert "SSL_CERT_FILE" in error.hint


def test_a_damaged_file_is_said_once(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    library.pull(key).path.write_bytes(content[:-1] + b"!")
    notices: list[str] = []
    assert library.pull(key, on_notice=notices.append).path.read_bytes() == content
    assert notices == [f"{key.file} is damaged; pulling it again"]


def test_a_damaged_file_and_a_hub_that_is_gone(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    """Who has just tried to pull it again is not told to."""
    hub.publish("v8", key.file, content)
    library.pull(key).path.write_bytes(content[:-1] + b"!")
    mirror = Hub("http://name:secret@127.0.0.1:1", pause=0.0)
    error = refused(Library(library.lock, library.cache, mirror), key)
    assert error.reason == "damaged"
    assert "is not the file that was pulled" in error.message
    assert "the hub (http://127.0.0.1:1) does not answer" in error.message
    assert "HF_ENDPOINT" in error.hint


def test_a_damaged_file_of_the_cache_is_not_adopted_offline(
    library: Library,
    hub: HubServer,
    key: FileKey,
    content: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub.publish("v8", key.file, content)
    library.pull(key).path.write_bytes(b"GGUF damaged")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    unpinned = Library(LockFile(tmp_path / "other.json"), library.cache, Hub(hub.url))
    assert refused(unpinned, key).reason == "damaged"


def test_a_full_disk_is_seen_before(
    library: Library, hub: HubServer, key: FileKey, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish("v8", key.file, content)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(10**9, 10**9 - 10**6, 10**6))
    error = refused(library, key)
    assert error.reason == "no-space"
    assert "1 MB are free" in error.message
    assert hub.downloads == []


@pytest.mark.parametrize(
    ("number", "reason"), [(errno.ENOSPC, "no-space"), (errno.EROFS, "unwritable")]
)
def test_a_disk_that_refuses_amid_the_download(
    library: Library,
    hub: HubServer,
    key: FileKey,
    content: bytes,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    reason: str,
) -> None:
    hub.publish("v8", key.file, content)
    real = Path.open

    def broken(path: Path, mode: str = "r", *args: Any, **rest: Any) -> Any:
        if path.suffix == ".incomplete" and mode in ("ab", "wb"):
            raise OSError(number, "the disk says no", str(path))
        return real(path, mode, *args, **rest)

    monkeypatch.setattr(Path, "open", broken)
    error = refused(library, key)
    assert error.reason == reason
    assert "MAGOS_MODELS_DIR" in error.hint


def test_a_cache_below_a_file_is_refused(tmp_path: Path, hub: HubServer, key: FileKey) -> None:
    hub.publish("v8", key.file, b"GGUF")
    (tmp_path / "file").write_text("")
    cache = HubCache(tmp_path / "file" / "cache")
    error = refused(Library(LockFile(tmp_path / "lock.json"), cache, Hub(hub.url)), key)
    assert error.reason == "unwritable"


def test_a_token_reaches_the_hub_and_not_the_storage_behind_it(
    library: Library,
    hub: HubServer,
    key: FileKey,
    content: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub.publish("v8", key.file, content)
    hub.needed_token = "Bearer hf_test"
    assert refused(library, key).reason == "denied"
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    done = library.pull(key)
    assert done.how == "pulled"
    assert {item.authorization for item in hub.downloads} == {None}
    assert "hf_test" not in library.lock.path.read_text()


def test_a_token_that_is_none_is_refused_and_not_shown(
    library: Library, hub: HubServer, key: FileKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish("v8", key.file, b"GGUF")
    monkeypatch.setenv("HF_TOKEN", "hf_secr\u00e9t")
    error = refused(library, key)
    assert "HF_TOKEN" in error.message
    assert "hf_se" not in error.message + error.hint


def test_nothing_else_is_asked_and_nothing_told(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    library.pull(key)
    assert {item.path.split("/")[1] for item in hub.asked} == {"clglavan", "storage"}
    assert all(not {"torch", "agent"} & products(item.agent) for item in hub.asked)


@pytest.mark.parametrize("commit", ["../../../up", "", "a" * 65])
def test_a_commit_that_is_none_is_not_believed(
    library: Library, hub: HubServer, key: FileKey, commit: str
) -> None:
    hub.publish("v8", key.file, b"GGUF")
    hub.commits["v8"] = commit
    assert "no model hub" in refused(library, key).message


def test_two_pulls_at_once_download_once(
    library: Library, hub: HubServer, key: FileKey, content: bytes
) -> None:
    hub.publish("v8", key.file, content)
    hub.pace = 0.0005
    notices: list[str] = []
    results: list[str] = []

    def pull() -> None:
        results.append(library.pull(key, on_notice=notices.append).how)

    threads = [threading.Thread(target=pull) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["here", "pulled"]
    assert len(hub.downloads) == 1
    assert notices == ["another pull is running; waiting for it"]
