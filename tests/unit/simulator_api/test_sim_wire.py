"""Protobuf bodies, times on the wire, certificates, ages, and odd requests."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.simulator import durations, protobuf
from sandbox.simulator.resources import RESOURCES
from sandbox.simulator.store import Store
from sandbox.simulator.timeshift import TimeShift
from tests.recorded_cluster import recorded_store
from tests.recording import load
from tests.simulated_api import TABLE, Caller, crd

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def field(number: int, value: bytes | int) -> bytes:
    """One protobuf field, written by hand."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def envelope(api_version: str, kind: str, raw: bytes) -> bytes:
    meta = field(1, api_version.encode()) + field(2, kind.encode())
    return protobuf.MAGIC + field(1, meta) + field(2, raw)


def test_an_access_review_in_protobuf() -> None:
    attributes = field(1, b"shop") + field(2, b"get") + field(3, b"") + field(5, b"pods")
    body = envelope(
        "authorization.k8s.io/v1", "SelfSubjectAccessReview", field(2, field(1, attributes))
    )
    assert protobuf.decode(body)["spec"] == {
        "resourceAttributes": {"namespace": "shop", "verb": "get", "resource": "pods"}
    }


def test_special_types_become_their_json() -> None:
    seconds = int(AT.timestamp())
    meta = field(1, b"web") + field(8, field(1, seconds))
    labels = field(11, field(1, b"app") + field(2, b"shop"))
    quantity = field(2, field(1, b"cpu") + field(2, field(1, b"500m")))
    action = field(1, b"/ready") + field(2, field(1, 1) + field(3, b"http"))
    probe = field(1, field(2, action)) + field(2, 5)
    container = field(1, b"app") + field(8, quantity) + field(11, probe)
    volume = field(1, b"data") + field(2, field(2, field(1, b"Memory")))
    spec = field(2, container) + field(1, volume)
    pod = protobuf.decode(envelope("v1", "Pod", field(1, meta + labels) + field(2, spec)))
    assert pod["metadata"] == {
        "name": "web",
        "creationTimestamp": "2026-11-23T02:00:00Z",
        "labels": {"app": "shop"},
    }
    (made,) = pod["spec"]["containers"]
    assert made["resources"] == {"requests": {"cpu": "500m"}}
    # The handler and the volume source are structs that JSON does not name.
    assert made["readinessProbe"] == {
        "httpGet": {"path": "/ready", "port": "http"},
        "initialDelaySeconds": 5,
    }
    assert pod["spec"]["volumes"] == [{"name": "data", "emptyDir": {"medium": "Memory"}}]


def test_a_zero_count_survives() -> None:
    body = envelope("apps/v1", "Deployment", field(2, field(1, 0)))
    assert protobuf.decode(body)["spec"] == {"replicas": 0}


def test_every_served_kind_can_be_decoded() -> None:
    missing = {"apiextensions.k8s.io", "apiregistration.k8s.io", "resource.k8s.io"}
    later = {"IPAddress", "ServiceCIDR", "VolumeAttributesClass"} | {
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
    }
    for row in RESOURCES:
        if row.group in missing or row.kind in later:
            continue  # made after the binary that the map comes from, or never sent as protobuf
        assert protobuf.decode(envelope(row.api_version, row.kind, b""))["kind"] == row.kind


@settings(max_examples=300)
@given(st.binary(max_size=200), st.sampled_from(["Deployment", "DeleteOptions", "Nonsense"]))
def test_any_bytes_decode_or_are_refused(raw: bytes, kind: str) -> None:
    for body in (raw, protobuf.MAGIC + raw, envelope("apps/v1", kind, raw)):
        try:
            json.dumps(protobuf.decode(body))
        except protobuf.WireError:
            continue


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "<invalid>"),
        (-0.5, "0s"),
        (119, "119s"),
        (120, "2m"),
        (330, "5m30s"),
        (600, "10m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 300, "3h5m"),
        (9 * 3600, "9h"),
        (50 * 3600, "2d2h"),
        (9 * 86400, "9d"),
        (800 * 86400, "2y70d"),
        (3000 * 86400, "8y"),
    ],
)
def test_ages_are_written_as_kubernetes_writes_them(seconds: float, text: str) -> None:
    assert durations.human(seconds) == text


def test_times_move_with_the_client_and_data_does_not() -> None:
    real = AT + timedelta(days=3, seconds=7.4)
    shift = TimeShift(lambda: AT, real_now=lambda: real)
    obj = {
        "metadata": {
            "creationTimestamp": "2026-11-23T01:59:00Z",
            "annotations": {
                "endpoints.kubernetes.io/last-change-trigger-time": "2026-11-23T01:00:00Z",
                "owner": "2026-11-23T01:00:00Z",
            },
        },
        "eventTime": "2026-11-23T01:59:00.123456Z",
        "data": {"releaseTime": "2026-11-23T01:59:00Z"},
        "note": "since 2026-11-23T01:59:00Z",
    }
    moved = shift.render(obj)
    assert moved["metadata"]["creationTimestamp"] == "2026-11-26T01:59:07Z"
    assert moved["eventTime"] == "2026-11-26T01:59:07.123456Z"
    notes = moved["metadata"]["annotations"]
    assert notes["endpoints.kubernetes.io/last-change-trigger-time"] == "2026-11-26T01:00:07Z"
    assert notes["owner"] == "2026-11-23T01:00:00Z"
    assert (moved["data"], moved["note"]) == (obj["data"], obj["note"])
    assert shift.now() - AT == timedelta(days=3, seconds=7)
    assert shift.render(obj) is moved
    assert TimeShift(lambda: AT, enabled=False).render(obj) is obj


def test_a_running_clock_does_not_flicker() -> None:
    ticks = iter(AT + timedelta(seconds=4, microseconds=us) for us in (3, -2, 4, -40_000, 5))
    shift = TimeShift(lambda: AT, real_now=lambda: next(ticks))
    assert [shift.seconds() for _ in range(5)] == [4] * 5


STEPS = [
    "api",
    "apis",
    "v1",
    "apps",
    "namespaces",
    "storefront",
    "pods",
    "deployments",
    "log",
    "scale",
    "status",
    "openapi",
    "v3",
    "version",
    "healthz",
    "..",
    "%",
    "proxy",
    "authorization.k8s.io",
    "selfsubjectaccessreviews",
    "selfsubjectrulesreviews",
]
PARAMETERS = [
    "limit",
    "continue",
    "labelSelector",
    "fieldSelector",
    "watch",
    "timeoutSeconds",
    "resourceVersion",
    "tailLines",
    "container",
    "includeObject",
    "sendInitialEvents",
]
PATHS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(["", *STEPS]), max_size=8).map(lambda steps: "/" + "/".join(steps)),
)
QUERY = st.dictionaries(
    st.sampled_from(PARAMETERS),
    st.one_of(st.text(max_size=12), st.sampled_from(["1", "a=b", "a in (b)", "²", "9" * 30])),
    max_size=4,
)
MEDIA = ("application/json", "application/yaml", "", "x", "application/vnd.kubernetes.protobuf")
CALLER = Caller(recorded_store(load("crash-missing-env")))
BODY: st.SearchStrategy[Any] = st.one_of(
    st.binary(max_size=60),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["spec", "metadata", "resourceAttributes", "verb", "namespace"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "X"]),
    PATHS,
    QUERY,
    st.sampled_from(["application/json", TABLE, "*/*", "", ";;=,", "text/html", "a;as=Table;v="]),
    st.sampled_from(MEDIA),
    BODY,
)
def test_no_request_is_an_internal_error(
    method: str, path: str, query: dict[str, str], accept: str, media: str, body: bytes
) -> None:
    answer = CALLER(
        f"{path.replace('?', '')}?{urlencode(query)}",
        method,
        accept,
        body,
        content_type=media,
    )
    assert answer.status < 500
    if answer.status >= 400 and answer.type == "application/json":
        assert answer.body["kind"] == "Status"
        assert answer.body["code"] == answer.status


def test_custom_resources_are_discovered_and_printed() -> None:
    store = Store(lambda: AT)
    call = Caller(store)
    assert call("/apis/foo.dev/v1").status == 404
    store.put(crd())
    store.put(
        {
            "apiVersion": "foo.dev/v1",
            "kind": "Widget",
            "metadata": {"name": "w"},
            "spec": {"size": 3},
        }
    )
    assert "foo.dev" in [group["name"] for group in call("/apis").body["groups"]]
    assert call("/apis/foo.dev/v1").body["resources"][0]["shortNames"] == ["wd"]
    table = call("/apis/foo.dev/v1/widgets", accept=TABLE).body
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Size"]
    assert table["rows"][0]["cells"] == ["w", 3]
    document = call("/openapi/v3/apis/foo.dev/v1").body
    assert "/apis/foo.dev/v1/widgets/{name}" in document["paths"]


def test_openapi_documents_hold_what_kubectl_looks_for() -> None:
    call = Caller(Store(lambda: AT))
    index = call("/openapi/v3").body["paths"]
    assert "apis/apps/v1" in index
    document = call(index["apis/apps/v1"]["serverRelativeURL"]).body
    path = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    kind = {"group": "apps", "version": "v1", "kind": "Deployment"}
    assert path["patch"]["x-kubernetes-group-version-kind"] == kind
    offered = {parameter["name"] for parameter in path["patch"]["parameters"]}
    assert {"dryRun", "fieldValidation", "fieldManager"} <= offered
    schemas = document["components"]["schemas"]
    assert "io.k8s.api.core.v1.PodSpec" in schemas
    refs = json.dumps(document).split("#/components/schemas/")[1:]
    assert {ref.partition('"')[0] for ref in refs} <= set(schemas)
