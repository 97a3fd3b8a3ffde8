"""Question: which objects a question in plain words names, and where they are."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sandbox.cluster import ClusterView
from sandbox.discovery import ResourceKind
from tools.objects import ObjectRef

QUESTION_KINDS = (
    "deployments",
    "statefulsets",
    "daemonsets",
    "services",
    "jobs",
    "cronjobs",
    "pods",
)
"""Kinds that people ask about by name, the most telling first."""
MAX_NAMESPACES = 50
"""Namespaces that are searched for an object when the question does not say where it is."""
WORD = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


def words(question: str) -> list[str]:
    """The words that could be names of Kubernetes objects, in order."""
    return [match.group().lower() for match in WORD.finditer(question)]


def named_objects(question: str, namespaces: Iterable[str], view: ClusterView) -> list[ObjectRef]:
    """Objects of these namespaces that the question names word for word."""
    wanted = set(words(question))
    found: list[ObjectRef] = []
    for namespace in namespaces:
        for resource in QUESTION_KINDS:
            kind = view.resolve(resource)
            if kind is None:
                continue
            names = view.names(kind, namespace).names & wanted
            found += [
                ObjectRef(kind=kind.kind, namespace=namespace, name=name) for name in sorted(names)
            ]
    return found


def home_of(question: str, default: str, view: ClusterView) -> str:
    """The namespace a question is about: one that it names, else where an object is that it names.

    The default namespace comes first. Where nothing is found it is also the answer.
    """
    wanted = set(words(question))
    known = view.namespaces().names
    named = next((word for word in words(question) if word in known), None)
    if named is not None:
        return named
    if named_objects(question, [default], view):
        return default
    for resource in QUESTION_KINDS:
        kind = view.resolve(resource)
        found = namespace_with(kind, wanted, view) if kind is not None else None
        if found is not None:
            return found
    return default


def namespace_with(kind: ResourceKind, names: set[str], view: ClusterView) -> str | None:
    """The first namespace that has an object of this kind and one of these names."""
    if not view.names(kind, None).names & names:
        return None
    for namespace in sorted(view.namespaces().names)[:MAX_NAMESPACES]:
        if view.names(kind, namespace).names & names:
            return namespace
    return None
