"""Documents: `-o json` and `-o yaml` output, one object or a list of mixed kinds."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from math import isfinite
from typing import Any

from pydantic import JsonValue

from tools.distil.access import binding, role, webhooks
from tools.distil.configmaps import configmap
from tools.distil.customs import custom_resource
from tools.distil.events import Events
from tools.distil.facts import FactList
from tools.distil.item import Item
from tools.distil.jobs import cronjob, job
from tools.distil.kinds import kind_name
from tools.distil.lists import Listed
from tools.distil.namespaces import namespace
from tools.distil.networkpolicies import network_policy
from tools.distil.nodes import node
from tools.distil.origins import origin
from tools.distil.pods import pod
from tools.distil.quotas import limit_range, quota
from tools.distil.scalers import autoscaler, budget
from tools.distil.services import Endpoints, service
from tools.distil.shapes import mapping, mappings, text
from tools.distil.storage import claim, storage_class, volume
from tools.distil.workloads import workload
from tools.manifest.gvk import custom, split

_READERS: dict[str, Callable[[Item], None]] = {
    "Pod": pod,
    "Deployment": workload,
    "ReplicaSet": workload,
    "StatefulSet": workload,
    "DaemonSet": workload,
    "Job": job,
    "CronJob": cronjob,
    "Service": service,
    "ConfigMap": configmap,
    "PersistentVolumeClaim": claim,
    "StorageClass": storage_class,
    "ResourceQuota": quota,
    "LimitRange": limit_range,
    "Node": node,
    "Namespace": namespace,
    "PersistentVolume": volume,
    "Role": role,
    "ClusterRole": role,
    "RoleBinding": binding,
    "ClusterRoleBinding": binding,
    "ValidatingWebhookConfiguration": webhooks,
    "MutatingWebhookConfiguration": webhooks,
    "HorizontalPodAutoscaler": autoscaler,
    "PodDisruptionBudget": budget,
    "NetworkPolicy": network_policy,
}
"""What is read of each kind, besides what any object has; other kinds have only that."""

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def documents(doc: JsonValue, facts: FactList, listed: Listed) -> None:
    """State the facts of all objects in one document; `listed` says which lists are complete."""
    events = Events()
    endpoints = Endpoints()
    for raw, kind, path in _objects(doc):
        if kind == "Event":
            events.add(raw, path)
            continue
        kind = kind_name(text(raw.get("apiVersion")), kind)
        item = Item(raw, kind, path, facts)
        if not item.ref.name:
            continue
        listed.saw(item.ref)
        if kind == "EndpointSlice":
            endpoints.slice(item)
            continue
        if kind == "Endpoints":
            endpoints.legacy(item)
            continue
        origin(item)
        if (reader := _READERS.get(kind)) is not None:
            reader(item)
        elif custom(split(text(raw.get("apiVersion")))[0]):
            custom_resource(item)
        if kind == "Service":
            endpoints.service(item)
    endpoints.state(facts, all_slices=listed.complete("EndpointSlice"))
    events.state(facts)
    if isinstance(mapping(doc).get("items"), list):
        listed.state(facts)


def _objects(doc: JsonValue) -> list[tuple[dict[str, JsonValue], str, str]]:
    """(object, kind, JSON path) of every object in the document."""
    top = mapping(doc)
    kind = text(top.get("kind"))
    if "items" not in top:
        return [(top, kind, "")] if kind else []
    # `PodList` items have no kind of their own when they come straight from the API.
    common = "" if kind == "List" else kind.removesuffix("List")
    return [
        (raw, text(raw.get("kind")) or common, f"items[{n}]")
        for n, raw in mappings(top.get("items"))
        if text(raw.get("kind")) or common
    ]


def parse_json(source: str) -> JsonValue:
    """The JSON document, or None when the text is not one."""
    try:
        # NaN and Infinity are not JSON, and would not survive being stored.
        doc: JsonValue = json.loads(source, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return _plain(doc, len(source)) if _SURROGATE.search(source) else doc


def parse_yaml(source: str) -> JsonValue:
    """The YAML document as JSON values, or None when the text is not one."""
    import yaml  # type: ignore[import-untyped]

    try:
        # The loader is a SafeLoader, in C where libyaml is built in.
        doc = yaml.load(source, Loader=_loader())  # noqa: S506
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None
    return _plain(doc, len(source))


@cache
def _loader() -> Any:
    """A safe loader that keeps times, `=` and `<<` as the text that kubectl printed.

    PyYAML, because ruamel needs 2.3 s for a MB of pods where libyaml needs 0.35 s (measured).
    """
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """The safe loader with fewer types."""

    for tag in ("timestamp", "value", "merge", "binary"):
        Loader.add_constructor(f"tag:yaml.org,2002:{tag}", Loader.construct_yaml_str)
    return Loader


class _TooMuch(Exception):
    """More nodes than characters: aliases multiply the document."""


def _plain(doc: object, characters: int) -> JsonValue:
    """The document in plain JSON values: keys as text, no lone surrogates, no endless numbers."""
    left = characters + 1

    def visit(value: object) -> JsonValue:
        nonlocal left
        left -= 1
        if left < 0:
            raise _TooMuch
        if isinstance(value, dict):
            return {str(visit(key)): visit(entry) for key, entry in value.items()}
        if isinstance(value, list | tuple | set):
            return [visit(entry) for entry in value]
        if isinstance(value, str):
            return value.encode("utf-8", "replace").decode("utf-8")
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if isfinite(value) else None
        return str(value)

    try:
        return visit(doc)
    except (_TooMuch, RecursionError):
        return None
