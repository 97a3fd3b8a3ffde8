"""Label selectors, and whether a pod template carries the labels its owner selects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.simulator.selectors import label_selector_matches
from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import Json, entries, listing, mapping, text
from sandbox.simulator.validation.meta import labels
from sandbox.simulator.validation.problem import Problem, bad, forbidden, required

_WITH_VALUES = ("In", "NotIn")
_WITHOUT_VALUES = ("Exists", "DoesNotExist")
_NUMERIC = ("Gt", "Lt")


def label_selector(selector: Any, path: str) -> Iterator[Problem]:
    """A metav1.LabelSelector; None is fine."""
    yield from labels(mapping(selector, "matchLabels"), f"{path}.matchLabels")
    yield from expressions(selector, path)


def expressions(selector: Any, path: str, *, numeric: bool = False) -> Iterator[Problem]:
    """The matchExpressions of a label selector, or of a node's (`numeric`: Gt and Lt too)."""
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
        elif numeric and operator in _NUMERIC:
            if len(values) != 1:
                said = "must be specified single value when `operator` is 'Lt' or 'Gt'"
                yield required(f"{where}.values", said)
        else:
            yield bad(f"{where}.operator", operator, "not a valid selector operator")
        key = text(rule, "key")
        yield from (bad(f"{where}.key", key, said) for said in names.qualified(key))


def empty(selector: Any) -> bool:
    """Whether the selector selects everything."""
    return not mapping(selector, "matchLabels") and not listing(selector, "matchExpressions")


def fits(selector: Any, own: Json) -> bool:
    """Whether labels fit a selector; True for one that label_selector() complains about."""
    if next(label_selector(selector, ""), None) is not None:
        return True
    rules = [rule for _, rule in entries(selector, "matchExpressions", "")]
    chosen = {"matchLabels": mapping(selector, "matchLabels"), "matchExpressions": rules}
    return label_selector_matches(chosen, own)


def selected(spec: Json, path: str, kind: str, *, needed: bool = True) -> Iterator[Problem]:
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
    if isinstance(selector, dict) and not empty(selector) and not fits(selector, own):
        yield bad(
            f"{path}.template.metadata.labels",
            own or None,
            "`selector` does not match template `labels`",
        )
