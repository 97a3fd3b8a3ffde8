"""ResourceQuota arithmetic: what a namespace uses, and whether one more object fits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.simulator.admission.attributes import Attributes
from sandbox.simulator.demand import demand, terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.quantity import number, written
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object, Store

_COUNTED = (
    *("configmaps", "persistentvolumeclaims", "replicationcontrollers", "resourcequotas"),
    *("secrets", "services"),
)
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_CLASS = ".storageclass.storage.k8s.io/"


def admit(engine: Engine, asked: Attributes) -> None:
    """Raises ApiFailure 403 in the server's words when a new object does not fit."""
    if asked.operation != "CREATE" or asked.sub or not asked.namespace or not counts(asked.row):
        return
    for quota in engine.store.list("resourcequotas", asked.namespace):
        problem = refusal(engine.store, quota, asked.row.key, asked.obj)
        if problem:
            raise asked.refusal(problem)


def counts(row: Resource) -> bool:
    """Whether quotas can say anything about a kind (events are never counted)."""
    return row.namespaced and row.key != "events"


def refusal(store: Store, quota: Object, key: str, obj: Object) -> str | None:
    """Why a quota forbids an object, in the server's words; None when it fits."""
    hard = quota["spec"].get("hard") or {}
    if key == "pods":
        if not _in_scope(quota, obj):
            return None
        missing = _unspecified(hard, obj)
        if missing:
            return f"failed quota: {quota['metadata']['name']}: must specify {missing}"
    asked = {name: _of(key, obj, name) for name in hard}
    if not any(asked.values()):
        return None
    used = usage(store, obj["metadata"]["namespace"], hard, quota)
    over = [
        name
        for name in sorted(hard)
        if asked[name] > 0 and used[name] + asked[name] > number(hard[name])
    ]
    if not over:
        return None

    def listed(values: dict[str, Decimal]) -> str:
        return ",".join(f"{name}={written(values[name], hard[name])}" for name in over)

    limited = ",".join(f"{name}={hard[name]}" for name in over)
    return (
        f"exceeded quota: {quota['metadata']['name']}, requested: {listed(asked)}, "
        f"used: {listed(used)}, limited: {limited}"
    )


def usage(
    store: Store, namespace: str, names: dict[str, str], quota: Object | None = None
) -> dict[str, Decimal]:
    """How much of each quota resource a namespace uses."""
    pods = [
        pod
        for pod in store.list("pods", namespace)
        if not terminal(pod) and (quota is None or _in_scope(quota, pod))
    ]
    used: dict[str, Decimal] = {}
    for name in names:
        key = _counted_key(name)
        objects = pods if key == "pods" else store.list(key, namespace)
        used[name] = sum((_of(key, obj, name) for obj in objects), Decimal(0))
    return used


def refresh(engine: Engine, quota: Object) -> None:
    """Bring a quota's status up to date."""
    hard = quota["spec"].get("hard") or {}
    used = usage(engine.store, quota["metadata"]["namespace"], hard, quota)
    shown = {name: written(value, hard[name]) for name, value in used.items()}
    engine.set_status(quota, {"hard": hard, "used": shown})


def reconcile(engine: Engine, namespace: str, name: str) -> None:
    """The quota controller, for one quota."""
    quota = engine.store.get("resourcequotas", namespace, name)
    if quota is not None:
        refresh(engine, quota)


def _counted_key(name: str) -> str:
    """The store key of the objects that a quota resource is about."""
    if name.startswith("count/"):
        plural, _, group = name.removeprefix("count/").partition(".")
        return f"{group}/{plural}" if group else plural
    if name in _COUNTED:
        return name
    if name.startswith("services."):
        return "services"
    if name == "requests.storage" or _CLASS in name:
        return "persistentvolumeclaims"
    return "pods"


def _of(key: str, obj: Object, name: str) -> Decimal:
    """What one object adds to a quota resource; 0 when that is about another kind."""
    if key != _counted_key(name):
        return Decimal(0)
    spec = obj.get("spec") or {}
    if name.startswith("count/") or name in _COUNTED or name == "pods":
        return Decimal(1)
    if key == "services":
        return Decimal(_ports(spec, name))
    if key == "persistentvolumeclaims":
        wanted, found, what = name.rpartition(_CLASS)
        if found and wanted != spec.get("storageClassName"):
            return Decimal(0)
        if what == "persistentvolumeclaims":
            return Decimal(1)
        size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
        return number(size) if size is not None else Decimal(0)
    what, _, resource = name.rpartition(".")
    return demand(spec, resource, what or "requests")


def _ports(spec: dict[str, Any], name: str) -> int:
    type_ = spec.get("type")
    if name == "services.loadbalancers":
        return int(type_ == "LoadBalancer")
    ports = spec.get("ports") or []
    if type_ == "NodePort":
        return len(ports)
    return sum(1 for port in ports if port.get("nodePort")) if type_ == "LoadBalancer" else 0


def _in_scope(quota: Object, pod: Object) -> bool:
    """Whether a quota's scopes cover a pod."""
    spec = quota["spec"]
    terms = [{"scopeName": name, "operator": "Exists"} for name in spec.get("scopes") or []]
    terms += (spec.get("scopeSelector") or {}).get("matchExpressions") or []
    return all(_covers(term, pod) for term in terms)


def _covers(term: dict[str, Any], pod: Object) -> bool:
    spec, name = pod["spec"], term.get("scopeName")
    best_effort = (pod.get("status") or {}).get("qosClass") == "BestEffort"
    if name in ("Terminating", "NotTerminating"):
        return (spec.get("activeDeadlineSeconds") is not None) is (name == "Terminating")
    if name in ("BestEffort", "NotBestEffort"):
        return best_effort is (name == "BestEffort")
    if name != "PriorityClass":
        return False
    own, values = spec.get("priorityClassName"), term.get("values") or []
    return {
        "In": own in values,
        "NotIn": own not in values,
        "Exists": bool(own),
        "DoesNotExist": not own,
    }.get(str(term.get("operator")), False)


def _unspecified(hard: dict[str, str], pod: Object) -> str:
    """`requests.memory for: app; limits.cpu for: app`, for containers that leave them out."""
    found: dict[str, list[str]] = {}
    for name in sorted(hard):
        what, _, resource = name.rpartition(".")
        if resource not in _COMPUTE or what not in ("", "requests", "limits"):
            continue
        for container in pod["spec"]["containers"]:
            values = container.get("resources", {}).get(what or "requests", {})
            if resource not in values:
                found.setdefault(name, []).append(container["name"])
    return "; ".join(f"{name} for: {','.join(sorted(who))}" for name, who in found.items())
