"""Custom resources by the schema of their definition."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from sandbox.simulator.resources import Resource
from sandbox.simulator.validation import check

WIDGET = Resource(
    group="example.com",
    version="v1",
    kind="Widget",
    plural="widgets",
    singular="widget",
    custom=True,
    schema={
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "required": ["size"],
                "properties": {
                    "size": {"type": "integer", "minimum": 1},
                    "mode": {"type": "string", "enum": ["a", "b"]},
                    "name": {"type": "string", "pattern": "^x", "minLength": 2},
                },
                "x-kubernetes-validations": [
                    {"rule": "self.size <= 9", "message": "too big"},
                    {"rule": "self.size >= oldSelf.size"},
                ],
            }
        },
    },
)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            {"size": "s"},
            (
                'spec.size: Invalid value: "string": spec.size in body must be of type integer: '
                '"string"'
            ),
        ),
        ({}, "spec.size: Required value"),
        (
            {"size": 0},
            "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1",
        ),
        ({"size": 1, "mode": "c"}, 'spec.mode: Unsupported value: "c": supported values: "a", "b"'),
        (
            {"size": 1, "name": "yy"},
            "spec.name: Invalid value: \"yy\": spec.name in body should match '^x'",
        ),
        (
            {"size": 1, "name": "x"},
            'spec.name: Invalid value: "x": spec.name in body should be at least 2 chars long',
        ),
        ({"size": 10}, 'spec: Invalid value: "object": too big'),
        ({"size": 3}, 'spec: Invalid value: "object": failed rule: self.size >= oldSelf.size'),
        ({"size": 5}, None),
    ],
)
def test_a_custom_resource_by_its_schema(spec: Any, said: str) -> None:
    def widget(spec: Any) -> Any:
        return {
            "apiVersion": "example.com/v1",
            "kind": "Widget",
            "metadata": {"name": "w", "namespace": "default"},
            "spec": spec,
        }

    found = [str(problem) for problem in check(WIDGET, widget(spec), widget({"size": 4}))]
    assert found == ([said] if said else [])


def test_a_pattern_takes_linear_time() -> None:
    """A definition's author must not be able to stop the server with nested repetitions."""
    pattern = {"type": "object", "properties": {"s": {"type": "string", "pattern": "^(a+)+$"}}}
    row = replace(WIDGET, schema={"type": "object", "properties": {"spec": pattern}})
    began = time.monotonic()

    obj = {"metadata": {"name": "w"}, "spec": {"s": "a" * 60 + "b"}}

    assert "spec.s" in [problem.field for problem in check(row, obj, None)]
    assert time.monotonic() - began < 2
