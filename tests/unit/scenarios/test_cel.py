"""CEL over plain data: values, missing keys, errors that a person must mend."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cel import ExpressionError, check, evaluate, holds
from tools.errors import UsageError

DATA: dict[str, Any] = {
    "it": {"pod": {"phase": "Running"}, "n": 3, "none": None, "a.b": 1},
    "facts": [{"name": "x", "value": 1}, {"name": "y"}],
}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("it.pod.phase == 'Running'", True),
        ("it.n > 2 && it.n < 2.5 + 1.0", True),
        ("it.none == null", True),
        ("it['a.b']", 1),
        ("it.pod", {"phase": "Running"}),
        ("facts.map(f, f.name)", ["x", "y"]),
        ("facts.exists(f, f.value == 1)", True),
        ("it[?'nope'].orValue('d')", "d"),
        ("it.?pod.?nope.orValue('d')", "d"),
        ("'Ab'.lowerAscii()", "ab"),
        ("has(it.pod.phase)", True),
        ("true || it.nope", True),
        ("it.nope || true", True),
    ],
)
def test_values(expression: str, value: object) -> None:
    assert evaluate(expression, DATA) == value


@pytest.mark.parametrize(
    "expression",
    [
        "it.nope",
        "it.nope.more == 1",
        "!it.nope",
        "has(it.nope.more)",
        "it.pod.phase > 3",
        "facts.exists(f, f.value == 2)",
        "facts.all(f, f.value == 1)",
        "facts[9].name == 'x'",
        "it.pod.phase.matches('(')",
    ],
)
def test_what_is_missing_is_not_confirmed(expression: str) -> None:
    assert evaluate(expression, DATA) is None
    assert not holds(expression, DATA)


def test_only_true_holds() -> None:
    assert holds("it.n == 3", DATA)
    assert not holds("it.n", DATA)


@pytest.mark.parametrize("expression", ["it ==", "facts.(", "unknown == 1", "", "it.n = 3"])
def test_what_does_not_compile_is_one_line(expression: str) -> None:
    with pytest.raises(ExpressionError) as raised:
        evaluate(expression, DATA)
    assert isinstance(raised.value, UsageError)
    assert "\n" not in raised.value.message
    assert raised.value.hint == "variables are: facts, it"


def test_check_compiles_without_data() -> None:
    check("it.whatever == 1", ("it",))
    with pytest.raises(ExpressionError):
        check("other == 1", ("it",))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON)
def test_no_data_breaks_it(value: Any) -> None:
    assert evaluate("it == it || true", {"it": value}) in (True, None)
