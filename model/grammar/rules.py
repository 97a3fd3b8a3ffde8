"""Rules of objects and patches beyond their schemas, as plain data, and what follows for one object type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from model.grammar.leaves import Leaves, Node


@dataclass(frozen=True)
class Variant:
    """One way in which an object's fields go together."""

    needed: tuple[str, ...] = ()
    """Fields that stand."""
    without: tuple[str, ...] = ()
    """Fields that do not."""
    values: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Field -> its values in this variant; it stands."""


@dataclass(frozen=True)
class ObjectRules:
    """What is known beyond the schemas. Fields are named by their last word, or by (schema, word)."""

    leaves: Leaves = field(default_factory=Leaves)
    """What single values may be."""
    left_out: frozenset[str] = frozenset()
    """Fields that are not offered, unless a patch's path asks for them."""
    forbidden: frozenset[str] = frozenset()
    """Fields that are never written, wherever they stand."""
    opaque: frozenset[str] = frozenset()
    """Schemas whose content nobody knows; fields of them are left out."""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Dotted path -> its one value (`[]` for the entries of a list)."""
    limited: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Dotted path -> the only fields that may stand there."""
    keys: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """Field that holds a map -> the only keys it may have."""
    demanded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Schema -> fields that the server demands beyond those that the schema requires."""
    variants: Mapping[str, tuple[Variant, ...]] = field(default_factory=dict)
    """Schema -> the ways in which its fields go together."""
    lists: Mapping[tuple[str, str], tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """(schema, field) that holds a list -> all the lists that it may be."""
    key_shape: str = "[a-z][a-z0-9-]{0,30}[a-z0-9]"
    """Keys of all other maps."""


@dataclass(frozen=True)
class PatchRules:
    """Which part of an object a patch may touch."""

    paths: tuple[str, ...]
    """Dotted paths, `[]` behind a list whose entries are merged: `spec.template.spec.containers[].image`."""
    strategic: bool = True
    """Strategic-merge (entries of merged lists are partial, with their key) or merge patch."""
    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Path of a merged list -> values of its merge key: entries that are there."""


def varied(found: Node, variants: tuple[Variant, ...]) -> Node | None:
    """One object type for each variant that can be written."""
    made = []
    for variant in variants:
        kept = {k: v for k, v in found["properties"].items() if k not in variant.without}
        kept |= {k: {"enum": list(v)} for k, v in variant.values.items() if k in kept}
        needed = [*found["required"], *variant.needed, *variant.values]
        needed = [word for word in dict.fromkeys(needed) if word not in variant.without]
        if all(word in kept for word in needed):
            made.append({**found, "properties": kept, "required": needed})
    if not made:
        return None
    return {"anyOf": made} if len(made) > 1 else made[0]


def alternatives(found: Node, node: Node) -> Node:
    """`oneOf` or `anyOf` over required fields as one object type for each; other rules stay unsaid."""
    for combined in ("oneOf", "anyOf"):
        parts = node.get(combined)
        if not isinstance(parts, list) or not all(
            isinstance(part, dict) and isinstance(part.get("required"), list) for part in parts
        ):
            continue
        sets = [tuple(part["required"]) for part in parts]
        every = {word for words in sets for word in words}
        variants = []
        for words in sets:
            if not set(words) <= set(found["properties"]):
                continue
            away = every - set(words) if combined == "oneOf" else set()
            kept = {k: v for k, v in found["properties"].items() if k not in away}
            needed = [*found["required"], *(w for w in words if w not in found["required"])]
            variants.append({**found, "properties": kept, "required": needed})
        if variants:
            return {"anyOf": variants} if len(variants) > 1 else variants[0]
    return found
