"""Scenario steps, done in process: the few kubectl commands that break clusters, and merge patches."""

from __future__ import annotations

import copy
import shlex
from typing import Any

from sandbox.instance import Patch, Step, Wait
from sandbox.simulator.controllers.owned import condition
from sandbox.simulator.defaults import defaulted
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object
from tools.errors import UsageError

STEP_SECONDS = 1.0
"""How long a command takes, as far as the cluster is concerned."""

_KINDS = {
    "cm": "configmaps",
    "configmap": "configmaps",
    "daemonset": "apps/daemonsets",
    "deploy": "apps/deployments",
    "deployment": "apps/deployments",
    "ds": "apps/daemonsets",
    "job": "batch/jobs",
    "persistentvolumeclaim": "persistentvolumeclaims",
    "pod": "pods",
    "pvc": "persistentvolumeclaims",
    "resourcequota": "resourcequotas",
    "secret": "secrets",
    "service": "services",
    "statefulset": "apps/statefulsets",
    "sts": "apps/statefulsets",
    "svc": "services",
}


def duration(step: Step) -> float:
    """Seconds that a step takes."""
    return step.wait if isinstance(step, Wait) else STEP_SECONDS


def perform(engine: Engine, step: Step, namespace: str) -> None:
    """Do one step, then let its seconds pass. Raises UsageError for what it cannot do."""
    if isinstance(step, Patch):
        kind, _, name = step.object.partition("/")
        obj = _object(engine, kind, name, namespace)
        engine.store.put(defaulted(merged(obj, step.patch)))
    elif isinstance(step, str):
        _command(engine, shlex.split(step), namespace)
    engine.advance(duration(step))
    if isinstance(step, str) and step.startswith("rollout status"):
        _require_complete(engine, shlex.split(step), namespace)


def merged(target: Any, patch: Any) -> Any:
    """RFC 7386: the target with the patch applied; neither is changed."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def _command(engine: Engine, argv: list[str], namespace: str) -> None:
    match argv:
        case ["rollout", "status", *_]:
            return
        case ["set", "image", target, *pairs]:
            _set_images(engine, _target(engine, target, namespace), pairs)
        case _:
            raise UsageError(f"a scenario cannot do this in the simulator: {shlex.join(argv)}")


def _target(engine: Engine, target: str, namespace: str) -> Object:
    kind, _, name = target.partition("/")
    return _object(engine, kind, name, namespace)


def _object(engine: Engine, kind: str, name: str, namespace: str) -> Object:
    key = _KINDS.get(kind.lower().removesuffix("s") if kind.lower() not in _KINDS else kind.lower())
    found = engine.store.get(key, namespace, name) if key else None
    if found is None:
        raise UsageError(f"a scenario step names {kind}/{name}, which {namespace} does not have")
    return found


def _set_images(engine: Engine, obj: Object, pairs: list[str]) -> None:
    changed = copy.deepcopy(obj)
    spec = changed["spec"]["template"]["spec"]
    for pair in pairs:
        wanted, _, image = pair.partition("=")
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            if wanted in ("*", container["name"]):
                container["image"] = image
    engine.store.put(changed)


def _require_complete(engine: Engine, argv: list[str], namespace: str) -> None:
    obj = _target(engine, argv[2], namespace)
    progressing = condition(obj, "Progressing")
    if progressing is None or progressing["reason"] != "NewReplicaSetAvailable":
        raise UsageError(f"the rollout of {argv[2]} has not finished when its scenario needs it")
