"""Where changes may be made: namespaces, workloads with known containers, keys that are nobody's own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from agent.grammars.builder import Builder
from agent.grammars.words import words
from model.grammar.expression import Choice, Expression, Pattern, Words
from sandbox.discovery import ResourceKind
from tools.kubectl.tree import Path_

TEMPLATED = ("deployments", "statefulsets", "daemonsets", "cronjobs")


class Workloads(NamedTuple):
    """Workloads of one kind and namespace whose containers have the same names."""

    start: str
    """`set image deployment/`."""
    containers: tuple[str, ...]
    names: Words
    namespace: str
    kind: ResourceKind


def changeable(build: Builder) -> tuple[str, ...]:
    """Namespaces in which a move may change something."""
    protected = build.policy.protected_namespaces
    return tuple(name for name in build.inventory.namespaces if name not in protected)


def workloads(build: Builder, path: Path_) -> Iterator[Workloads]:
    """Workloads that a command may change, by their containers; without known containers none."""
    for kind in build.kinds(*TEMPLATED):
        for namespace in changeable(build):
            if not build.inventory.may("patch", kind, namespace):
                continue
            start = f"{' '.join(path)} {build.spelt(kind)[1]}/"
            for containers, names in by_containers(build, kind, namespace).items():
                if containers:
                    yield Workloads(start, containers, names, namespace, kind)


def by_containers(
    build: Builder, kind: ResourceKind, namespace: str
) -> dict[tuple[str, ...], Words]:
    """Objects whose containers have the same names; none where these are not known."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in build.inventory.names.get((kind.full_name, namespace), ()):
        known = build.inventory.containers.get((kind.plural, namespace, name), ())
        groups[known].append(name)
    return {containers: words(names) for containers, names in groups.items()}


def metadata_key(build: Builder) -> Expression:
    """A label's key that was seen, or a plain one; none that belongs to machinery."""
    protected = build.policy.protected_key_prefixes
    seen = [key for key in build.inventory.labels if not key.startswith(protected)]
    return Choice((words(seen), Pattern("[a-z][a-z0-9-]{0,30}[a-z0-9]")))  # a prefix has a slash
