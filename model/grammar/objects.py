"""JSON schemas of one object or of a patch of it, from OpenAPI component schemas (plain data).

What comes out compiles in llguidance, in which fields stand in the schema's order: required fields kept, unknown ones
impossible, every text and list bounded, recursion cut. Not covered: rules across fields but for
`oneOf: [required...]`; the server says the rest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from model.grammar.lark import Impossible
from model.grammar.leaves import Node
from model.grammar.paths import parts, prefixes, tree
from model.grammar.rules import ObjectRules, PatchRules, alternatives, varied
from model.protocol import Grammar

Schemas = Mapping[str, Node]
MOST_ITEMS = 6
MOST_KEYS = 6
"""Entries of a list and of a map at most, where the schema allows more."""
GUIDANCE = {"whitespace_flexible": False, "lenient": False, "json_allowed_escapes": 'nt"\\'}
"""Compact, nothing skipped that the compiler does not know, no control characters but tab and newline."""


def object_grammar(schemas: Schemas, name: str, rules: ObjectRules) -> Grammar:
    """Whole objects of one component. Raises Impossible when a required field cannot be written."""
    compiler = _Compiler(schemas, rules, None)
    root = compiler.component(name, "", partial=False)
    return _grammar(root, compiler)


def patch_grammar(schemas: Schemas, name: str, rules: ObjectRules, patch: PatchRules) -> Grammar:
    """Patches of one component. Raises Impossible when none of the paths can be written."""
    compiler = _Compiler(schemas, rules, patch)
    root = compiler.component(name, "", partial=True)
    if root is None or not root.get("properties"):
        raise Impossible("no such field can be patched")
    return _grammar(root, compiler)


def _grammar(root: Node | None, compiler: _Compiler) -> Grammar:
    if root is None:
        raise Impossible("a required field cannot be written")
    schema = {**root, "x-guidance": GUIDANCE, "$defs": compiler.definitions}
    return Grammar(syntax="json", text=json.dumps(schema, separators=(",", ":")))


class _Compiler:
    """Translates nodes. Components off the special paths become definitions, written once."""

    def __init__(self, schemas: Schemas, rules: ObjectRules, patch: PatchRules | None) -> None:
        self._schemas = schemas
        self._rules = rules
        self._patch = patch
        self._paths = tree(patch.paths) if patch is not None else {}
        self._leaves = frozenset(patch.paths if patch is not None else ())
        self._special = prefixes([*rules.fixed, *rules.limited])
        self._always = prefixes(list(rules.fixed))
        self._open: list[str] = []
        """Components being written: a reference back to one of them is cut."""
        self._made: dict[str, Node | None] = {}
        self._merge_keys: dict[str, str] = {}
        """Path of a merged list's entries -> the field that tells them apart."""
        self.definitions: dict[str, Node] = {}

    def component(self, name: str, path: str, *, partial: bool) -> Node | None:
        """A component; None when it cannot be written."""
        node = self._schemas.get(name)
        if node is None or name in self._rules.opaque or name in self._open:
            return None
        if path in self._special or path in self._leaves or self._on_way(path):
            self._open.append(name)
            try:
                return self._node(node, path, name, name, partial)
            finally:
                self._open.pop()
        key = f"{name}~" if partial else name
        if key not in self._made:
            self._open.append(name)
            self._made[key] = None
            made = self._made[key] = self._node(node, "?", name, name, partial)
            self._open.pop()
            if made is not None:
                self.definitions[_plain(key)] = made
        return {"$ref": f"#/$defs/{_plain(key)}"} if self._made[key] is not None else None

    def _node(self, node: Node, path: str, owner: str, word: str, partial: bool) -> Node | None:
        """owner: the schema that `word`, the field of this node, belongs to."""
        if path in self._rules.fixed:
            return {"const": self._rules.fixed[path]}
        target = _ref(node)
        leaf = self._rules.leaves.leaf(node, target, owner, word)
        if leaf is not None:
            return None if self._on_way(path) else leaf  # a patch's path ends here or below
        if target is not None:
            return self.component(target, path, partial=partial)
        if "items" in node or node.get("type") == "array":
            return self._list(node, path, owner, word, partial)
        if "properties" in node:
            return self._object(node, path, owner, partial)
        extra = node.get("additionalProperties")
        if isinstance(extra, dict):
            return self._map(node, extra, owner, word)
        return None

    def _list(self, node: Node, path: str, owner: str, word: str, partial: bool) -> Node | None:
        whole = self._rules.lists.get((owner, word))
        if whole is not None:
            return {"enum": [list(items) for items in whole]}
        merge_key = node.get("x-kubernetes-patch-merge-key")
        merged = partial and self._patch is not None and self._patch.strategic
        merged = merged and merge_key is not None
        items = node.get("items") or {}
        if merged:
            self._merge_keys[f"{path}[]"] = str(merge_key)
        entry = self._node(items, f"{path}[]", owner, word, bool(merged))
        if entry is None:
            return None
        if merged:
            entry = self._entry(entry, str(merge_key), path)
        least = int(node.get("minItems", 0))
        most = max(least, min(int(node.get("maxItems", MOST_ITEMS)), MOST_ITEMS))
        if merged and self._patch is not None and path in self._patch.entries:
            most = max(1, min(most, len(self._patch.entries[path])))
        return {"type": "array", "items": entry, "minItems": max(least, 1), "maxItems": most}

    def _entry(self, entry: Node, merge_key: str, path: str) -> Node:
        """An entry of a merged list names which one it is."""
        known = self._patch.entries.get(path) if self._patch is not None else None
        if "$ref" in entry:
            entry = self.definitions[str(entry["$ref"]).rpartition("/")[2]]
        properties = dict(entry.get("properties") or {})
        if known:
            properties[merge_key] = {"enum": list(known)}
        found = {**entry, "properties": properties, "required": [merge_key]}
        if "minProperties" in found:  # the key alone says nothing
            found["minProperties"] = 2
        return found

    def _object(self, node: Node, path: str, owner: str, partial: bool) -> Node | None:
        on_way = self._on_way(path)
        wanted = self._below(path)
        required: list[str] = []
        if not partial:
            demanded = self._rules.demanded.get(owner, ())
            required = list(dict.fromkeys([*(node.get("required") or ()), *demanded]))
            required = [word for word in required if word in node["properties"]]
        properties: dict[str, Node] = {}
        for word, child in node["properties"].items():
            below = f"{path}.{word}" if path else word
            if not self._offered(word, path, wanted if on_way else None):
                made = None
            else:
                made = self._node(child, below, owner, word, partial)
            if made is not None:
                properties[word] = made
            elif word in required:
                return None
        required += [w for w in properties if self._must(path, w) and w not in required]
        found: Node = {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }
        if partial and (on_way or path in self._leaves):  # a patch says something
            if not properties:
                return None
            found["minProperties"] = 1
        variants = () if partial else self._rules.variants.get(owner, ())
        if variants:
            return varied(found, variants)
        return alternatives(found, node)

    def _offered(self, word: str, path: str, wanted: Mapping[str, Any] | None) -> bool:
        if word in self._rules.forbidden:
            return False
        if wanted is not None:
            return word in wanted or f"{word}[]" in wanted or word == self._merge_keys.get(path)
        limited = self._rules.limited.get(path)
        if limited is not None:
            return word in limited
        return word not in self._rules.left_out

    def _must(self, path: str, word: str) -> bool:
        """A fixed value, and what leads to one, always stands in a whole object."""
        return self._patch is None and (f"{path}.{word}" if path else word) in self._always

    def _map(self, node: Node, extra: Node, owner: str, word: str) -> Node | None:
        value = self._node(extra, "?", owner, word, False)
        if value is None:
            return None
        keys = self._rules.keys
        known = keys.get((owner, word), keys.get(("", word)))
        if known is not None:
            properties = {key: value for key in known}
            needed = list(known) if len(known) == 1 else []  # a map of one key says it
            return {
                "type": "object",
                "properties": properties,
                "required": needed,
                "additionalProperties": False,
            }
        return {
            "type": "object",
            "patternProperties": {f"^{self._rules.key_shape}$": value},
            "additionalProperties": False,
            "maxProperties": min(int(node.get("maxProperties", MOST_KEYS)), MOST_KEYS),
        }

    def _on_way(self, path: str) -> bool:
        """Whether a patch is still above the fields that it may touch."""
        return self._patch is not None and bool(self._below(path))

    def _below(self, path: str) -> Mapping[str, Any]:
        node: Mapping[str, Any] = self._paths
        for part in parts(path):
            found = node.get(part)
            if found is None:
                return {}
            node = found
        return node


def _ref(node: Node) -> str | None:
    """The component that a node refers to, directly or as `allOf: [{$ref}]`."""
    target = node.get("$ref")
    if target is None:
        parts = node.get("allOf")
        if isinstance(parts, list) and len(parts) == 1 and "properties" not in node:
            target = parts[0].get("$ref")
    return str(target).rpartition("/")[2] if target is not None else None


def _plain(name: str) -> str:
    """A definition's name without what a JSON pointer would have to escape."""
    return name.replace("~", "_partial").replace("/", "_")
