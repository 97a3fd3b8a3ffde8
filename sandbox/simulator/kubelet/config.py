"""A container's environment and files: what its references yield, or the kubelet's complaint."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from sandbox.simulator.engine import Engine
from sandbox.simulator.fieldpaths import field_at
from sandbox.simulator.store import Object

_REFERENCE = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")


class ConfigError(Exception):
    """A reference that does not resolve; its text is the kubelet's."""


def environment(engine: Engine, pod: Object, container: Mapping[str, Any]) -> dict[str, str]:
    """The variables of a container. Raises ConfigError."""
    namespace = pod["metadata"]["namespace"]
    env: dict[str, str] = {}
    if pod["spec"].get("enableServiceLinks", True):
        env.update(_service_links(engine, namespace))
    for source in container.get("envFrom", []):
        prefix = source.get("prefix", "")
        for key, value in _whole(engine, namespace, source).items():
            env[prefix + key] = value
    for item in container.get("env", []):
        found = _value(engine, pod, container, item)
        if found is not None:
            env[item["name"]] = _REFERENCE.sub(lambda m: env.get(m[1], m[0]), found)
    return env


def files(engine: Engine, pod: Object, container: Mapping[str, Any]) -> frozenset[str]:
    """Paths that the container's ConfigMap and Secret volumes hold."""
    namespace = pod["metadata"]["namespace"]
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
    found = set()
    for mount in container.get("volumeMounts", []):
        volume = volumes.get(mount["name"], {})
        for kind, field, key in _KINDS:
            if kind not in volume:
                continue
            obj = engine.store.get(key, namespace, volume[kind].get(field, ""))
            names = _projected(volume[kind], obj)
            found |= {f"{mount['mountPath'].rstrip('/')}/{name}" for name in names}
    return frozenset(found)


def text_at(engine: Engine, pod: Object, container: Mapping[str, Any], path: str) -> str | None:
    """The text of a file in a ConfigMap or Secret volume, as it is now; None: no such file."""
    namespace = pod["metadata"]["namespace"]
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
    for mount in container.get("volumeMounts", []):
        volume, below = volumes.get(mount["name"], {}), mount["mountPath"].rstrip("/") + "/"
        if not path.startswith(below):
            continue
        for kind, field, key in _KINDS:
            if kind not in volume:
                continue
            obj = engine.store.get(key, namespace, volume[kind].get(field, ""))
            items = {item["path"]: item["key"] for item in volume[kind].get("items") or []}
            name = items.get(path.removeprefix(below), path.removeprefix(below))
            if obj is not None and name in _data(obj):
                return _plain(obj, name)
    return None


def check_volumes(engine: Engine, pod: Object) -> tuple[str, str] | None:
    """The first volume that cannot be mounted: (volume name, error); None when all can."""
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes", []):
        for kind, field, key in _KINDS:
            if kind not in volume or volume[kind].get("optional"):
                continue
            name = volume[kind].get(field, "")
            obj = engine.store.get(key, namespace, name)
            if obj is None:
                return volume["name"], f'{kind.lower()} "{name}" not found'
            for item in volume[kind].get("items", []):
                if item["key"] not in _data(obj):
                    what = "config" if kind == "configMap" else "secret"
                    return volume["name"], f"references non-existent {what} key: {item['key']}"
    return None


_KINDS = (("configMap", "name", "configmaps"), ("secret", "secretName", "secrets"))


def _projected(source: Mapping[str, Any], obj: Object | None) -> list[str]:
    if obj is None:
        return []
    items = source.get("items")
    return [item["path"] for item in items] if items else sorted(_data(obj))


def _data(obj: Object) -> dict[str, Any]:
    return {**(obj.get("data") or {}), **(obj.get("binaryData") or {})}


def _plain(obj: Object, key: str) -> str:
    value = str(_data(obj)[key])
    if obj["kind"] == "Secret":
        return base64.b64decode(value).decode(errors="replace")
    return value


def _whole(engine: Engine, namespace: str, source: Mapping[str, Any]) -> dict[str, str]:
    for field, key, kind in (
        ("configMapRef", "configmaps", "configmap"),
        ("secretRef", "secrets", "secret"),
    ):
        if field not in source:
            continue
        name = source[field]["name"]
        obj = engine.store.get(key, namespace, name)
        if obj is None:
            if source[field].get("optional"):
                return {}
            raise ConfigError(f'{kind} "{name}" not found')
        return {item: _plain(obj, item) for item in _data(obj)}
    return {}


def _value(
    engine: Engine, pod: Object, container: Mapping[str, Any], item: Mapping[str, Any]
) -> str | None:
    source = item.get("valueFrom")
    if source is None:
        return str(item.get("value", ""))
    namespace = pod["metadata"]["namespace"]
    for field, key, low, kind in (
        ("configMapKeyRef", "configmaps", "configmap", "ConfigMap"),
        ("secretKeyRef", "secrets", "secret", "Secret"),
    ):
        if field not in source:
            continue
        ref = source[field]
        obj = engine.store.get(key, namespace, ref["name"])
        if obj is None:
            if ref.get("optional"):
                return None
            raise ConfigError(f'{low} "{ref["name"]}" not found')
        if ref["key"] not in _data(obj):
            if ref.get("optional"):
                return None
            raise ConfigError(f"couldn't find key {ref['key']} in {kind} {namespace}/{ref['name']}")
        return _plain(obj, ref["key"])
    if "fieldRef" in source:
        return _field(pod, source["fieldRef"]["fieldPath"])
    limits = container.get("resources", {})
    what, _, resource = source.get("resourceFieldRef", {}).get("resource", ".").partition(".")
    return str(limits.get(what, {}).get(resource, "0"))


def _field(pod: Object, path: str) -> str:
    """A field of the downward API: `status.podIP`, `metadata.labels['app']`; empty for none."""
    where, subscript, key = path.partition("['")
    value = field_at(pod, where)
    if subscript and isinstance(value, dict):
        value = value.get(key.removesuffix("']"))
    return value if isinstance(value, str) else ""


def _service_links(engine: Engine, namespace: str) -> dict[str, str]:
    """NAME_SERVICE_HOST and friends for the Services that exist when the container starts."""
    env = {}
    for service in engine.store.list("services", namespace):
        address = service["spec"].get("clusterIP")
        if not address or address == "None":
            continue
        name = service["metadata"]["name"].upper().replace("-", "_")
        env[f"{name}_SERVICE_HOST"] = address
        for port in service["spec"].get("ports", [])[:1]:
            env[f"{name}_SERVICE_PORT"] = str(port["port"])
    return env
