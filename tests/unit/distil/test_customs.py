"""What the status of a custom resource says is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.distil.distilled import facts_of, thing, values
from tools.distil.kinds import kind_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def failing(status: Any, kind: str = "Postgres") -> Any:
    raw = thing(kind, "db", status=status) | {"apiVersion": "databases.example.com/v1"}
    found = list(values(facts_of(raw), "custom.failing").values())
    return found[0] if found else None


def condition(kind: str, status: str) -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": status, "reason": "R", "message": "m" * 999}]}


@pytest.mark.parametrize(
    ("kind", "status", "bad"),
    [
        ("Ready", "False", True),
        ("Ready", "Unknown", True),
        ("Ready", "True", False),
        ("NotReady", "False", False),
        ("ConfigurationsReady", "False", True),
        ("Available", "False", True),
        ("Synced", "False", True),
        ("Degraded", "True", True),
        ("Degraded", "False", False),
        ("ReplicaFailure", "True", True),
        ("InvalidSpec", "True", True),
        ("Progressing", "False", False),
        ("Issuing", "True", False),
    ],
)
def test_conditions(kind: str, status: str, bad: bool) -> None:
    found = failing(condition(kind, status))
    assert found == (
        [{"type": kind, "status": status, "reason": "R", "message": "m" * 300}] if bad else []
    )


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ({"phase": "Failed", "message": "no"}, "Failed"),
        ({"health": "red"}, "red"),
        ({"health": {"status": "Degraded", "message": "no"}}, "Degraded"),
        ({"state": "CreateFailed"}, "CreateFailed"),
        ({"phase": "Running"}, ""),
        ({"health": "green"}, ""),
    ],
)
def test_words(status: dict[str, Any], word: str) -> None:
    assert [row["status"] for row in failing(status)] == ([word] if word else [])


def test_a_status_that_says_nothing_is_no_fact() -> None:
    assert failing({}) is None
    assert failing({"replicas": 3}) is None


@given(JSON)
def test_any_status_is_read(status: Any) -> None:
    failing(status)
    failing({"conditions": status, "phase": status})


def test_a_kind_called_like_a_built_in_one_is_another() -> None:
    spec = {"selector": {"app": "x"}}
    raw = thing("Service", "hello", spec=spec) | {"apiVersion": "serving.knative.dev/v1"}
    facts = facts_of(raw, resource="services.serving.knative.dev")
    assert {fact.subject.kind for fact in facts} == {"Service.serving.knative.dev"}
    assert "service.selector" not in {fact.name for fact in facts}
    assert kind_of("services.serving.knative.dev") is None
    assert kind_of("services.v1.serving.knative.dev") is None
    assert kind_of("deployments.v1.apps") == "Deployment"
    assert kind_of("networkpolicies.v1.networking.k8s.io") == "NetworkPolicy"
