"""Parameters of lists and watches that contradict each other, refused in the server's words."""

from __future__ import annotations

import pytest

from tests.live_cluster import CORE, Live

MAPS = f"{CORE}/configmaps"
NEEDED = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "resourceVersionMatch=Exact",
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless "
            "resourceVersion is provided",
        ),
        (
            "resourceVersionMatch=Exact&resourceVersion=0",
            'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for '
            'resourceVersion "0"',
        ),
        (
            "resourceVersionMatch=Roughly&resourceVersion=1",
            'resourceVersionMatch: Unsupported value: "Roughly": supported values: "Exact", '
            '"NotOlderThan", ""',
        ),
        ("sendInitialEvents=true", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
        ("watch=1&sendInitialEvents=true", f"resourceVersionMatch: Forbidden: {NEEDED}"),
        (
            "watch=1&sendInitialEvents=true&resourceVersionMatch=Exact",
            f"[resourceVersionMatch: Forbidden: {NEEDED}, "
            'resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
        ),
        (
            "watch=1&resourceVersionMatch=NotOlderThan",
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless "
            "sendInitialEvents is provided",
        ),
    ],
)  # fmt: skip
def test_contradictions_are_refused(query: str, said: str) -> None:
    answer = Live()("GET", MAPS, query=query)
    assert answer.code == 422
    assert answer.body["reason"] == "Invalid"
    assert answer.body["message"] == f'ListOptions.meta.k8s.io "" is invalid: {said}'
    assert answer.body["details"]["kind"] == "ListOptions"
    assert answer.body["details"]["group"] == "meta.k8s.io"


def test_what_goes_together_is_served() -> None:
    live = Live()
    version = live("GET", MAPS).body["metadata"]["resourceVersion"]
    for query in ("NotOlderThan&resourceVersion=0", f"Exact&resourceVersion={version}"):
        assert live("GET", MAPS, query=f"resourceVersionMatch={query}").code == 200
