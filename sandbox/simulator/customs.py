"""Custom resources: the rows that CustomResourceDefinition objects add to the served kinds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.simulator.resources import Column, Resource, Subresource


def custom_resources(crds: Iterable[dict[str, Any]]) -> tuple[Resource, ...]:
    """One row per served version of each definition; malformed definitions add nothing."""
    rows: list[Resource] = []
    for crd in crds:
        spec = crd.get("spec") or {}
        names = spec.get("names") or {}
        versions = [item for item in spec.get("versions") or [] if isinstance(item, dict)]
        if not (spec.get("group") and names.get("kind") and names.get("plural") and versions):
            continue
        stored = [item for item in versions if item.get("storage")] or versions
        rows.extend(
            _row(spec, names, item, stored=item is stored[0])
            for item in versions
            if item.get("served", True)
        )
    return tuple(rows)


def _row(
    spec: dict[str, Any], names: dict[str, Any], version: dict[str, Any], *, stored: bool
) -> Resource:
    group, namespaced = str(spec["group"]), spec.get("scope") != "Cluster"
    kind, plural = str(names["kind"]), str(names["plural"])
    has = version.get("subresources") or {}
    rud = ("get", "patch", "update")
    sub = []
    if "scale" in has:
        sub.append(Subresource("scale", "autoscaling/v1/Scale", rud))
    if "status" in has:
        sub.append(Subresource("status", kind, rud))
    return Resource(
        group=group,
        version=str(version.get("name", "v1")),
        kind=kind,
        plural=plural,
        singular=str(names.get("singular") or kind.lower()),
        short_names=tuple(names.get("shortNames") or ()),
        namespaced=namespaced,
        categories=tuple(names.get("categories") or ()),
        subresources=tuple(sub),
        view_of=None if stored else f"{group}/{plural}",
        generation=True,
        custom=True,
        schema=(version.get("schema") or {}).get("openAPIV3Schema"),
        scale_paths=_scale_paths(has.get("scale") or {}),
        columns=tuple(
            Column(
                str(item.get("name", "")),
                str(item.get("type", "string")),
                str(item.get("jsonPath", "")),
                int(item.get("priority", 0)),
            )
            for item in version.get("additionalPrinterColumns") or []
        ),
    )


def _scale_paths(scale: dict[str, Any]) -> tuple[str, str, str]:
    return (
        str(scale.get("specReplicasPath") or ".spec.replicas"),
        str(scale.get("statusReplicasPath") or ".status.replicas"),
        str(scale.get("labelSelectorPath") or ""),
    )
