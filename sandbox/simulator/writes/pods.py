"""What is posted to a pod: evictions and bindings."""

from __future__ import annotations

from typing import Any

from sandbox.simulator import deletion
from sandbox.simulator.conditions import is_ready
from sandbox.simulator.controllers.tainteviction import disrupted
from sandbox.simulator.demand import terminal
from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import ApiFailure, bad_request
from sandbox.simulator.resources import BY_KEY, Resource
from sandbox.simulator.selectors import label_selector_matches
from sandbox.simulator.store import Object
from sandbox.simulator.validation import invalid
from sandbox.simulator.validation.problem import bad, required
from sandbox.simulator.writes import removal
from sandbox.simulator.writes.identity import conflict
from sandbox.simulator.writes.removal import DeleteOptions

PODS = BY_KEY["pods"]
RETRY_SECONDS = 10
"""retryAfterSeconds while a budget's status lags behind its spec."""

_TWO_BUDGETS = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
_BINDING = Resource("", "v1", "Binding", "bindings", "binding")


def created() -> Object:
    """The Status that subresources answer a successful POST with."""
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def evict(engine: Engine, pod: Object, body: Object, *, dry_run: bool) -> Object:
    """Delete a pod unless its disruption budget forbids it.

    Raises ApiFailure 429 when it does, 409 when preconditions do not hold.
    """
    given = body.get("deleteOptions")
    name = pod["metadata"]["name"]
    meta = body.get("metadata")
    own = meta.get("name") if isinstance(meta, dict) else None
    if own and own != name:
        raise bad_request("name in URL does not match name in Eviction object")
    options = DeleteOptions.of({}, given if isinstance(given, dict) else {})
    options = options._replace(dry_run=options.dry_run or dry_run)
    going = deletion.going(pod)
    if not (going or terminal(pod) or (pod.get("status") or {}).get("phase") == "Pending"):
        _spend(engine, pod, dry_run=options.dry_run)
        pod = engine.store.get("pods", pod["metadata"]["namespace"], name) or pod
    if not options.dry_run and options.version is None and not going:
        pod = disrupted(engine, pod, "EvictionByEvictionAPI", "Eviction API: evicting")
    removal.delete(engine, PODS, pod, options)
    return created()


def bind(engine: Engine, pod: Object, body: Object, *, dry_run: bool) -> Object:
    """Put a pod on a node. Raises ApiFailure 409 when it is on one, 422 for an odd target."""
    target = body.get("target")
    target = target if isinstance(target, dict) else {}
    name, kind, node = pod["metadata"]["name"], target.get("kind"), target.get("name")
    if kind not in (None, "", "Node"):
        raise invalid(_BINDING, name, [bad("target.kind", kind, 'must be empty, "Node"')])
    if not node or not isinstance(node, str):
        raise invalid(_BINDING, name, [required("target.name")])
    if pod["spec"].get("nodeName"):
        why = f'pod {name} is already assigned to node "{pod["spec"]["nodeName"]}"'
        raise conflict(Resource("", "v1", "Binding", "pods/binding", "binding"), name, why)
    if not dry_run:
        status = dict(pod.get("status") or {})
        scheduled = {"lastTransitionTime": engine.stamp, "status": "True", "type": "PodScheduled"}
        others = [c for c in status.get("conditions") or [] if c.get("type") != "PodScheduled"]
        status["conditions"] = [*others, scheduled]
        engine.replace({**pod, "spec": {**pod["spec"], "nodeName": node}, "status": status})
    return created()


def _spend(engine: Engine, pod: Object, *, dry_run: bool) -> None:
    """Take one disruption from the pod's budget. Raises ApiFailure 429."""
    meta = pod["metadata"]
    labels = meta.get("labels") or {}
    budgets = [
        item
        for item in engine.store.list("policy/poddisruptionbudgets", meta["namespace"])
        if label_selector_matches((item.get("spec") or {}).get("selector"), labels)
    ]
    if not budgets:
        return
    if len(budgets) > 1:
        message = f"Internal error occurred: {_TWO_BUDGETS}"
        raise ApiFailure(500, "InternalError", message, {"causes": [{"message": _TWO_BUDGETS}]})
    budget = budgets[0]
    status = budget.get("status") or {}
    if not is_ready(pod) and _spares_unready(budget, status):
        return
    name = budget["metadata"]["name"]
    if status.get("observedGeneration", 0) < budget["metadata"].get("generation", 1):
        raise _too_many(f"The disruption budget {name} is still being processed by the server.", 10)
    allowed = int(status.get("disruptionsAllowed", 0))
    if allowed < 0:
        raise ApiFailure(403, "Forbidden", "pdb disruptions allowed is negative", {})
    if allowed == 0:
        needs, has = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
        raise _too_many(
            f"The disruption budget {name} needs {needs} healthy pods and has {has} currently"
        )
    if not dry_run:
        disrupted = {**(status.get("disruptedPods") or {}), meta["name"]: engine.stamp}
        engine.set_status(
            budget, {**status, "disruptedPods": disrupted, "disruptionsAllowed": allowed - 1}
        )


def _spares_unready(budget: Object, status: dict[str, Any]) -> bool:
    """Whether a pod that serves nobody may go whatever the budget says."""
    if (budget.get("spec") or {}).get("unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    desired = int(status.get("desiredHealthy", 0))
    return desired > 0 and int(status.get("currentHealthy", 0)) >= desired


def _too_many(why: str, retry: int | None = None) -> ApiFailure:
    details: dict[str, Any] = {"causes": [{"reason": "DisruptionBudget", "message": why}]}
    if retry:
        details["retryAfterSeconds"] = retry
    text = "Cannot evict pod as it would violate the pod's disruption budget."
    return ApiFailure(429, "TooManyRequests", text, details)
