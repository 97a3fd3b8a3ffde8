"""Ownership: which workload a pod belongs to, which pods and containers a workload has, and who makes it."""

from __future__ import annotations

import re
from typing import NamedTuple

from agent.index import FactIndex
from tools.distil.kinds import kind_name
from tools.manifest.gvk import split
from tools.objects import ObjectRef

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet")
"""Kinds whose pods are looked at, topmost owners and those below them."""
POD_NAMES = (
    ("Deployment", re.compile(r"(.+)-[a-z0-9]{1,10}-[a-z0-9]{5}")),
    ("StatefulSet", re.compile(r"(.+)-\d{1,9}")),
    ("DaemonSet", re.compile(r"(.+)-[a-z0-9]{5}")),
    ("Job", re.compile(r"(.+)-(?:\d{1,9}-)?[a-z0-9]{5}")),
)
"""How controllers name the pods they make, after their own name."""
MOST_MAKERS = 4
"""Custom resources above an object; Knative has three: Service, Configuration, Revision."""


class Maker(NamedTuple):
    """A custom resource that an operator makes a workload of."""

    object: ObjectRef
    resource: str
    """As a command names it: `postgres.databases.example.com`."""


class Ownership:
    """The owner chains that the facts tell, computed once."""

    def __init__(self, index: FactIndex) -> None:
        self._index = index
        self._roots: dict[ObjectRef, ObjectRef] = {}
        self.pods: dict[ObjectRef, list[ObjectRef]] = {}
        """Topmost owner -> its pods that exist, in reading order. A bare pod owns itself."""
        self.containers: dict[ObjectRef, list[ObjectRef]] = {}
        """Pod (or workload, for its template) -> its containers."""
        self.sets: dict[ObjectRef, list[ObjectRef]] = {}
        """Deployment -> its ReplicaSets; CronJob -> its Jobs."""
        for pod in index.objects("Pod"):
            self.pods.setdefault(self.root(pod), []).append(pod)
        for child in index.objects("ReplicaSet", "Job"):
            root = self.root(child)
            if root != child:
                self.sets.setdefault(root, []).append(child)
        for subject in index.subjects():
            if subject.container is not None:
                self.containers.setdefault(subject.whole(), []).append(subject)

    def root(self, ref: ObjectRef) -> ObjectRef:
        """The topmost known owner of an object; the object itself when nothing owns it."""
        ref = ref.whole()
        if ref not in self._roots:
            owner = self._owner(ref)
            self._roots[ref] = ref if owner is None else self.root(owner)
        return self._roots[ref]

    def makers(self, ref: ObjectRef) -> list[Maker]:
        """The custom resources above an object, as far as they are known, nearest first."""
        found: dict[ObjectRef, Maker] = {}
        above = self._index.mapping(self.root(ref), "object.maker")
        while above and len(found) < MOST_MAKERS:
            api, kind = str(above.get("apiVersion")), str(above.get("kind"))
            maker = ObjectRef(
                kind=kind_name(api, kind), namespace=ref.namespace, name=str(above.get("name"))
            )
            everywhere = maker.model_copy(update={"namespace": None})
            if self._index.about(everywhere):  # read, and in no namespace
                maker = everywhere
            if maker in found:
                break
            found[maker] = Maker(maker, f"{kind.lower()}.{split(api)[0]}")
            above = self._index.mapping(maker, "object.maker")
        return list(found.values())

    def _owner(self, ref: ObjectRef) -> ObjectRef | None:
        owner = self._index.value(ref, "object.owner")
        if isinstance(owner, str) and "/" in owner:
            kind, name = owner.split("/", 1)
            if kind in WORKLOADS:
                return ObjectRef(kind=kind, namespace=ref.namespace, name=name)
            return None
        if ref.kind == "ReplicaSet" and not self._index.about(ref):
            # Not read (RBAC, or a pod alone was): a Deployment names its ReplicaSets <name>-<hash>.
            name, _, digest = ref.name.rpartition("-")
            if name and digest.isalnum():
                return ObjectRef(kind="Deployment", namespace=ref.namespace, name=name)
        if ref.kind == "Pod" and self._index.fact(ref, "object.created") is None:
            return self._namesake(ref)
        return None

    def _namesake(self, pod: ObjectRef) -> ObjectRef | None:
        """The known workload that names its pods so: a pod seen in a table alone shows no owner."""
        for kind, form in POD_NAMES:
            if match := form.fullmatch(pod.name):
                owner = ObjectRef(kind=kind, namespace=pod.namespace, name=match[1])
                if self._index.about(owner):
                    return owner
        return None

    def workloads(self) -> list[ObjectRef]:
        """Topmost workloads that exist, with or without pods, and bare pods."""
        found = dict.fromkeys(self.root(ref) for ref in self._index.objects(*WORKLOADS, "Pod"))
        return list(found)
