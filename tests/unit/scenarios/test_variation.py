"""Variables: what seed 0 and other seeds give, near misses, placeholders."""

from __future__ import annotations

from base64 import b64decode
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sandbox.placeholders import TemplateError, render
from sandbox.surroundings import bystanders, nodes
from sandbox.variation import Variable, draw, near_miss
from sandbox.words import POOLS

WORDS = sorted({word for pool in ("env", "config-key", "service", "host") for word in POOLS[pool]})


def drawn(seed: int, taken: set[str] | None = None, **fields: Any) -> Any:
    variable = Variable.model_validate({"first": "x", **fields})
    return draw(variable, Random(seed), taken if taken is not None else set(), lambda v: v)


@given(st.sampled_from(WORDS), st.integers(0, 10**6))
def test_a_near_miss_is_near_and_another_word(word: str, seed: int) -> None:
    found = near_miss(word, Random(seed), set())
    assert found != word
    assert found.isupper() == word.isupper()
    assert abs(len(found) - len(word)) <= 8
    assert set(found.lower()) - set(word.lower()) <= set("defaultpsi-_ulnmr")


@given(st.integers(0, 10**6))
def test_words_of_a_pool_do_not_repeat(seed: int) -> None:
    taken: set[str] = set()
    found = [drawn(seed + number, taken, **{"from": "service"}) for number in range(10)]
    assert len(set(found)) == 10


def test_numbers_and_images() -> None:
    assert {drawn(seed, between=(1, 5), step=2) for seed in range(50)} == {1, 3, 5}
    found = drawn(7, image="api")
    assert found.partition(":")[0].split("/")[0]
    assert "/api:" in found


def test_certificates_are_the_same_at_every_seed() -> None:
    asked = {"host": "{{name}}", "begins": "2025-01-01", "ends": "2026-01-01"}
    variable = Variable.model_validate({"certificate": asked})
    found = draw(variable, Random(1), set(), lambda v: v)
    assert found == draw(variable, Random(2), set(), lambda v: v)
    assert b64decode(found["crt"]).startswith(b"-----BEGIN CERTIFICATE")
    other = Variable.model_validate({"certificate": asked | {"issue": "2"}})
    assert draw(other, Random(1), set(), lambda v: v)["key"] != found["key"]


def test_independent_of_order() -> None:
    assert drawn(3, choose=["a", "b", "c"]) == drawn(3, choose=["a", "b", "c"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"first": 1}, "exactly one of"),
        ({"first": 1, "choose": [1], "text": "x"}, "exactly one of"),
        ({"first": 1, "from": "colours"}, "no pool of words named 'colours'"),
        ({"choose": [1]}, "needs `first`"),
        ({"first": 1, "chose": [1]}, "Extra inputs"),
    ],
)
def test_mistakes_in_variables(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Variable.model_validate(fields)


VALUES = {"name": "a-b", "n": 3, "none": None, "list": ["x"], "deep": {"er": {"x": 1}}}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("x-{{name}}-{{ n }}", "x-a-b-3"),
        ("{{n}}", 3),
        ("{{list}}", ["x"]),
        ("{{deep.er.x}}", 1),
        ("{{name|env}}_HOST", "A_B_HOST"),
        ({"{{name}}": "{{n}}"}, {"a-b": 3}),
        ({"gone": "{{none}}", "kept": None}, {"kept": None}),
        (["{{name}}", 1, {"a": ["{{n}}"]}], ["a-b", 1, {"a": [3]}]),
        ("$(X) {x} {{}} ${{ x", "$(X) {x} {{}} ${{ x"),
    ],
)
def test_placeholders(template: Any, value: Any) -> None:
    assert render(template, VALUES) == value


@pytest.mark.parametrize("template", ["{{nope}}", "{{deep.nope}}", "{{name|nope}}", "{{n.x}}"])
def test_unknown_placeholders(template: str) -> None:
    with pytest.raises(TemplateError):
        render(template, VALUES)


@given(st.integers(0, 10**6))
def test_nodes_and_bystanders_are_distinct(seed: int) -> None:
    rng = Random(seed)
    names = [node["name"] for node in nodes(rng)]
    assert len(set(names)) == len(names)
    taken = {"audit-trail"}
    found, apps = bystanders(rng, 4, taken)
    keys = [(manifest["kind"], manifest["metadata"]["name"]) for _, manifest in found]
    assert len(set(keys)) == len(keys)
    assert not any(name == "audit-trail" for _, name in keys)
    assert len(apps) >= 4
    assert all(age >= 900 for age, _ in found)


def test_no_pool_has_a_recorded_word() -> None:
    from sandbox.scenario import ids, read

    recorded = {
        str(variable.first)
        for name in ids()
        for variable in read(name).vars.values()
        if isinstance(variable.first, str)
    }
    pooled = {word for words in POOLS.values() for word in words}
    assert pooled & recorded <= {"app", "api", "server", "web", "worker", "main"}
