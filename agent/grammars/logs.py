"""Logs: what a move may ask containers to tell."""

from __future__ import annotations

from agent.grammars.builder import Builder
from agent.grammars.places import by_containers
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
    for containers, names in by_containers(build, kind, namespace).items():
        place = build.place(("logs",), kind, named=True, containers=containers)
        start = Sequence((before, names, f" -n {namespace}"))
        build.say(place, start, without=("selector", "max-log-requests", "ignore-errors"))
