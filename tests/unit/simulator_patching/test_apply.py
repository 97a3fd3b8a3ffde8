from __future__ import annotations

import copy
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.patching.apply import applied
from sandbox.simulator.patching.combine import combined, without_nulls
from sandbox.simulator.patching.elements import form
from sandbox.simulator.patching.managed import updated
from sandbox.simulator.patching.schema import Node, root
from sandbox.simulator.resources import BY_KIND, Resource
from tests import patch_cases

NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
WIDGET = Resource("shop.example", "v1", "Widget", "widgets", "widget", custom=True)


def apply(
    live: dict[str, Any] | None, config: dict[str, Any], manager: str = "one", **more: Any
) -> dict[str, Any]:
    row = BY_KIND.get((config["apiVersion"], config["kind"]), WIDGET)
    options = {"force": False, "now": NOW, **more}
    return applied(live, config, manager=manager, row=row, **options)


def refused(live: dict[str, Any] | None, config: dict[str, Any], **more: Any) -> ApiFailure:
    with pytest.raises(ApiFailure) as caught:
        apply(live, config, **more)
    return caught.value


def deployment(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": spec,
    }


def containers(*items: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"containers": list(items)}}


def config_map(**data: str) -> dict[str, Any]:
    obj = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    return {**obj, "data": data} if data else obj


def entries(obj: dict[str, Any]) -> dict[str, Any]:
    found = obj["metadata"].get("managedFields", [])
    return {entry["manager"]: entry["fieldsV1"] for entry in found}


def test_a_creation_owns_what_it_says() -> None:
    app = {"name": "app", "image": "a", "ports": [{"containerPort": 80}]}
    result = apply(None, deployment(replicas=2, template=containers(app)))
    assert result["metadata"]["managedFields"] == [
        {
            "manager": "one",
            "operation": "Apply",
            "apiVersion": "apps/v1",
            "time": NOW,
            "fieldsType": "FieldsV1",
            "fieldsV1": {
                "f:spec": {
                    "f:replicas": {},
                    "f:template": {
                        "f:spec": {
                            "f:containers": {
                                'k:{"name":"app"}': {
                                    ".": {},
                                    "f:image": {},
                                    "f:name": {},
                                    "f:ports": {
                                        'k:{"containerPort":80,"protocol":"TCP"}': {
                                            ".": {},
                                            "f:containerPort": {},
                                        }
                                    },
                                }
                            }
                        }
                    },
                }
            },
        }
    ]


def test_one_conflict() -> None:
    live = updated(
        None,
        deployment(replicas=1),
        manager="kubectl-client-side-apply",
        operation="Update",
        now=NOW,
    )
    failure = refused(live, deployment(replicas=2))
    assert (failure.code, failure.reason) == (409, "Conflict")
    assert failure.message == (
        "Apply failed with 1 conflict: conflict with "
        '"kubectl-client-side-apply" using apps/v1: .spec.replicas'
    )
    assert failure.details == {
        "causes": [
            {
                "reason": "FieldManagerConflict",
                "message": 'conflict with "kubectl-client-side-apply" using apps/v1',
                "field": ".spec.replicas",
            }
        ]
    }


def test_several_conflicts() -> None:
    app = {"name": "app", "image": "a"}
    live = apply(None, deployment(replicas=1, template=containers(app)), "first")
    live = updated(
        live, {**live, "status": {"replicas": 1}}, manager="hpa", operation="Update", now=NOW,
        sub="status",
    )  # fmt: skip
    new = copy.deepcopy(live)
    new["spec"]["paused"] = True
    live = updated(live, new, manager="second", operation="Update", now=NOW)
    other = {"name": "app", "image": "b"}
    failure = refused(live, deployment(replicas=2, paused=False, template=containers(other)))
    assert failure.message == (
        "Apply failed with 3 conflicts: "
        'conflicts with "first":\n- .spec.replicas\n'
        '- .spec.template.spec.containers[name="app"].image\n'
        'conflicts with "second" using apps/v1:\n- .spec.paused'
    )


def test_conflicts_name_the_subresource() -> None:
    live = updated(None, deployment(), manager="m", operation="Update", now=NOW)
    scaled = {**live, "spec": {"replicas": 3}}
    live = apply(None, deployment(paused=True))
    live = updated(
        live, {**live, "spec": {**live["spec"], **scaled["spec"]}}, manager="hpa",
        operation="Update", now=NOW, sub="scale",
    )  # fmt: skip
    assert refused(live, deployment(replicas=2)).message == (
        "Apply failed with 1 conflict: conflict with "
        '"hpa" with subresource "scale" using apps/v1: .spec.replicas'
    )


def test_force_takes_over() -> None:
    live = apply(None, config_map(a="1", b="1"), "one")
    result = apply(live, config_map(a="2"), "two", force=True, now=LATER)
    assert result["data"] == {"a": "2", "b": "1"}
    assert entries(result) == {"one": {"f:data": {"f:b": {}}}, "two": {"f:data": {"f:a": {}}}}


def test_equal_values_are_shared_and_survive_one_owner() -> None:
    live = apply(None, config_map(a="1"), "one")
    live = apply(live, config_map(a="1"), "two")
    assert entries(live) == {"one": {"f:data": {"f:a": {}}}, "two": {"f:data": {"f:a": {}}}}
    live = apply(live, config_map(), "one")
    assert live["data"] == {"a": "1"}
    live = apply(live, config_map(b="2"), "two")
    assert live["data"] == {"b": "2"}


def test_what_is_no_longer_applied_is_removed_with_its_list_item() -> None:
    app, side = {"name": "app", "image": "a"}, {"name": "side", "image": "s"}
    live = apply(None, deployment(replicas=2, template=containers(app, side)))
    result = apply(live, deployment(template=containers(side)))
    assert result["spec"] == {"template": containers(side)}
    assert result["metadata"]["name"] == "web"


def test_an_item_that_somebody_else_added_to_stays() -> None:
    app, side = {"name": "app", "image": "a"}, {"name": "side", "image": "s"}
    live = apply(None, deployment(template=containers(app, side)))
    limited = {"name": "side", "resources": {"limits": {"cpu": "1"}}}
    live = apply(live, deployment(template=containers(limited)), "two")
    result = apply(live, deployment(template=containers(app)))
    assert result["spec"]["template"] == containers(app, limited)


def test_the_configurations_order_wins() -> None:
    a, b, c, d = ({"name": name, "image": name} for name in "abcd")
    live = apply(None, deployment(template=containers(a, b, c)))
    live = apply(live, deployment(template=containers(d)), "two")
    result = apply(live, deployment(template=containers(c, a, b)))
    names = [one["name"] for one in result["spec"]["template"]["spec"]["containers"]]
    assert names == ["c", "d", "a", "b"]  # d, which nobody moved, stays behind c


def test_the_first_apply_to_an_unmanaged_object() -> None:
    live = config_map(a="1", b="1")
    result = apply(live, config_map(a="1"))
    assert entries(result) == {
        "before-first-apply": {"f:data": {".": {}, "f:a": {}, "f:b": {}}},
        "one": {"f:data": {"f:a": {}}},
    }
    message = refused(live, config_map(a="2")).message
    assert message.startswith(
        'Apply failed with 1 conflict: conflict with "before-first-apply" using v1'
    )


def test_kubectl_takes_over_what_client_side_apply_made() -> None:
    made = config_map(a="1", b="1")
    text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"1"}}'
    made["metadata"]["annotations"] = {LAST_APPLIED: text}
    live = updated(None, made, manager="kubectl-client-side-apply", operation="Update", now=NOW)
    result = apply(live, config_map(a="2"), "kubectl")
    assert result["data"] == {"a": "2", "b": "1"}
    assert result["metadata"]["annotations"][LAST_APPLIED] == (
        '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"x"}}\n'
    )
    assert refused(live, config_map(b="2"), manager="kubectl").code == 409
    assert refused(live, config_map(a="2"), manager="other").code == 409


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (
            {**config_map(), "metadata": {"name": "x", "managedFields": []}},
            "metadata.managedFields must be nil",
        ),
        ({**config_map(), "kind": "Secret"}, "invalid object type: /v1, Kind=Secret"),
        (
            deployment(replicaz=1),
            "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): "
            ".spec.replicaz: field not declared in schema",
        ),
        (
            deployment(template=containers({"image": "x"})),
            "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): "
            ".spec.template.spec.containers: element 0: associative list with keys has an "
            'element that omits key field "name" (and doesn\'t have default value)',
        ),
        (
            deployment(template=containers({"name": "x"}, {"name": "x"})),
            "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): "
            '.spec.template.spec.containers: duplicate entries for key [name="x"]',
        ),
        (
            deployment(replicas="two"),
            "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): "
            ".spec.replicas: expected numeric (int or float), got string",
        ),
        (
            config_map(a=1),  # type: ignore[arg-type]  # the mistake under test
            "failed to create typed patch object (/x; /v1, Kind=ConfigMap): "
            ".data.a: expected string, got &value.valueUnstructured{Value:1}",
        ),
    ],
)
def test_configurations_that_cannot_be_applied(config: dict[str, Any], said: str) -> None:
    row = BY_KIND[("apps/v1", "Deployment")]
    if config["kind"] != "Deployment":
        row = BY_KIND[("v1", "ConfigMap")]
    with pytest.raises(ApiFailure) as caught:
        applied(None, config, manager="m", force=False, row=row, now=NOW)
    assert (caught.value.code, caught.value.message) == (400, said)


def test_status_is_not_for_an_ordinary_apply() -> None:
    result = apply(None, {**deployment(replicas=1), "status": {"replicas": 1}})
    assert "status" not in result
    assert entries(result) == {"one": {"f:spec": {"f:replicas": {}}}}
    status = {**deployment(replicas=9), "status": {"replicas": 1}}
    result = apply(result, status, "two", sub="status")
    assert result["spec"] == {"replicas": 1}
    assert entries(result)["two"] == {"f:status": {"f:replicas": {}}}


def test_custom_resources_without_a_schema() -> None:
    widget = {"apiVersion": "shop.example/v1", "kind": "Widget", "metadata": {"name": "x"}}
    live = apply(None, {**widget, "spec": {"size": 1, "parts": ["a"]}})
    result = apply(live, {**widget, "spec": {"parts": ["b"]}})
    assert result["spec"] == {"parts": ["b"]}


seeds = st.integers(0, 10**9)


def random_config(seed: int) -> dict[str, Any]:
    rng = Random(seed)
    config: dict[str, Any] = without_nulls(patch_cases.live(rng, *patch_cases.kind(rng), "x"))
    return config


def node_of(obj: dict[str, Any]) -> Node:
    return root(BY_KIND[(obj["apiVersion"], obj["kind"])])


@given(seeds)
def test_applying_twice_is_applying_once(seed: int) -> None:
    config = random_config(seed)
    once = apply(None, config)
    before = copy.deepcopy(once)
    assert apply(once, config, now=LATER) == once
    assert once == before


@given(seeds)
def test_disjoint_fields_never_conflict(seed: int) -> None:
    config = random_config(seed)
    identity = {key: config[key] for key in ("apiVersion", "kind")}
    name = {"name": "x"}
    left, right = parted(config, node_of(config), Random(seed))
    left = {**left, **identity, "metadata": {**left.get("metadata", {}), **name}}
    right = {**right, **identity, "metadata": {**right.get("metadata", {}), **name}}
    live = apply(apply(None, left, "left"), right, "right")
    again = apply(live, left, "left", now=LATER)
    assert again == live
    assert combined(live, config, node_of(config)) == live


def parted(value: dict[str, Any], node: Node, rng: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two maps that share no field."""
    sides: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for key, inner in value.items():
        below = node.child(key)
        if isinstance(inner, dict) and form(below, inner) == "map":
            for side, part in zip(sides, parted(inner, below, rng), strict=True):
                if part:
                    side[key] = part
        else:
            rng.choice(sides)[key] = inner
    return sides


@given(seeds, seeds)
def test_a_forced_apply_wins(first: int, second: int) -> None:
    config = random_config(first)
    rng = Random(second)
    other = without_nulls(patch_cases.live(rng, config["apiVersion"], config["kind"], "x"))
    live = apply(None, config, "one")
    result = apply(live, other, "two", force=True)
    assert combined(result, other, node_of(config)) == result
    # What it took is its own now: doing it again needs no force.
    assert apply(result, other, "two", now=LATER) == result


WORDS = ("metadata", "name", "labels", "spec", "template", "containers", "ports", "managedFields")
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "x", "{"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(WORDS), values), seeds)
def test_any_json_is_applied_or_refused(config: dict[str, Any], seed: int) -> None:
    rng = Random(seed)
    live = without_nulls(patch_cases.live(rng, "apps/v1", "Deployment", "web"))
    config = {**config, "apiVersion": "apps/v1", "kind": "Deployment"}
    code = 200
    for start in (None, live):
        try:
            result = apply(start, config)
            assert apply(result, config, now=LATER) == result
        except ApiFailure as failure:
            code = failure.code
        assert code in (200, 400, 409)


data = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2"]))
applies = st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), data, st.booleans()))


@given(applies)
def test_a_flat_object_does_as_the_model(steps: list[tuple[str, dict[str, str], bool]]) -> None:
    live: dict[str, Any] | None = None
    values: dict[str, str] = {}
    owners: dict[str, set[str]] = {}
    for manager, config, force in steps:
        differing = sorted(
            (other, key)
            for key, value in config.items()
            for other, own in owners.items()
            if other != manager and key in own and values[key] != value
        )
        if differing and not force:
            assert live is not None
            failure = refused(live, config_map(**config), manager=manager)
            causes = (failure.details or {})["causes"]
            named = sorted((one["message"].split('"')[1], one["field"]) for one in causes)
            assert named == [(other, f".data.{key}") for other, key in differing]
            continue
        live = apply(live, config_map(**config), manager, force=force)
        for other, key in differing:
            owners[other].discard(key)
        dropped = owners.get(manager, set()) - config.keys()
        owners[manager] = set(config)
        values.update(config)
        for key in dropped:
            if not any(key in own for own in owners.values()):
                del values[key]
        assert live.get("data", {}) == values
        owned = {
            name: {key[2:] for key in fields.get("f:data", {}) if key != "."}
            for name, fields in entries(live).items()
        }
        assert {name: keys for name, keys in owned.items() if keys} == {
            name: keys for name, keys in owners.items() if keys
        }
