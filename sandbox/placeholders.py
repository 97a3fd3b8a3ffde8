"""Placeholders in scenarios: `{{name}}` and `{{name|env}}`, and putting values in their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"\{\{\s*([a-zA-Z_][\w.]*)\s*(?:\|\s*(\w+)\s*)?\}\}")

_FILTERS: Mapping[str, Callable[[str], str]] = {
    "env": lambda text: text.upper().replace("-", "_"),
    "upper": str.upper,
    "lower": str.lower,
}


class TemplateError(ValueError):
    """A placeholder that names no variable or filter."""


def render(value: Any, variables: Mapping[str, Any]) -> Any:
    """Put variables into every `{{name}}` of a structure, keys included.

    A text that is one placeholder becomes the variable's value, with its type; a key whose value is
    None that way is left out. `{{name|env}}` is the name as a variable: upper case, `_` for `-`.
    Raises TemplateError.
    """
    if isinstance(value, str):
        whole = _PLACEHOLDER.fullmatch(value.strip())
        if whole:
            return _lookup(whole, variables)
        return _PLACEHOLDER.sub(lambda found: str(_lookup(found, variables)), value)
    if isinstance(value, Mapping):
        made = {
            render(key, variables): (item, render(item, variables)) for key, item in value.items()
        }
        return {key: new for key, (old, new) in made.items() if new is not None or old is None}
    if isinstance(value, list):
        return [render(item, variables) for item in value]
    return value


def _lookup(found: re.Match[str], variables: Mapping[str, Any]) -> Any:
    value: Any = variables
    for part in found[1].split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise TemplateError(f"{{{{{found[1]}}}}} names no variable defined above it")
        value = value[part]
    if found[2] is None:
        return value
    if found[2] not in _FILTERS:
        raise TemplateError(f"no filter {found[2]!r}; there are {sorted(_FILTERS)}")
    return _FILTERS[found[2]](str(value))
