"""Item: one API object inside an output document, and how facts about it are stated."""

from __future__ import annotations

import json

from pydantic import JsonValue

from tools.distil.facts import QUOTE_LENGTH, FactList
from tools.distil.kinds import namespaced
from tools.distil.shapes import bounded, mapping, text
from tools.objects import ObjectRef


def quoted_key(key: str) -> str:
    """A key as a JSON path step that may hold dots: `["app.kubernetes.io/name"]`."""
    return f"[{json.dumps(key)}]"


def _quote(at: str, value: JsonValue) -> str:
    key = at.rpartition(".")[2]
    if isinstance(value, str):
        return f"{key}: {value[:QUOTE_LENGTH]}"
    return f"{key}: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))[:QUOTE_LENGTH]}"


class Item:
    """An object of the document with its place in it; `say` states facts with their JSON path."""

    def __init__(self, raw: dict[str, JsonValue], kind: str, path: str, facts: FactList) -> None:
        meta = mapping(raw.get("metadata"))
        self.raw = raw
        self.meta = meta
        self.spec = mapping(raw.get("spec"))
        self.status = mapping(raw.get("status"))
        self.kind = kind
        self.path = path
        self.facts = facts
        space = text(meta.get("namespace")) if namespaced(kind) else ""
        self.ref = ObjectRef(kind=kind, namespace=space or None, name=text(meta.get("name")))

    def container(self, name: str) -> ObjectRef:
        """Reference to one container of this object."""
        return self.ref.model_copy(update={"container": name}) if name else self.ref

    def say(
        self,
        name: str,
        value: JsonValue,
        at: str,
        *,
        quote: str | None = None,
        about: ObjectRef | None = None,
    ) -> None:
        """State a fact read at the path `at` of this object (about `about`, or the object)."""
        kept = bounded(value) if isinstance(value, dict | list) else value
        self.facts.add(
            about or self.ref,
            name,
            kept,
            path=f"{self.path}.{at}" if self.path else at,
            quote=_quote(at, kept) if quote is None else quote,
        )

    def say_field(
        self, name: str, value: JsonValue, holder: dict[str, JsonValue], at: str, field: str
    ) -> None:
        """State a fact of `field` in the object at path `at`; when absent, say that it is."""
        if field in holder:
            self.say(name, value, f"{at}.{field}")
        else:
            self.say(name, value, at, quote=f"no {field}")

    def say_text(
        self, name: str, value: JsonValue, at: str, about: ObjectRef | None = None
    ) -> None:
        """State a string fact; nothing when there is no such string."""
        if found := text(value):
            self.say(name, found, at, about=about)
