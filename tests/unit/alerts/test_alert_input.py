"""Alerts from flags and files: every accepted shape, and one clear line for everything else."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.alerts import check_namespace, from_file, from_flags, namespace_of, parse
from agent.incident import Alert
from tools.errors import UsageError

ONE: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "KubePodCrashLooping", "namespace": "shop"},
    "annotations": {"summary": "cart restarts"},
    "startsAt": "2026-11-23T03:00:00Z",
}
WEBHOOK = {
    "version": "4",
    "groupKey": '{}:{alertname="KubePodCrashLooping"}',
    "status": "firing",
    "receiver": "magos",
    "commonLabels": {"cluster": "prod"},
    "alerts": [ONE, {**ONE, "status": "resolved"}],
}


def test_one_alert_per_name_with_all_labels() -> None:
    alerts = from_flags(["A", "B"], ["namespace=shop", "pod=x=y"])
    assert [alert.name for alert in alerts] == ["A", "B"]
    assert alerts[1].labels == {"alertname": "B", "namespace": "shop", "pod": "x=y"}
    assert from_flags([], []) == []
    assert from_flags([], ["pod=x"])[0].name == ""


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        ([], ["pod"]),
        ([], ["=x"]),
        ([], ["a-b=x"]),
        ([], ["pod=x", "pod=y"]),
        ([""], []),
        (["A"], ["alertname=B"]),
    ],
)
def test_bad_flags(names: list[str], labels: list[str]) -> None:
    with pytest.raises(UsageError):
        from_flags(names, labels)


def test_webhook_body() -> None:
    first, second = parse(json.dumps(WEBHOOK).encode(), "f")
    assert first.labels["cluster"] == "prod"
    assert first.annotations == {"summary": "cart restarts"}
    assert first.starts_at == "2026-11-23T03:00:00Z"
    assert (first.status, second.status) == ("firing", "resolved")


def test_single_alert_list_and_bom() -> None:
    assert len(parse(json.dumps(ONE).encode(), "f")) == 1
    assert len(parse(json.dumps([ONE, ONE, ONE]).encode(), "f")) == 3
    assert len(parse(b"\xef\xbb\xbf" + json.dumps(ONE).encode(), "f")) == 1


def test_alertmanager_api_v2() -> None:
    entry = {**ONE, "status": {"state": "active", "silencedBy": [], "inhibitedBy": []}}
    assert parse(json.dumps([entry]).encode(), "f")[0].status == "firing"


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"not json", "not JSON, line 1"),
        (b'{"labels": {"a": "b"},\n oops}', "not JSON, line 2"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"9" * 5000, "not JSON"),
        (b"3", "no alerts"),
        (b"null", "no alerts"),
        (b"[]", "no alerts"),
        (b"{}", "no alerts"),
        (b'{"alerts": []}', "no alerts"),
        (b'{"alerts": 3}', "no alerts"),
        (b"[3]", "alert 1 has no labels"),
        (b'[{"labels": {}}]', "alert 1 has no labels"),
        (b'[{"labels": []}]', "alert 1 has no labels"),
        (b'[{"labels": {"a": "b"}, "status": "burning"}]', "has the status 'burning'"),
        (json.dumps([ONE] * 1001).encode(), "1001 alerts"),
    ],
)
def test_garbage_is_one_clear_line(raw: bytes, says: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(raw, "alerts.json")
    assert says in error.value.message
    assert "alerts.json" in error.value.message
    assert "\n" not in error.value.message


def test_odd_values_are_text_or_left_out() -> None:
    entry = {"labels": {"a": 1, "b": True, "c": ["x"], "d": None, "e": "\ud800"}, "startsAt": 3}
    alert = parse(json.dumps(entry).encode(), "f")[0]
    assert alert.labels == {"a": "1", "b": "true", "e": "?"}
    assert alert.starts_at is None
    assert alert.model_dump_json()


def test_files(tmp_path: Path) -> None:
    good = tmp_path / "a.json"
    good.write_text(json.dumps(ONE))
    assert from_file(str(good))[0].name == "KubePodCrashLooping"
    assert from_file("-", io.BytesIO(json.dumps(ONE).encode()))[0].name == "KubePodCrashLooping"
    large = tmp_path / "large.json"
    large.write_text(" " * (1024 * 1024 + 1))
    for path, says in [
        (str(tmp_path / "none"), "No such file"),
        (str(tmp_path), "directory"),
        (str(large), "larger than 1 MiB"),
        ("a\x00b", "not a file name"),
    ]:
        with pytest.raises(UsageError, match=says):
            from_file(path)


def test_namespace_must_agree() -> None:
    alert = Alert(labels={"alertname": "A", "namespace": "shop"})
    check_namespace("shop", [alert])
    check_namespace(None, [alert])
    check_namespace("other", [Alert(labels={"alertname": "A"})])
    with pytest.raises(UsageError, match="contradicts the alert A"):
        check_namespace("other", [alert])
    both = Alert(labels={"namespace": "monitoring", "exported_namespace": "shop"})
    check_namespace("shop", [both])
    assert namespace_of(both) == "monitoring"
    assert namespace_of(Alert(labels={"exported_namespace": "shop"})) == "shop"
    assert namespace_of(Alert(labels={"namespace": ""})) is None


@pytest.mark.parametrize(
    "name", ["", "Shop", "a_b", "--kubeconfig=x", "a" * 64, "a b", "-a", "a\n"]
)
def test_impossible_namespaces(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a namespace"):
        check_namespace(name, [])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["alerts", "labels", "status", "annotations", "startsAt", "commonLabels"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_document_is_alerts_or_a_usage_error(document: Any) -> None:
    try:
        alerts = parse(json.dumps(document).encode(), "f")
    except UsageError:
        return
    assert all(alert.labels and alert.model_dump_json() for alert in alerts)


@given(st.binary(max_size=200))
def test_any_bytes_are_alerts_or_a_usage_error(raw: bytes) -> None:
    with contextlib.suppress(UsageError):
        assert parse(raw, "f")
