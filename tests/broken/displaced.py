"""Pods that were sent away or never let in: capacity.*, eviction.*, disruption.*, priority.*, volume.*"""

from __future__ import annotations

from typing import Any

from tests.broken import Broken
from tests.clusters import Cluster
from tests.podparts import PodSpec, PodState, ago, box, running, terminated, waiting

CART = "Deployment/shop/cart"
TAIL = " preemption: 0/{n} nodes are available: {n} No preemption victims found for incoming pod."
DATA = {"name": "data", "persistentVolumeClaim": {"claimName": "cart-data"}}
LABELS = {"app": "cart"}


def _unplaced(told: str, *, nodes: int = 1) -> PodState:
    message = f"0/{nodes} nodes are available: {told}. no new claims to deallocate,"
    return PodState(unscheduled=message + TAIL.format(n=nodes))


def _pending(cause: str, told: str, *says: str, cluster: Cluster, **more: Any) -> Broken:
    spec = PodSpec([box("cart", resources={"requests": {"cpu": "500m"}})], **more)
    cluster.deployment("cart", spec, [_unplaced(told)])
    return Broken(cause, CART, cluster, says, "KubePodNotReady")


def too_many_pods() -> Broken:
    says = ("hold as many pods as they take", "1 of 1 node(s)")
    return _pending("capacity.too-many-pods", "1 Too many pods", *says, cluster=Cluster())


def daemon_without_room() -> Broken:
    cluster = Cluster()
    cluster.node("node2")
    field = {"key": "metadata.name", "operator": "In", "values": ["node2"]}
    terms = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    spec = PodSpec(
        [box("cart", resources={"requests": {"cpu": "500m"}})], more={"affinity": affinity}
    )
    told = "1 Insufficient cpu, 1 node(s) didn't match Pod's node affinity/selector"
    status = {"desiredNumberScheduled": 2, "currentNumberScheduled": 2}
    cluster.workload("DaemonSet", "cart", spec, [_unplaced(told, nodes=2)], status=status)
    says = ("its pod for node node2 stays Pending", "lacks cpu (the pod asks for 500m)")
    object_ = "DaemonSet/shop/cart"
    alert = "KubeDaemonSetRolloutStuck"
    return Broken("capacity.daemonset-no-room", object_, cluster, says, alert)


def _evicted(cause: str, message: str, *says: str) -> Broken:
    cluster = Cluster()
    state = PodState(
        [terminated("cart", 137, "Error")],
        phase="Failed",
        more={"reason": "Evicted", "message": message},
    )
    fresh = PodState([running("cart", ready=False)], age=60)
    (pod, _) = cluster.deployment("cart", PodSpec([box("cart")]), [state, fresh], replicas=1)
    cluster.event("Pod", pod, "Evicted", message)
    return Broken(cause, CART, cluster, says)


def empty_dir() -> Broken:
    message = 'Usage of EmptyDir volume "scratch" exceeds the limit "256Mi". '
    says = ("emptyDir volume scratch grows beyond its sizeLimit of 256Mi",)
    return _evicted("eviction.emptydir-limit", message, *says)


def storage_limit() -> Broken:
    message = 'Container cart exceeded its local ephemeral storage limit "1Gi". '
    says = ("container cart writes more", "ephemeral-storage limit of 1Gi")
    return _evicted("eviction.storage-limit", message, *says)


def whole_pod_limit() -> Broken:
    message = "Pod ephemeral local storage usage exceeds the total limit of containers 2Gi. "
    says = ("their containers write more", "ephemeral-storage limit of 2Gi")
    return _evicted("eviction.storage-limit", message, *says)


def node_disk() -> Broken:
    message = (
        "The node was low on resource: ephemeral-storage. Threshold quantity: 6161182Ki, "
        "available: 4109552Ki. Container cart was using 812316Ki, request is 0, has larger "
        "consumption of ephemeral-storage. "
    )
    says = ("node node1 ran short of ephemeral-storage", "Container cart was using 812316Ki")
    return _evicted("eviction.node-disk", message, *says)


def _budget(cluster: Cluster, rule: dict[str, Any], healthy: int, desired: int, n: int) -> None:
    status = {
        "currentHealthy": healthy,
        "desiredHealthy": desired,
        "expectedPods": n,
        "disruptionsAllowed": max(healthy - desired, 0),
    }
    spec = {**rule, "selector": {"matchLabels": LABELS}}
    cluster.put("policy/v1", "PodDisruptionBudget", "cart", spec=spec, status=status)


def budget_too_high() -> Broken:
    cluster = Cluster()
    cluster.deployment("cart", PodSpec([box("cart")]), [PodState([running("cart")])] * 2)
    _budget(cluster, {"minAvailable": 3}, 2, 3, 2)
    says = ("demands 3 healthy pods (minAvailable=3)", "counts only 2")
    object_ = "PodDisruptionBudget/shop/cart"
    alert = "KubePdbNotEnoughHealthyPods"
    return Broken("disruption.above-replicas", object_, cluster, says, alert)


def budget_shut() -> Broken:
    cluster = Cluster()
    cluster.node("node1", cordoned=True)
    cluster.deployment("cart", PodSpec([box("cart")]), [PodState([running("cart")])] * 2)
    _budget(cluster, {"maxUnavailable": 0}, 2, 2, 2)
    says = ("allows no disruption (maxUnavailable=0", "node node1 cannot be drained")
    object_ = "PodDisruptionBudget/shop/cart"
    return Broken("disruption.never-allows", object_, cluster, says, "NodeDrainStalled")


def preempted() -> Broken:
    cluster = Cluster()
    big = PodSpec([box("billing")], more={"priority": 5000})
    meta = {"uid": "0d6cf0c3-5b0a-4b0e-8e5f-3f0f2b1f1f11"}
    cluster.deployment("billing", big, [PodState([running("billing")], meta=meta)])
    message = f"Preempted by pod {meta['uid']} on node node1"
    cluster.event("Pod", "cart-6d4f9c8b7d-zzzzz", "Preempted", message, type="Normal")
    says = (
        "1 of its pods (priority 0) had to leave node node1 for Deployment/billing",
        "of higher priority (5000)",
    )
    return _pending("priority.preempted", "1 Insufficient cpu", *says, cluster=cluster)


def _terminating(cause: str, conditions: list[dict[str, str]], *says: str) -> Broken:
    cluster = Cluster()
    cluster.put(
        "v1",
        "Namespace",
        "shop",
        namespaced=False,
        meta={"deletionTimestamp": ago(900)},
        spec={"finalizers": ["kubernetes"]},
        status={"phase": "Terminating", "conditions": conditions},
    )
    return Broken(cause, "Namespace/shop", cluster, says, "NamespaceStuckTerminating")


def finalizer_left() -> Broken:
    content = {
        "type": "NamespaceContentRemaining",
        "status": "True",
        "reason": "SomeResourcesRemain",
        "message": "Some resources are remaining: configmaps. has 2 resource instances, "
        "databases.acme.example has 1 resource instances",
    }
    held = {
        "type": "NamespaceFinalizersRemaining",
        "status": "True",
        "reason": "SomeFinalizersRemain",
        "message": "Some content in the namespace has finalizers remaining: "
        "acme.example/backup in 3 resource instances",
    }
    says = (
        "3 object(s) in it keep the finalizer acme.example/backup",
        "2 configmaps, 1 databases.acme.example left",
    )
    return _terminating("namespace.finalizer", [content, held], *says)


def discovery_fails() -> Broken:
    failed = {
        "type": "NamespaceDeletionDiscoveryFailure",
        "status": "True",
        "reason": "DiscoveryFailed",
        "message": "Discovery failed for some groups, 1 failing: unable to retrieve the complete "
        "list of server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery",
    }
    says = ("its content cannot be found or deleted", "metrics.k8s.io/v1beta1")
    return _terminating("namespace.discovery", [failed], *says)


def claim_going() -> Broken:
    cluster = Cluster()
    cluster.claim("cart-data", bound=True)
    claim = cluster.store.get("persistentvolumeclaims", "shop", "cart-data")
    assert claim is not None
    meta = {
        **claim["metadata"],
        "deletionTimestamp": ago(900),
        "finalizers": ["kubernetes.io/pvc-protection"],
    }
    cluster.store.put({**claim, "metadata": meta})
    told = 'persistentvolumeclaim "cart-data" is being deleted'
    says = ("PVC cart-data is being deleted since",)
    return _pending("deletion.claim-in-use", told, *says, cluster=cluster, volumes=(DATA,))


def multi_attach() -> Broken:
    cluster = Cluster()
    cluster.claim("cart-data", bound=True)
    state = PodState([waiting("cart", "ContainerCreating")], phase="Pending")
    (pod,) = cluster.deployment("cart", PodSpec([box("cart")], volumes=[DATA]), [state])
    message = (
        'Multi-Attach error for volume "pvc-cart-data" Volume is already exclusively '
        "attached to one node and can't be attached to another"
    )
    cluster.event("Pod", pod, "FailedAttachVolume", message)
    says = (
        "waits for volume pvc-cart-data (PVC cart-data, ReadWriteOnce)",
        "already exclusively attached",
    )
    return Broken("volume.multi-attach", CART, cluster, says, "KubePodNotReady")


def volume_released() -> Broken:
    cluster = Cluster()
    cluster.claim("cart-data", storage_class="by-hand", bound=True)
    claim = cluster.store.get("persistentvolumeclaims", "shop", "cart-data")
    assert claim is not None
    cluster.store.put({**claim, "status": {"phase": "Pending"}})
    cluster.put(
        "v1",
        "PersistentVolume",
        "pvc-cart-data",
        namespaced=False,
        spec={"claimRef": {"namespace": "shop", "name": "cart-data", "uid": "gone"}},
        status={"phase": "Released"},
    )
    message = 'volume "pvc-cart-data" already bound to a different claim.'
    cluster.event("PersistentVolumeClaim", "cart-data", "FailedBinding", message)
    told = "pod has unbound immediate PersistentVolumeClaims"
    says = ("wants PersistentVolume pvc-cart-data, which is Released", "(shop/cart-data)")
    return _pending("volume.released", told, *says, cluster=cluster, volumes=(DATA,))


CASES = (
    too_many_pods,
    daemon_without_room,
    empty_dir,
    storage_limit,
    whole_pod_limit,
    node_disk,
    budget_too_high,
    budget_shut,
    preempted,
    finalizer_left,
    discovery_fails,
    claim_going,
    multi_attach,
    volume_released,
)
