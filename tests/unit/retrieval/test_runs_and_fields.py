"""Earlier runs and field documentation as entries."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from tests.reports import report
from tools.manifest.pack import load_pack
from tools.retrieval import Library
from tools.retrieval.fields import GVK, field_entries
from tools.retrieval.runs import run_entries, run_tags, same_incident

NAMES = st.sampled_from(["Foo", "Bar", "Baz"])
REFS = NAMES.map(lambda name: {"$ref": f"#/components/schemas/{name}"})
KEYS = st.sampled_from(
    ["properties", "items", "allOf", "oneOf", "additionalProperties", "type", "enum", "required"]
)
SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.integers(0, 3), st.sampled_from(["array", "object", "a"]), REFS),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=10,
)
CART = same_incident("https://10.0.0.1:6443", "config.env-missing", "Deployment/shop/cart")


ALERT = "KubePodCrashLooping"


def stored(runs: Path, run_id: str, **changes: Any) -> None:
    document = report(run_id=run_id, **changes).to_json()
    (runs / run_id).mkdir(parents=True)
    (runs / run_id / "report.json").write_text(json.dumps(document))


def test_an_earlier_run_is_found_by_words_and_by_what_it_found(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    stored(runs, "20261101-000000-aaaa", finished_at="2026-11-01T00:00:09Z")
    stored(runs, "20261102-000000-bbbb", finished_at="2026-11-02T00:00:09Z")
    stored(runs, "20261103-000000-cccc", verdict="healthy", root_cause=None)
    (runs / "20261104-000000-dddd").mkdir()
    (runs / "20261104-000000-dddd" / "report.json").write_text("{broken")
    with Library(tmp_path / "cache") as library:
        assert (
            library.add_runs(runs).sections == 4
        )  # two of cause and object, two of alert and object
        found = library.search("cart DATABASE_URL is not set", kinds=("run",))
        assert {each.source for each in found} == {
            "run:20261101-000000-aaaa",
            "run:20261102-000000-bbbb",
        }
        seen = library.alike([CART], runs)
        assert [entry.at[:10] for entry in seen] == ["2026-11-02", "2026-11-01"]
        assert library.alike([CART.replace("10.0.0.1", "10.0.0.2")], runs) == []
        (runs / "20261102-000000-bbbb" / "report.json").unlink()
        library.add_runs(runs)
        assert len(library.alike([CART], runs)) == 1


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"verdict": "root_cause"},
        {"verdict": "root_cause", "root_cause": []},
        {"verdict": "root_cause", "run_id": "x", "root_cause": {"id": "a.b", "object": "no map"}},
    ],
)
def test_what_is_no_report_is_no_entry(document: JsonValue) -> None:
    assert run_entries(document) == []


def test_half_letters_in_a_report_do_no_harm(tmp_path: Path) -> None:
    stored(tmp_path / "runs", "20261101-000000-aaaa")
    path = tmp_path / "runs" / "20261101-000000-aaaa" / "report.json"
    path.write_text(path.read_text().replace("shop", "\\ud800"))
    with Library(tmp_path / "cache") as library:
        assert library.add_runs(tmp_path / "runs").sections == 2


def test_fields_of_a_release() -> None:
    found = {entry.title: entry for entry in field_entries(load_pack("1.36"), "batch/v1")}
    zone = found["CronJob.spec.timeZone"]
    assert zone.source == "kubectl explain cronjob.spec.timeZone --api-version=batch/v1"
    assert zone.text.startswith("string\nThe time zone name for the given schedule")
    assert (zone.kind, zone.tag) == ("field", "CronJob")
    template = "CronJob.spec.jobTemplate.spec.template.spec"
    assert "list of object, required" in found[f"{template}.containers"].text
    probe = found[f"{template}.containers.livenessProbe.httpGet.port"]
    assert probe.text.startswith("integer or string") or probe.text.startswith("string")
    assert "CronJobList" not in {title.partition(".")[0] for title in found}
    assert not any(title.startswith("CronJob.metadata.") for title in found)
    assert not any(title.startswith("Deployment") for title in found)


def test_schemas_that_repeat_themselves_end() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/x.Node"}}}
    top = {
        "type": "object",
        "x-kubernetes-group-version-kind": [{"group": "x.io", "version": "v1", "kind": "Chain"}],
        "properties": {"spec": {"$ref": "#/components/schemas/x.Node"}},
    }
    odd: Any = {"x.Chain": top, "x.Node": node, "x.Odd": [], "x.Odder": {"properties": 3}}
    found = [entry.title for entry in field_entries(odd, "x.io/v1")]
    assert found == ["Chain", "Chain.spec", "Chain.spec.next"]


def test_fields_are_read_once_per_stamp(tmp_path: Path) -> None:
    loads: list[int] = []

    def load() -> dict[str, Any]:
        loads.append(1)
        return load_pack("1.36")

    for stamp in ("h1", "h1", "h2"):
        with Library(tmp_path / "cache") as library:
            assert library.add_fields("v1.36.2", "apps/v1", stamp, load) > 1000
            (best, *_) = library.search(
                "seconds before a liveness probe of the deployment",
                kinds=("field",),
                field_kinds=("Deployment",),
            )
            assert "livenessProbe" in best.title
            assert best.title.startswith("Deployment.")
    assert len(loads) == 2


def alike(about: dict[str, str], alert: str = ALERT, server: str = "s", **more: Any) -> list[str]:
    incident: Any = {"alerts": [{"labels": {"alertname": alert}}], "scope": {"objects": [about]}}
    return run_tags({"cluster": {"server": server}, "incident": incident, **more})


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Pod", "cart-6d4f9c8b7d-x2x7k"),
        ("Pod", "cart-0"),
        ("Pod", "cart-m4qvz"),
        ("Pod", "cart-29384756-m4qvz"),
        ("ReplicaSet", "cart-6d4f9c8b7d"),
        ("Job", "cart-29384756"),
    ],
)
def test_pods_of_one_workload_are_one_place(kind: str, name: str) -> None:
    workload = alike({"kind": "Deployment", "namespace": "shop", "name": "cart"})
    assert alike({"kind": kind, "namespace": "shop", "name": name}) == workload
    assert alike({"kind": kind, "namespace": "other", "name": name}) != workload
    assert alike({"kind": kind, "namespace": "shop", "name": name}, "Other") != workload
    assert alike({"kind": kind, "namespace": "shop", "name": name}, server="x") != workload


def test_many_earlier_runs_are_looked_up_quickly(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    text = json.dumps(report(run_id="RUN").to_json())
    for number in range(400):
        run_id = f"20261101-{number:06d}-aaaa"
        (runs / run_id).mkdir(parents=True)
        (runs / run_id / "report.json").write_text(text.replace("RUN", run_id))
    with Library(tmp_path / "cache") as library:
        assert not library.add_runs(runs, seconds=0.0).whole  # the time is kept
        assert library.add_runs(runs).whole
        began = time.monotonic()
        library.add_runs(runs)
        tags = run_tags(json.loads(text))
        assert len(library.alike(tags, runs, 3)) == 3
        assert time.monotonic() - began < 2


@given(st.dictionaries(NAMES, SCHEMAS, min_size=1), SCHEMAS)
@example({"Bar": [1]}, {"$ref": "#/components/schemas/Bar"})
@example({}, {"allOf": [3]})
def test_any_schema_is_read(components: dict[str, Any], foo: Any) -> None:
    """A server's document is no reason for a run to end: what is no schema has no fields."""
    mark = {GVK: [{"group": "", "version": "v1", "kind": "Foo"}]}
    whole = {**components, "Foo": {"properties": {"a": foo}} | mark}
    titles = [entry.title for entry in field_entries(whole, "v1")]
    assert titles[0] == "Foo"
    assert len(titles) == 1 or titles[1] == "Foo.a"


def test_a_list_of_itself_ends() -> None:
    loop = {"type": "array", "items": {"$ref": "#/components/schemas/Loop"}}
    mark = {GVK: [{"group": "", "version": "v1", "kind": "Foo"}]}
    components = {"Loop": loop, "Foo": {"properties": {"a": loop}} | mark}
    assert [entry.title for entry in field_entries(components, "v1")] == ["Foo", "Foo.a"]


def test_names_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    half = os.fsdecode(b"runs\xff")
    stored(tmp_path / half, "20261101-000000-aaaa")
    stored(tmp_path / half, os.fsdecode(b"odd\xff"))
    with Library(tmp_path / "cache") as library:
        for _ in range(2):
            assert library.add_runs(tmp_path / half).sections == 2
        assert library.search("DATABASE_URL not set", kinds=("run",))
        count = library.add_fields("v1\ud800", "apps/v1", "h\ud800", lambda: load_pack("1.36"))
        assert count > 1000
        assert library.search("liveness probe seconds", kinds=("field",))
