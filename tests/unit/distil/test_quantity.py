"""Quantities in bytes and millicores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from tools.distil.quantity import amount, millicores, whole_bytes


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("0", 0),
        ("128Mi", 128 * 2**20),
        ("1.5Gi", 1536 * 2**20),
        ("1G", 10**9),
        ("500k", 500_000),
        ("1e3", 1000),
        ("1E3", 1000),
        ("1E", 10**18),
        ("1Ei", 2**60),
        ("128974848", 128974848),
        ("128974848000m", 128974848),
        ("1m", 1),
        (".5Ki", 512),
        ("5.", 5),
        (1024, 1024),
        (" 1Ki ", 1024),
        ("-1Ki", -1024),
        ("1e999", 2**63 - 1),
        ("9" * 31, 2**63 - 1),
    ],
)
def test_bytes(written: JsonValue, size: int) -> None:
    assert whole_bytes(written) == size


@pytest.mark.parametrize(
    ("written", "cpu"),
    [
        ("1", 1000),
        ("250m", 250),
        ("0.1", 100),
        ("1500000n", 2),
        ("3u", 1),
        ("2k", 2_000_000),
        (2, 2000),
        (0.5, 500),
    ],
)
def test_millicores(written: JsonValue, cpu: int) -> None:
    assert millicores(written) == cpu


@pytest.mark.parametrize(
    "written",
    [
        "",
        "abc",
        "1KB",
        "1 Gi",
        "1e9999999999",
        "--1",
        "1.2.3",
        "9" * 5000,
        "Gi",
        None,
        True,
        [],
        {},
        float("nan"),
        "٣",
    ],
)
def test_no_quantity(written: JsonValue) -> None:
    assert amount(written) is None
    assert whole_bytes(written) is None
    assert millicores(written) is None


@given(st.integers(0, 2**63 - 1), st.sampled_from(["", "Ki", "Mi", "k", "m", "n"]))
def test_rounds_up_by_less_than_one(number: int, suffix: str) -> None:
    exact, size = amount(f"{number}{suffix}"), whole_bytes(f"{number}{suffix}")
    assert exact is not None
    assert size is not None
    assert 0 <= size - exact < 1


@given(st.text(max_size=12) | st.floats() | st.integers())
def test_never_raises(written: JsonValue) -> None:
    millicores(written)
    whole_bytes(written)
