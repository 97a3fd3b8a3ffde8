"""Handles: an inventory that knows objects by the numbers of a nano prompt only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.grammars.inventory import Inventory


def numbered(inventory: Inventory, known: Sequence[str]) -> Inventory:
    """The inventory with handles for names; what has no handle cannot be named."""
    number = {handle: f"@{at}" for at, handle in enumerate(known, start=1)}

    def place(namespace: str | None) -> str | None:
        return number.get(f"Namespace/{namespace}", namespace) if namespace else namespace

    names: dict[tuple[str, str | None], tuple[str, ...]] = {}
    containers = {}
    for kind in inventory.kinds:
        for (full_name, namespace), live in inventory.names.items():
            if full_name != kind.full_name:
                continue
            prefix = f"{kind.kind}/{namespace}/" if namespace else f"{kind.kind}/"
            short = {name: number[prefix + name] for name in live if prefix + name in number}
            names[full_name, place(namespace)] = tuple(short.values())
            for name, handle in short.items():
                inside = inventory.containers.get((kind.plural, namespace or "", name))
                if inside is not None:
                    containers[kind.plural, place(namespace) or "", handle] = inside
    return replace(
        inventory,
        namespaces=tuple(place(name) or name for name in inventory.namespaces),
        names=names,
        containers=containers,
        images=_moved(inventory.images, number),
        rules={place(name) or name: rules for name, rules in inventory.rules.items()}
        | {name: rules for name, rules in inventory.rules.items() if name == "default"},
    )


def _moved(
    images: Mapping[tuple[str, str], tuple[str, ...]], number: Mapping[str, str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    return {
        (number.get(f"Namespace/{namespace}", namespace), container): found
        for (namespace, container), found in images.items()
    }
