"""LimitRange: defaults for containers, and the bounds of containers, pods and claims."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sandbox.simulator.admission.attributes import Attributes
from sandbox.simulator.admission.pods import containers
from sandbox.simulator.demand import demand
from sandbox.simulator.engine import Engine
from sandbox.simulator.quantity import number, written

Values = dict[str, Any]


def fill(engine: Engine, asked: Attributes) -> None:
    """Fill a new pod's requests and limits in place."""
    for item in _items(engine, asked.namespace, "Container"):
        for container in containers(asked.obj["spec"]):
            resources = container.setdefault("resources", {})
            _fill(resources, "limits", item.get("default", {}))
            _fill(resources, "requests", item.get("defaultRequest") or item.get("default", {}))


def check(engine: Engine, asked: Attributes) -> None:
    """Raises ApiFailure 403 when a pod or claim is outside the bounds of its namespace."""
    problems: list[str] = []
    if asked.creates("pods"):
        spec = asked.obj["spec"]
        for item in _items(engine, asked.namespace, "Container"):
            for container in containers(spec):
                problems += _bounds("Container", container.get("resources", {}), item)
        for item in _items(engine, asked.namespace, "Pod"):
            problems += _bounds("Pod", _sum(spec, item), item)
    elif asked.creates("persistentvolumeclaims"):
        resources = {"requests": asked.obj["spec"].get("resources", {}).get("requests", {})}
        for item in _items(engine, asked.namespace, "PersistentVolumeClaim"):
            problems += _requests("PersistentVolumeClaim", resources, item)
    problems = list(dict.fromkeys(problems))
    if len(problems) == 1:
        raise asked.refusal(problems[0])
    if problems:
        raise asked.refusal(f"[{', '.join(problems)}]")


def _items(engine: Engine, namespace: str, type_: str) -> Iterator[Values]:
    for limits in engine.store.list("limitranges", namespace):
        for item in limits["spec"].get("limits") or []:
            if item.get("type") == type_:
                yield item


def _fill(resources: Values, what: str, values: Values) -> None:
    for name, value in values.items():
        resources.setdefault(what, {}).setdefault(name, value)


def _bounds(what: str, resources: Values, item: Values) -> list[str]:
    problems = []
    for name, most in item.get("max", {}).items():
        limit = resources.get("limits", {}).get(name)
        if limit is None:
            problems.append(f"maximum {name} usage per {what} is {most}.  No limit is specified")
        elif number(limit) > number(most):
            problems.append(f"maximum {name} usage per {what} is {most}, but limit is {limit}")
    for name, least in item.get("min", {}).items():
        request = resources.get("requests", {}).get(name)
        if request is None:
            problems.append(f"minimum {name} usage per {what} is {least}.  No request is specified")
        elif number(request) < number(least):
            problems.append(f"minimum {name} usage per {what} is {least}, but request is {request}")
    return problems + _ratios(what, resources, item)


def _ratios(what: str, resources: Values, item: Values) -> list[str]:
    problems = []
    for name, most in item.get("maxLimitRequestRatio", {}).items():
        limit = resources.get("limits", {}).get(name)
        request = resources.get("requests", {}).get(name)
        if limit is None or request is None or number(request) == 0:
            lacks = "No limit is specified" if limit is None else "No request is specified"
            problems.append(f"{name} max limit to request ratio per {what} is {most}, but {lacks}")
            continue
        ratio = number(limit) / number(request)
        if ratio > number(most):
            shown = f"{float(ratio):f}"
            text = f"{name} max limit to request ratio per {what} is {most}"
            problems.append(f"{text}, but provided ratio is {shown}")
    return problems


def _requests(what: str, resources: Values, item: Values) -> list[str]:
    """Bounds of a claim, which has requests alone."""
    problems = []
    for name, most in item.get("max", {}).items():
        asked = resources["requests"].get(name)
        if asked is not None and number(asked) > number(most):
            problems.append(f"maximum {name} usage per {what} is {most}, but request is {asked}")
    for name, least in item.get("min", {}).items():
        asked = resources["requests"].get(name)
        if asked is not None and number(asked) < number(least):
            problems.append(f"minimum {name} usage per {what} is {least}, but request is {asked}")
    return problems


def _sum(spec: Values, item: Values) -> Values:
    """What a whole pod asks for, of the resources that a rule names."""
    found: Values = {"limits": {}, "requests": {}}
    for name in {*item.get("max", {}), *item.get("min", {}), *item.get("maxLimitRequestRatio", {})}:
        like = str(item.get("max", {}).get(name) or item.get("min", {}).get(name) or "1")
        for kind, values in found.items():
            total = demand(spec, name, kind)
            if total != Decimal(0):
                values[name] = written(total, like)
    return found
