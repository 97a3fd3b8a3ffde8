"""Deployments, ReplicaSets, StatefulSets and DaemonSets: replicas, rollout and pod template."""

from __future__ import annotations

from pydantic import JsonValue

from tools.distil.item import Item, quoted_key
from tools.distil.messages import place, read
from tools.distil.origins import controller
from tools.distil.podspec import podspec
from tools.distil.podstatus import condition
from tools.distil.quantity import whole_bytes
from tools.distil.shapes import count, dig, integer, mapping, mappings, string_map, text, texts

WORKLOADS = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"})

_REVISION = "deployment.kubernetes.io/revision"

# Fact -> status field; a DaemonSet counts nodes under other names.
_REPLICAS = {
    "workload.current": "replicas",
    "workload.ready": "readyReplicas",
    "workload.available": "availableReplicas",
    "workload.updated": "updatedReplicas",
}
_NODES = {
    "workload.current": "currentNumberScheduled",
    "workload.ready": "numberReady",
    "workload.available": "numberAvailable",
    "workload.updated": "updatedNumberScheduled",
}


def workload(item: Item) -> None:
    """State all facts of one Deployment, ReplicaSet, StatefulSet or DaemonSet."""
    _counts(item)
    _revision(item)
    if selector := string_map(dig(item.spec, "selector", "matchLabels")):
        item.say("workload.selector", selector, "spec.selector.matchLabels")
    template(item, mapping(item.spec.get("template")), "spec.template", whole=True)
    if item.kind == "Deployment":
        paused = item.spec.get("paused") is True
        item.say_field("workload.paused", paused, item.spec, "spec", "paused")
        _progressing(item)
    if item.kind == "StatefulSet":
        _claims(item)
    _replica_failure(item)


def _counts(item: Item) -> None:
    if item.kind == "DaemonSet":
        field = "desiredNumberScheduled"
        desired = count(item.status.get(field))
        item.say_field("workload.desired", desired, item.status, "status", field)
    else:
        wanted = integer(item.spec.get("replicas"))
        desired = 1 if wanted is None else wanted
        item.say_field("workload.desired", desired, item.spec, "spec", "replicas")
    fields = _NODES if item.kind == "DaemonSet" else _REPLICAS
    for name, field in fields.items():
        if name == "workload.updated" and item.kind == "ReplicaSet":
            continue
        item.say_field(name, count(item.status.get(field)), item.status, "status", field)
    generation = integer(item.meta.get("generation"))
    observed = integer(item.status.get("observedGeneration"))
    if generation is not None:
        value = observed is not None and observed >= generation
        quote = f"generation: {generation} observedGeneration: {observed}"
        item.say("workload.observed", value, "status.observedGeneration", quote=quote)


def _revision(item: Item) -> None:
    revision = text(mapping(item.meta.get("annotations")).get(_REVISION))
    if revision.isdecimal() and len(revision) < 16:
        path = f"metadata.annotations{quoted_key(_REVISION)}"
        item.say("workload.revision", int(revision), path, quote=f"revision: {revision}")


def template(item: Item, body: dict[str, JsonValue], at: str, *, whole: bool) -> None:
    """State the pod template's facts; `whole` adds `workload.template` for comparing revisions.

    A ReplicaSet with a controller repeats its owner's template, so only the whole is stated.
    """
    labels = string_map(dig(body, "metadata", "labels"))
    if labels:
        item.say("workload.template_labels", labels, f"{at}.metadata.labels")
    spec = mapping(body.get("spec"))
    if whole and spec:
        item.say("workload.template", spec, f"{at}.spec", quote=_summary(spec))
    if not (item.kind == "ReplicaSet" and controller(item)):
        podspec(item, spec, f"{at}.spec")


def _summary(spec: dict[str, JsonValue]) -> str:
    """The template in a few words; the whole of it has no place in a quote."""
    images = [
        f"{text(entry.get('name'))}={text(entry.get('image'))}"
        for group in ("initContainers", "containers")
        for _, entry in mappings(spec.get(group))
    ]
    return f"images: {' '.join(images)}"


def _progressing(item: Item) -> None:
    found = condition(item.raw, "Progressing")
    if found is None:
        return
    n, entry = found
    value: dict[str, JsonValue] = {
        key: text(entry.get(key)) for key in ("status", "reason", "message")
    }
    quote = f"Progressing={value['status']} {value['reason']}: {value['message']}"
    item.say("workload.progressing", value, f"status.conditions[{n}]", quote=quote)


def _replica_failure(item: Item) -> None:
    found = condition(item.raw, "ReplicaFailure")
    if found is None or found[1].get("status") != "True":
        return
    n, entry = found
    reason, message = text(entry.get("reason")), text(entry.get("message"))
    path = f"status.conditions[{n}]"
    value: dict[str, JsonValue] = {"reason": reason, "message": message}
    item.say("workload.replica_failure", value, path, quote=f"{reason}: {message}")
    for said in read(reason, message):
        item.say(
            said.name, said.value, f"{path}.message", about=place(said, item.ref), quote=message
        )


def _claims(item: Item) -> None:
    claims: list[JsonValue] = []
    for _, entry in mappings(item.spec.get("volumeClaimTemplates")):
        claims.append(
            {
                "name": text(dig(entry, "metadata", "name")),
                "class": text(dig(entry, "spec", "storageClassName")),
                "size": whole_bytes(dig(entry, "spec", "resources", "requests", "storage")),
                "access_modes": [*texts(dig(entry, "spec", "accessModes"))],
            }
        )
    if claims:
        item.say("workload.claims", claims, "spec.volumeClaimTemplates")
