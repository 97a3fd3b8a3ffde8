"""Spool: both ends, bounded, cut between lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tools.spool import Spool, whole_lines


def fed(data: bytes, cap: int, step: int) -> Spool:
    spool = Spool(cap)
    for start in range(0, len(data), step):
        spool.feed(data[start : start + step])
    return spool


@given(st.binary(max_size=2000), st.integers(4, 3000), st.integers(1, 700))
def test_what_fits_comes_back(data: bytes, cap: int, step: int) -> None:
    spool = fed(data, cap, step)
    if len(data) <= cap:
        assert spool.dropped == 0
        assert spool.text() == data.decode("utf-8", "replace")
    else:
        assert spool.dropped == len(data) - cap


@given(st.lists(st.integers(0, 10**9), min_size=50, max_size=400), st.integers(64, 1500))
def test_kept_lines_are_whole_lines(numbers: list[int], cap: int) -> None:
    lines = [f"line {number:010d}" for number in numbers]
    spool = fed("".join(f"{line}\n" for line in lines).encode(), cap, 97)
    kept = [line for line in spool.text().splitlines() if "left out" not in line]
    assert set(kept) <= set(lines)
    if spool.dropped:
        assert spool.text().count("bytes left out") == 1


def test_marker_counts_what_is_missing() -> None:
    text = "".join(f"{i:03d}\n" for i in range(1000))
    spool = fed(text.encode(), 400, 64)
    shown = spool.text()
    missing = int(shown.split("[... ")[1].split(" ")[0])
    marker = next(line for line in shown.splitlines() if "left out" in line) + "\n"
    assert len(shown) - len(marker) + missing == len(text)


def test_one_endless_line_is_cut_between_words() -> None:
    spool = fed(b"word " * 10_000, 4000, 1000)
    words = spool.text().replace("\n", " ").split()
    assert {word for word in words if word.isalpha()} <= {"word", "bytes", "left", "out"}


def test_whole_lines() -> None:
    assert whole_lines(b"a\nb\nhalf") == b"a\nb\n"
    assert whole_lines(b"one half") == b"one"
    assert whole_lines(b"x" * 9000) == b"x" * (9000 - 8192)
