"""JSON as a model says it -> YAML as people read it. Texts that YAML 1.1 would misread stay in quotes."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml  # type: ignore[import-untyped]  # as elsewhere: no stubs are installed

_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
"""Texts that need no quotes, unless they are one of the words below."""
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What YAML 1.1, which kubectl reads, takes for booleans and null, in any case."""


class Unreadable(ValueError):
    """The text is not one JSON object."""


class RepeatedKey(Unreadable):
    """An object has the same key twice; which one is meant, nobody knows."""


def render_yaml(json_text: str) -> str:
    """The document as YAML, keys in their order. Raises Unreadable when it is no JSON object."""
    try:
        document = json.loads(json_text, object_pairs_hook=_once)
        if not isinstance(document, dict):
            raise Unreadable("not a JSON object")
        return str(
            yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
        )
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, too
        raise Unreadable(str(error)) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _ in pairs]
        raise RepeatedKey(f"the key {max(names, key=names.count)} stands twice")
    return found


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # untyped base
    """Quotes whatever is not plainly a text; never writes anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_text(dumper: Any, text: str) -> Any:
    bare = _BARE.fullmatch(text) and text.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if bare else '"')


_Dumper.add_representer(str, _write_text)
