"""Capacity: requests against nodes and quotas, and node selectors no node satisfies."""

from __future__ import annotations

from agent.derive.derivation import Derivation
from tools.distil.quantity import millicores, whole_bytes
from tools.fact import Fact
from tools.objects import ObjectRef

RESOURCES = ("cpu", "memory")


def derive_capacity(derivation: Derivation) -> None:
    """State capacity.short, selector.no_node, quota.short and the symptoms of claims and nodes."""
    for fact in list(derivation.index.named("schedule.failed")):
        _unschedulable(derivation, fact)
    for fact in list(derivation.index.named("create.denied")):
        _quota(derivation, fact)
    _claims(derivation)
    _nodes(derivation)


def _unschedulable(derivation: Derivation, failed: Fact) -> None:
    index, owners = derivation.index, derivation.owners
    pod = failed.subject
    nodes = index.objects("Node")
    for resource in RESOURCES:
        requests = [
            fact
            for ref in owners.containers.get(pod, [])
            if not index.value(ref, "spec.init", False)
            and (fact := index.fact(ref, f"spec.request.{resource}"))
        ]
        total = sum(int(str(fact.value)) for fact in requests)
        sizes = [f for node in nodes if (f := index.fact(node, f"node.allocatable.{resource}"))]
        if requests and sizes:
            largest = max(int(str(fact.value)) for fact in sizes)
            if total > largest:
                value = {
                    "resource": resource,
                    "requested": total,
                    "largest": largest,
                    "nodes": len(sizes),
                }
                derivation.state(pod, "capacity.short", value, [failed, *requests, *sizes[:6]])
    selector = index.fact(pod, "pod.node_selector")
    labels = [fact for node in nodes if (fact := index.fact(node, "object.labels"))]
    if selector is None or not isinstance(selector.value, dict) or not labels:
        return
    wanted = selector.value
    if not any(isinstance(f.value, dict) and wanted.items() <= f.value.items() for f in labels):
        closest_values = sorted(
            f"{key}={fact.value[key]}"
            for key in wanted
            for fact in labels
            if isinstance(fact.value, dict) and key in fact.value
        )
        value = {"selector": dict(wanted), "nodes": len(labels), "closest": closest_values[:3]}
        derivation.state(pod, "selector.no_node", value, [failed, selector, *labels[:6]])


def _quota(derivation: Derivation, denied: Fact) -> None:
    """The quota's arithmetic, as the refusal itself gives it."""
    value = denied.value if isinstance(denied.value, dict) else {}
    requested, used, limited = (value.get(key) for key in ("requested", "used", "limited"))
    if value.get("by") != "quota" or not isinstance(requested, dict):
        return
    for resource, amount in requested.items():
        short = {
            "quota": value.get("quota"),
            "resource": resource,
            "requested": amount,
            "used": used.get(resource, "0") if isinstance(used, dict) else "0",
            "limited": limited.get(resource) if isinstance(limited, dict) else None,
        }
        quota = ObjectRef(
            kind="ResourceQuota",
            namespace=denied.subject.namespace,
            name=str(value.get("quota")),
        )
        missing = _missing(derivation, denied.subject)
        read = millicores if resource.endswith("cpu") else whole_bytes
        each, taken = read(amount), read(short["used"])
        if each is not None and taken is not None:
            short["needed"] = taken + each * missing
        hard = derivation.index.fact(quota, "quota.hard")
        derivation.state(denied.subject, "quota.short", short, [denied, hard])
        return


def _missing(derivation: Derivation, ref: ObjectRef) -> int:
    """How many pods a workload still has to make; 1 when its numbers are not known."""
    desired = derivation.index.number(ref, "workload.desired")
    return max(desired - derivation.index.number(ref, "workload.current"), 1)


def _claims(derivation: Derivation) -> None:
    index = derivation.index
    for claim in index.objects("PersistentVolumeClaim"):
        phase = index.fact(claim, "pvc.phase")
        told = index.fact(claim, "provision.failed")
        message = told.value.get("message") if told and isinstance(told.value, dict) else ""
        # Bound as soon as a pod that uses it has a node: the pod shows what is wrong, if anything is.
        by_design = str(message).startswith("waiting for ")
        if phase is not None and phase.value in ("Pending", "Lost") and not by_design:
            sources = [phase, told]
            derivation.state(claim, "workload.broken", "claim-pending", sources)
        wanted = index.fact(claim, "pvc.class")
        listed = index.fact(ObjectRef(kind="StorageClass", name="*"), "list.names")
        if phase is not None and phase.value == "Pending" and listed is not None:
            derivation.state(claim, "pvc.choices", listed.value, [phase, listed])
        if wanted is None or listed is None or not isinstance(listed.value, list):
            continue
        if wanted.value and wanted.value not in listed.value:
            absent = {"kind": "StorageClass", "name": wanted.value}
            derivation.state(claim, "reference.absent", absent, [wanted, listed])


def _nodes(derivation: Derivation) -> None:
    index = derivation.index
    for node in index.objects("Node"):
        ready = index.fact(node, "node.ready")
        pressure = index.fact(node, "node.pressure")
        cordoned = index.fact(node, "node.cordoned")
        if ready is not None and ready.value is False:
            sources = [ready, index.fact(node, "node.ready_message")]
            derivation.state(node, "workload.broken", "node-not-ready", sources)
        elif pressure is not None and pressure.value:
            derivation.state(node, "workload.broken", "node-pressure", [pressure])
        elif cordoned is not None and cordoned.value is True:
            derivation.state(node, "workload.broken", "cordoned", [cordoned])
        elif ready is not None:
            derivation.state(node, "workload.healthy", True, [ready])
