"""Where an item of a list stands: the index says the same as going through the list."""

from __future__ import annotations

import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.simulator.patching.order import Positions, arranged, same

scalars = st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.sampled_from(["a", "1"]))
values = st.one_of(scalars, st.lists(scalars, max_size=2))
items = st.one_of(values, st.dictionaries(st.sampled_from(["name", "x"]), values, max_size=2))


@settings(deadline=None)
@given(st.lists(items, max_size=8), items, st.sampled_from(["", "name"]))
def test_the_index_finds_what_comparing_finds(stored: list[Any], wanted: Any, key: str) -> None:
    compared = (at for at, item in enumerate(stored) if same(item, wanted, key))

    assert Positions(stored, key).of(wanted) == next(compared, -1)


def test_long_lists_are_arranged_in_time() -> None:
    """A list of many thousand entries must not keep the server's other clients waiting."""
    entries = [{"name": f"v{number}"} for number in range(20_000)]
    began = time.monotonic()

    found = arranged(entries, entries[::-1], entries, "name")

    assert found[0] == {"name": "v19999"}
    assert time.monotonic() - began < 5
