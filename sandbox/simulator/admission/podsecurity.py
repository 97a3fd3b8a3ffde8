"""PodSecurity: the levels that a namespace's labels enforce, warn about or audit."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.admission import podstandards
from sandbox.simulator.admission.attributes import Attributes
from sandbox.simulator.engine import Engine

PREFIX = "pod-security.kubernetes.io/"

_TEMPLATES = {
    "apps/daemonsets": ("template",),
    "apps/deployments": ("template",),
    "apps/replicasets": ("template",),
    "apps/statefulsets": ("template",),
    "batch/cronjobs": ("jobTemplate", "spec", "template"),
    "batch/jobs": ("template",),
    "replicationcontrollers": ("template",),
}


def check(engine: Engine, asked: Attributes) -> list[str]:
    """Warnings for the client. Raises ApiFailure 403 when a pod violates the enforced level.

    Only pods are refused; the templates of workloads bring warnings.
    """
    if asked.sub or asked.operation == "DELETE" or not asked.namespace:
        return []
    is_pod = asked.row.key == "pods"
    if not is_pod and asked.row.key not in _TEMPLATES:
        return []
    namespace = engine.store.get("namespaces", None, asked.namespace) or {}
    labels = (namespace.get("metadata") or {}).get("labels") or {}
    if not any(label.startswith(PREFIX) for label in labels):
        return []
    spec = _pod_spec(asked, is_pod=is_pod)
    if spec is None or (is_pod and asked.old is not None and asked.old.get("spec") == spec):
        return []
    if is_pod:
        text = _violation(labels, "enforce", spec)
        if text:
            raise asked.refusal(f"violates {text}")
    text = _violation(labels, "warn", spec)
    return [f"would violate {text}"] if text else []


def _pod_spec(asked: Attributes, *, is_pod: bool) -> dict[str, Any] | None:
    value: Any = asked.obj.get("spec") or {}
    for step in () if is_pod else _TEMPLATES[asked.row.key]:
        value = value.get(step) or {}
    spec = value if is_pod else value.get("spec")
    return spec if isinstance(spec, dict) and spec.get("containers") else None


def _violation(labels: dict[str, str], mode: str, spec: dict[str, Any]) -> str:
    level = labels.get(PREFIX + mode, "privileged")
    if level not in podstandards.LEVELS:
        return ""
    problems = podstandards.violations(level, spec)
    if not problems:
        return ""
    version = labels.get(f"{PREFIX}{mode}-version", "latest")
    return f'PodSecurity "{level}:{version}": {", ".join(problems)}'
