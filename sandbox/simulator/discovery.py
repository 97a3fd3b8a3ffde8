"""What the server has: aggregated and legacy discovery, version, health.

Shapes follow a recorded Kubernetes 1.36 server, down to which documents carry an apiVersion.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sandbox.simulator.resources import Resource

VERSION = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2",
    "gitCommit": "simulated",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "go1.27.3",
    "compiler": "gc",
    "platform": "linux/amd64",
}

AGGREGATED = "APIGroupDiscoveryList"
_CHECKS = ("ping", "log", "etcd", "poststarthook/start-apiextensions-controllers")

Json = dict[str, Any]


def aggregated(rows: tuple[Resource, ...], version: str, *, core: bool) -> Json:
    """`/api` (core) or `/apis` as an APIGroupDiscoveryList of `v2` or `v2beta1`."""
    return {
        "kind": AGGREGATED,
        "apiVersion": f"apidiscovery.k8s.io/{version}",
        "metadata": {},
        "items": [
            {
                "metadata": {"name": group} if group else {},
                "versions": [
                    {
                        "version": name,
                        "resources": [_aggregated_row(row) for row in of_version],
                        "freshness": "Current",
                    }
                    for name, of_version in versions.items()
                ],
            }
            for group, versions in _groups(rows).items()
            if (group == "") is core
        ],
    }


def core_versions(address: str) -> Json:
    """Legacy `/api`."""
    return {
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
    }


def group_list(rows: tuple[Resource, ...]) -> Json:
    """Legacy `/apis`."""
    groups = [group for name in _groups(rows) if name and (group := api_group(rows, name))]
    for group in groups:
        del group["kind"], group["apiVersion"]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def api_group(rows: tuple[Resource, ...], group: str) -> Json | None:
    """`/apis/<group>`; None when there is no such group."""
    versions = [
        {"groupVersion": f"{group}/{version}", "version": version}
        for version in _groups(rows).get(group, {})
    ]
    if not versions or not group:
        return None
    return {
        "kind": "APIGroup",
        "apiVersion": "v1",
        "name": group,
        "versions": versions,
        "preferredVersion": versions[0],
    }


def resource_list(rows: tuple[Resource, ...], api_version: str) -> Json | None:
    """`/api/v1` or `/apis/<group>/<version>`, subresources included; None when unknown."""
    group, _, version = api_version.rpartition("/")
    own = _groups(rows).get(group, {}).get(version)
    if own is None:
        return None
    items = [item for row in own for item in _legacy_rows(row)]
    head: Json = {"kind": "APIResourceList"}
    if group:
        head["apiVersion"] = "v1"
    return {**head, "groupVersion": api_version, "resources": items}


def health(path: str, *, verbose: bool) -> str:
    """Body of /healthz, /livez and /readyz: `ok`, or one line per check."""
    if not verbose:
        return "ok"
    lines = [f"[+]{check} ok" for check in _CHECKS]
    return "\n".join([*lines, f"{path.strip('/')} check passed", ""])


@lru_cache(maxsize=8)
def _groups(rows: tuple[Resource, ...]) -> dict[str, dict[str, list[Resource]]]:
    groups: dict[str, dict[str, list[Resource]]] = {}
    for row in rows:
        groups.setdefault(row.group, {}).setdefault(row.version, []).append(row)
    return groups


def _aggregated_row(row: Resource) -> Json:
    item: Json = {
        "resource": row.plural,
        "responseKind": {"group": "", "version": "", "kind": row.kind},
        "scope": "Namespaced" if row.namespaced else "Cluster",
        "singularResource": row.singular,
        "verbs": list(row.verbs),
    }
    item.update(_names(row))
    if row.subresources:
        item["subresources"] = [
            {
                "subresource": sub.name,
                "responseKind": dict(
                    zip(("group", "version", "kind"), sub.response_kind, strict=True)
                ),
                "verbs": list(sub.verbs),
            }
            for sub in row.subresources
        ]
    return item


def _legacy_rows(row: Resource) -> Iterable[Json]:
    item: Json = {
        "name": row.plural,
        "singularName": row.singular,
        "namespaced": row.namespaced,
        "kind": row.kind,
        "verbs": list(row.verbs),
        **_names(row),
    }
    if "list" in row.verbs and "watch" in row.verbs:
        item["storageVersionHash"] = row.storage_version_hash
    yield item
    for sub in row.subresources:
        group, version, kind = sub.response_kind
        gv = {"group": group, "version": version} if version else {}
        yield {
            "name": f"{row.plural}/{sub.name}",
            "singularName": "",
            "namespaced": row.namespaced,
            **gv,
            "kind": kind,
            "verbs": list(sub.verbs),
        }


def _names(row: Resource) -> Json:
    names: Json = {}
    if row.short_names:
        names["shortNames"] = list(row.short_names)
    if row.categories:
        names["categories"] = list(row.categories)
    return names
