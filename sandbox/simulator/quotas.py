"""ResourceQuota arithmetic: what a namespace uses, and whether one more pod fits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.simulator.demand import demand, terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.quantity import number, written
from sandbox.simulator.store import Object, Store

_COUNTED = ("configmaps", "persistentvolumeclaims", "replicationcontrollers", "secrets", "services")
_COMPUTE = ("cpu", "memory", "ephemeral-storage")


def refusal(store: Store, quota: Object, pod: Object) -> str | None:
    """Why a quota forbids a pod, in the server's words; None when it fits."""
    hard = quota["spec"].get("hard", {})
    missing = _unspecified(hard, pod)
    if missing:
        return f"failed quota: {quota['metadata']['name']}: must specify {missing}"
    used = usage(store, pod["metadata"]["namespace"], hard)
    asked = {name: _of_pod(pod["spec"], name) for name in hard}
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


def usage(store: Store, namespace: str, names: dict[str, str]) -> dict[str, Decimal]:
    """How much of each quota resource a namespace uses."""
    pods = [pod for pod in store.list("pods", namespace) if not terminal(pod)]
    used: dict[str, Decimal] = {}
    for name in names:
        plain = name.removeprefix("count/")
        if plain in _COUNTED:
            used[name] = Decimal(len(store.list(plain, namespace)))
        else:
            used[name] = sum((_of_pod(pod["spec"], name) for pod in pods), Decimal(0))
    return used


def refresh(engine: Engine, quota: Object) -> None:
    """Bring a quota's status up to date."""
    hard = quota["spec"].get("hard", {})
    used = usage(engine.store, quota["metadata"]["namespace"], hard)
    shown = {name: written(value, hard[name]) for name, value in used.items()}
    engine.set_status(quota, {"hard": hard, "used": shown})


def reconcile(engine: Engine, namespace: str, name: str) -> None:
    """The quota controller, for one quota."""
    quota = engine.store.get("resourcequotas", namespace, name)
    if quota is not None:
        refresh(engine, quota)


def _of_pod(spec: dict[str, Any], name: str) -> Decimal:
    if name in ("pods", "count/pods"):
        return Decimal(1)
    what, _, resource = name.rpartition(".")
    return demand(spec, resource, what or "requests")


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
