"""YAML of a repository: its documents, and the PromQL and shell text inside them.

Templates (Helm, Jinja) and elisions (`...`) are tolerated: they become marks or empty lines, and
the result says that parts were not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pydantic import JsonValue

from tools.lint.placeholder import MARK, holds, mark_templates
from tools.manifest.load import Document, ManifestError, Path, load_all
from tools.manifest.problem import Problem

MAX_FILE_BYTES = 2 * 1024 * 1024
"""Largest YAML file that is read; bundles of custom resource definitions reach about 1 MiB."""

_ELISION = re.compile(r"^[ \t]*(?:- )?(?:#[ \t]*)?(?:\.\.\.|…)[^\n]*$", re.MULTILINE)
_NOT_OURS = frozenset({("v1", "Config")})
"""apiVersion and kind of files that look like objects and are not: a kubeconfig."""
_HELD_BACK = frozenset({"missing-field", "wrong-type"})
"""Problems that a template's unseen part may cause."""


class YamlText(NamedTuple):
    """The documents of one YAML text."""

    documents: list[Document]
    partial: bool
    """Parts were left out or are templates, so what is missing may be there."""


class Expression(NamedTuple):
    """One PromQL expression of a rule."""

    text: str
    line: int
    name: str
    """The alert's or record's name."""


def read(text: str) -> YamlText:
    """All documents of a text. Raises ManifestError when it is not YAML even without templates."""
    try:
        documents = load_all(text, max_bytes=MAX_FILE_BYTES)
        return YamlText(documents, partial=_ELISION.search(text) is not None)
    except ManifestError:
        prepared = mark_templates(_ELISION.sub("", text))
        if prepared == text:
            raise
        return YamlText(load_all(prepared, max_bytes=MAX_FILE_BYTES), partial=True)


def is_object(document: Document) -> bool:
    """Whether a document says that it is a Kubernetes object."""
    value = document.value
    if not isinstance(value, dict):
        return False
    api_version, kind = value.get("apiVersion"), value.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str):
        return False
    return not holds(api_version) and not holds(kind) and (api_version, kind) not in _NOT_OURS


def title(document: Document) -> str:
    """`apps/v1 Deployment web`, for a finding's line."""
    value = document.value if isinstance(document.value, dict) else {}
    meta = value.get("metadata")
    name = meta.get("name") if isinstance(meta, dict) else None
    parts = [value.get("apiVersion"), value.get("kind"), name]
    return " ".join(str(part) for part in parts if part).replace(MARK, "...")


def certain(problem: Problem, document: Document, partial: bool) -> bool:
    """Whether a problem is one whatever the reader or a template fills in."""
    if any(isinstance(key, str) and holds(key) for key in problem.keys):
        return False
    value: JsonValue = document.value
    for key in problem.keys:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and key < len(value):
            value = value[key]
        else:
            value = None
    if isinstance(value, str) and holds(value) and problem.reason != "unknown-field":
        return False
    if partial and problem.reason in _HELD_BACK:
        return problem.reason == "wrong-type" and value is not None
    return True


def expressions(document: Document) -> Iterator[Expression]:
    """PromQL of rule files and PrometheusRule objects."""
    value = document.value
    base: Path = ()
    if isinstance(value, dict) and value.get("kind") == "PrometheusRule":
        value, base = value.get("spec"), ("spec",)
    groups = value.get("groups") if isinstance(value, dict) else None
    for at, group in enumerate(groups if isinstance(groups, list) else ()):
        rules = group.get("rules") if isinstance(group, dict) else None
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            expr = rule.get("expr") if isinstance(rule, dict) else None
            if isinstance(rule, dict) and isinstance(expr, str | int | float):
                path = (*base, "groups", at, "rules", index, "expr")
                name = str(rule.get("alert") or rule.get("record") or "")
                yield Expression(str(expr), document.line_of(path), name)


def scripts(document: Document) -> Iterator[tuple[str, int]]:
    """(text, line) of every text value that mentions kubectl or promtool at a line's start."""
    for path, text in _texts(document.value, ()):
        if re.search(r"^\s*(?:sudo\s+)?(?:kubectl|promtool)\s", text, re.MULTILINE):
            line = document.line_of(path)
            yield text, line + 1 if "\n" in text else line


def _texts(value: JsonValue, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*path, index))
