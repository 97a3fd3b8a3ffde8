from __future__ import annotations

import copy
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.simulator.patching.managed import updated

RECORDINGS = Path(__file__).parents[2] / "data" / "recordings"
NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def config_map(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": data}


def recorded() -> list[dict[str, Any]]:
    """Deployments that `kubectl apply` made and the controllers wrote to, on a 1.36 server."""
    answers = json.loads(gzip.decompress((RECORDINGS / "api.json.gz").read_bytes()))
    items = next(
        answer["response"]["items"]
        for answer in answers
        if answer["method"] == "DELETE" and answer["path"].endswith("/deployments")
    )
    return [{"apiVersion": "apps/v1", "kind": "Deployment", **item} for item in items]


@pytest.mark.parametrize("obj", recorded(), ids=lambda obj: str(obj["metadata"]["name"]))
def test_a_real_servers_entries_byte_for_byte(obj: dict[str, Any]) -> None:
    entries = obj["metadata"].pop("managedFields")
    whole = copy.deepcopy(obj)
    status = obj.pop("status")
    revision = obj["metadata"]["annotations"].pop("deployment.kubernetes.io/revision")
    made = updated(
        None, obj, manager=entries[0]["manager"], operation="Update", now=entries[0]["time"]
    )
    assert json.dumps(made["metadata"]["managedFields"]) == json.dumps(entries[:1])
    changed = copy.deepcopy(made)
    changed["status"] = status
    changed["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = revision
    result = updated(
        made,
        changed,
        manager=entries[1]["manager"],
        operation="Update",
        now=entries[1]["time"],
        sub="status",
    )
    assert json.dumps(result["metadata"]["managedFields"]) == json.dumps(entries)
    assert result["status"] == whole["status"]


def test_a_change_moves_ownership() -> None:
    made = updated(None, config_map(a="1", b="1"), manager="one", operation="Update", now=NOW)
    new = copy.deepcopy(made)
    new["data"]["b"] = "2"
    result = updated(made, new, manager="two", operation="Update", now=LATER)
    entries = {entry["manager"]: entry for entry in result["metadata"]["managedFields"]}
    assert entries["one"]["fieldsV1"] == {"f:data": {".": {}, "f:a": {}}}
    assert entries["two"]["fieldsV1"] == {"f:data": {"f:b": {}}}
    assert (entries["one"]["time"], entries["two"]["time"]) == (NOW, LATER)
    assert made["metadata"]["managedFields"][0]["fieldsV1"] == {
        "f:data": {".": {}, "f:a": {}, "f:b": {}}
    }


def test_a_manager_that_owns_nothing_is_gone() -> None:
    made = updated(None, config_map(a="1"), manager="one", operation="Update", now=NOW)
    new = {key: value for key, value in made.items() if key != "data"}
    result = updated(made, new, manager="two", operation="Update", now=LATER)
    assert "managedFields" not in result["metadata"]


def test_an_object_that_nobody_manages_stays_so() -> None:
    result = updated(config_map(a="1"), config_map(a="2"), manager="m", operation="Update", now=NOW)
    assert "managedFields" not in result["metadata"]


def test_a_write_without_change_keeps_the_times() -> None:
    made = updated(None, config_map(a="1"), manager="one", operation="Update", now=NOW)
    assert updated(made, copy.deepcopy(made), manager="one", operation="Update", now=LATER) == made


def test_an_empty_entry_resets() -> None:
    made = updated(None, config_map(a="1"), manager="one", operation="Update", now=NOW)
    new = {**made, "metadata": {**made["metadata"], "managedFields": [{}]}}
    result = updated(made, new, manager="two", operation="Update", now=LATER)
    assert "managedFields" not in result["metadata"]


def test_a_client_may_rewrite_the_entries_and_may_not_forget_them() -> None:
    made = updated(None, config_map(a="1"), manager="one", operation="Update", now=NOW)
    entry = {**made["metadata"]["managedFields"][0], "manager": "other", "operation": "Apply"}
    new = {**made, "metadata": {**made["metadata"], "managedFields": [entry]}}
    result = updated(made, new, manager="two", operation="Update", now=LATER)
    assert result["metadata"]["managedFields"] == [entry]
    for forgotten in ([], None, [{"operation": "Nonsense"}], "text"):
        new = {**made, "metadata": {**made["metadata"], "managedFields": forgotten}}
        result = updated(made, new, manager="two", operation="Update", now=LATER)
        assert result["metadata"]["managedFields"] == made["metadata"]["managedFields"]


def test_the_status_belongs_to_writers_of_the_status() -> None:
    pdb = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "x"},
        "spec": {"minAvailable": 1},
        "status": {"currentHealthy": 1},
    }
    made = updated(None, pdb, manager="one", operation="Update", now=NOW)
    assert made["metadata"]["managedFields"][0]["fieldsV1"] == {"f:spec": {"f:minAvailable": {}}}
    new = {**made, "status": {"currentHealthy": 2}, "spec": {"minAvailable": 2}}
    result = updated(made, new, manager="one", operation="Update", now=LATER, sub="status")
    entry = result["metadata"]["managedFields"][-1]
    assert entry["subresource"] == "status"
    assert entry["fieldsV1"] == {"f:status": {"f:currentHealthy": {}}}


def test_items_of_atomic_structs_and_sets() -> None:
    obj = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "x",
            "finalizers": ["a/b"],
            "ownerReferences": [{"uid": "u", "name": "n", "kind": "K", "apiVersion": "v1"}],
        },
    }
    made = updated(None, obj, manager="one", operation="Update", now=NOW)
    assert made["metadata"]["managedFields"][0]["fieldsV1"] == {
        "f:metadata": {
            "f:finalizers": {".": {}, 'v:"a/b"': {}},
            "f:ownerReferences": {".": {}, 'k:{"uid":"u"}': {}},
        }
    }


def test_custom_resources_go_by_their_schema_or_by_their_values() -> None:
    widget = {
        "apiVersion": "shop.example/v1",
        "kind": "Widget",
        "metadata": {"name": "x", "labels": {"a": "b"}},
        "spec": {"parts": [{"id": "a", "size": 1}]},
    }
    made = updated(None, widget, manager="one", operation="Update", now=NOW)
    labels: dict[str, Any] = {"f:labels": {".": {}, "f:a": {}}}
    assert made["metadata"]["managedFields"][0]["fieldsV1"] == {
        "f:metadata": labels,
        "f:spec": {".": {}, "f:parts": {}},
    }
    item = {"type": "object", "properties": {"id": {"type": "string"}, "size": {"type": "integer"}}}
    parts = {
        "type": "array",
        "items": item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["id"],
    }
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"parts": parts}}},
    }
    made = updated(None, widget, manager="one", operation="Update", now=NOW, schema=schema)
    keyed: dict[str, Any] = {".": {}, 'k:{"id":"a"}': {".": {}, "f:id": {}, "f:size": {}}}
    assert made["metadata"]["managedFields"][0]["fieldsV1"] == {
        "f:metadata": labels,
        "f:spec": {".": {}, "f:parts": keyed},
    }


def test_at_most_ten_updaters_are_told_apart() -> None:
    obj = updated(None, config_map(), manager="m00", operation="Update", now=NOW)
    for at in range(14):
        new = {**obj, "data": {**obj["data"], f"k{at:02}": "1"}}
        time = f"2026-01-01T00:{at:02}:00Z"
        obj = updated(obj, new, manager=f"m{at:02}", operation="Update", now=time)
    names = [entry["manager"] for entry in obj["metadata"]["managedFields"]]
    assert len(names) == 10
    assert names == ["ancient-changes", *(f"m{at:02}" for at in range(5, 14))]
