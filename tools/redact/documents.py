"""JSON and YAML texts: parse, redact the tree, write back with the same lines.

A document without secrets comes back byte for byte. JSON is written again in its own style
(kubectl's four spaces, Go's escapes, numbers as they were spelt); in YAML only the scalars that
change are replaced in the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]

from tools.redact.mask import Mask
from tools.redact.structure import Edit, Walk

YAML_START = re.compile(r"(?:---\s*\n|#.*\n)*(?:apiVersion|kind|items|metadata|spec|data): ?")


class _Number(str):
    """A number as it was spelt; floats must not be rounded on the way through."""


def redact_json(text: str, clean: Callable[[str], str], mask: Mask) -> str | None:
    """The redacted JSON, or None when the text is not one JSON object or array."""
    try:
        tree = json.loads(
            text, parse_float=_Number, parse_int=_Number, parse_constant=_Number, strict=False
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(tree, dict | list):
        return None
    changed = False
    for edit in list(Walk(clean, mask).edits(tree)):
        edit.container[edit.key] = edit.text  # type: ignore[index]
        changed = True
    if not changed:
        return text
    lead = text[: len(text) - len(text.lstrip())]
    trail = text[len(text.rstrip()) :]
    return lead + _Style.of(text).write(tree) + trail


def redact_yaml(text: str, clean: Callable[[str], str], mask: Mask) -> str | None:
    """The redacted YAML, or None when the text does not look or parse like Kubernetes YAML."""
    if not YAML_START.match(text):
        return None
    try:
        documents = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, RecursionError):
        return None
    builder = _Builder()
    trees = [builder.build(document) for document in documents if document is not None]
    edits: list[Edit] = []
    for tree in trees:
        edits += Walk(clean, mask).edits(tree)
    spans = []
    for edit in edits:
        node = builder.scalars[id(edit.container), edit.key]
        start, end = node.start_mark.index, node.end_mark.index
        spans.append((start, end, _scalar(text[start:end], edit, clean)))
    position, parts = 0, []
    for start, end, new in sorted(spans):
        if start < position:
            continue  # the same node, reached through an alias
        parts += [text[position:start], new]
        position = end
    return "".join(parts) + text[position:]


def _scalar(source: str, edit: Edit, clean: Callable[[str], str]) -> str:
    """New source text for one scalar, with as many line breaks as the old."""
    breaks = source.count("\n")
    if edit.whole:
        return edit.text + "\n" * breaks
    rewritten = clean(source)
    try:
        value = yaml.load(rewritten, Loader=yaml.CSafeLoader)
        if isinstance(value, str) and clean(value) == value:
            return rewritten
    except yaml.YAMLError:
        pass
    return json.dumps(edit.text, ensure_ascii=False) + "\n" * breaks


class _Builder:
    """Plain containers from YAML nodes, and where each scalar stands in the text."""

    def __init__(self) -> None:
        self.scalars: dict[tuple[int, str | int], Any] = {}
        self._built: dict[int, Any] = {}
        self._keep: list[Any] = []

    def build(self, node: Any) -> Any:
        """dict, list or str; aliases give the same object again."""
        if id(node) in self._built:
            return self._built[id(node)]
        if isinstance(node, yaml.MappingNode):
            mapping: dict[str, Any] = {}
            self._built[id(node)] = mapping
            for key_node, value_node in node.value:
                key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
                mapping[key] = self._value(mapping, key, value_node)
            return mapping
        if isinstance(node, yaml.SequenceNode):
            items: list[Any] = []
            self._built[id(node)] = items
            for index, item in enumerate(node.value):
                items.append(self._value(items, index, item))
            return items
        return node.value

    def _value(self, container: Any, key: str | int, node: Any) -> Any:
        if isinstance(node, yaml.ScalarNode):
            self.scalars[id(container), key] = node
        return self.build(node)


class _Style(NamedTuple):
    """How a JSON text is laid out."""

    indent: int
    """Spaces per level; 0 for one line."""
    colon: str
    comma: str
    escapes: bool
    """Go's \\u003c, \\u003e and \\u0026."""

    @classmethod
    def of(cls, text: str) -> _Style:
        """Read the style off the text."""
        body = text.strip()
        first = re.match(r"[\[{]\n( *)", body)
        escapes = re.search(r"[<>&]", body) is None
        if first:
            return cls(len(first[1]), ": ", ",", escapes)
        return cls(0, ": " if '": ' in body else ":", ", " if ', "' in body else ",", escapes)

    def write(self, tree: Any) -> str:
        """The tree as JSON in this style."""
        parts: list[str] = []
        self._write(tree, "\n" if self.indent else "", parts)
        text = "".join(parts)
        return text if not self.escapes else _go_escaped(text)

    def _write(self, node: Any, line: str, parts: list[str]) -> None:
        if isinstance(node, _Number):
            parts.append(str(node))
        elif isinstance(node, dict | list) and node:
            is_map = isinstance(node, dict)
            inner = line + " " * self.indent if line else ""
            parts.append("{" if is_map else "[")
            for index, key in enumerate(node):
                if index:
                    parts.append(self.comma)
                parts.append(inner)
                if is_map:
                    parts += (json.dumps(key, ensure_ascii=False), self.colon)
                self._write(node[key] if is_map else key, inner, parts)
            parts += (line, "}" if is_map else "]")
        else:
            parts.append(json.dumps(node, ensure_ascii=False))


def _go_escaped(text: str) -> str:
    """As Go's encoder writes it; `<`, `>`, `&` occur in JSON strings only."""
    for character in "<>&\u2028\u2029":
        if character in text:
            text = text.replace(character, f"\\u{ord(character):04x}")
    return text
