"""When the revision before is the fix: it changed what fails, and has failed since."""

from __future__ import annotations

from typing import Any

import pytest

from agent.derive import derive
from agent.playbook import Cause
from agent.remedies import goes_back
from agent.reportparts import Remedy
from agent.views import build_views
from tools.fact import Fact
from tools.objects import ObjectRef

CART = ObjectRef(kind="Deployment", namespace="shop", name="cart")
POD = ObjectRef(kind="Pod", namespace="shop", name="cart-5d8f6c7b9d-x2x4v")
BOX = POD.model_copy(update={"container": "cart"})
CRASH = Cause(
    id="app.crash", title="x", confirm=("true",), summary="x", introduced_by=(r"\.image$",)
)


def back(at: str | None, restarts: int, path: str = "containers[cart].image") -> bool:
    rows: list[tuple[ObjectRef, str, Any]] = [
        (POD, "object.owner", "Deployment/cart"),
        (POD, "object.created", "2026-11-23T07:00:00Z"),
        (BOX, "container.state", "waiting"),
        (BOX, "container.waiting.reason", "CrashLoopBackOff"),
        (BOX, "container.restarts", restarts),
        (BOX, "container.exit.code", 1),
        (BOX, "container.exit.at", "2026-11-23T12:00:00Z"),
    ]
    facts = [Fact(id=f"m1.{n}", subject=s, name=k, value=v) for n, (s, k, v) in enumerate(rows)]
    (view,) = build_views(derive(facts))
    change = {"at": at, "changes": [{"path": path, "before": "a", "after": "b"}]}
    return goes_back(Remedy(summary="x"), change, view, CRASH)


@pytest.mark.parametrize(
    ("at", "restarts", "expected"),
    [
        ("2026-11-23T11:50:00Z", 3, True),
        ("2026-11-20T12:00:00Z", 3, False),  # it ran well for days
        ("2026-11-20T12:00:00Z", 800, True),  # it failed all these days
        (None, 0, True),
    ],
)
def test_a_revision_is_blamed_while_it_is_new(
    at: str | None, restarts: int, expected: bool
) -> None:
    assert back(at, restarts) is expected


def test_another_container_or_field_is_not_to_blame() -> None:
    assert not back("2026-11-23T11:50:00Z", 3, "containers[other].image")
    assert not back("2026-11-23T11:50:00Z", 3, "nodeSelector")
