"""Rules: what this identity may do in one namespace, read from a SelfSubjectRulesReview."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue


@dataclass(frozen=True)
class Rule:
    """One allowance: verbs on resources of groups, perhaps only on objects of these names."""

    verbs: frozenset[str]
    groups: frozenset[str]
    resources: frozenset[str]
    names: frozenset[str]
    """Object names it is limited to; empty for no limit."""

    def covers(self, verb: str, group: str, resource: str, name: str | None) -> bool:
        """Whether this rule allows it. A list (no name) is not covered by named rules."""
        if self.names and name not in self.names:
            return False
        return (
            bool(self.verbs & {verb, "*"})
            and bool(self.groups & {group, "*"})
            and bool(self.resources & _spellings(resource))
        )


def _spellings(resource: str) -> set[str]:
    """What a rule may say for a resource: itself, `*`, and `*/log` for `pods/log`."""
    _, _, sub = resource.partition("/")
    return {resource, "*", f"*/{sub}"} if sub else {resource, "*"}


@dataclass(frozen=True)
class Rules:
    """All allowances of one namespace, cluster-wide ones included."""

    rules: tuple[Rule, ...]
    complete: bool
    """False when an authorizer could not list its rules: then silence means nothing."""

    def allows(self, verb: str, group: str, resource: str, name: str | None = None) -> bool:
        """Whether some rule allows it; `resource` may have a subresource: `pods/log`."""
        return any(rule.covers(verb, group, resource, name) for rule in self.rules)

    def denies(self, verb: str, group: str, resource: str, name: str | None = None) -> bool:
        """Whether the rules are complete and none allows it."""
        return self.complete and not self.allows(verb, group, resource, name)


UNKNOWN = Rules((), complete=False)
"""When the review itself was not answered."""


def read(document: JsonValue) -> Rules:
    """Rules of a SelfSubjectRulesReview answer; UNKNOWN when it has no status."""
    status = document.get("status") if isinstance(document, dict) else None
    if not isinstance(status, dict):
        return UNKNOWN
    found = status.get("resourceRules")
    rules = (
        [_rule(rule) for rule in found if isinstance(rule, dict)] if isinstance(found, list) else []
    )
    return Rules(tuple(rules), complete=status.get("incomplete") is not True)


def _rule(rule: dict[str, Any]) -> Rule:
    return Rule(
        verbs=_texts(rule.get("verbs")),
        groups=_texts(rule.get("apiGroups")),
        resources=_texts(rule.get("resources")),
        names=_texts(rule.get("resourceNames")),
    )


def _texts(value: Any) -> frozenset[str]:
    return frozenset(str(item) for item in value) if isinstance(value, list) else frozenset()
