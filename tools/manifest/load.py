"""Strict YAML for manifests and patches: what is accepted reads the same to kubectl and to us.

Refused: duplicate keys, anchors, aliases, tags, merge keys, keys that are not text, documents that
are too big or too deep. Plain scalars are resolved as kubectl's YAML library does (YAML 1.1 as Go
reads it), so that `on: yes` is seen as the boolean it will become, and `0644` as 420. Not covered:
whether the content is a valid object (see schema.py).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import JsonValue

from tools.errors import MagosError
from tools.manifest.scalars import plain
from tools.manifest.yamlhint import yaml_hint

MAX_BYTES = 64 * 1024
"""Largest manifest of a move, bytes; real ones are 1-10 KiB."""
MAX_DEPTH = 32
"""Deepest nesting; a Pod template with every probe stays below 15."""

Path = tuple[str | int, ...]
"""Where a value stands: field names and list indexes from the document's root."""


class ManifestError(MagosError):
    """The text is not a manifest we accept. `line` counts from 1; `reason` is a slug."""

    def __init__(self, reason: str, message: str, hint: str = "", *, line: int = 0) -> None:
        super().__init__(message, hint)
        self.reason = reason
        """Slug: too-large, yaml, duplicate-key, anchor, tag, bad-key, too-deep, many-documents,
        empty, not-a-mapping, not-json."""
        self.line = line


class Trap(NamedTuple):
    """A plain scalar that YAML 1.1 turned into something else than it looks like."""

    text: str
    """As written: `yes`, `0644`."""
    value: JsonValue
    """What kubectl reads."""


@dataclass(frozen=True)
class Document:
    """One YAML document as plain JSON values, with where each value was written."""

    value: JsonValue
    """The document."""
    line: int
    """Line its first key stands on, from 1."""
    lines: dict[Path, int] = field(default_factory=dict)
    """Line of each key and list entry, from 1."""
    traps: dict[Path, Trap] = field(default_factory=dict)
    """Plain words that became booleans or octal numbers."""

    def line_of(self, path: Path) -> int:
        """Line of a path, or of its nearest known ancestor."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return self.line


def load(text: str) -> Document:
    """The one document of a move. Raises ManifestError; more than one document is an error too."""
    documents = load_all(text)
    if len(documents) != 1:
        reason = "many-documents" if documents else "empty"
        message = "a move is one YAML document" if documents else "there is no YAML document"
        raise ManifestError(reason, f"{message}, not {len(documents)}", "send one object at a time")
    document = documents[0]
    if not isinstance(document.value, dict):
        raise ManifestError(
            "not-a-mapping",
            "the document is not a mapping of fields",
            "write an object with fields, such as `spec:`",
            line=document.line,
        )
    return document


def load_all(text: str, *, max_bytes: int = MAX_BYTES) -> list[Document]:
    """All non-empty documents of a file, in order. Raises ManifestError."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    size = len(text.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise ManifestError("too-large", f"{size} bytes, more than {max_bytes}", "send less")
    try:
        return _Builder(iter(YAML(typ="safe", pure=True).parse(text))).documents()
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = mark.line + 1 if mark is not None else 0
        where = f"line {line}, column {mark.column + 1}: " if mark is not None else ""
        opened = getattr(error, "context_mark", None)
        hint = yaml_hint(text, line, problem, opened.line + 1 if opened is not None else line)
        raise ManifestError("yaml", f"not valid YAML: {where}{problem}", hint, line=line) from error
    except (ValueError, RecursionError) as error:
        # ruamel lets some scanner slips through as ValueError (bad escapes, surrogates).
        raise ManifestError("yaml", f"not valid YAML: {error}", "mend the quoting") from error


class _Builder:
    """Builds documents from parser events; refuses on the way what the module docstring lists."""

    def __init__(self, events: Any) -> None:
        self._events = events
        self._lines: dict[Path, int] = {}
        self._traps: dict[Path, Trap] = {}

    def documents(self) -> list[Document]:
        found = []
        for event in self._events:
            if type(event).__name__ != "DocumentStartEvent":
                continue
            self._lines, self._traps = {}, {}
            first = next(self._events)
            line = int(first.start_mark.line) + 1
            value = self._value(first, ())
            if value is not None:
                found.append(Document(value, line, self._lines, self._traps))
        return found

    def _value(self, event: Any, path: Path) -> JsonValue:
        self._refuse_decorated(event)
        name = type(event).__name__
        if name == "ScalarEvent":
            return self._scalar(event, path)
        if len(path) >= MAX_DEPTH:
            raise _refused("too-deep", event, f"nested more than {MAX_DEPTH} deep", "flatten it")
        return self._mapping(path) if name == "MappingStartEvent" else self._sequence(path)

    def _refuse_decorated(self, event: Any) -> None:
        if type(event).__name__ == "AliasEvent" or event.anchor:
            raise _refused("anchor", event, "anchors and aliases are not accepted", "write it out")
        tag = str(getattr(event, "tag", None))
        if tag not in ("None", "!"):
            raise _refused("tag", event, f"the tag {tag} is not accepted", "leave tags out")

    def _mapping(self, path: Path) -> dict[str, JsonValue]:
        found: dict[str, JsonValue] = {}
        for event in self._events:
            if type(event).__name__ == "MappingEndEvent":
                break
            key = self._key(event)
            if key in found:
                message = f"the key {key!r} is there twice"
                raise _refused("duplicate-key", event, message, f"keep one {key!r}")
            self._lines[(*path, key)] = _line(event)
            found[key] = None
            found[key] = self._value(next(self._events), (*path, key))
        return found

    def _key(self, event: Any) -> str:
        self._refuse_decorated(event)
        if type(event).__name__ != "ScalarEvent":
            raise _refused("bad-key", event, "a key must be text", "quote values that hold { or [")
        text = _text(event)
        if event.style not in (None, ""):
            return text
        if text == "<<":
            raise _refused("anchor", event, "merge keys are not accepted", "write it out")
        # Whole numbers become text (ConfigMap keys such as 8080); yes, null and 1.5 are garbled.
        value = plain(text)
        number = isinstance(value, int) and not isinstance(value, bool) and str(value) == text
        if not number and not isinstance(value, str):
            message = f"the key {text} is not text in YAML 1.1"
            raise _refused("bad-key", event, message, f'quote it: "{text}"')
        return text

    def _sequence(self, path: Path) -> list[JsonValue]:
        found: list[JsonValue] = []
        for event in self._events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            here = (*path, len(found))
            self._lines[here] = _line(event)
            found.append(self._value(event, here))
        return found

    def _scalar(self, event: Any, path: Path) -> JsonValue:
        text = _text(event)
        if event.style not in (None, ""):
            return text
        value = plain(text)
        if isinstance(value, float) and not math.isfinite(value):
            raise _refused("not-json", event, f"{text} has no JSON form", "write a number")
        odd_word = isinstance(value, bool) and text.lower() not in ("true", "false")
        respelt = isinstance(value, int) and not isinstance(value, bool) and str(value) != text
        if odd_word or respelt:
            self._traps[path] = Trap(text, value)
        return value


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _refused(reason: str, event: Any, message: str, hint: str) -> ManifestError:
    line = _line(event)
    return ManifestError(reason, f"line {line}: {message}", hint, line=line)


def _text(event: Any) -> str:
    """The text of a scalar; half a surrogate pair cannot be sent as JSON."""
    text = str(event.value)
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise _refused("not-json", event, "half a surrogate pair", "write the character itself")
    return text
