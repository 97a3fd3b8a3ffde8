"""Rules reviews: what an identity may do, and when silence means nothing."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.rules import UNKNOWN, read


def review(*rules: dict[str, Any], incomplete: bool = False) -> Any:
    return {"status": {"resourceRules": list(rules), "incomplete": incomplete}}


PODS = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods", "pods/log"]}
NAMED = {
    "verbs": ["get"],
    "apiGroups": ["apps"],
    "resources": ["deployments"],
    "resourceNames": ["web"],
}


@pytest.mark.parametrize(
    ("verb", "group", "resource", "name", "allowed"),
    [
        ("list", "", "pods", None, True),
        ("get", "", "pods/log", "web", True),
        ("get", "", "pods/exec", "web", False),
        ("delete", "", "pods", "web", False),
        ("list", "apps", "pods", None, False),
        ("get", "apps", "deployments", "web", True),
        ("get", "apps", "deployments", "db", False),
        ("get", "apps", "deployments", None, False),
    ],
)
def test_what_is_allowed(
    verb: str, group: str, resource: str, name: str | None, allowed: bool
) -> None:
    rules = read(review(PODS, NAMED))
    assert rules.allows(verb, group, resource, name) is allowed
    assert rules.denies(verb, group, resource, name) is not allowed


@pytest.mark.parametrize(
    "rule",
    [
        {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
        {"verbs": ["get"], "apiGroups": [""], "resources": ["*/log"]},
    ],
)
def test_wildcards(rule: dict[str, Any]) -> None:
    assert read(review(rule)).allows("get", "", "pods/log", "web")


def test_incomplete_rules_deny_nothing() -> None:
    rules = read(review(PODS, incomplete=True))
    assert not rules.allows("list", "", "nodes")
    assert not rules.denies("list", "", "nodes")


@pytest.mark.parametrize("document", [None, {}, {"status": None}, "text"])
def test_no_answer_is_unknown(document: Any) -> None:
    assert read(document) == UNKNOWN
    assert not UNKNOWN.denies("list", "", "pods")


def test_odd_rules_are_empty_rules() -> None:
    rules = read(review({"verbs": None}, {}) | {"x": 1})
    assert rules.denies("list", "", "pods")
