"""Names: which objects and namespaces a question means; only such that exist, or stand in the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from agent.ask.spoken import SHORTEST_PART, could_be_name, flagged, in_place, seeming, spoken
from agent.ask.topics import tokens
from agent.question import QUESTION_KINDS, home_of, named_objects, namespace_with
from sandbox.cluster import ClusterView
from tools.objects import ObjectRef
from tools.suggest import closest

GENERATED = re.compile(r"-([a-f0-9]{8,10}-[a-z0-9]{5}|[a-z0-9]{5}|\d{1,3})$")
"""What a controller adds to its name for that of a pod."""
SHORTEST_SLIP = 5
MOST_CHOICES = 3
"""Names in a question back."""


class Named(NamedTuple):
    """What a question names."""

    namespace: str | None = None
    """None: all of them, or without a cluster the current one."""
    object: ObjectRef | None = None
    ask: str = ""
    """The question back, when the names do not decide."""
    note: str = ""
    """What was taken for what."""
    unknown: tuple[str, ...] = ()
    """Words that seem to be names, of nothing that could be found."""


def offline(question: str, namespace: str | None) -> Named:
    """Names that the question itself gives, none of them checked."""
    pairs = spoken(question)
    where = namespace or flagged(question)
    where = where or next((name for kind, name in pairs if kind == "Namespace"), None)
    kind, name = next(((k, n) for k, n in pairs if k != "Namespace"), ("", ""))
    if not name:
        pod = next(
            (w for w in tokens(question) if re.fullmatch(r"[a-z][a-z0-9-]*-[a-z0-9]{5}", w)), ""
        )
        if re.search(r"-[a-f0-9]{8,10}-[a-z0-9]{5}$", pod):
            kind, name = "Pod", pod
    if not name:
        return Named(where, unknown=seeming(question))
    return Named(
        where, ObjectRef(kind=kind, namespace=None if kind == "Node" else where, name=name)
    )


def live(
    question: str, namespace: str | None, everywhere: bool, default: str, view: ClusterView
) -> Named:
    """What the question names in this cluster; a question back where it names what is not there."""
    known = view.namespaces()
    pairs = spoken(question)
    wanted = namespace or flagged(question)
    wanted = wanted or next((name for kind, name in pairs if kind == "Namespace"), None)
    if wanted is not None and view.find("namespaces", None, wanted) is False:
        return Named(
            ask=_which(f"There is no namespace {wanted}", wanted, known.names, "namespace")
        )
    home = wanted or (None if everywhere else home_of(question, default, view))
    node = _node(question, view)
    if node is not None:
        return Named(home, node)
    places = [home] if home is not None else sorted(known.names)[:MOST_PLACES]
    exact = named_objects(question, places, view)
    written = {name for _, name in pairs} | set(in_place(question))
    exact = [ref for ref in exact if could_be_name(ref.name) or ref.name in written]
    if exact:
        return _one(exact, pairs)
    asked = [(k, n) for k, n in pairs if k != "Namespace"]
    gone = next((n for kind, n in pairs if kind == "Pod" and GENERATED.search(n)), None)
    owner = gone and named_objects(GENERATED.sub("", gone), places, view)
    if gone and owner:
        return _one(owner, ())._replace(note=f"pod {gone} is gone; taken to mean {owner[0]}")
    near = _near(tokens(question), places, view)
    unknown = tuple(word for word in seeming(question) if word not in known.names)
    if not near and wanted is None and not everywhere:
        near = _elsewhere(unknown, view)
    names = list(dict.fromkeys(GENERATED.sub("", ref.name) for ref in near))
    if len(names) == 1:
        note = f"taken to mean {near[0]}"
        return _one(near, pairs)._replace(note=note)
    if names:
        two = " or ".join(str(ref) for ref in _first_of_each(near)[:MOST_CHOICES])
        return Named(home, ask=f"Which one do you mean, {two}?")
    if asked:
        kind, name = asked[0]
        resource = view.resolve(kind)
        listed = view.names(resource, home) if resource is not None else None
        if (
            resource is not None
            and listed is not None
            and view.find(resource, home, name) is not False
        ):
            return Named(home, ObjectRef(kind=kind, namespace=home, name=name))
        where = f" in namespace {home}" if home and kind != "Node" else ""
        return Named(
            home,
            ask=_which(
                f"There is no {kind} {name}{where}", name, listed.names if listed else (), kind
            ),
        )
    return Named(home, unknown=unknown)


MOST_PLACES = 20
"""Namespaces that are searched for a name when none is said."""


def _node(question: str, view: ClusterView) -> ObjectRef | None:
    kind = view.resolve("nodes")
    names = view.names(kind, None).names if kind is not None else frozenset()
    name = next((word for word in tokens(question) if word in names), None)
    return ObjectRef(kind="Node", name=name) if name else None


def _one(refs: Sequence[ObjectRef], pairs: Sequence[tuple[str, str]]) -> Named:
    """The one that is meant: of the kind that is said, else of the most telling kind."""
    names = list(dict.fromkeys(ref.name for ref in refs))
    kinds = [kind for kind, name in pairs if name == names[0]] or [kind for kind, _ in pairs]
    best = next((ref for ref in refs if ref.kind in kinds and ref.name == names[0]), refs[0])
    return Named(best.namespace, best)


def _first_of_each(refs: Sequence[ObjectRef]) -> list[ObjectRef]:
    return list({ref.name: ref for ref in reversed(refs)}.values())[::-1]


def _elsewhere(unknown: Sequence[str], view: ClusterView) -> list[ObjectRef]:
    """The same for words that seem to be names, in whichever namespace has such."""
    for resource in QUESTION_KINDS if unknown else ():
        kind = view.resolve(resource)
        like = _closest_of(unknown, view.names(kind, None).names) if kind is not None else set()
        place = namespace_with(kind, like, view) if kind is not None and like else None
        if place is not None:
            return _near(unknown, [place], view)
    return []


def _closest_of(unknown: Sequence[str], names: frozenset[str]) -> set[str]:
    """The names that one of the words is a part or a slip of."""
    return {name for name in names if any(_part(w, name) or _alike(w, name) for w in unknown)}


def _part(word: str, name: str) -> bool:
    return word in {name, *name.split("-")} or name.startswith(word + "-")


def _near(words: Sequence[str], places: Sequence[str], view: ClusterView) -> list[ObjectRef]:
    """Objects of which a word of the question is a part or a slip: whole parts count before slips."""
    said = [w for w in words if could_be_name(w) and len(w) >= SHORTEST_PART]
    slips: list[ObjectRef] = []
    for resource in QUESTION_KINDS:
        kind = view.resolve(resource)
        if kind is None:
            continue
        parts: list[ObjectRef] = []
        for place in places:
            for name in sorted(view.names(kind, place).names):
                ref = ObjectRef(kind=kind.kind, namespace=place, name=name)
                if any(_part(word, name) for word in said):
                    parts.append(ref)
                elif any(_alike(word, name) for word in said):
                    slips.append(ref)
        if parts:
            return parts
    kinds = list(dict.fromkeys(ref.kind for ref in slips))
    return [ref for ref in slips if ref.kind == kinds[0]] if slips else []


def _alike(word: str, name: str) -> bool:
    if len(word) < SHORTEST_SLIP:
        return False
    return SequenceMatcher(None, word, name, autojunk=False).ratio() >= 0.8


def _which(problem: str, name: str, there: Sequence[str] | frozenset[str], what: str) -> str:
    near = closest(name, there, MOST_CHOICES)
    if near:
        return f"{problem}; did you mean {' or '.join(near)}?"
    some = ", ".join(sorted(there)[:MOST_CHOICES])
    here = f" (there are {some})" if some else ""
    return f"{problem}; which {what.lower()} do you mean{here}?"
