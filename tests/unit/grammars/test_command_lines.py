"""The writer of command grammars: what can be said, what cannot, and that nothing in between is lost."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.grammar.command import Command, Option, line_grammar, options
from model.grammar.expression import Choice, Embedded, Maybe, Pattern, Sequence, Words, possible
from model.grammar.lark import Impossible
from model.protocol import Grammar
from tests.grammar_samples import Sampler, allows, matcher

NAMES = st.lists(st.from_regex(r"[a-z0-9]([a-z0-9./-]{0,8}[a-z0-9])?", fullmatch=True), min_size=1)


def _line(*commands: Command) -> Grammar:
    return line_grammar(commands)


def test_a_word_that_begins_another_is_not_swallowed() -> None:
    """A lexer that goes for the longest word must not lose `get nodes` to `get node NAME`."""
    nodes = Sequence(("get ", Words(("nodes", "networkpolicies", "node-x"))))
    node = Sequence(("get node ", Words(("n1", "nodes"))))
    logs = Sequence(("logs deployment/", Words(("web",))))
    pod = Sequence(("logs ", Words(("db-0", "deployment-1"))))
    found = matcher(_line(*(Command(start) for start in (nodes, node, logs, pod))))
    for line in (
        "get nodes",
        "get networkpolicies",
        "get node-x",
        "get node n1",
        "get node nodes",
        "logs deployment/web",
        "logs db-0",
        "logs deployment-1",
    ):
        assert allows(found, line), line
    for line in ("get node", "get node x", "logs web", "get  nodes", "get nodes "):
        assert not allows(found, line), line


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_every_name_of_every_list_can_be_said_and_no_other(lists: list[list[str]]) -> None:
    commands = [
        Command(Sequence((f"k{index} ", Words(tuple(names)), " -n x")))
        for index, names in enumerate(lists)
    ]
    found = matcher(_line(*commands))
    for index, names in enumerate(lists):
        assert all(allows(found, f"k{index} {name} -n x") for name in names)
        other = "-".join(names) + "-zzz"
        assert not allows(found, f"k{index} {other} -n x")


def test_options_keep_their_order_their_number_and_their_conflicts() -> None:
    tail = options(
        (
            Option("a", " --a", frozenset({"c"})),
            Option("b", Sequence((" --b=", Words(("1", "10"))))),
            Option("c", " --c"),
            Option("d", " --d"),
        )
    )
    found = matcher(_line(Command("x", tail, most=2)))
    for line in ("x", "x --a", "x --a --b=1", "x --b=10 --c", "x --c --d", "x --a --d"):
        assert allows(found, line), line
    for line in ("x --b=1 --a", "x --a --c", "x --a --b=1 --d", "x --a --a", "x --b=2", "x --b"):
        assert not allows(found, line), line


def test_required_options_always_stand_and_do_not_count() -> None:
    tail = options((Option("a", " --a"), Option("r", " --r", required=True), Option("z", " --z")))
    found = matcher(_line(Command("x", tail, most=1)))
    assert allows(found, "x --r")
    assert allows(found, "x --a --r")
    assert allows(found, "x --r --z")
    assert not allows(found, "x")
    assert not allows(found, "x --a --r --z")


def test_what_needs_an_empty_list_is_left_out() -> None:
    nothing: Words = Words(())
    assert not possible(Sequence(("get pod ", nothing)))
    assert not possible(Choice((nothing, Sequence((nothing, "x")))))
    tail = options((Option("c", Sequence((" -c ", nothing))), Option("p", " -p")))
    found = matcher(_line(Command(Sequence(("logs ", nothing))), Command("top", tail)))
    assert allows(found, "top -p")
    assert not allows(found, "top -c")
    with pytest.raises(Impossible):
        _line(Command(nothing))
    needed = options((Option("c", Sequence((" -c ", nothing)), required=True),))
    with pytest.raises(Impossible):
        _line(Command("top", needed))


def test_patterns_exceptions_and_documents() -> None:
    schema = '{"type":"object","properties":{"a":{"enum":[1,2]}},"additionalProperties":false}'
    found = matcher(
        _line(
            Command(Sequence(("env ", Pattern("[A-Z_]{1,9}", "LD_.*|PATH"), Maybe("=1")))),
            Command(Sequence(("patch '", Embedded(schema), "'"))),
        )
    )
    for line in ("env A", "env PATHS=1", "env LD", "patch '{}'", "patch '{\"a\":2}'"):
        assert allows(found, line), line
    for line in ("env PATH", "env LD_X=1", "env a", "patch '{\"a\":3}'"):
        assert not allows(found, line), line


def test_quotes_and_slashes_come_out_as_they_went_in() -> None:
    words = ("'jsonpath={.a[\"b\"]}'", "a/b", 'c"d', "e\\f")
    found = matcher(_line(Command(Sequence(("x ", Words(words), " ", Pattern("p/q?"))))))
    for word in words:
        assert allows(found, f"x {word} p/q")


def test_equal_data_gives_an_equal_text() -> None:
    def made() -> str:
        return _line(Command(Sequence(("get ", Words(("a", "b")))))).text

    assert made() == made()
    assert Sampler(_line(Command("a")), Random(1)).text() == "a"
