"""Autoscalers: those that cannot scale, or may not scale as far as their metrics call for."""

from __future__ import annotations

import math
from collections.abc import Mapping

from agent.derive.derivation import Derivation
from tools.objects import ObjectRef
from tools.suggest import closest

METRICS_SERVER = {"k8s-app": "metrics-server"}
"""Labels of metrics-server's pods, as its own manifests and all distributions have them."""
SYSTEM = "kube-system"
SPARE = 1.25
"""A proposed maximum leaves a quarter more than the present use calls for."""


def derive_autoscalers(derivation: Derivation) -> None:
    """State workload.broken or .healthy of every autoscaler, and what stands behind it."""
    index = derivation.index
    for scaler in index.objects("HorizontalPodAutoscaler"):
        able = index.fact(scaler, "autoscaler.able_to_scale")
        active = index.fact(scaler, "autoscaler.scaling_active")
        limited = index.fact(scaler, "autoscaler.scaling_limited")
        _target(derivation, scaler)
        _wants(derivation, scaler)
        if index.mapping(scaler, "autoscaler.able_to_scale").get("status") == "False":
            derivation.state(scaler, "workload.broken", "not-scaling", [able])
        elif _inactive(index.mapping(scaler, "autoscaler.scaling_active")):
            derivation.state(scaler, "workload.broken", "not-scaling", [active])
            _metrics_server(derivation, scaler)
        elif _at_limit(index.mapping(scaler, "autoscaler.scaling_limited")):
            derivation.state(scaler, "workload.broken", "at-limit", [limited])
        elif able is not None:
            derivation.state(scaler, "workload.healthy", True, [able, active, limited])


def _inactive(condition: Mapping[str, object]) -> bool:
    """ScalingDisabled says that somebody has scaled the target to 0, which turns it off on purpose."""
    return condition.get("status") == "False" and condition.get("reason") != "ScalingDisabled"


def _at_limit(condition: Mapping[str, object]) -> bool:
    return condition.get("status") == "True" and condition.get("reason") == "TooManyReplicas"


def _target(derivation: Derivation, scaler: ObjectRef) -> None:
    """Whether what it scales exists."""
    index = derivation.index
    target = index.fact(scaler, "autoscaler.target")
    kind, _, name = str(target.value if target else "").partition("/")
    listed = index.fact(
        ObjectRef(kind=kind or "-", namespace=scaler.namespace, name="*"), "list.names"
    )
    if target is None or listed is None or not isinstance(listed.value, list):
        return
    if name in listed.value:
        return
    derivation.state(scaler, "reference.absent", {"kind": kind, "name": name}, [target, listed])
    near = closest(name, [str(item) for item in listed.value], 1)
    if near:
        miss = {"kind": kind, "missing": name, "found": near[0]}
        derivation.state(scaler, "object.near_miss", miss, [target, listed])


def _wants(derivation: Derivation, scaler: ObjectRef) -> None:
    """How many pods the present use calls for: the autoscaler's own arithmetic."""
    index = derivation.index
    usage = index.fact(scaler, "autoscaler.usage")
    current = index.fact(scaler, "autoscaler.current")
    value = index.mapping(scaler, "autoscaler.usage")
    percent, target = value.get("percent"), value.get("target")
    if not isinstance(percent, int) or not isinstance(target, int) or not target:
        return
    replicas = math.ceil(index.number(scaler, "autoscaler.current") * percent / target)
    most = max(math.ceil(replicas * SPARE), index.number(scaler, "autoscaler.most") + 1)
    derivation.state(
        scaler, "autoscaler.wants", {"replicas": replicas, "most": most}, [usage, current]
    )


def _metrics_server(derivation: Derivation, scaler: ObjectRef) -> None:
    index = derivation.index
    for ref in index.objects("Deployment"):
        labels = index.mapping(ref, "workload.template_labels")
        if ref.namespace != SYSTEM or not METRICS_SERVER.items() <= labels.items():
            continue
        desired, ready = (index.fact(ref, f"workload.{name}") for name in ("desired", "ready"))
        value = {
            "deployment": ref.name,
            "desired": index.number(ref, "workload.desired"),
            "ready": index.number(ref, "workload.ready"),
        }
        derivation.state(scaler, "metrics.server", value, [desired, ready])
        return
