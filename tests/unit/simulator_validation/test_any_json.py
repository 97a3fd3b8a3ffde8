"""Whatever a client sends, the answer is a refusal in the server's words and never a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox import scenario
from sandbox.simulator.defaults import applied, defaulted
from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.resources import BY_KIND, RESOURCES, Resource
from sandbox.simulator.validation import check, gotypes, invalid, strict
from sandbox.simulator.validation.check import CREATE

WORDS = st.sampled_from(["a", "", "Always", "None", "10%", "1Gi", "x/y", "-", "*", "80", "\ud800"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.text(max_size=5)
)
ANY = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)
ROWS = [row for row in RESOURCES if row.kind in CREATE]
PROFILE = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

CUSTOM = Resource(
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
                    "size": {"type": "integer", "minimum": 1, "maximum": 9},
                    "name": {"type": "string", "pattern": "^a", "maxLength": 3},
                    "list": {"type": "array", "items": {"type": "string"}, "maxItems": 1},
                },
                "x-kubernetes-validations": [{"rule": "self.size < 5", "message": "too big"}],
            }
        },
    },
)


@st.composite
def shaped(draw: st.DrawFn, kind: Any, depth: int = 0) -> Any:
    """JSON that mostly follows a Go type, so that the rules behind the decoder are reached."""
    if depth > 7 or draw(st.integers(0, 19)) == 0:
        return draw(SCALARS)
    match kind.shape:
        case "struct":
            names = sorted(kind.fields)
            chosen = draw(st.lists(st.sampled_from(names), max_size=6)) if names else []
            if "spec" in names and depth == 0:
                chosen = [*chosen, "spec"]
            return {name: draw(shaped(kind.fields[name], depth + 1)) for name in chosen}
        case "list":
            return [draw(shaped(kind.item, depth + 1)) for _ in range(draw(st.integers(0, 2)))]
        case "map":
            return {draw(WORDS): draw(shaped(kind.item, depth + 1))}
        case "int32" | "int64":
            return draw(st.integers(-3, 70000))
        case "bool":
            return draw(st.booleans())
        case "string" | "bytes":
            return draw(WORDS)
        case "quantity":
            return draw(st.sampled_from(["1", "-1", "500m", "1Gi", "0"]))
        case "intorstring":
            return draw(st.sampled_from([0, 1, 80, "50%", "http", "150%"]))
        case "time" | "microtime":
            return "2026-01-02T03:04:05Z"
    return draw(ANY)


def taken(row: Resource, body: Any, old: Any = None) -> Any:
    """The write path's first steps; only an ApiFailure may come out."""
    try:
        decoded = strict(row, body, "Ignore")
    except ApiFailure:
        return None
    obj = defaulted(decoded.obj)
    problems = check(row, obj, old)
    json.dumps([problem._asdict() for problem in problems])
    if problems:
        assert invalid(row, "x", problems).code == 422
    return obj


@PROFILE
@given(st.sampled_from([*ROWS, CUSTOM]), ANY)
def test_arbitrary_json(row: Resource, body: Any) -> None:
    taken(row, body)


@PROFILE
@given(st.data())
def test_json_in_the_shape_of_a_kind(data: Any) -> None:
    row = data.draw(st.sampled_from(ROWS))
    kind = gotypes.type_of(row.group, row.version, row.kind)
    old = taken(row, data.draw(shaped(kind)))
    taken(row, data.draw(shaped(kind)), old)


@PROFILE
@given(st.sampled_from(ROWS), ANY, ANY)
def test_rules_stand_objects_that_were_never_decoded(row: Resource, new: Any, old: Any) -> None:
    if isinstance(new, dict) and isinstance(old, dict):
        check(row, new, None)
        check(row, new, old)
        check(row, {"metadata": new, "spec": old}, {"spec": new})


@PROFILE
@given(ANY)
def test_the_rules_of_a_custom_resource(spec: Any) -> None:
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}}
    taken(CUSTOM, {**body, "spec": spec}, {**body, "spec": {"size": 1}})


def manifests(seed: int) -> Any:
    for id in scenario.ids():
        instance = scenario.load(id, seed)
        for obj in [*instance.objects, *(n.manifest for n in instance.neighbours)]:
            yield id, instance.namespace, obj


@pytest.mark.parametrize("seed", [0, 1, 9001])
def test_the_manifests_of_all_scenarios_are_fine(seed: int) -> None:
    for id, namespace, manifest in manifests(seed):
        row = BY_KIND[(manifest["apiVersion"], manifest["kind"])]
        where = manifest.get("metadata", {}).get("namespace", namespace)
        obj = applied(manifest, where if row.namespaced else None)
        decoded = strict(row, obj, "Strict").obj
        new = defaulted(decoded)
        told = (id, manifest["kind"], manifest["metadata"]["name"])
        assert (told, check(row, new, None)) == (told, [])
        assert (told, check(row, new, new)) == (told, [])
        assert defaulted(new) == new, told
