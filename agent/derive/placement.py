"""Placement: which nodes are cordoned or tainted while a pod waits for one, and claims it misnames."""

from __future__ import annotations

from collections.abc import Mapping

from agent.derive.derivation import Derivation
from tools.fact import Fact
from tools.objects import ObjectRef
from tools.suggest import closest

NOT_FOR_OTHERS = ("node.kubernetes.io/", "node-role.kubernetes.io/")
"""Prefixes of taints that tell a node's condition, or keep a control plane for itself."""


def derive_placement(derivation: Derivation) -> None:
    """State nodes.cordoned and nodes.tainted of pods that wait, and the claims that come closest."""
    for failed in list(derivation.index.named("schedule.failed")):
        _nodes(derivation, failed)
        _claims(derivation, failed)


def _nodes(derivation: Derivation, failed: Fact) -> None:
    index, pod = derivation.index, failed.subject
    tolerated = [item for item in index.items(pod, "pod.tolerations") if isinstance(item, dict)]
    cordoned: list[Fact] = []
    taints: dict[str, list[Fact]] = {}
    for node in index.objects("Node"):
        shut = index.fact(node, "node.cordoned")
        if shut is not None and shut.value is True:
            cordoned.append(shut)
        told = index.fact(node, "node.taints")
        for taint in map(str, index.items(node, "node.taints")):
            no_matter = taint.startswith(NOT_FOR_OTHERS) or any(
                _tolerates(t, taint) for t in tolerated
            )
            if told is not None and not no_matter:
                taints.setdefault(taint, []).append(told)
    if cordoned:
        names = sorted(fact.subject.name for fact in cordoned)
        derivation.state(pod, "nodes.cordoned", names, [failed, *cordoned])
    if taints:
        found = [
            {**_parts(taint), "nodes": sorted(fact.subject.name for fact in facts)}
            for taint, facts in taints.items()
        ]
        sources = [fact for facts in taints.values() for fact in facts]
        derivation.state(pod, "nodes.tainted", found, [failed, *sources])


def _parts(taint: str) -> dict[str, object]:
    """`key=value:effect` as a map; value is empty when the taint has none."""
    named, _, effect = taint.rpartition(":")
    key, _, value = named.partition("=")
    return {"key": key, "value": value, "effect": effect}


def _tolerates(toleration: Mapping[str, object], taint: str) -> bool:
    parts = _parts(taint)
    if toleration.get("key") not in (None, "", parts["key"]):
        return False
    if toleration.get("effect") not in (None, "", parts["effect"]):
        return False
    exists = toleration.get("operator") == "Exists"
    return exists or (toleration.get("value") or "") == parts["value"]


def _claims(derivation: Derivation, failed: Fact) -> None:
    """A claim that the pod names and that is not there, and the one whose name is closest."""
    index, pod = derivation.index, failed.subject
    every = ObjectRef(kind="PersistentVolumeClaim", namespace=pod.namespace, name="*")
    listed = index.fact(every, "list.names")
    if listed is None or not isinstance(listed.value, list):
        return
    names = [str(name) for name in listed.value]
    volumes = index.fact(pod, "pod.volumes")
    for volume in index.items(pod, "pod.volumes"):
        if not isinstance(volume, dict) or volume.get("kind") != every.kind:
            continue
        wanted = str(volume.get("ref"))
        if wanted in names:
            continue
        used = {
            str(entry.get("ref"))
            for other in index.objects("Pod")
            for entry in index.items(other, "pod.volumes")
            if isinstance(entry, dict) and entry.get("kind") == every.kind
        }
        near = closest(wanted, [name for name in names if name not in used], 1)
        if near:
            miss = {"kind": every.kind, "missing": wanted, "found": near[0]}
            derivation.state(pod, "object.near_miss", miss, [failed, volumes, listed])
        return
