"""JSON as a model writes it comes out as YAML that kubectl reads as the same document."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.grammar.render import RepeatedKey, Unreadable, render_yaml
from tools.manifest.load import load

TEXTS = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
    st.sampled_from(
        ["y", "N", "on", "OFF", "~", "null", "1e3", "0o17", "1_000", "12:30:00", "-", "? a", "#x"]
    ),
    st.sampled_from(
        ["2001-01-01", ".5", "+1", "0x1F", "=", "<<", "!a", "&a", "*a", "a: b", "a #b", ""]
    ),
)
VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(-(10**9), 10**9), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(TEXTS.filter(bool), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.from_regex("[a-z]{1,8}", fullmatch=True), VALUES, min_size=1, max_size=4))
def test_yaml_reads_back_as_the_same_document(document: dict[str, object]) -> None:
    assert load(render_yaml(json.dumps(document))).value == document


def test_order_and_plain_words_stay_readable() -> None:
    text = render_yaml(
        '{"kind":"Deployment","apiVersion":"apps/v1","spec":{"replicas":2,"paused":false}}'
    )
    assert text == "kind: Deployment\napiVersion: apps/v1\nspec:\n  replicas: 2\n  paused: false\n"


@pytest.mark.parametrize("text", ["", "[]", '"a"', "{", "null", '{"a":1}x'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        render_yaml(text)


def test_a_key_that_stands_twice_is_refused() -> None:
    with pytest.raises(RepeatedKey, match="the key b stands twice"):
        render_yaml('{"a":{"b":1,"b":2}}')


@pytest.mark.parametrize(
    "text", ['{"a":' + "1" * 5000 + "}", '{"a":' * 600 + "1" + "}" * 600], ids=["digits", "depth"]
)
def test_what_cannot_be_written_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        render_yaml(text)
