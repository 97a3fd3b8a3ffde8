"""Patches on a command line: the numbers and amounts of an object, as JSON under the built-in schemas.

Texts (commands, variables) and all other kinds are a manifest's work: a line has 2,048 bytes, and its quotes
leave no room for others.
"""

from __future__ import annotations

from functools import cache

from agent.grammars.builder import Builder
from agent.grammars.fields import packed
from agent.grammars.manifests import TEMPLATES, patch_of
from agent.grammars.places import changeable, workloads
from model.grammar.expression import Embedded, Sequence
from tools.manifest.schema import SchemaSet

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
PACES = ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold")
CONTAINER = ("resources", *(f"{probe}.{pace}" for probe in PROBES for pace in PACES))
"""What a line may say of a container."""
OWN = {
    "deployments": ("spec.replicas", "spec.minReadySeconds", "spec.progressDeadlineSeconds"),
    "statefulsets": ("spec.replicas", "spec.minReadySeconds"),
    "daemonsets": ("spec.minReadySeconds",),
    "cronjobs": ("spec.suspend", "spec.startingDeadlineSeconds"),
    "horizontalpodautoscalers": ("spec.minReplicas", "spec.maxReplicas"),
    "poddisruptionbudgets": ("spec.minAvailable", "spec.maxUnavailable"),
    "jobs": ("spec.suspend", "spec.parallelism", "spec.backoffLimit"),
}
"""Plural -> what a line may say of an object itself."""


def patch(build: Builder) -> None:
    """A strategic patch of one object."""
    path = ("patch",)
    for start, containers, names, namespace, kind in workloads(build, path):
        if (document := _document(kind.group, kind.kind, kind.plural, containers)) is None:
            continue
        line = Sequence((start, names, f" -n {namespace} -p '", document, "'"))
        build.say(build.place(path, named=True), line, only=())
    for kind in build.kinds(*OWN):
        if (document := _document(kind.group, kind.kind, kind.plural, ())) is None:
            continue
        for namespace in changeable(build):
            if build.inventory.may("patch", kind, namespace):
                start = f"patch {build.spelt(kind)[1]}/"
                names = build.names(kind, namespace)
                line = Sequence((start, names, f" -n {namespace} -p '", document, "'"))
                build.say(build.place(path, named=True), line, only=())


@cache
def _document(group: str, kind: str, plural: str, containers: tuple[str, ...]) -> Embedded | None:
    """The patches of an object, or of its containers of these names; None for no built-in kind."""
    gvk = packed(group, kind)
    if gvk is None:
        return None
    before = f"{TEMPLATES.get(kind)}.spec.containers[]."
    paths = tuple(before + field for field in CONTAINER) if containers else OWN[plural]
    return Embedded(patch_of(SchemaSet.packed(), gvk, paths, containers=containers).text)
