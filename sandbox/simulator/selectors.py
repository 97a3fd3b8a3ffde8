"""Label selectors: the text form of requests and the object form of specs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sandbox.simulator.errors import bad_request

_KEY = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_SET = re.compile(r"^(?P<key>\S+)\s+(?P<op>in|notin)\s*\((?P<values>[^()]*)\)$")
_INEQUALITY = re.compile(r"^(?P<key>[^\s<>]+)\s*(?P<op>[<>])\s*(?P<value>-?[0-9]{1,18})$")
_EQUALITY = re.compile(r"^(?P<key>[^\s=!]+)\s*(?P<op>==|!=|=)\s*(?P<value>[^\s=!]*)$")


class Requirement(NamedTuple):
    """One term of a label selector."""

    key: str
    operator: str
    """`in`, `notin`, `exists`, `!exists`, `>` or `<`."""
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        value = labels.get(self.key)
        if self.operator == "in":
            return value in self.values
        if self.operator == "notin":
            return value not in self.values
        if self.operator == "exists":
            return value is not None
        if self.operator == "!exists":
            return value is None
        if value is None or not _INTEGER.fullmatch(value):
            return False
        limit = int(self.values[0])
        return int(value) > limit if self.operator == ">" else int(value) < limit


@lru_cache(maxsize=512)
def parse_labels(text: str) -> tuple[Requirement, ...]:
    """The terms of `labelSelector`. Raises ApiFailure 400 when it cannot be parsed."""
    return tuple(_requirement(term) for term in _split(text))


def _requirement(term: str) -> Requirement:
    if match := _SET.match(term):
        values = tuple(value.strip() for value in match["values"].split(","))
        return _checked(Requirement(match["key"], match["op"], values), term)
    if match := _INEQUALITY.match(term):
        return _checked(Requirement(match["key"], match["op"], (match["value"],)), term)
    if match := _EQUALITY.match(term):
        operator = "notin" if match["op"] == "!=" else "in"
        return _checked(Requirement(match["key"], operator, (match["value"],)), term)
    if term.startswith("!"):
        return _checked(Requirement(term[1:].strip(), "!exists"), term)
    return _checked(Requirement(term, "exists"), term)


def _checked(requirement: Requirement, term: str) -> Requirement:
    values_ok = all(_VALUE.fullmatch(value) for value in requirement.values)
    if not _KEY.fullmatch(requirement.key) or not (values_ok or requirement.operator in "<>"):
        raise bad_request(
            f"unable to parse requirement: found '{term}', expected: a label selector"
        )
    return requirement


def _split(text: str) -> list[str]:
    """Split on commas that are not inside parentheses."""
    terms, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            terms.append(text[start:at])
            start = at + 1
    terms.append(text[start:])
    stripped = [term.strip() for term in terms]
    if len(stripped) > 1 and not all(stripped):
        raise bad_request("found ',', expected: identifier after ','")
    return [term for term in stripped if term]


def label_selector_text(selector: Mapping[str, Any] | None) -> str:
    """A LabelSelector object as the server prints it: terms sorted by key, empty for none."""
    if not selector:
        return ""
    terms = [(str(key), f"{key}={value}") for key, value in _map(selector, "matchLabels").items()]
    for item in _list(selector, "matchExpressions"):
        key, operator = str(item.get("key")), item.get("operator")
        values = ",".join(sorted(str(value) for value in _list(item, "values")))
        shown = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }
        terms.append((key, shown.get(str(operator), key)))
    return ",".join(text for _, text in sorted(terms, key=lambda term: term[0]))


def label_selector_matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector object selects these labels; an absent one selects nothing.

    A term that is not as validation wants it selects nothing either.
    """
    if selector is None or not _all_there(_map(selector, "matchLabels"), labels):
        return False
    for item in _list(selector, "matchExpressions"):
        key, values = str(item.get("key")), _list(item, "values")
        test = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }
        if not test.get(str(item.get("operator")), False):
            return False
    return True


def map_selector_matches(selector: Mapping[str, str] | None, labels: Mapping[str, str]) -> bool:
    """Whether the plain selector of a Service or ReplicationController selects these labels.

    An empty one selects nothing.
    """
    return bool(selector) and _all_there(selector or {}, labels)


def _all_there(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in wanted.items())


def _map(selector: Mapping[str, Any], field: str) -> Mapping[str, str]:
    return selector.get(field) or {}


def _list(selector: Mapping[str, Any], field: str) -> Sequence[Any]:
    return selector.get(field) or []
