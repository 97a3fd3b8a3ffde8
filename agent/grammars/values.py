"""Values of kubectl flags, as a grammar may offer them: known words, bounded numbers, known names.

A flag that is neither here nor a plain bool is never offered, even when the policy opens it: nothing
would bound what a model writes there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent.grammars.amounts import FEW, amounts, numbers
from agent.grammars.inventory import Inventory
from agent.grammars.words import words
from model.grammar.expression import Expression, Pattern, Words, choice, sequence
from sandbox.discovery import ResourceKind
from tools.kubectl.policy import Limits
from tools.kubectl.tree import Flag, Path_
from tools.kubectl.values import OUTPUTS, SUBRESOURCES

BYTES = (1024, 4096, 16384, 65536, 131072, 262144)
SPANS = ("30s", "1m", "2m", "5m", "10m", "15m", "30m", "45m", "1h", "2h", "3h", "6h", "12h", "24h")
WAITS = (1, 2, 5, 10)
SORTS = (".metadata.creationTimestamp", ".metadata.name", ".lastTimestamp", ".status.startTime")
PHASES = ("Running", "Pending", "Succeeded", "Failed", "Unknown")
CONDITIONS = {
    "pods": ("Ready", "ContainersReady", "Initialized", "PodScheduled"),
    "deployments": ("Available", "Progressing"),
    "jobs": ("Complete", "Failed"),
    "nodes": ("Ready",),
}
"""Plural -> conditions that its objects have."""
PORTS = (53, 80, 443, 3000, 5000, 5432, 6379, 8000, 8080, 8081, 8443, 9000, 9090, 9100)
"""Ports that services usually have; a Service of any other is a manifest's work."""
VERBS = ("get", "list", "watch", "create", "update", "patch", "delete")
REVIEWED = ("log", "exec", "scale", "status")


@dataclass(frozen=True)
class Place:
    """Where a flag stands."""

    path: Path_
    """Command."""
    inventory: Inventory
    limits: Limits
    kind: ResourceKind | None = None
    """The kind it is about, when there is one."""
    namespace: str | None = None
    """Of the values that depend on it (`events --for`)."""
    named: bool = False
    """Whether one object is named."""
    containers: tuple[str, ...] = ()
    """Containers of the objects named."""


def value(flag: Flag, place: Place) -> Expression | None:
    """What may stand as the value of a flag that is not a bool; None when nothing is known."""
    maker = _VALUES.get(flag.name)
    return maker(flag, place) if maker is not None else None


def label_words(inventory: Inventory) -> Words:
    """`key=value` of every label seen."""
    return words(f"{key}={v}" for key, found in inventory.labels.items() for v in found)


def selector(inventory: Inventory) -> Expression:
    """One or two requirements over labels that were seen, as the canonical text writes them."""
    equal = label_words(inventory)
    keys = words(inventory.labels)
    differ = Words(tuple(f"'{key}!={v}'" for key, found in inventory.labels.items() for v in found))
    return choice(equal, sequence(equal, ",", equal), keys, differ)


def _selector(flag: Flag, place: Place) -> Expression | None:
    return selector(place.inventory) if place.inventory.labels else None


def _output(flag: Flag, place: Place) -> Expression | None:
    """`output` of everything but `get`, whose expressions are options of their own."""
    found = [word for word in flag.enum if word in OUTPUTS]
    if place.path == ("delete",):
        found = ["name"]
    return words(found) if found else None


def _field_selector(flag: Flag, place: Place) -> Expression | None:
    """Fields that the server can select by; the words hold the flag's whole value."""
    if place.path[0] == "top" or place.kind is None:
        return None
    found: list[Expression] = []
    if place.kind.plural == "pods":
        found.append(words(f"status.phase={phase}" for phase in PHASES))
        nodes = place.inventory.names.get(("nodes", None), ())
        found.append(sequence("spec.nodeName=", words(nodes)))
    if place.kind.plural == "events" and place.namespace is not None:
        kinds = [kind for kind in place.inventory.kinds if kind.namespaced]
        named = {
            name
            for kind in kinds
            for name in place.inventory.names.get((kind.full_name, place.namespace), ())
            if len(name) <= 253
        }
        found.append(sequence("involvedObject.name=", words(sorted(named))))
        found.append(words(("type=Warning", "type=Normal")))
        found.append(words(f"involvedObject.kind={kind}" for kind in _EVENTFUL))
    return choice(*found) if found else None


_EVENTFUL = (
    *("Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Node"),
)
_EVENT_KINDS = (
    *("pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs"),
    *("services", "persistentvolumeclaims", "horizontalpodautoscalers", "ingresses"),
)


def _for(flag: Flag, place: Place) -> Expression | None:
    inventory = place.inventory
    if place.path == ("events",):
        found = []
        for plural in _EVENT_KINDS:
            kind = inventory.kind(plural)
            names = inventory.names.get((kind.full_name, place.namespace), ()) if kind else ()
            if kind is not None and names:
                found.append(sequence(f"{inventory.spelling[kind.full_name][1]}/", words(names)))
        return choice(*found) if found else None
    conditions = CONDITIONS.get(place.kind.plural if place.kind else "", ())
    return words([*(f"condition={word}" for word in conditions), "delete"])


def _container(flag: Flag, place: Place) -> Expression | None:
    return words(place.containers) if place.containers else None


def _subresource(flag: Flag, place: Place) -> Expression | None:
    if place.path[0] == "auth":
        return words(REVIEWED)
    if place.kind is None or not place.named:
        return None
    return words(sorted(SUBRESOURCES & place.kind.subresources))


def _enum(flag: Flag, place: Place) -> Expression | None:
    return words(flag.enum) if flag.enum else None


def _sort_by(flag: Flag, place: Place) -> Expression | None:
    return words(SORTS) if place.path == ("get",) else _enum(flag, place)


def _fixed(*found: str) -> Maker:
    made = words(found)
    return lambda flag, place: made


def _bounded(least: int, most: Callable[[Limits], int]) -> Maker:
    return lambda flag, place: numbers(least, most(place.limits))


def _timeout(flag: Flag, place: Place) -> Expression | None:
    return words(f"{seconds}s" for seconds in WAITS if seconds <= place.limits.timeout_s)


def _groups(flag: Flag, place: Place) -> Expression | None:
    return words(sorted({kind.group for kind in place.inventory.kinds if kind.group}))


Maker = Callable[[Flag, Place], Expression | None]
_VALUES: dict[str, Maker] = {
    "output": _output,
    "selector": _selector,
    "field-selector": _field_selector,
    "label-columns": lambda flag, place: words(place.inventory.labels),
    "sort-by": _sort_by,
    "container": _container,
    "containers": _container,
    "subresource": _subresource,
    "for": _for,
    "types": _fixed("Warning", "Normal"),
    "tail": _bounded(1, lambda limits: limits.tail),
    "limit-bytes": lambda flag, place: words(
        str(size) for size in BYTES if size <= place.limits.limit_bytes
    ),
    "max-log-requests": _bounded(1, lambda limits: limits.max_log_requests),
    "since": _fixed(*SPANS),
    "timeout": _timeout,
    "revision": _bounded(1, lambda limits: 50),
    "to-revision": _bounded(1, lambda limits: 50),
    "replicas": _bounded(1, lambda limits: limits.replicas),
    "current-replicas": _bounded(1, lambda limits: limits.replicas),
    "min": _bounded(1, lambda limits: FEW),
    "max": _bounded(FEW, lambda limits: limits.replicas),
    "port": lambda flag, place: words(str(port) for port in PORTS),
    "target-port": lambda flag, place: words(str(port) for port in PORTS),
    "protocol": _fixed("TCP", "UDP"),
    "cpu-percent": _bounded(10, lambda limits: 100),
    "grace-period": _bounded(1, lambda limits: 300),
    "limits": lambda flag, place: amounts(),
    "requests": lambda flag, place: amounts(),
    "api-group": _groups,
    "categories": _fixed("all"),
    "verbs": lambda flag, place: words(VERBS),
}

TAG = Pattern(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")
"""An image's tag."""
SETTING = Pattern(r"[A-Za-z0-9][A-Za-z0-9_.:/,%+=-]{0,80}")
"""A value that needs no quotes, and has no handle (`@3`) in it."""
LABEL = Pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}[A-Za-z0-9]")
"""A label's value."""
