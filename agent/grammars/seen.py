"""Seen: what the facts of a run tell of containers, images and labels; names that no list of objects has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tools.fact import Fact
from tools.kubectl.selectors import LABEL_KEY, LABEL_VALUE
from tools.kubectl.shapes import DNS_LABEL

MOST_VALUES = 40
"""Values of one label key, and label keys, in a grammar."""
TEMPLATED = {
    "Pod": "pods",
    "Deployment": "deployments",
    "StatefulSet": "statefulsets",
    "DaemonSet": "daemonsets",
    "ReplicaSet": "replicasets",
    "Job": "jobs",
    "CronJob": "cronjobs",
}
LABELS = frozenset({"workload.selector", "workload.template_labels", "object.labels"})
"""Facts whose values are labels."""


class Seen(NamedTuple):
    """See the module docstring; the fields are those of an Inventory."""

    containers: dict[tuple[str, str, str], tuple[str, ...]]
    images: dict[tuple[str, str], tuple[str, ...]]
    labels: dict[str, tuple[str, ...]]


def look(facts: Iterable[Fact]) -> Seen:
    """In one pass, since thousands of facts are looked through for every move."""
    containers: dict[tuple[str, str, str], dict[str, None]] = {}
    images: dict[tuple[str, str], dict[str, None]] = {}
    labels: dict[str, dict[str, None]] = {}
    for fact in facts:
        ref = fact.subject
        if ref.container and ref.namespace and (plural := TEMPLATED.get(ref.kind)):
            containers.setdefault((plural, ref.namespace, ref.name), {})[ref.container] = None
            if fact.name == "spec.image" and isinstance(fact.value, str):
                images.setdefault((ref.namespace, ref.container), {})[fact.value] = None
        elif fact.name in LABELS and isinstance(fact.value, dict):
            for key, value in fact.value.items():
                labels.setdefault(key, {})[str(value or "")] = None
    return Seen(
        {key: found for key, names in containers.items() if (found := _plain(names))},
        {key: tuple(found) for key, found in images.items()},
        _sayable(labels),
    )


def _plain(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if DNS_LABEL.fullmatch(name))


def _sayable(labels: dict[str, dict[str, None]]) -> dict[str, tuple[str, ...]]:
    """Keys and values of the shape that labels have."""
    found = {
        key: tuple(value for value in values if value and LABEL_VALUE.fullmatch(value))
        for key, values in labels.items()
        if LABEL_KEY.fullmatch(key)
    }
    told = [(key, values[:MOST_VALUES]) for key, values in found.items() if values]
    return dict(told[:MOST_VALUES])
