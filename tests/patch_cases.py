"""Random objects and random strategic merge patches for them, made along the packed schemas.

Names and values come from small pools, so that patches often meet what is there.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from sandbox.simulator.patching.schema import Node, root_of

KINDS = (
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("v1", "Pod"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
    ("v1", "ConfigMap"),
    ("batch/v1", "CronJob"),
    ("policy/v1", "PodDisruptionBudget"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("networking.k8s.io/v1", "Ingress"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
)

_INTERESTING = """
    metadata labels annotations finalizers ownerReferences uid spec template replicas strategy
    rollingUpdate maxSurge type selector matchLabels matchExpressions containers initContainers name
    image command args env value valueFrom configMapKeyRef key ports containerPort protocol port
    targetPort volumeMounts mountPath volumes configMap emptyDir secret secretName items path
    imagePullSecrets secrets tolerations nodeSelector hostAliases ip hostnames
    topologySpreadConstraints topologyKey whenUnsatisfiable maxSkew readinessProbe httpGet
    resources limits requests securityContext data externalIPs jobTemplate schedule minAvailable
    ingress from podSelector rules host http paths backend service tls hosts metrics resource
    restartPolicy updateStrategy
"""
FIELDS = frozenset(_INTERESTING.split())

_TYPE = ("apiVersion", "kind")
_KEYS = ("a", "b", "c", "d")
_WORDS = ("x", "y", "z", "w", "v")


def kind(rng: Random) -> tuple[str, str]:
    return rng.choice(KINDS)


def live(rng: Random, api_version: str, kind: str, name: str) -> dict[str, Any]:
    node = root_of(api_version, kind)
    obj = _value(rng, node, 0)
    meta = {**obj.get("metadata", {}), "name": name}
    return {**obj, "apiVersion": api_version, "kind": kind, "metadata": meta}


def patch(rng: Random, api_version: str, kind: str) -> dict[str, Any]:
    made: dict[str, Any] = _patch(rng, root_of(api_version, kind), 0)
    return made


def _names(node: Node) -> list[str]:
    return [name for name in sorted(node.raw.get("properties") or {}) if name in FIELDS]


def _scalar(rng: Random, node: Node) -> Any:
    if node.scalar == "number":
        return rng.randint(1, 4)
    if node.scalar == "boolean":
        return rng.random() < 0.5
    return rng.choice(_WORDS)


def _value(rng: Random, node: Node, depth: int, *, chance: float = 0.6) -> Any:
    if node.kind == "list":
        if not node.merge_key:
            return (
                rng.sample(_WORDS, rng.randint(0, 3)) if _flat(node) else _items(rng, node, depth)
            )
        return _items(rng, node, depth)
    if node.kind == "map" and _names(node):
        names = [name for name in _names(node) if depth < 2 or rng.random() < chance]
        return {name: _value(rng, node.child(name), depth + 1) for name in names}
    if node.kind == "map" and not node.raw.get("properties"):
        return {key: rng.choice(_WORDS) for key in rng.sample(_KEYS, rng.randint(0, 3))}
    return {} if node.kind in ("map", "any") else _scalar(rng, node)


def _flat(node: Node) -> bool:
    return node.element.kind == "scalar" and node.element.scalar == "string"


def _items(rng: Random, node: Node, depth: int) -> list[Any]:
    if node.element.kind == "scalar":
        return [_scalar(rng, node.element) for _ in range(rng.randint(0, 2))]
    keys = _key_values(rng, node, rng.randint(0, 4))
    items = []
    for key in keys:
        item = _value(rng, node.element, depth + 2, chance=0.4)
        items.append({**item, node.merge_key: key} if node.merge_key else item)
    return items


def _key_values(rng: Random, node: Node, count: int) -> list[Any]:
    if not node.merge_key:
        return [None] * min(count, 2)
    field = node.element.child(node.merge_key)
    pool: list[Any] = [1, 2, 3, 4, 5] if field.scalar == "number" else list(_KEYS)
    return rng.sample(pool, min(count, len(pool)))


def _patch(rng: Random, node: Node, depth: int) -> Any:
    if node.kind == "map" and not node.raw.get("properties"):
        return _plain_map(rng)
    if node.kind != "map":
        return _value(rng, node, depth)
    result: dict[str, Any] = {}
    for name in _names(node):
        field = node.child(name)
        if depth > 1 and rng.random() < 0.6:
            continue
        if depth > 0 and rng.random() < 0.12:
            result[name] = None
        elif field.kind == "list":
            _patch_list(rng, result, name, field, depth)
        else:
            result[name] = _patch(rng, field, depth + 1)
    if depth > 0:
        _directives(rng, result, node)
    return result


def _plain_map(rng: Random) -> dict[str, Any]:
    keys = rng.sample(_KEYS, rng.randint(0, 3))
    return {key: None if rng.random() < 0.3 else rng.choice(_WORDS) for key in keys}


def _directives(rng: Random, result: dict[str, Any], node: Node) -> None:
    chance = rng.random()
    if chance < 0.03:
        result["$patch"] = "replace"
    elif chance < 0.05:
        result["$patch"] = "delete"
    elif chance < 0.10 and not any(key.startswith("$") for key in result):
        rest = [name for name in _names(node) if rng.random() < 0.3]
        result["$retainKeys"] = sorted({*result, *rest})
        if rng.random() < 0.1:
            result["$retainKeys"] = rest


def _patch_list(rng: Random, result: dict[str, Any], name: str, node: Node, depth: int) -> None:
    if "merge" not in node.strategies:
        result[name] = _value(rng, node, depth)
        return
    if not node.merge_key:
        words = rng.sample(_WORDS, rng.randint(0, 4))
        cut = rng.randint(0, len(words))
        if rng.random() < 0.6:
            result[f"$deleteFromPrimitiveList/{name}"] = words[cut:]
        if rng.random() < 0.7:
            result[name] = words[:cut]
        if rng.random() < 0.4:
            order = [*words[:cut], *(word for word in _WORDS if word not in words)]
            result[f"$setElementOrder/{name}"] = order if rng.random() < 0.5 else words[:cut]
        return
    items = []
    for value in _key_values(rng, node, rng.randint(0, 4)):
        item = _patch(rng, node.element, depth + 2)
        item.pop(node.merge_key, None)
        if rng.random() < 0.25:
            item = {"$patch": "delete"}
        if "$retainKeys" in item:
            item["$retainKeys"].append(node.merge_key)
        items.append({**item, node.merge_key: value})
        if rng.random() < 0.02:
            del items[-1][node.merge_key]
    if rng.random() < 0.5:
        named = [one.get(node.merge_key) for one in items if one.get("$patch") != "delete"]
        more = [one for one in _key_values(rng, node, rng.randint(0, 3)) if one not in named]
        wanted: list[Any] = list(named)
        for one in more:
            wanted.insert(rng.randint(0, len(wanted)), one)
        if rng.random() < 0.05:
            rng.shuffle(wanted)
        result[f"$setElementOrder/{name}"] = [{node.merge_key: one} for one in wanted]
        if rng.random() < 0.2:
            return
    elif rng.random() < 0.08:
        items.insert(rng.randint(0, len(items)), {"$patch": "replace"})
    result[name] = items


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def operations(rng: Random, obj: dict[str, Any]) -> list[dict[str, Any]]:
    """A random JSON patch, mostly about what the object has."""
    return [_operation(rng, obj) for _ in range(rng.randint(1, 4))]


def _operation(rng: Random, obj: dict[str, Any]) -> dict[str, Any]:
    op = rng.choice(("add", "add", "replace", "remove", "test", "copy", "move"))
    path, value = _somewhere(rng, obj)
    made: dict[str, Any] = {"op": op, "path": path}
    if op in ("copy", "move"):
        made["from"] = _somewhere(rng, obj)[0]
    elif op == "test":
        made["value"] = value if rng.random() < 0.8 else rng.choice(_WORDS)
    elif op != "remove":
        made["value"] = rng.choice([value, rng.choice(_WORDS), {"a": "x"}, [1], 3])
    return made


def _somewhere(rng: Random, obj: dict[str, Any]) -> tuple[str, Any]:
    here: Any = obj
    path = ""
    while isinstance(here, dict | list) and here and (not path or rng.random() < 0.8):
        if isinstance(here, dict):
            key = rng.choice([name for name in sorted(here) if path or name not in _TYPE])
            here = here[key]
            path += "/" + key.replace("~", "~0").replace("/", "~1")
        else:
            at = rng.randrange(len(here))
            here = here[at]
            path += f"/{at}"
    if rng.random() < 0.15:
        path += rng.choice(("/new", "/-", "/0", "/9"))
        here = "x"
    return path, here
