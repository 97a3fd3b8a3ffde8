"""Names: metadata-only lists that the run makes itself, and `kubectl get -o name`."""

from __future__ import annotations

from pydantic import JsonValue

from tools.distil.facts import FactList
from tools.distil.kinds import kind_of, namespaced
from tools.distil.lists import Listed
from tools.distil.shapes import mapping, text, texts
from tools.move import Move
from tools.objects import ObjectRef


def names(doc: JsonValue, facts: FactList) -> None:
    """State the list {"kind", "namespace", "names", "complete"} of a names move.

    An incomplete list proves only what is in it, so each of its names is stated as existing.
    """
    top = mapping(doc)
    kind = text(top.get("kind"))
    if not kind:
        return
    space = (text(top.get("namespace")) or None) if namespaced(kind) else None
    found = texts(top.get("names"))
    if top.get("complete") is True:
        ref = ObjectRef(kind=kind, namespace=space, name="*")
        quote = f"{len(found)} names: {', '.join(found[:20])}".removesuffix(": ")
        facts.add(ref, "list.names", [*found], path="names", quote=quote)
        return
    for n, name in enumerate(found):
        ref = ObjectRef(kind=kind, namespace=space, name=name)
        facts.add(ref, "object.exists", True, path=f"names[{n}]", quote=name)


def name_lines(source: str, move: Move, facts: FactList, listed: Listed) -> None:
    """State what `-o name` printed: one `resource.group/name` a line."""
    for n, line in enumerate(source.splitlines(), start=1):
        resource, slash, name = line.strip().partition("/")
        kind = kind_of(resource)
        if not slash or not name or kind is None:
            continue
        ref = ObjectRef(
            kind=kind, namespace=move.namespace if namespaced(kind) else None, name=name
        )
        if move.namespace or not namespaced(kind):
            facts.add(ref, "object.exists", True, lines=(n, n), quote=line)
        listed.saw(ref)
    listed.state(facts)
