"""Logs: what a move may ask containers to tell."""

from __future__ import annotations

from collections import defaultdict

from agent.grammars.builder import Builder
from agent.grammars.words import words
from model.grammar.expression import Sequence, Words
from sandbox.discovery import ResourceKind

LOGGED = ("deployments", "statefulsets", "daemonsets", "jobs")
"""Kinds beside pods whose logs kubectl finds."""


def logs(build: Builder) -> None:
    """Of one pod and a container that it has, of a workload, or of the pods of a label."""
    inventory = build.inventory
    for pods in build.kinds("pods"):
        for namespace in inventory.namespaces:
            if inventory.may("get", pods, namespace, "log"):
                _of(build, pods, namespace, "logs ")
                for kind in build.kinds(*LOGGED):
                    _of(build, kind, namespace, f"logs {build.spelt(kind)[1]}/")
    build.say(
        build.place(("logs",)),
        Sequence(("logs -n ", Words(inventory.namespaces))),  # there is no `logs -A`
        required=("selector",),
        without=("container", "all-pods"),
    )


def _of(build: Builder, kind: ResourceKind, namespace: str, before: str) -> None:
    """Of one object; those whose containers have the same names are said together."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in build.inventory.names.get((kind.full_name, namespace), ()):
        known = build.inventory.containers.get((kind.plural, namespace, name), ())
        groups[known].append(name)
    for containers, names in groups.items():
        place = build.place(("logs",), kind, named=True, containers=containers)
        start = Sequence((before, words(names), f" -n {namespace}"))
        build.say(place, start, without=("selector", "max-log-requests", "ignore-errors"))
