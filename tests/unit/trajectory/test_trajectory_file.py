"""The trajectory: appended, flushed, continued after a kill, readable with a cut last line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.trajectory import EVENT_TYPES, SCHEMA, Event, Trajectory, read
from tools.errors import UsageError

RUN = "20261123-034512-k7q2"


def test_records_have_the_contract_keys(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with Trajectory(path, RUN) as trajectory:
        trajectory.write("plan", {"objective": "read the log"})
    record = json.loads(path.read_text())
    assert list(record) == ["schema", "run_id", "seq", "ts", "type", "data"]
    assert record["schema"] == SCHEMA
    assert record["seq"] == 1
    assert record["ts"].endswith("Z")
    assert path.stat().st_mode & 0o777 == 0o600


def test_each_record_is_on_disk_before_write_returns(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    trajectory = Trajectory(path, RUN, lambda event: seen.append(len(path.read_bytes())))
    seen: list[int] = []
    trajectory.write("plan", {})
    trajectory.write("end", {})
    assert seen == [len(path.read_bytes().split(b"\n")[0]) + 1, len(path.read_bytes())]
    trajectory.close()


def test_seq_goes_on_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    for _ in range(3):
        with Trajectory(path, RUN) as trajectory:
            trajectory.write("plan", {})
    assert [event.seq for event in read(path)] == [1, 2, 3]


@pytest.mark.parametrize("cut", range(1, 120, 7))
def test_a_cut_last_line_is_tolerated_and_mended(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "t.jsonl"
    with Trajectory(path, RUN) as trajectory:
        trajectory.write("plan", {"n": 1})
        trajectory.write("observation", {"text": "é" * 40})
    path.write_bytes(path.read_bytes()[:-cut])
    assert read(path)[0].seq == 1
    with Trajectory(path, RUN) as trajectory:
        again = trajectory.write("end", {})
    assert [event.type for event in read(path)][-1] == "end"
    assert again.seq == len(read(path))


def test_a_broken_line_in_the_middle_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with Trajectory(path, RUN) as trajectory:
        trajectory.write("plan", {})
        trajectory.write("end", {})
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(UsageError, match=r"t\.jsonl:1"):
        read(path)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the trajectory"):
        read(tmp_path / "none.jsonl")


def test_text_that_is_no_utf8_does_not_end_a_run(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with Trajectory(path, RUN) as trajectory:
        trajectory.write("incident", {"question": "a\udcffb", "line": "x\u2028y\nz"})
    assert read(path)[0].data == {"question": "a?b", "line": "x\u2028y\nz"}


def test_unknown_types_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        Event(run_id=RUN, seq=1, ts="", type="guess")
    assert len(EVENT_TYPES) == 13


def test_threads_do_not_mix_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with Trajectory(path, RUN) as trajectory:
        threads = [
            threading.Thread(
                target=lambda: [trajectory.write("fact", {"x": "y" * 500}) for _ in range(50)]
            )
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [event.seq for event in read(path)] == list(range(1, 201))


def test_kill_9_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    program = (
        "import os, pathlib, sys\n"
        "from agent.trajectory import Trajectory\n"
        f"t = Trajectory(pathlib.Path(sys.argv[1]), {RUN!r})\n"
        "t.write('plan', {'n': 1}); t.write('plan', {'n': 2})\n"
        "os.kill(os.getpid(), 9)\n"
    )
    here = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env={**os.environ, "PYTHONPATH": str(here)},
        check=False,
        timeout=30,
    )
    assert done.returncode == -9
    assert [event.data["n"] for event in read(path)] == [1, 2]
