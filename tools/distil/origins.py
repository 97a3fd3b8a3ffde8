"""Origins: facts that any object has: that it exists, its labels, its owner and who manages it."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import JsonValue

from tools.distil.item import Item, quoted_key
from tools.distil.shapes import mapping, mappings, string_map, text, texts
from tools.manifest.gvk import custom, split


class Manager(NamedTuple):
    """The tool that owns an object, from the label or annotation at `path`."""

    tool: str
    source: str
    path: str


def controller(item: Item) -> tuple[int, dict[str, JsonValue]] | None:
    """The controlling owner reference with its index; None when the object has none."""
    for n, owner in mappings(item.meta.get("ownerReferences")):
        if owner.get("controller") is True and text(owner.get("kind")):
            return n, owner
    return None


def _argo(labels: dict[str, JsonValue], notes: dict[str, JsonValue]) -> Manager | None:
    key = "argocd.argoproj.io/tracking-id"
    if tracked := text(notes.get(key)):
        return Manager("Argo CD", tracked.partition(":")[0], f"annotations{quoted_key(key)}")
    key = "argocd.argoproj.io/instance"
    if instance := text(labels.get(key)):
        return Manager("Argo CD", instance, f"labels{quoted_key(key)}")
    return None


def _flux(labels: dict[str, JsonValue]) -> Manager | None:
    for kind, prefix in (
        ("HelmRelease", "helm.toolkit.fluxcd.io"),
        ("Kustomization", "kustomize.toolkit.fluxcd.io"),
    ):
        if name := text(labels.get(f"{prefix}/name")):
            space = text(labels.get(f"{prefix}/namespace"))
            path = f"labels{quoted_key(f'{prefix}/name')}"
            return Manager("Flux", f"{kind} {space}/{name}" if space else f"{kind} {name}", path)
    return None


def _helm(labels: dict[str, JsonValue], notes: dict[str, JsonValue]) -> Manager | None:
    key = "meta.helm.sh/release-name"
    if release := text(notes.get(key)):
        space = text(notes.get("meta.helm.sh/release-namespace"))
        source = f"{space}/{release}" if space else release
        return Manager("Helm", source, f"annotations{quoted_key(key)}")
    key = "app.kubernetes.io/managed-by"
    if labels.get(key) == "Helm":
        instance = text(labels.get("app.kubernetes.io/instance"))
        return Manager("Helm", instance, f"labels{quoted_key(key)}")
    return None


def manager(item: Item) -> Manager | None:
    """Who manages the object. Argo CD and Flux render Helm charts, so they are asked first."""
    labels = mapping(item.meta.get("labels"))
    notes = mapping(item.meta.get("annotations"))
    if found := _argo(labels, notes) or _flux(labels) or _helm(labels, notes):
        return found
    owner = controller(item)
    if owner is not None and custom(split(text(owner[1].get("apiVersion")))[0]):
        source = f"{text(owner[1].get('kind'))}/{text(owner[1].get('name'))}"
        return Manager("operator", source, f"ownerReferences[{owner[0]}]")
    return None


def origin(item: Item) -> None:
    """State `object.*` facts of one object."""
    item.say("object.exists", True, "metadata.name", quote=f"name: {item.ref.name}")
    if labels := string_map(item.meta.get("labels")):
        item.say("object.labels", labels, "metadata.labels")
    item.say_text(
        "object.created", item.meta.get("creationTimestamp"), "metadata.creationTimestamp"
    )
    item.say_text(
        "object.deleted_at", item.meta.get("deletionTimestamp"), "metadata.deletionTimestamp"
    )
    finalizers: list[JsonValue] = [*texts(item.meta.get("finalizers"))]
    if finalizers:
        item.say("object.finalizers", finalizers, "metadata.finalizers")
    if (owner := controller(item)) is not None:
        name = f"{text(owner[1].get('kind'))}/{text(owner[1].get('name'))}"
        at = f"metadata.ownerReferences[{owner[0]}]"
        item.say("object.owner", name, at, quote=name)
        if custom(split(text(owner[1].get("apiVersion")))[0]):
            keys = ("apiVersion", "kind", "name")
            item.say("object.maker", {key: text(owner[1].get(key)) for key in keys}, at)
    if (found := manager(item)) is not None:
        value: dict[str, JsonValue] = {"tool": found.tool, "source": found.source}
        item.say("object.managed_by", value, f"metadata.{found.path}")
