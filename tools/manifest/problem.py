"""Problem: one thing that is wrong with an object, with its path and how to mend it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue

from tools.manifest.load import Path, Trap
from tools.suggest import closest, ending

Locate = Callable[[str], str | None]
"""Field name -> dotted path at which the type has such a field, for fields put in a wrong place."""


@dataclass(frozen=True)
class Problem:
    """One problem. `str()` gives `path: message (hint)`."""

    keys: Path
    """Where, as field names and list indexes."""
    message: str
    """What is wrong, without the path."""
    hint: str = ""
    """How to mend it."""
    reason: str = "schema"
    """Slug: unknown-field, missing-field, wrong-type, bad-value, unknown-kind, unknown-version,
    no-schema."""

    @property
    def path(self) -> str:
        """Where, as `spec.template.spec.containers[0].image`."""
        return join(self.keys)

    def __str__(self) -> str:
        """One line for a person."""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.path}: {self.message}{hint}" if self.keys else f"{self.message}{hint}"

    def trapped(self, trap: Trap | None) -> Problem:
        """The same, saying that YAML made another value of the word that was written."""
        if trap is None or self.reason not in ("wrong-type", "bad-value"):
            return self
        return replace(self, hint=f'quote it: "{trap.text}" is {json.dumps(trap.value)} to YAML')


def join(keys: Path) -> str:
    """`("spec", "ports", 0)` -> `spec.ports[0]`; keys with dots in brackets and quotes."""
    text = ""
    for key in keys:
        if isinstance(key, int):
            text += f"[{key}]"
        elif "." in key or "/" in key or not key:
            text += f"[{json.dumps(key)}]"
        else:
            text += f".{key}" if text else key
    return text


def explain(error: Any, schema: dict[str, Any], locate: Locate) -> Iterator[Problem]:
    """The problems in one jsonschema-rs error; `schema` is the root it was found with."""
    keys: Path = tuple(error.instance_path)
    kind = error.kind.name
    if kind == "additionalProperties":
        owner = _at(schema, list(error.schema_path)[:-1])
        known = list(owner.get("properties", {}))
        for name in error.kind.unexpected:
            yield Problem(
                (*keys, name), "unknown field", _where(name, known, locate), "unknown-field"
            )
    elif kind == "required":
        yield Problem(
            (*keys, str(error.kind.property)), "required field is missing", "", "missing-field"
        )
    elif kind == "type":
        types = [name for name in _types(error) if name != "null"]
        wanted = " or ".join(types)
        message = f"expected {wanted}, not {_shown(error.instance)}"
        yield Problem(keys, message, _type_hint(error.instance, types), "wrong-type")
    elif kind == "enum":
        options = [str(option) for option in error.kind.options if option is not None]
        near = closest(str(error.instance), options)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(options)}"
        yield Problem(keys, f"{_shown(error.instance)} is not allowed here", hint, "bad-value")
    elif kind == "pattern":
        yield Problem(keys, *_pattern(error), "bad-value")
    else:
        yield Problem(keys, _plain_message(error), "", "bad-value")


def _where(name: str, known: list[str], locate: Locate) -> str:
    near = closest(name, known)
    end = ending(name, known)
    if end and name[-len(end)].isupper():  # a whole word of a made-up one: volumeAccessModes
        near = [end]
    if near and (near[0].lower() == name.lower() or len(name) > 3):
        return f"did you mean {near[0]}?"
    place = locate(name)
    if place:
        return f"{name} belongs at {place}"
    if near:
        return f"did you mean {near[0]}?"
    if not known:
        return "no field is known here"
    return f"known: {', '.join(sorted(known)[:12])}{', ...' if len(known) > 12 else ''}"


def _types(error: Any) -> list[str]:
    types = error.kind.types
    return [types] if isinstance(types, str) else [str(name) for name in types]


def _type_hint(value: JsonValue, types: list[str]) -> str:
    if "string" in types and isinstance(value, bool | int | float):
        return f'quote it: "{json.dumps(value)}"'
    if isinstance(value, str):
        if types == ["integer"] and value.strip().lstrip("-").isdigit():
            return f"write {value.strip()} without quotes"
        if types == ["boolean"] and value.lower() in ("true", "false"):
            return f"write {value.lower()} without quotes"
    if types == ["array"] and value is not None:
        return "write a list: put `- ` before each entry"
    if types == ["object"] and isinstance(value, list):
        return "write a mapping, without `- `"
    return f"write {' or '.join(_article(name) for name in types)}"


def _article(name: str) -> str:
    word = {"object": "mapping", "array": "list"}.get(name, name)
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _pattern(error: Any) -> tuple[str, str]:
    from tools.manifest.compile import BASE64, QUANTITY

    shown = _shown(error.instance)
    if error.kind.pattern == QUANTITY:
        hint = "write 500m, 2, 128Mi or 1Gi"
        text = str(error.instance).strip()
        bare = text[:-1] if text[-1:] in "bB" else text
        number, unit = bare.rstrip("kKmMgGtTiI"), bare.lstrip("+-.0123456789")
        fixed = {"mi": "Mi", "gi": "Gi", "ki": "Ki", "ti": "Ti", "kb": "k", "g": "G", "t": "T"}
        unit = fixed.get(unit.lower(), unit if unit in ("M", "k", "m") else "")
        if number and unit and number.replace(".", "", 1).isdigit():
            hint = f"did you mean {number}{unit}?"
        return f"{shown} is not a quantity", hint
    if error.kind.pattern == BASE64:
        return f"{shown} is not base64", "encode it, or use stringData"
    return f"{shown} does not match {error.kind.pattern}", "write it in the form of that pattern"


def _plain_message(error: Any) -> str:
    text = str(error.message)
    return text if len(text) <= 200 else text[:197] + "..."


def _shown(value: JsonValue) -> str:
    """A value as evidence: its type for containers, else itself, cut at 60 characters."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + '..."'


def _at(schema: dict[str, Any], path: list[Any]) -> dict[str, Any]:
    node: Any = schema
    for part in path:
        node = node[part] if isinstance(node, list) else node.get(part, {})
    return node if isinstance(node, dict) else {}
