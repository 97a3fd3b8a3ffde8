"""Containers: those that use all of their CPU limit, and sidecars that hold up the others."""

from __future__ import annotations

from agent.derive.derivation import Derivation
from tools.objects import ObjectRef

PINNED = 0.9
"""Share of its CPU limit from which a container counts as held back by it; usage is an average."""


def derive_containers(derivation: Derivation) -> None:
    """State cpu.pinned of containers and their templates, and sidecar.blocking of pods."""
    index = derivation.index
    for fact in list(index.named("usage.cpu")):
        limit = index.fact(fact.subject, "spec.limit.cpu")
        if limit is None or not isinstance(fact.value, int) or not isinstance(limit.value, int):
            continue
        if fact.value >= PINNED * limit.value > 0:
            value = {"used": fact.value, "limit": limit.value}
            root = derivation.owners.root(fact.subject)
            template = root.model_copy(update={"container": fact.subject.container})
            for subject in dict.fromkeys((fact.subject, template)):
                derivation.state(subject, "cpu.pinned", value, [fact, limit])
    for pod in index.objects("Pod"):
        _blocked(derivation, pod)


def _blocked(derivation: Derivation, pod: ObjectRef) -> None:
    """The sidecar that runs and has not started, when the containers behind it wait."""
    index = derivation.index
    containers = derivation.owners.containers.get(pod, [])
    waits = [
        index.fact(ref, "container.waiting.reason")
        for ref in containers
        if index.value(ref, "container.waiting.reason") == "PodInitializing"
    ]
    for ref in containers:
        sidecar = index.fact(ref, "spec.sidecar")
        started = index.fact(ref, "container.started")
        failed = index.fact(ref, "probe.startup.failed")
        if not (waits and sidecar and failed) or started is None or started.value is not False:
            continue
        ports = index.items(ref, "spec.ports")
        declared = [item.get("port") for item in ports if isinstance(item, dict)]
        wanted = index.mapping(ref, "spec.probe.startup").get("port")
        value = {
            "container": ref.container,
            "message": failed.value.get("message") if isinstance(failed.value, dict) else "",
            "wanted": wanted,
            "declared": declared,
        }
        sources = [sidecar, started, failed, waits[0], index.fact(ref, "spec.ports")]
        derivation.state(pod, "sidecar.blocking", value, sources)
        return
