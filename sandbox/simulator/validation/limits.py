"""ResourceQuotas, LimitRanges, Nodes and Events."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.amounts import not_negative_quantity, quantity
from sandbox.simulator.validation.fields import Json, entries, mapping, text, texts
from sandbox.simulator.validation.placement import EFFECTS
from sandbox.simulator.validation.problem import Problem, bad, duplicate, required, unsupported

QUOTA_RESOURCES = frozenset(
    {
        "cpu",
        "memory",
        "ephemeral-storage",
        "requests.cpu",
        "requests.memory",
        "requests.storage",
        "requests.ephemeral-storage",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
        "pods",
        "services",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    }
)
_COUNTED = frozenset({"pods", "services", "secrets", "configmaps", "persistentvolumeclaims"})
SCOPES = (
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
)
_QUALIFIED = "must be a standard resource type or fully qualified"


def resource_quota(obj: Json) -> Iterator[Problem]:
    """A ResourceQuota."""
    spec = mapping(obj, "spec")
    for name, value in mapping(spec, "hard").items():
        where = f"spec.hard[{name}]"
        yield from (bad(where, name, said) for said in names.qualified(name))
        plain = "/" not in name and not name.startswith(("requests.hugepages-", "hugepages-"))
        if plain and name not in QUOTA_RESOURCES:
            yield bad(where, name, "must be a standard resource for quota")
        yield from not_negative_quantity(value, where)
        found = quantity(value)
        counted = name in _COUNTED or name.startswith(("count/", "services."))
        if counted and found is not None and found != found.to_integral_value():
            yield bad(where, str(value), "must be an integer")
    for scope in texts(spec, "scopes"):
        if scope not in SCOPES:
            yield bad("spec.scopes", texts(spec, "scopes"), "unsupported scope")


def resource_quota_update(new: Json, old: Json) -> Iterator[Problem]:
    """The scopes stay."""
    after, before = mapping(new, "spec").get("scopes"), mapping(old, "spec").get("scopes")
    if sorted(map(str, after or [])) != sorted(map(str, before or [])):
        yield bad("spec.scopes", after, names.IMMUTABLE)


def limit_range(obj: Json) -> Iterator[Problem]:
    """A LimitRange: one entry per type, each from min over the defaults to max."""
    seen: set[str] = set()
    for where, item in entries(mapping(obj, "spec"), "limits", "spec"):
        kind = text(item, "type")
        yield from (bad(f"{where}.type", kind, said) for said in names.qualified(kind))
        if kind in seen:
            yield duplicate(f"{where}.type", kind)
        seen.add(kind)
        bounded = {**mapping(item, "min"), **mapping(item, "max")}
        if kind == "PersistentVolumeClaim" and "storage" not in bounded:
            said = "either minimum or maximum storage value is required, but neither was provided"
            yield required(f"{where}.limits", said)
        keys = {name for key in _BOUNDS for name in mapping(item, key)}
        for name in sorted(keys):
            yield from _bounds(item, name, where)


_BOUNDS = ("min", "defaultRequest", "default", "max")
_WORDS = {
    "min": "min value",
    "defaultRequest": "default request value",
    "default": "default value",
    "max": "max value",
}


def _bounds(item: Json, name: str, where: str) -> Iterator[Problem]:
    if "/" not in name and name not in ("cpu", "memory", "storage", "ephemeral-storage"):
        for key in _BOUNDS:
            if name in mapping(item, key):
                yield bad(f"{where}.{key}[{name}]", name, _QUALIFIED)
    # every pair in its order; the server names the lower one first except against max
    pairs = (
        ("min", "min", "max"),
        ("defaultRequest", "min", "defaultRequest"),
        ("defaultRequest", "defaultRequest", "max"),
        ("defaultRequest", "defaultRequest", "default"),
        ("default", "min", "default"),
        ("default", "default", "max"),
    )
    for field, low, high in pairs:
        lower, upper = mapping(item, low).get(name), mapping(item, high).get(name)
        less, more = quantity(lower), quantity(upper)
        if less is None or more is None or less <= more:
            continue
        shown = mapping(item, field).get(name)
        said = f"{_WORDS[low]} {lower} is greater than {_WORDS[high]} {upper}"
        yield bad(f"{where}.{field}[{name}]", str(shown), said)


def node(obj: Json) -> Iterator[Problem]:
    """A Node's taints."""
    seen: set[tuple[str, str]] = set()
    for where, taint in entries(mapping(obj, "spec"), "taints", "spec"):
        key, value, effect = text(taint, "key"), text(taint, "value"), text(taint, "effect")
        yield from (bad(f"{where}.key", key, said) for said in names.qualified(key))
        yield from (bad(f"{where}.value", value, said) for said in names.label_value(value))
        if not effect:
            yield required(f"{where}.effect")
        elif effect not in EFFECTS:
            ordered = ("NoSchedule", "PreferNoSchedule", "NoExecute")
            yield unsupported(f"{where}.effect", effect, ordered)
        if (key, effect) in seen:
            yield duplicate(where, taint)
        seen.add((key, effect))


def event(obj: Json) -> Iterator[Problem]:
    """A core Event stands in its object's namespace."""
    subject = text(mapping(obj, "involvedObject"), "namespace")
    own = text(mapping(obj, "metadata"), "namespace")
    if obj.get("apiVersion") == "v1" and subject != own and (subject or own != "default"):
        said = "does not match event.namespace"
        yield bad("involvedObject.namespace", subject, said)
