"""strict: types, unknown and repeated fields, versions, canonical forms."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.quantity import canonical
from sandbox.simulator.resources import BY_KIND, Resource
from sandbox.simulator.validation import Mode, strict
from tools.distil.quantity import QuantityError


def row(kind: str, api_version: str = "v1") -> Any:
    return BY_KIND[(api_version, kind)]


DEPLOYMENT = row("Deployment", "apps/v1")
POD = row("Pod")


def refusal(target: Resource, body: Any, mode: Mode = "Strict", **more: Any) -> Any:
    with pytest.raises(ApiFailure) as caught:
        strict(target, body, mode, **more)
    assert (caught.value.code, caught.value.reason) == (400, "BadRequest")
    return caught.value.message


def pod(**container: Any) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", **container}]},
    }


def test_all_unknown_fields_are_named_in_the_order_of_the_document() -> None:
    body = {"metadata": {"nam": "x"}, "spec": {"Replicas": 1, "template": {"spec": {"a": {}}}}}
    assert refusal(DEPLOYMENT, body) == (
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: '
        'unknown field "metadata.nam", unknown field "spec.Replicas", '
        'unknown field "spec.template.spec.a"'
    )


def test_repeated_fields_are_named_before_unknown_ones() -> None:
    said = refusal(POD, {"spce": {}}, repeated=["metadata.name"])
    assert said.endswith('duplicate field "metadata.name", unknown field "spce"')


def test_warn_keeps_the_rest_and_tells_ignore_keeps_quiet() -> None:
    body = pod(imag="x", image="y")
    decoded = strict(POD, body, "Warn")
    assert decoded.warnings == ['unknown field "spec.containers[0].imag"']
    assert decoded.obj["spec"]["containers"] == [{"name": "c", "image": "y"}]
    assert strict(POD, body, "Ignore").warnings == []
    assert body["spec"]["containers"][0]["imag"] == "x"


@pytest.mark.parametrize(
    ("container", "said"),
    [
        (
            {"image": 5},
            "json: cannot unmarshal number into Go struct field Container.spec.containers.image "
            "of type string",
        ),
        (
            {"imagePullPolicy": True},
            "json: cannot unmarshal bool into Go struct field "
            "Container.spec.containers.imagePullPolicy of type v1.PullPolicy",
        ),
        (
            {"ports": [{"containerPort": 1.5}]},
            "json: cannot unmarshal number 1.5 into Go struct field "
            "ContainerPort.spec.containers.ports.containerPort of type int32",
        ),
        (
            {"ports": {}},
            "json: cannot unmarshal object into Go struct field Container.spec.containers.ports "
            "of type []v1.ContainerPort",
        ),
        (
            {"livenessProbe": {"httpGet": {"port": False}}},
            "json: cannot unmarshal bool into Go struct field "
            "HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32",
        ),
        (
            {"resources": {"limits": {"cpu": "1x"}}},
            "quantities must match the regular expression "
            "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        ({"resources": {"limits": {"cpu": "1kk"}}}, "unable to parse quantity's suffix"),
    ],
)
def test_a_wrong_type_is_told_with_the_struct_and_the_path(container: Any, said: str) -> None:
    expected = f'Pod in version "v1" cannot be handled as a Pod: {said}'
    assert refusal(POD, pod(**container)) == expected


def test_labels_are_strings_and_the_struct_is_the_one_around_the_map() -> None:
    said = refusal(POD, {"metadata": {"labels": {"a": 1}}}, "Ignore")
    assert said.endswith("Go struct field ObjectMeta.metadata.labels of type string")


def test_the_first_wrong_type_is_reported_unless_a_quantity_stops_the_reading() -> None:
    both = pod(image=1, name=2)
    assert "containers.name" in refusal(POD, both) or "containers.image" in refusal(POD, both)
    stopped = pod(image=1, resources={"limits": {"cpu": "lots"}})
    assert "quantities must match" in refusal(POD, stopped)


def test_secret_data_is_base64() -> None:
    said = refusal(row("Secret"), {"data": {"a": "x?yz"}})
    assert said.endswith("illegal base64 data at input byte 1")


def test_times_are_rfc_3339() -> None:
    said = refusal(POD, {"metadata": {"creationTimestamp": "yesterday"}})
    assert said.endswith(
        'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'
    )
    obj = strict(
        POD, {"metadata": {"creationTimestamp": "2026-01-02T03:04:05.7+01:00"}}, "Strict"
    ).obj
    assert obj["metadata"]["creationTimestamp"] == "2026-01-02T02:04:05Z"


def test_kind_and_version_are_those_of_the_path_when_left_out() -> None:
    assert strict(POD, {}, "Strict").obj == {"apiVersion": "v1", "kind": "Pod"}


@pytest.mark.parametrize(
    ("api_version", "kind", "said"),
    [
        (
            "apps/v1beta1",
            "Deployment",
            "the API version in the data (apps/v1beta1) does not match the expected API version "
            "(apps/v1)",
        ),
        (
            "apps/v2",
            "Deployment",
            'Deployment in version "v2" cannot be handled as a Deployment: no kind "Deployment" '
            'is registered for version "apps/v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
        ),
        (
            "v1",
            "Pod",
            'Pod in version "v1" cannot be handled as a Deployment: converting (v1.Pod) to '
            "(apps.Deployment): unknown conversion",
        ),
    ],
)
def test_another_kind_or_version_is_refused(api_version: str, kind: str, said: str) -> None:
    assert refusal(DEPLOYMENT, {"apiVersion": api_version, "kind": kind}) == said


def test_nulls_go_and_quantities_become_canonical() -> None:
    body = pod(image=None, resources={"limits": {"cpu": 0.5, "memory": "1024Mi"}})
    assert strict(POD, body, "Strict").obj["spec"]["containers"] == [
        {"name": "c", "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}}}
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1000m", "1"),
        ("0.1", "100m"),
        ("1.5Gi", "1536Mi"),
        ("1000Ki", "1000Ki"),
        ("100Ki", "100Ki"),
        ("1e3", "1e3"),
        ("1500", "1500"),
        ("0", "0"),
        ("-5", "-5"),
        ("1G", "1G"),
        ("1000M", "1G"),
    ],
)
def test_the_canonical_form_of_a_quantity(text: str, expected: str) -> None:
    assert canonical(text) == expected


@pytest.mark.parametrize("text", ["", "lots", "1.2.3", "1 Gi", "0x10", "1Gib"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(QuantityError):
        canonical(text)


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
                "properties": {
                    "size": {"type": "integer", "default": 1},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                },
            }
        },
    },
)


def widget(**spec: Any) -> Any:
    return {
        "apiVersion": "example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "w"},
        "spec": spec,
    }


def test_a_custom_resource_is_pruned_and_defaulted() -> None:
    decoded = strict(WIDGET, widget(free={"a": 1}, strange=2), "Warn")
    assert decoded.warnings == ['unknown field "spec.strange"']
    assert decoded.obj["spec"] == {"size": 1, "free": {"a": 1}}


def test_a_custom_resource_names_its_kind() -> None:
    said = refusal(WIDGET, {"metadata": {"name": "w"}})
    assert said == (
        "the object provided is unrecognized (must be of type Widget): Object 'Kind' is missing in "
        '\'{"metadata":{"name":"w"}}\' ({"metadata":{"name":"w"}})'
    )


def test_the_metadata_of_a_custom_resource_is_read_like_any_other() -> None:
    said = refusal(WIDGET, {**widget(), "metadata": {"name": 1, "nope": 2}})
    assert said.endswith("Go struct field ObjectMeta.metadata.name of type string")
