from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.patching.body import configuration
from sandbox.simulator.patching.patch import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, patched
from sandbox.simulator.resources import BY_KIND, Resource

ROW = BY_KIND[("v1", "ConfigMap")]
WIDGET = Resource("shop.example", "v1", "Widget", "widgets", "widget", custom=True)
LIVE = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "1"}}
REJECTED = "the server rejected our request due to an error in our request"


def failure(body: bytes, media: str, row: Resource = ROW) -> ApiFailure:
    with pytest.raises(ApiFailure) as caught:
        patched(LIVE, body, media, row)
    return caught.value


@pytest.mark.parametrize("media", [MERGE_PATCH, STRATEGIC_PATCH, f"{MERGE_PATCH}; charset=utf-8"])
def test_merging_patches(media: str) -> None:
    assert patched(LIVE, b'{"data":{"b":"2"}}', media, ROW)["data"] == {"a": "1", "b": "2"}


def test_json_patches() -> None:
    patch = [{"op": "test", "path": "/data/a", "value": "1"}, {"op": "remove", "path": "/data/a"}]
    assert patched(LIVE, json.dumps(patch).encode(), JSON_PATCH, ROW)["data"] == {}
    assert LIVE["data"] == {"a": "1"}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/data/a", "value": "2"},
        {"op": "remove", "path": "/data/none"},
        {"op": "replace", "path": "/none/deep", "value": 1},
        {"op": "add", "path": "/data/a/b/c", "value": 1},
        {"op": "move", "path": "/data/b", "from": "/data/none"},
        {"op": "what", "path": "/data/a"},
        {"op": "add", "value": 1},
        {"path": "/data"},
        {"op": "replace", "path": "", "value": 3},
        {"op": "add", "path": "data", "value": 3},
        {"op": "add", "path": 3, "value": 3},
    ],
)
def test_json_patches_that_do_not_apply(operation: dict[str, Any]) -> None:
    refused = failure(json.dumps([operation]).encode(), JSON_PATCH)
    assert (refused.code, refused.reason, refused.message) == (422, "Invalid", REJECTED)
    assert refused.details == {}


def test_copies_of_copies_end() -> None:
    again = [{"op": "copy", "from": "/data", "path": f"/data/{at}"} for at in range(60)]
    refused = failure(json.dumps(again).encode(), JSON_PATCH)
    assert (refused.code, refused.message) == (422, REJECTED)


def test_too_many_operations() -> None:
    operations = [{"op": "test", "path": "/kind", "value": "ConfigMap"}] * 10_001
    refused = failure(json.dumps(operations).encode(), JSON_PATCH)
    assert refused.code == 413
    assert refused.message == ("The allowed maximum operations in a JSON patch is 10000, got 10001")


@pytest.mark.parametrize(
    ("body", "media", "said"),
    [
        (b"", MERGE_PATCH, "unexpected end of JSON input"),
        (b"{", MERGE_PATCH, "unexpected end of JSON input"),
        (b"x", MERGE_PATCH, "invalid character 'x' looking for beginning of value"),
        (b"{a:1}", MERGE_PATCH, "invalid character 'a' looking for beginning of object key string"),
        (b'{"a" 1}', MERGE_PATCH, "invalid character '1' after object key"),
        (b'{"a":1} x', MERGE_PATCH, "invalid character 'x' after top-level value"),
        (
            b"[]",
            STRATEGIC_PATCH,
            "json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
        (
            b'"x"',
            MERGE_PATCH,
            "json: cannot unmarshal string into Go value of type map[string]interface {}",
        ),
        (b"{}", JSON_PATCH, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
        (
            b"[1]",
            JSON_PATCH,
            "json: cannot unmarshal number into Go value of type jsonpatch.Operation",
        ),
        (b"\xff\xfe", MERGE_PATCH, "invalid character"),
        (b"[" * 100_000, MERGE_PATCH, "exceeded max depth"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, MERGE_PATCH, "exceeded max depth"),
    ],
)
def test_bodies_that_are_no_patch(body: bytes, media: str, said: str) -> None:
    refused = failure(body, media)
    assert (refused.code, refused.reason) == (400, "BadRequest")
    assert refused.message.startswith(said)


def test_media_types() -> None:
    text = "the body of the request was in an unknown format - accepted media types include: "
    refused = failure(b"{}", "application/json")
    assert (refused.code, refused.reason) == (415, "UnsupportedMediaType")
    assert refused.message == text + (
        "application/json-patch+json, application/merge-patch+json, "
        "application/strategic-merge-patch+json, application/apply-patch+yaml"
    )
    refused = failure(b"{}", STRATEGIC_PATCH, WIDGET)
    assert refused.code == 415
    assert refused.message == text + (
        "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    )


def test_strategic_mistakes_are_bad_requests() -> None:
    refused = failure(b'{"metadata":{"$patch":"what"}}', STRATEGIC_PATCH)
    assert (refused.code, refused.message) == (
        400,
        "unknown patch type: what in map: map[$patch:what]",
    )


def test_apply_bodies_are_yaml() -> None:
    text = b"metadata: {name: x}\ndata: {at: 2026-01-01T00:00:00Z, on: 'yes'}\n"
    assert configuration(text)["data"] == {"at": "2026-01-01T00:00:00Z", "true": "yes"}


@pytest.mark.parametrize("body", [b"", b"- 1", b"a: [", b"[1]: 2", b"\xff", b"&a [*a]", b"a: *b"])
def test_apply_bodies_that_are_no_object(body: bytes) -> None:
    with pytest.raises(ApiFailure) as caught:
        configuration(body)
    assert caught.value.code == 400
    assert caught.value.message.startswith("error decoding YAML: ")


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{at}: &a{at} [*a{at - 1}, *a{at - 1}]" for at in range(1, 40)]
    with pytest.raises(ApiFailure, match="excessive aliasing"):
        configuration("\n".join(lines).encode())


_WORDS = """
op path value from data metadata $patch finalizers $setElementOrder/finalizers
$retainKeys ownerReferences uid
"""
WORDS = _WORDS.split()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "/data", "delete"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(WORDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values, st.sampled_from([JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH]))
def test_any_json_is_patched_or_refused(value: Any, media: str) -> None:
    live = {
        **LIVE,
        "metadata": {"name": "x", "finalizers": ["a"], "ownerReferences": [{"uid": "a"}]},
    }
    code = 200
    try:
        patched(live, json.dumps(value).encode(), media, ROW)
    except ApiFailure as refused:
        code = refused.code
    assert code in (200, 400, 422)
