from __future__ import annotations

import copy
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.simulator.patching.combine import without_nulls
from sandbox.simulator.patching.schema import Node, root_of
from sandbox.simulator.patching.strategic import PatchError, strategic
from tests import patch_cases

DEPLOYMENT = root_of("apps/v1", "Deployment")


def pod_spec(**fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": "x"}, "spec": {"template": {"spec": fields}}}


def patched(live: dict[str, Any], **fields: Any) -> dict[str, Any]:
    result = strategic(live, {"spec": {"template": {"spec": fields}}}, DEPLOYMENT)
    spec: dict[str, Any] = result["spec"]["template"]["spec"]
    return spec


A, B, C = ({"name": name, "image": name} for name in "abc")


def test_lists_merge_by_their_key_and_new_items_go_first() -> None:
    spec = patched(pod_spec(containers=[A, B]), containers=[{"name": "b", "image": "2"}, C])
    assert spec["containers"] == [A, {"name": "b", "image": "2"}, C]
    assert patched(pod_spec(containers=[A]), containers=[C])["containers"] == [C, A]


def test_nested_lists_merge_too() -> None:
    live = pod_spec(containers=[{"name": "a", "env": [{"name": "X", "value": "1"}], "args": ["1"]}])
    change = {"name": "a", "env": [{"name": "Y", "value": "2"}], "args": ["2"]}
    container = patched(live, containers=[change])["containers"][0]
    assert container["env"] == [{"name": "Y", "value": "2"}, {"name": "X", "value": "1"}]
    assert container["args"] == ["2"]  # no merge strategy: replaced


def test_delete_directives() -> None:
    live = pod_spec(containers=[A, B], nodeSelector={"x": "1"})
    assert patched(live, containers=[{"name": "a", "$patch": "delete"}])["containers"] == [B]
    assert patched(live, containers=[{"name": "z", "$patch": "delete"}])["containers"] == [A, B]
    assert patched(live, nodeSelector={"$patch": "delete"})["nodeSelector"] == {}
    assert "nodeSelector" not in patched(live, nodeSelector=None)


def test_replace_directives() -> None:
    live = pod_spec(containers=[A, B], nodeSelector={"x": "1"})
    assert patched(live, containers=[C, {"$patch": "replace"}])["containers"] == [C]
    wanted = {"$patch": "replace", "y": "2"}
    assert patched(live, nodeSelector=wanted)["nodeSelector"] == {"y": "2"}


def test_set_element_order() -> None:
    live = pod_spec(containers=[A, B, C])
    order = {"$setElementOrder/containers": [{"name": "c"}, {"name": "a"}]}
    assert [one["name"] for one in patched(live, **order)["containers"]] == ["b", "c", "a"]


def test_lists_of_primitives_merge_and_lose_items() -> None:
    live = {"metadata": {"name": "x", "finalizers": ["a", "b"]}}

    def finalizers(**fields: Any) -> list[str]:
        found: list[str] = strategic(live, {"metadata": fields}, DEPLOYMENT)["metadata"][
            "finalizers"
        ]
        return found

    assert finalizers(finalizers=["c", "a"]) == ["c", "a", "b"]
    assert finalizers(**{"$deleteFromPrimitiveList/finalizers": ["a"]}) == ["b"]
    assert finalizers(
        finalizers=["c"],
        **{"$deleteFromPrimitiveList/finalizers": ["b"], "$setElementOrder/finalizers": ["a", "c"]},
    ) == ["a", "c"]


def test_retain_keys_drops_the_others() -> None:
    live = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}}
    change = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert strategic(live, change, DEPLOYMENT)["spec"]["strategy"] == {"type": "Recreate"}


def test_what_was_absent_is_created_without_nulls_and_directives() -> None:
    change = [{"name": "a", "image": None}, {"name": "b", "$patch": "delete"}]
    assert patched(pod_spec(), containers=change)["containers"] == [{"name": "a"}]


def test_a_replaced_field() -> None:
    node = root_of("policy/v1", "PodDisruptionBudget")
    live = {"spec": {"selector": {"matchLabels": {"a": "1"}}}}
    change = {"spec": {"selector": {"matchLabels": {"b": "2"}}}}
    assert strategic(live, change, node) == change


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"containers": [{"image": "q"}]},
            "map: map[image:q] does not contain declared merge key: name",
        ),
        ({"containers": [{"$patch": "x", "name": "a"}]}, "unknown patch type: x in map: map["),
        ({"containers": ["a"]}, "list element types are not identical: [[map["),
        ({"$retainKeys": ["foo"], "dnsPolicy": "x"}, "invalid patch format of retainKeys"),
        (
            {"$setElementOrder/containers": {"a": 1}},
            "invalid patch format of setElementOrder list",
        ),
        (
            {"$setElementOrder/containers": [], "containers": [{"name": "a"}]},
            "The order in patch list:\n[map[name:a]]\n doesn't match $setElementOrder list:\n[]\n",
        ),
        (
            {"$setElementOrder/wrong": []},
            'unable to find api field in struct PodSpec for the json field "wrong"',
        ),
    ],
)
def test_mistakes_in_the_servers_words(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(PatchError) as error:
        patched(pod_spec(containers=[A]), **fields)
    assert str(error.value).startswith(said)


@given(st.integers(0, 10**9))
def test_a_patch_made_from_two_objects_turns_one_into_the_other(seed: int) -> None:
    rng = Random(seed)
    kind = patch_cases.kind(rng)
    node = root_of(*kind)
    first = without_nulls(patch_cases.live(rng, *kind, "x"))
    second = without_nulls(patch_cases.live(rng, *kind, "x"))
    before = copy.deepcopy(first)
    assert strategic(first, difference(first, second, node), node) == second
    assert first == before


def difference(old: dict[str, Any], new: dict[str, Any], node: Node) -> dict[str, Any]:
    """A strategic merge patch, as kubectl would make it but without looking for the shortest."""
    patch: dict[str, Any] = dict.fromkeys(old.keys() - new.keys())
    for key, value in new.items():
        before, field = old.get(key), node.child(key)
        if before == value:
            continue
        if isinstance(value, dict) and isinstance(before, dict):
            replaced = "replace" in field.strategies
            patch[key] = value if replaced else difference(before, value, field)
        elif not (isinstance(value, list) and before and value and "merge" in field.strategies):
            mergeable = isinstance(value, list) and "merge" in field.strategies and before
            patch[key] = [{"$patch": "replace"}] if mergeable and field.merge_key else value
            if mergeable and not field.merge_key:
                patch.pop(key)
                patch[f"$deleteFromPrimitiveList/{key}"] = before
        elif field.merge_key:
            patch[f"$setElementOrder/{key}"], patch[key] = _items(before, value, field)
        else:
            patch[f"$setElementOrder/{key}"] = value
            patch[key] = [item for item in value if item not in before]
            patch[f"$deleteFromPrimitiveList/{key}"] = [one for one in before if one not in value]
            if not patch[key]:
                del patch[key]
    return patch


def _items(old: list[Any], new: list[Any], field: Node) -> tuple[list[Any], list[Any]]:
    key = field.merge_key
    known = {item[key]: item for item in old}
    order = [{key: item[key]} for item in new]
    changed = [
        {**difference(known[item[key]], item, field.element), key: item[key]}
        if item[key] in known
        else item
        for item in new
    ]
    wanted = {item[key] for item in new}
    gone = [{"$patch": "delete", key: item[key]} for item in old if item[key] not in wanted]
    return order, [*changed, *gone]
