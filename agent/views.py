"""Views: one candidate seen from one side, which playbooks are judged on.

A candidate is the object that would have to change. Its pods may fail in several ways, so each way (symptom and
container) is a view of its own, with one pod standing for all that fail alike.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from agent.derive.derivation import Derivation
from agent.derive.health import own_symptom, replaced
from agent.derive.moments import cluster_now
from agent.derive.symptoms import pod_symptoms
from agent.index import FIRST_HOLDS, MULTIPLE, FactIndex
from tools.fact import Fact
from tools.objects import ObjectRef

STANDALONE = (
    "Service",
    "PersistentVolumeClaim",
    "Node",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "Namespace",
)
"""Kinds that are candidates by themselves."""
NO_DNS = "no-dns"
"""What the cluster's DNS is called broken for, whatever its pods look like: nobody is served."""
LISTED = ("event.warning", "event.normal")
"""Facts that conditions see as a list."""


@dataclass(frozen=True)
class View:
    """A candidate's facts, merged from the general (template, owner) to the specific (container)."""

    object: ObjectRef
    """The owner that would have to change."""
    symptom: str
    """Symptom slug of this view."""
    pod: ObjectRef | None = None
    """The pod that stands for all that fail alike."""
    container: ObjectRef | None = None
    """The container that shows it."""
    pods: tuple[ObjectRef, ...] = ()
    """All pods that fail alike."""
    layers: tuple[ObjectRef, ...] = ()
    """Subjects whose facts are merged; later ones win."""
    facts: dict[str, list[Fact]] = field(default_factory=dict, hash=False, compare=False)
    """Chosen facts by name: one each, several for names that may repeat."""
    index: FactIndex | None = field(default=None, hash=False, compare=False, repr=False)
    """All facts of the case."""

    @cached_property
    def everything(self) -> dict[str, Any]:
        """What CEL sees as `facts`: every value of each fact name, whatever it is about."""
        values: dict[str, Any] = {}
        for fact in self.index.facts if self.index else ():
            values.setdefault(fact.name, []).append(fact.value)
        return values

    @cached_property
    def data(self) -> dict[str, Any]:
        """The nested map that CEL and templates see as `it`."""
        tree: dict[str, Any] = {"symptom": self.symptom, "kind": self.object.kind}
        for name, facts in self.facts.items():
            node = tree
            *parents, leaf = name.split(".")
            for part in parents:
                node = node.setdefault(part, {})
            values = [fact.value for fact in self.chosen(name)]
            node[leaf] = [fact.value for fact in facts] if name in LISTED else values[0]
        return tree

    def chosen(self, name: str) -> list[Fact]:
        """The facts of a name that conditions and templates read; of a list the first few."""
        facts = self.facts.get(name, [])
        if name in LISTED:
            return facts[:3]
        return facts[:1] if name in FIRST_HOLDS else facts[-1:]

    def known(self, name: str) -> bool:
        """Whether a fact of this name is among the view's facts."""
        return name in self.facts


def build_views(derivation: Derivation, named: Collection[ObjectRef] = ()) -> list[View]:
    """A view of everything that is broken, in reading order. Pods in `named` stand for their like."""
    index, owners = derivation.index, derivation.owners
    now = cluster_now(index)
    views: list[View] = []
    for workload in owners.workloads():
        if index.value(workload, "workload.broken") is None:
            continue
        if index.value(workload, "workload.broken") == NO_DNS:
            views.append(_view(derivation, workload, NO_DNS))
            continue
        own = own_symptom(derivation, workload)
        alike = _alike(derivation, workload, now)
        for (slug, _), members in alike.items():
            if own is not None and own[0] == "job-failed" and slug in ("crash-loop", "failed"):
                slug = "job-failed"
            pod, container = max(
                members, key=lambda member: (member[0] in named, *_weight(index, *member))
            )
            pods = tuple(member[0] for member in members)
            views.append(_view(derivation, workload, slug, pod, container, pods))
        if own is not None and not alike:
            views.append(_view(derivation, workload, own[0]))
    down = {
        ObjectRef(kind="Service", namespace=fact.subject.namespace, name=str(fact.value["service"]))
        for fact in index.named("resolver.down")
        if isinstance(fact.value, dict)
    }
    for subject in index.objects(*STANDALONE):
        broken = index.value(subject, "workload.broken")
        if isinstance(broken, str) and subject not in down:
            views.append(_view(derivation, subject, broken))
    return views


def _alike(
    derivation: Derivation, workload: ObjectRef, now: datetime | None
) -> dict[tuple[str, str | None], list[tuple[ObjectRef, ObjectRef | None]]]:
    """A workload's failing pods by symptom and container.

    A pod that was only seen in a table counts with a sibling of the same status that was read, so that
    of many pods that fail alike one is read and not all.
    """
    index, owners = derivation.index, derivation.owners
    groups: dict[tuple[str, str | None], list[tuple[ObjectRef, ObjectRef | None]]] = {}
    known: dict[object, tuple[str, str | None]] = {}
    old = replaced(derivation, workload)
    pods = [pod for pod in owners.pods.get(workload, []) if pod not in old]
    for pod in sorted(pods, key=lambda pod: index.fact(pod, "object.created") is None):
        status = index.value(pod, "pod.status")
        for symptom in pod_symptoms(index, pod, owners.containers.get(pod, []), now):
            key = (symptom.slug, symptom.container.container if symptom.container else None)
            if index.fact(pod, "object.created") is not None:
                known.setdefault(status, key)
            else:
                key = known.get(status, key)
            groups.setdefault(key, []).append((pod, symptom.container))
    return groups


def _weight(index: FactIndex, pod: ObjectRef, container: ObjectRef | None) -> tuple[int, str]:
    """Prefer the pod that most is known about, so that a second look goes on where the first was."""
    known = len(index.about(pod)) + (len(index.about(container)) if container else 0)
    return known, pod.name


def _view(
    derivation: Derivation,
    workload: ObjectRef,
    slug: str,
    pod: ObjectRef | None = None,
    container: ObjectRef | None = None,
    pods: tuple[ObjectRef, ...] = (),
) -> View:
    index, owners = derivation.index, derivation.owners
    if pod is not None and container is None:
        mains = [
            ref
            for ref in owners.containers.get(pod, [])
            if not index.value(ref, "spec.init", index.value(ref, "container.init", False))
        ]
        container = mains[0] if mains else None
    layers: list[ObjectRef] = []
    if container is not None:
        layers.append(workload.model_copy(update={"container": container.container}))
    children = owners.sets.get(workload, [])
    layers += sorted(children, key=lambda ref: index.number(ref, "workload.revision"))[-3:]
    claims = _claims(index, pod)
    layers += _volumes(index, claims or [workload])
    layers += claims
    node = index.value(pod, "pod.node") if pod is not None else None
    if isinstance(node, str) and node:
        layers.append(ObjectRef(kind="Node", name=node))
    layers.append(workload)
    if pod is not None:
        layers += _pod_owner(index, pod, workload)
        layers.append(pod)
    if container is not None:
        layers.append(container)
    unique = tuple(dict.fromkeys(layers))
    facts = _merge(index, unique)
    return View(workload, slug, pod, container, pods, unique, facts, index)


def _claims(index: FactIndex, pod: ObjectRef | None) -> list[ObjectRef]:
    if pod is None:
        return []
    return [
        ObjectRef(
            kind="PersistentVolumeClaim", namespace=pod.namespace, name=str(volume.get("ref"))
        )
        for volume in index.items(pod, "pod.volumes")
        if isinstance(volume, dict) and volume.get("kind") == "PersistentVolumeClaim"
    ]


def _volumes(index: FactIndex, claims: list[ObjectRef]) -> list[ObjectRef]:
    """The PersistentVolumes that claims name."""
    names = [index.value(claim, "pvc.volume") for claim in claims]
    return [ObjectRef(kind="PersistentVolume", name=str(name)) for name in names if name]


def _pod_owner(index: FactIndex, pod: ObjectRef, workload: ObjectRef) -> list[ObjectRef]:
    """The pod's direct owner, when it is not the workload itself: its Job or ReplicaSet."""
    owner = index.value(pod, "object.owner")
    if not isinstance(owner, str) or "/" not in owner:
        return []
    kind, name = owner.split("/", 1)
    ref = ObjectRef(kind=kind, namespace=pod.namespace, name=name)
    return [] if ref == workload or kind == "ReplicaSet" else [ref]


def _merge(index: FactIndex, layers: tuple[ObjectRef, ...]) -> dict[str, list[Fact]]:
    merged: dict[str, list[Fact]] = {}
    for layer in layers:
        for name, facts in index.about(layer).items():
            if name in MULTIPLE:
                merged.setdefault(name, []).extend(facts)
            else:
                merged[name] = [facts[-1]]
    return merged
