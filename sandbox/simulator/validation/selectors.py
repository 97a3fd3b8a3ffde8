"""Label selectors, and whether a pod template carries the labels its owner selects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import entries, listing, mapping, text
from sandbox.simulator.validation.meta import labels
from sandbox.simulator.validation.problem import Problem, bad, forbidden, required

_WITH_VALUES = ("In", "NotIn")
_WITHOUT_VALUES = ("Exists", "DoesNotExist")


def label_selector(selector: Any, path: str) -> Iterator[Problem]:
    """A metav1.LabelSelector; None is fine."""
    yield from labels(mapping(selector, "matchLabels"), f"{path}.matchLabels")
    for where, rule in entries(selector, "matchExpressions", path):
        operator, values = text(rule, "operator"), listing(rule, "values")
        if operator in _WITH_VALUES:
            if not values:
                said = "must be specified when `operator` is 'In' or 'NotIn'"
                yield required(f"{where}.values", said)
        elif operator in _WITHOUT_VALUES:
            if values:
                said = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
                yield forbidden(f"{where}.values", said)
        else:
            yield bad(f"{where}.operator", operator, "not a valid selector operator")
        key = text(rule, "key")
        yield from (bad(f"{where}.key", key, said) for said in names.qualified(key))


def empty(selector: Any) -> bool:
    """Whether the selector selects everything."""
    return not mapping(selector, "matchLabels") and not listing(selector, "matchExpressions")


def matches(selector: Any, own: dict[str, Any]) -> bool:
    """Whether labels fit a selector; True for rules that cannot be understood."""
    for key, value in mapping(selector, "matchLabels").items():
        if own.get(key) != value:
            return False
    for _, rule in entries(selector, "matchExpressions", ""):
        key, values = text(rule, "key"), listing(rule, "values")
        fits = {
            "In": own.get(key) in values if key in own else False,
            "NotIn": key not in own or own[key] not in values,
            "Exists": key in own,
            "DoesNotExist": key not in own,
        }.get(text(rule, "operator"), True)
        if not fits:
            return False
    return True


def selected(
    spec: dict[str, Any], path: str, kind: str, *, needed: bool = True
) -> Iterator[Problem]:
    """`spec.selector` against `spec.template.metadata.labels`; `kind` is for the error text."""
    selector = spec.get("selector")
    if not isinstance(selector, dict):
        if needed:
            yield required(f"{path}.selector")
    else:
        yield from label_selector(selector, f"{path}.selector")
        if empty(selector):
            yield bad(f"{path}.selector", selector, f"empty selector is invalid for {kind}")
    own = mapping(spec, "template", "metadata", "labels")
    if isinstance(selector, dict) and not empty(selector) and not matches(selector, own):
        yield bad(
            f"{path}.template.metadata.labels",
            own or None,
            "`selector` does not match template `labels`",
        )
