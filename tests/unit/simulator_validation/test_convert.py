"""Strategic patches that give a field the wrong type, in the words of the server's converter."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.resources import BY_KIND
from sandbox.simulator.validation import converted

ROW = BY_KIND["apps/v1", "Deployment"]


def spec(**fields: Any) -> dict[str, Any]:
    return {"spec": fields}


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (spec(replicas="three"), "unrecognized type: int32"),
        (spec(replicas=True), "unrecognized type: int32"),
        (spec(replicas=1.5), "cannot convert float64 to int32"),
        (spec(paused="yes"), "unrecognized type: bool"),
        (spec(template={"spec": {"hostname": 5}}), "cannot convert int64 to string"),
        (spec(template={"spec": {"containers": {}}}), "cannot restore slice from map"),
        (spec(template="x"), "cannot restore struct from: string"),
        (spec(selector={"matchLabels": ["a"]}), "cannot restore map from slice"),
    ],
)
def test_wrong_types_are_told_with_the_patch(patch: dict[str, Any], why: str) -> None:
    with pytest.raises(ApiFailure) as raised:
        converted(ROW, patch, {"a": 1}, "Warn")
    failure = raised.value
    assert (failure.code, failure.reason) == (422, "Invalid")
    assert failure.message == f' "" is invalid: patch: Invalid value: "map[a:1]": {why}'


def test_unknown_fields_warn_or_refuse() -> None:
    body = spec(replicas=2.0, replica=3)
    decoded = converted(ROW, body, body, "Warn")
    assert decoded.warnings == ['unknown field "spec.replica"']
    assert decoded.obj["spec"] == {"replicas": 2}
    with pytest.raises(ApiFailure, match=r'strict decoding error: unknown field "spec\.replica"'):
        converted(ROW, body, body, "Strict")
