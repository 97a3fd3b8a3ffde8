"""Strict YAML: what is accepted, what is refused, and what plain words become."""

from __future__ import annotations

import contextlib
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tools.manifest.load import MAX_BYTES, ManifestError, load, load_all


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: &x 1", "anchor"),
        ("&x a: 1", "anchor"),
        ("a: *x", "anchor"),
        ("<<: {a: 1}", "anchor"),
        ("a: !!str 1", "tag"),
        ("!!python/object/apply:os.system a: 1", "tag"),
        ("a: 1\na: 2", "duplicate-key"),
        ("spec: {a: 1, 'a': 2}", "duplicate-key"),
        ("on: 1", "bad-key"),
        ("null: 1", "bad-key"),
        ("1.5: 1", "bad-key"),
        ("? [a]\n: 1", "bad-key"),
        ("a: {{ .Values.x }}", "bad-key"),
        ("a: .inf", "not-json"),
        ("a: 1e999", "not-json"),
        ('a: "\\ud800"', "not-json"),
        ("a: [", "yaml"),
        ("\ta: 1", "yaml"),
        ("a: \x00", "yaml"),
        ("a: " + "9" * 5000, "yaml"),
        ("a: " + "[" * 40 + "]" * 40, "too-deep"),
        ("- 1", "not-a-mapping"),
        ("plain", "not-a-mapping"),
        ("", "empty"),
        ("# only a comment\n---\n", "empty"),
        ("a: 1\n---\nb: 2", "many-documents"),
        ("a: " + "x" * MAX_BYTES, "too-large"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    with pytest.raises(ManifestError) as caught:
        load(text)
    assert caught.value.reason == reason
    assert caught.value.hint
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("m:\n  x: s\n   z: t", "indent line 3 by 2 spaces, as line 2"),
        ("m:\n  x: s\n\tz: t", "indent line 3 by 2 spaces, not with tabs"),
        ("m:\n\tx: t", "indent line 2 by 2 spaces, not with tabs"),
        ("a:\n  - b\n - c", "indent line 3 by 2 spaces, as line 2"),
        ("a:\n    b: 1\n\n  c: 2", "indent line 4 by 4 spaces, as line 2"),
        ("a: echo a: b", "quote the value in line 1"),
        ("a: 'x\nb: 1", "close the quote or bracket that is opened in line 1"),
        ("b: 0\na: [1, 2\nc: 3", "close the quote or bracket that is opened in line 2"),
        ("a: {b: 1", "close the quote or bracket that is opened in line 1"),
        ("a: @x", "put the value in line 1 in quotes"),
        ('a: "x" y', "put all of the value in line 1 in one pair of quotes"),
        ("kind: Pod\nspec\n  a: 1", "write `key: value` in line 2"),
        ("spec\nkind: Pod", "write `key: value` in line 1"),
        ("- a\nb: 1", "mend the indentation or quoting"),
    ],
)
def test_text_that_is_no_yaml_is_told_how_to_mend(text: str, hint: str) -> None:
    with pytest.raises(ManifestError) as caught:
        load(text)
    assert caught.value.reason == "yaml"
    assert f"line {text.count(chr(10)) + 1}, column " in caught.value.message
    assert hint in caught.value.hint
    indent = re.match(r"indent line (\d+) by (\d+)", caught.value.hint)
    if indent is not None:  # then it is mended by that
        lines = text.split("\n")
        at = int(indent[1]) - 1
        lines[at] = " " * int(indent[2]) + lines[at].strip()
        assert load("\n".join(lines))


def test_a_refusal_says_the_line() -> None:
    with pytest.raises(ManifestError) as caught:
        load("a: 1\nb:\n  c: 1\n  c: 2\n")
    assert caught.value.line == 4
    assert "line 4" in caught.value.message


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("n", False),
        ("True", True),
        ("~", None),
        ("0644", 420),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b101", 5),
        ("1_000", 1000),
        ("1e3", 1000),
        ("08", 8),
        ("1.5", 1.5),
        ("-7", -7),
        ("22:22", "22:22"),
        ("2024-01-01", "2024-01-01"),
        ("1.2.3", "1.2.3"),
        ('"yes"', "yes"),
        ("'0644'", "0644"),
        ("512Mi", "512Mi"),
        ("yEs", "yEs"),
        ("_1", "_1"),
        ("0o9", "0o9"),
    ],
)
def test_plain_words_are_what_kubectl_reads(word: str, value: object) -> None:
    found = load(f"a: {word}\n").value
    assert found == {"a": value}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(value)


def test_traps_are_remembered_with_their_spelling() -> None:
    document = load("spec:\n  name: on\n  mode: 0644\n  plain: true\n")
    assert document.traps[("spec", "name")].text == "on"
    assert document.traps[("spec", "mode")].value == 420
    assert ("spec", "plain") not in document.traps


def test_whole_numbers_are_keys_as_kubectl_takes_them() -> None:
    assert load("data:\n  8080: ns/svc:80\n").value == {"data": {"8080": "ns/svc:80"}}


def test_documents_know_their_lines() -> None:
    first, second = load_all("---\na:\n- x\n- c: 1\n---\n\nb: 2\n")
    assert first.line_of(("a", 1, "c")) == 4
    assert first.line_of(("a", 1, "not-there")) == 4
    assert second.line == 7


def _scalars() -> st.SearchStrategy[object]:
    return st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=12)


_JSON = st.recursive(
    _scalars(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=6), _JSON, min_size=1, max_size=3))
def test_json_reads_back_as_itself(value: dict[str, object]) -> None:
    """JSON is what kubectl sends; every JSON mapping must read as itself or be refused."""
    text = json.dumps(value)
    if "\\ud" in text:  # half a surrogate pair is refused, and a whole one is escaped as two
        return
    assert load(text).value == value


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,?~ \n\t01.eyn\\", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ManifestError):
        load(text)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="abc:- \n12[]{},", max_size=40))
def test_what_is_accepted_reads_alike_in_another_parser(text: str) -> None:
    """A second YAML library must not see other keys than we do: that is how checks are defeated."""
    try:
        ours = load(text).value
    except ManifestError:
        return
    theirs = YAML(typ="safe", pure=True).load(text)
    assert _texts(ours) == _texts(theirs)


def _texts(value: object) -> object:
    """Structure with every scalar as text, as the libraries differ on YAML 1.1 and 1.2 words."""
    if isinstance(value, dict):
        return {str(key): _texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item) for item in value]
    return "scalar"
