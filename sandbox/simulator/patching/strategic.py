"""strategic: strategic merge patches, as apimachinery's strategicpatch does them.

Directives: `$patch: replace|delete`, `$retainKeys`, `$setElementOrder/<list>` and
`$deleteFromPrimitiveList/<list>`. The order of merged lists is the server's: what the patch names in the patch's
order, the rest around it where it was.
"""

from __future__ import annotations

import copy
from typing import Any

from sandbox.simulator.patching.combine import without_nulls
from sandbox.simulator.patching.gotext import go
from sandbox.simulator.patching.order import List, Positions, arranged, same
from sandbox.simulator.patching.schema import Node

DIRECTIVE = "$patch"
RETAIN = "$retainKeys"
ORDER = "$setElementOrder/"
DELETE = "$deleteFromPrimitiveList/"

BAD_RETAIN_KEYS = "invalid patch format of retainKeys"
BAD_ORDER = "invalid patch format of setElementOrder list"
LISTS_OF_LISTS = "lists of lists are not supported"

Map = dict[str, Any]


class PatchError(ValueError):
    """The patch cannot be merged; the text is the server's."""


def strategic(target: Map, patch: Map, node: Node) -> Map:
    """The target with the patch merged in; neither is changed. Raises PatchError."""
    result: Map = without_nulls(_map(target, copy.deepcopy(patch), node))
    return result


def _map(target: Map, patch: Map, node: Node) -> Map:
    if DIRECTIVE in patch:
        match patch[DIRECTIVE]:
            case "replace":
                return {key: value for key, value in patch.items() if key != DIRECTIVE}
            case "delete":
                return {}
            case other:
                raise PatchError(f"unknown patch type: {go(other)} in map: {go(patch)}")
    result = _retained(dict(target), patch)
    for key in [key for key in patch if key.startswith(ORDER)]:
        _ordered(result, patch, key, node)
    # `$` sorts before every field: a list loses items before it gets new ones.
    for key in sorted(patch):
        _merge(result, key, patch[key], node)
    return result


def _merge(result: Map, key: str, value: Any, node: Node) -> None:
    removing = key.startswith(DELETE)
    if removing:
        key = key.removeprefix(DELETE)
    if value is None:
        result.pop(key, None)
        return
    old: Any = result.get(key)
    alike = type(old) is type(value) or not isinstance(value, dict | list)
    if key not in result or not alike:
        if not removing and not _directive(value):
            result[key] = _fresh(value)
    elif isinstance(value, dict):
        field = _field(node, key)
        replaced = "replace" in field.strategies
        result[key] = value if replaced else _map(old, value, field)
    elif isinstance(value, list):
        field = _field(node, key)
        if removing:
            gone = Positions(value)
            result[key] = [item for item in old if item not in gone]
        else:
            result[key] = _list(old, value, field)
    elif not removing:
        result[key] = value


def _list(old: List, patch: List, node: Node) -> List:
    if "merge" not in node.strategies:
        return patch
    if not old and not patch:
        return old
    key = node.merge_key
    if _of_maps(old, patch):
        if not key:
            raise PatchError(f"cannot merge lists without merge key for {node.element.name}")
        old, patch = _special(old, patch, key)
        merged = _items(old, patch, key, node.element)
    else:
        key = ""
        merged, known = [], Positions([])
        for item in [*old, *patch]:
            if item not in known:
                merged.append(item)
                known.append(item)
    return arranged(merged, patch, old, key)


def _special(old: List, patch: List, key: str) -> tuple[List, List]:
    """The lists after the items that are directives, and without them."""
    plain: List = []
    gone: List = []
    replaced = False
    for item in patch:
        match item.get(DIRECTIVE):
            case None:
                plain.append(item)
            case "delete":
                if key not in item:
                    raise _unkeyed(item, key)
                gone.append(item)
            case "replace":
                replaced = True
            case "merge":
                raise PatchError("merging lists cannot yet be specified in the patch")
            case other:
                raise PatchError(f"unknown patch type: {go(other)} in map: {go(item)}")
    if replaced:
        return plain, []
    removed = Positions(gone, key)
    return [one for one in old if one not in removed] if gone else old, plain


def _items(old: List, patch: List, key: str, node: Node) -> List:
    result, known = list(old), Positions(old, key)
    for item in patch:
        if key not in item:
            raise _unkeyed(item, key)
        at = known.of(item)
        if at < 0:
            result.append(item)
            known.append(item)
        else:
            result[at] = _map(result[at], item, node)
    for item in result:
        if key not in item:
            raise _unkeyed(item, key)
    return result


def _ordered(result: Map, patch: Map, directive: str, node: Node) -> None:
    """Merge one list together with its $setElementOrder; both leave the patch."""
    order = patch.pop(directive)
    key = directive.removeprefix(ORDER)
    if not isinstance(order, list):
        raise PatchError(BAD_ORDER)
    field = _field(node, key)
    old, change = result.get(key), patch.get(key)
    for value in (old, change):
        if value is not None and not isinstance(value, list):
            raise PatchError(f"expected a []interface {{}}, but received a {_go_type(value)}")
    merge_key = field.merge_key
    _agree(change or [], order, merge_key)
    if old is None and change is None:
        return
    if not old and not change:
        raise PatchError("no elements in any of the given slices")
    if old is None:
        merged = _fresh(change)
    elif change is None:
        merged = old
    else:
        merged = _list(old, change, field)
    patch.pop(key, None)
    for item in [*merged, *order] if merge_key else ():
        if isinstance(item, dict) and merge_key not in item:
            raise _unkeyed(item, merge_key)
    before = _left_over(old or [], change or [], merge_key) if merge_key else old or []
    result[key] = arranged(merged, order, before, merge_key)


def _left_over(old: List, change: List, key: str) -> List:
    """The old items as the merge leaves them in Go's array, which the order is then taken from.

    Removals move the rest forward in place, and new items land in the room at the end.
    """
    array, length = list(old), len(old)
    for item in change:
        while (
            item.get(DIRECTIVE) == "delete" and (at := Positions(array[:length], key).of(item)) >= 0
        ):
            array[at : length - 1] = array[at + 1 : length]
            length -= 1
    if any(item.get(DIRECTIVE) == "replace" for item in change):
        return array
    known = Positions(array[:length], key)
    for item in change:
        if DIRECTIVE not in item and item not in known:
            array[length : length + 1] = [item]
            known.append(item)
            length += 1
    return array[: len(old)]


def _agree(change: List, order: List, key: str) -> None:
    """Raises PatchError unless the patch's items stand in the order's order."""
    wanted = [item for item in change if not (key and item.get(DIRECTIVE) == "delete")]
    at = 0
    for item in wanted:
        while at < len(order) and not same(order[at], item, key):
            at += 1
        if at >= len(order):
            raise PatchError(
                f"The order in patch list:\n{go(change)}\n doesn't match $setElementOrder list:\n"
                f"{go(order)}\n"
            )


def _retained(result: Map, patch: Map) -> Map:
    """Only the keys that $retainKeys names; it leaves the patch."""
    if RETAIN not in patch:
        return result
    kept = patch.pop(RETAIN)
    if not isinstance(kept, list):
        raise PatchError(BAD_RETAIN_KEYS)
    for key, value in patch.items():
        if value is not None and not key.startswith((ORDER, DELETE)) and key not in kept:
            raise PatchError(BAD_RETAIN_KEYS)
    return {key: value for key, value in result.items() if key in kept}


def _fresh(value: Any) -> Any:
    """A patch's value for a field that was not there: nothing of it that is a directive."""
    if isinstance(value, dict):
        return {key: _fresh(inner) for key, inner in value.items() if not _directive(inner)}
    if isinstance(value, list):
        return [_fresh(item) for item in value if not _directive(item)]
    return value


def _directive(value: Any) -> bool:
    return isinstance(value, dict) and DIRECTIVE in value


def _field(node: Node, key: str) -> Node:
    if node.field(key) is None and not node.open:
        raise PatchError(
            f'unable to find api field in struct {node.name} for the json field "{key}"'
        )
    return node.child(key)


def _of_maps(*lists: List) -> bool:
    kinds = {type(item) for items in lists for item in items}
    if len(kinds) > 1:
        raise PatchError(f"list element types are not identical: {go(list(lists))}")
    if list in kinds:
        raise PatchError(LISTS_OF_LISTS)
    return dict in kinds


def _unkeyed(item: Map, key: str) -> PatchError:
    return PatchError(f"map: {go(item)} does not contain declared merge key: {key}")


def _go_type(value: Any) -> str:
    names = {dict: "map[string]interface {}", str: "string", bool: "bool", int: "int64"}
    return names.get(type(value), "float64")
