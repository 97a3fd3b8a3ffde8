"""Run folders: private, listed newest first, found by id, prefix and ending, and locked while used."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from agent.incident import Alert
from agent.request import Request
from agent.runs import RUN_ID, RunStore
from tests.reports import RUN_ID as REPORT_ID
from tests.reports import report
from tools.errors import ClusterError, UsageError


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "state")


def folders(store: RunStore, *names: str) -> None:
    for name in names:
        run = store.create(Request())
        target = run.path.with_name(name)
        run.path.rename(target)
        meta = (target / "meta.json").read_text().replace(run.run_id, name)
        (target / "meta.json").write_text(meta)


def test_a_new_run_is_private_and_holds_its_request(store: RunStore) -> None:
    request = Request(alerts=[Alert(labels={"alertname": "A"})], namespace="shop")
    run = store.create(request, title="A")
    assert RUN_ID.fullmatch(run.run_id)
    assert run.path.stat().st_mode & 0o777 == 0o700
    assert (run.path / "request.json").stat().st_mode & 0o777 == 0o600
    assert store.open(run.run_id).request() == request
    assert run.meta.title == "A"


def test_reading_a_store_creates_nothing(store: RunStore) -> None:
    assert store.ids() == []
    assert list(store.list()) == []
    with pytest.raises(UsageError, match="there are no runs"):
        store.open("latest")
    assert not store.folder.exists()


def test_lookup(store: RunStore) -> None:
    folders(store, "20261121-000000-aaaa", "20261123-000000-bbbb", "20261122-000000-cccc")
    assert store.ids()[0] == "20261123-000000-bbbb"
    assert [meta.run_id for meta in store.list()] == store.ids()
    assert store.open("latest").run_id == "20261123-000000-bbbb"
    assert store.open("20261122").run_id == "20261122-000000-cccc"
    assert store.open("aaaa").run_id == "20261121-000000-aaaa"
    with pytest.raises(UsageError, match="fits 3 runs"):
        store.open("2026")
    for wrong in ("", "zzzz", "../20261121-000000-aaaa", "20261121-000000-aaaa/.."):
        with pytest.raises(UsageError, match="there is no run"):
            store.open(wrong)


def test_report_is_kept_and_summed_up(store: RunStore) -> None:
    run = store.create(Request())
    with pytest.raises(UsageError, match="has no report"):
        run.report()
    with run.working():
        run.save_report(report())
    assert run.report() == report()
    assert run.report().run_id == REPORT_ID
    meta = run.meta
    assert (meta.status, meta.verdict, meta.cause) == (
        "finished",
        "root_cause",
        "config.env-missing",
    )
    assert meta.object == "Deployment/shop/cart"
    assert meta.duration_ms == 1234


def test_partial_report_leaves_the_run_resumable(store: RunStore) -> None:
    run = store.create(Request())
    seen = {}
    for reason in ("interrupted", "error", "budget_time"):
        run.save_report(report(stop_reason=reason, verdict="inconclusive", root_cause=None))
        seen[reason] = run.meta.status
    assert seen == {"interrupted": "interrupted", "error": "failed", "budget_time": "finished"}


def test_a_run_is_worked_on_by_one_process(store: RunStore) -> None:
    run = store.create(Request())
    with run.working():
        assert run.meta.status == "running"
        with (
            pytest.raises(UsageError, match="still being worked on"),
            store.open("latest").working(),
        ):
            pass
    with run.working():  # free again
        pass


def test_a_killed_run_reads_as_interrupted(store: RunStore) -> None:
    run = store.create(Request())
    child = os.fork()
    if child == 0:
        with run.working():
            os._exit(0)  # as a kill: nothing is cleaned up
    os.waitpid(child, 0)
    assert '"running"' in (run.path / "meta.json").read_text()
    assert run.meta.status == "interrupted"


def test_an_error_marks_the_run_failed(store: RunStore) -> None:
    run = store.create(Request())
    with pytest.raises(ClusterError), run.working():
        raise ClusterError("no route")
    assert run.meta.status == "failed"


def test_lock_is_not_inherited_state(store: RunStore) -> None:
    run = store.create(Request())
    assert not run.is_locked()
    descriptor = os.open(run.path / "lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert run.is_locked()
    os.close(descriptor)
    assert not run.is_locked()


def test_artefacts(store: RunStore) -> None:
    run = store.create(Request())
    assert run.save_artefact("m2", "two\n") == "artefacts/m2.txt"
    run.save_artefact("m10", "ten é \udcff\r\n")
    assert run.artefact("m10") == "ten é ?\r\n"
    with pytest.raises(UsageError) as error:
        run.artefact("../request")
    assert error.value.hint == "it has: m2, m10"
    for wrong in ("../x", "", "a/b", ".hidden"):
        with pytest.raises(ValueError, match="not a move id"):
            run.save_artefact(wrong, "")


def test_broken_files_are_clear_errors(store: RunStore) -> None:
    run = store.create(Request())
    (run.path / "report.json").write_text('{"schema": "magos.report/v9"}')
    with pytest.raises(UsageError, match=r"report\.json cannot be read"):
        run.report()
    (run.path / "meta.json").unlink()
    assert list(store.list()) == []


def test_unwritable_state_dir_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot create a run folder"):
        RunStore(tmp_path / "file").create(Request())
