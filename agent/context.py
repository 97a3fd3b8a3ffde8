"""TemplateContext: what playbook templates (looks, summaries, remedies) can name."""

from __future__ import annotations

import shlex
from functools import cache
from typing import Any

from agent.derive.derivation import Derivation
from agent.views import View
from tools.objects import ObjectRef

RESOURCE_NAMES = {
    "Deployment": "deployment",
    "StatefulSet": "statefulset",
    "DaemonSet": "daemonset",
    "ReplicaSet": "replicaset",
    "Job": "job",
    "CronJob": "cronjob",
    "Pod": "pod",
    "Service": "service",
    "PersistentVolumeClaim": "persistentvolumeclaim",
    "Node": "node",
    "PodDisruptionBudget": "poddisruptionbudget",
    "Namespace": "namespace",
    "HorizontalPodAutoscaler": "horizontalpodautoscaler",
}
"""Kind -> the word used in commands."""
ARITHMETIC = (
    *("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "floordiv"),
    *("rfloordiv", "mod", "rmod", "pow", "rpow", "neg", "pos", "lt", "le", "gt", "ge"),
)
"""Operators that a missing fact answers with itself; jinja would end the run."""
MEBIBYTE = 1024 * 1024


def mebibytes(value: Any) -> str:
    """Bytes as Gi, Mi or Ki, the way manifests spell them."""
    try:
        amount = int(value)
    except (TypeError, ValueError):
        return str(value)
    for unit, size in (("Gi", 1024 * MEBIBYTE), ("Mi", MEBIBYTE), ("Ki", 1024)):
        if amount >= size and amount % size == 0:
            return f"{amount // size}{unit}"
    return f"{amount / MEBIBYTE:.0f}Mi" if amount >= MEBIBYTE else str(amount)


def cpus(value: Any) -> str:
    """Millicores as cores or m."""
    try:
        amount = int(value)
    except (TypeError, ValueError):
        return str(value)
    return str(amount // 1000) if amount % 1000 == 0 else f"{amount}m"


def pairs(value: Any) -> str:
    """A map as key=value, comma separated."""
    return (
        ", ".join(f"{key}={item}" for key, item in value.items()) if isinstance(value, dict) else ""
    )


def amount(value: Any, resource: str) -> str:
    """A number of a resource (`requests.memory`, `limits.cpu`, `pods`) the way manifests spell it."""
    if resource.endswith("cpu"):
        return cpus(value)
    return mebibytes(value) if resource.endswith(("memory", "storage")) else str(value)


MISSING = "\x00"
"""What a missing name renders as, until it is taken out or the whole text is given up."""


def _not_a_number(value: object) -> float:
    raise TypeError(f"{value!r} is missing")  # jinja's int and float answer with their default


@cache
def environment() -> Any:
    """The sandboxed jinja environment; missing names render as nothing."""
    from jinja2 import ChainableUndefined
    from jinja2.sandbox import SandboxedEnvironment

    class Unknown(ChainableUndefined):
        """What is computed from a missing fact is missing too: a report never fails on it."""

    for name in ARITHMETIC:
        setattr(Unknown, f"__{name}__", lambda self, *others: self)
    for name in ("int", "float"):
        setattr(Unknown, f"__{name}__", _not_a_number)
    setattr(Unknown, "__str__", lambda self: MISSING)  # noqa: B010 - as the others above
    env = SandboxedEnvironment(undefined=Unknown, autoescape=False)
    env.filters |= {
        "mem": mebibytes,
        "cpu": cpus,
        "pairs": pairs,
        "amount": amount,
        "sh": shlex.quote,
    }
    return env


@cache
def _template(text: str) -> Any:
    return environment().from_string(text)


def render(text: str, context: dict[str, Any]) -> str:
    """One template as one line of text (several lines are kept in manifests)."""
    rendered = str(_template(text).render(context)).replace(MISSING, "").strip()
    if "\n" in text.strip():
        return rendered
    return " ".join(rendered.split())


def render_move(text: str, context: dict[str, Any]) -> str:
    """A look's move; empty when it names something that is not known, so that none is half filled."""
    rendered = str(_template(text).render(context))
    return "" if MISSING in rendered else " ".join(rendered.split())


def view_context(view: View, derivation: Derivation) -> dict[str, Any]:
    """Names for templates about one view: it, obj, kind, ns, pod, container, references."""
    index = derivation.index
    pod, container = view.pod, view.container
    readers = derivation.owners.containers.get(pod, []) if pod else []
    namespace = view.object.namespace or (pod.namespace if pod else None)
    return ({"ns": namespace} if namespace else {}) | {
        "it": view.data,
        "obj": f"{view.object.kind} {_slashed(view.object)}",
        "kind": view.object.kind,
        "resource": RESOURCE_NAMES.get(view.object.kind, view.object.kind.lower()),
        "name": view.object.name,
        "pod": pod.name if pod else "",
        "pods": len(view.pods),
        "container": container.container if container else "",
        "init": bool(container and index.value(container, "spec.init", False)),
        "configmaps": _references(view, derivation, readers, "ConfigMap"),
        "claims": [layer.name for layer in view.layers if layer.kind == "PersistentVolumeClaim"],
        "other_containers": [
            ref.container for ref in readers if container and ref.container != container.container
        ],
    }


def _slashed(ref: ObjectRef) -> str:
    return f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name


def _references(
    view: View, derivation: Derivation, containers: list[ObjectRef], kind: str
) -> list[str]:
    """Names of the objects of a kind that the view's pod refers to, those in trouble first."""
    index = derivation.index
    names: list[str] = []
    for fact_name in ("config.missing", "mount.missing"):
        for fact in view.facts.get(fact_name, []):
            value = fact.value if isinstance(fact.value, dict) else {}
            if value.get("kind") == kind:
                names.append(str(value.get("name")))
    for ref in containers:
        for name in ("spec.env_from", "spec.env_refs"):
            for item in index.items(ref, name):
                if isinstance(item, dict) and item.get("kind") == kind:
                    names.append(str(item.get("name")))
    for item in index.items(view.pod, "pod.volumes") if view.pod else []:
        if isinstance(item, dict) and item.get("kind") == kind:
            names.append(str(item.get("ref")))
    return list(dict.fromkeys(names))
