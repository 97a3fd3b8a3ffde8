from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.simulator.patching.fieldset import FieldSet, Path, spelled

STEPS = ("f:a", "f:b", 'k:{"name":"x"}', 'k:{"port":80,"protocol":"TCP"}', 'v:"x"', "i:0")
paths = st.sets(st.lists(st.sampled_from(STEPS), min_size=1, max_size=3).map(tuple), max_size=8)


def made(found: set[Path]) -> FieldSet:
    result = FieldSet()
    for path in found:
        result.insert(path)
    return result


@given(paths)
def test_fields_v1_reads_back(found: set[Path]) -> None:
    fields = made(found)
    assert set(fields.paths()) == found
    assert FieldSet.from_json(json.loads(json.dumps(fields.to_json()))) == fields
    assert bool(fields) == bool(found)


@given(paths, paths)
def test_the_algebra_is_that_of_sets(one: set[Path], other: set[Path]) -> None:
    assert set((made(one) | made(other)).paths()) == one | other
    assert set((made(one) & made(other)).paths()) == one & other
    assert set((made(one) - made(other)).paths()) == one - other


@given(paths, st.sampled_from(STEPS))
def test_whole_trees_can_go(found: set[Path], step: str) -> None:
    rest = made(found).without_trees(((step,),))
    assert set(rest.paths()) == {path for path in found if path[0] != step}


def test_the_servers_order() -> None:
    steps = ['v:"b"', 'k:{"p":443}', 'k:{"p":80}', "f:b", "f:a", 'k:{"p":"x"}', "i:1"]
    fields = made({(step,) for step in steps} | {("f:a", "f:c")})
    order = ["f:a", "f:b", 'k:{"p":80}', 'k:{"p":443}', 'k:{"p":"x"}', 'v:"b"', "i:1"]
    assert list(fields.to_json()) == order
    assert fields.to_json()["f:a"] == {".": {}, "f:c": {}}


def test_paths_as_messages_write_them() -> None:
    path = ("f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}', "f:name")
    assert spelled(path) == '.spec.ports[port=80,protocol="TCP"].name'
    assert spelled(("f:metadata", "f:finalizers", 'v:"a"')) == '.metadata.finalizers[="a"]'


@pytest.mark.parametrize("wrong", [[], "x", {"f:a": 3}, {"a": {}}, {"x:a": {}}])
def test_what_is_no_field_set(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"fieldsV1 is no object|is no step of a path"):
        FieldSet.from_json(wrong)
