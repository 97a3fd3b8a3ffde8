"""Pods without a place, volumes, nodes and Services: scheduling.*, storage.*, node.*, service.*"""

from __future__ import annotations

from typing import Any

from tests.broken import Broken
from tests.clusters import Cluster
from tests.podparts import PodSpec, PodState, box, running, waiting

CART = "Deployment/shop/cart"
TAIL = " preemption: 0/{n} nodes are available: {n} Preemption is not helpful for scheduling."


def _pending(
    cause: str,
    told: str,
    *says: str,
    cluster: Cluster | None = None,
    nodes: int = 1,
    container: dict[str, Any] | None = None,
    volumes: tuple[dict[str, Any], ...] = (),
    also: tuple[str, ...] = (),
    **more: Any,
) -> Broken:
    cluster = cluster or Cluster()
    message = f"0/{nodes} nodes are available: {told}." + TAIL.format(n=nodes)
    spec = PodSpec([container or box("cart")], volumes=volumes, more=more)
    cluster.deployment("cart", spec, [PodState(unscheduled=message)])
    return Broken(cause, CART, cluster, says, "KubePodNotReady", also)


def too_large() -> Broken:
    container = box("cart", resources={"requests": {"memory": "64Gi", "cpu": "1"}})
    return _pending(
        "scheduling.insufficient-resources",
        "1 Insufficient memory",
        "requests 64Gi of memory, more than any node can allocate",
        container=container,
    )


def no_room() -> Broken:
    container = box("cart", resources={"requests": {"cpu": "2"}})
    return _pending(
        "scheduling.insufficient-resources",
        "1 Insufficient cpu",
        "requests cpu 2",
        "none of 1 node(s) has that much free",
        container=container,
    )


def no_gpu() -> Broken:
    container = box(
        "cart", resources={"requests": {"nvidia.com/gpu": "1"}, "limits": {"nvidia.com/gpu": "1"}}
    )
    return _pending(
        "scheduling.insufficient-resources",
        "1 Insufficient nvidia.com/gpu",
        "nvidia.com/gpu",
        container=container,
    )


def selector() -> Broken:
    cluster = Cluster()
    cluster.node("node2", labels={"disktype": "hdd"})
    return _pending(
        "scheduling.node-selector",
        "2 node(s) didn't match Pod's node affinity/selector",
        "nodeSelector disktype=ssd matches no node",
        "disktype=hdd",
        cluster=cluster,
        nodes=2,
        nodeSelector={"disktype": "ssd"},
    )


def affinity() -> Broken:
    terms = [
        {
            "matchExpressions": [
                {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["eu-3"]}
            ]
        }
    ]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return _pending(
        "scheduling.affinity",
        "1 node(s) didn't match Pod's node affinity/selector",
        "node affinity matches no node",
        affinity={"nodeAffinity": required},
    )


def anti_affinity() -> Broken:
    return _pending(
        "scheduling.affinity",
        "1 node(s) didn't match pod anti-affinity rules",
        "pod anti-affinity leaves no node",
    )


def spread() -> Broken:
    told = "1 node(s) didn't match pod topology spread constraints"
    return _pending("scheduling.affinity", told, "topology spread constraints leave no node")


def taint() -> Broken:
    cluster = Cluster()
    cluster.node("node1", taints=[{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}])
    return _pending(
        "scheduling.taint",
        "1 node(s) had untolerated taint {dedicated: batch}",
        "do not tolerate taint dedicated=batch:NoSchedule (node1)",
        cluster=cluster,
    )


def cordoned() -> Broken:
    cluster = Cluster()
    cluster.node("node1", cordoned=True)
    return _pending(
        "scheduling.cordoned",
        "1 node(s) were unschedulable",
        "1 of 1 node(s) are cordoned",
        cluster=cluster,
        also=("Node/node1",),
    )


def _claimed(cluster: Cluster, told: str, cause: str, *says: str) -> Broken:
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "cart-data"}}
    return _pending(cause, told, *says, cluster=cluster, volumes=(volume,))


def claim_without_class() -> Broken:
    cluster = Cluster()
    cluster.claim("cart-data", storage_class="fast")
    cluster.storage_class("standard")
    cluster.event(
        "PersistentVolumeClaim",
        "cart-data",
        "ProvisioningFailed",
        'storageclass.storage.k8s.io "fast" not found',
    )
    return _claimed(
        cluster,
        "pod has unbound immediate PersistentVolumeClaims",
        "storage.class-missing",
        "PVC cart-data",
        "StorageClass fast, which does not exist",
    )


def claim_absent() -> Broken:
    told = 'persistentvolumeclaim "cart-data" not found'
    return _claimed(
        Cluster(), told, "storage.claim-missing", "PersistentVolumeClaim cart-data does not exist"
    )


def provisioner() -> Broken:
    cluster = Cluster()
    cluster.claim("cart-data")
    cluster.storage_class("standard")
    message = (
        'failed to provision volume with StorageClass "standard": rpc error: code = '
        "ResourceExhausted desc = volume limit of the account reached"
    )
    cluster.event("PersistentVolumeClaim", "cart-data", "ProvisioningFailed", message)
    return _claimed(
        cluster,
        "pod has unbound immediate PersistentVolumeClaims",
        "storage.provisioner-fails",
        "PVC cart-data stays Pending",
        "volume limit of the account reached",
    )


def other_zone() -> Broken:
    cluster = Cluster()
    cluster.claim("cart-data", bound=True)
    cluster.storage_class("standard")
    return _claimed(
        cluster,
        "1 node(s) had volume node affinity conflict",
        "storage.volume-conflict",
        "PVC cart-data cannot be used from any node",
        "volume node affinity conflict",
    )


def mount_fails() -> Broken:
    cluster = Cluster()
    cluster.claim("cart-data", bound=True)
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "cart-data"}}
    state = PodState([waiting("cart", "ContainerCreating")], phase="Pending")
    (pod,) = cluster.deployment("cart", PodSpec([box("cart")], volumes=[volume]), [state])
    message = (
        'MountVolume.SetUp failed for volume "pvc-cart-data" : mount failed: exit status 32 '
        "Output: mount.nfs: Connection timed out"
    )
    cluster.event("Pod", pod, "FailedMount", message)
    says = ("volume pvc-cart-data cannot be mounted", "mount.nfs: Connection timed out")
    return Broken("storage.mount-fails", CART, cluster, says, "KubePodNotReady")


def claim_without_default() -> Broken:
    cluster = Cluster()
    cluster.claim("cart-data", storage_class=None)
    message = "no persistent volumes available for this claim and no storage class is set"
    cluster.event("PersistentVolumeClaim", "cart-data", "FailedBinding", message, type="Normal")
    return _claimed(
        cluster,
        "pod has unbound immediate PersistentVolumeClaims",
        "storage.claim-unbound",
        "PVC cart-data is not bound",
        "no default",
    )


def claim_waits() -> Broken:
    cluster = Cluster()
    cluster.claim("cart-data")
    cluster.storage_class("standard")
    message = (
        "Waiting for a volume to be created either by the external provisioner "
        "'ebs.csi.aws.com' or manually by the system administrator. If volume creation is "
        "delayed, please verify that the provisioner is running and correctly registered."
    )
    cluster.event(
        "PersistentVolumeClaim",
        "cart-data",
        "ExternalProvisioning",
        message,
        type="Normal",
        count=40,
    )
    return _claimed(
        cluster,
        "pod has unbound immediate PersistentVolumeClaims",
        "storage.claim-unbound",
        "PVC cart-data is not bound",
        "external provisioner 'ebs.csi.aws.com'",
    )


def _node(cause: str, cluster: Cluster, alert: str, *says: str) -> Broken:
    return Broken(cause, "Node/node2", cluster, says, alert)


def node_down() -> Broken:
    cluster = Cluster()
    cluster.node(
        "node2", ready=("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
    )
    return _node(
        "node.not-ready",
        cluster,
        "KubeNodeNotReady",
        "Node node2 is not ready",
        "Kubelet stopped posting node status",
    )


def node_pressure() -> Broken:
    cluster = Cluster()
    taints = [{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}]
    cluster.node("node2", pressure=["DiskPressure"], taints=taints)
    return _node("node.pressure", cluster, "KubeNodePressure", "Node node2 reports DiskPressure")


def node_cordoned() -> Broken:
    cluster = Cluster()
    cluster.node("node2", cordoned=True)
    return _node("node.cordoned", cluster, "KubeNodeReadinessFlapping", "Node node2 is cordoned")


def _served(cluster: Cluster, good: bool) -> list[str]:
    container = box("cart", ports=[{"containerPort": 8080, "protocol": "TCP"}])
    return cluster.deployment(
        "cart", PodSpec([container]), [PodState([running("cart", ready=good)])] * 2
    )


def service_selector() -> Broken:
    cluster = Cluster()
    _served(cluster, True)
    cluster.service("cart", {"app": "carts"}, target=8080)
    says = ("selects app=carts", "pods of Deployment/cart carry app=cart", "no endpoints")
    return Broken(
        "service.selector-mismatch", "Service/shop/cart", cluster, says, "KubeServiceNoEndpoints"
    )


def service_idle() -> Broken:
    cluster = Cluster()
    cluster.deployment("cart", PodSpec([box("cart")]), [], replicas=0)
    cluster.service("cart", {"app": "cart"})
    says = ("no endpoints", "Deployment/cart is scaled to 0")
    return Broken(
        "service.scaled-to-zero", "Service/shop/cart", cluster, says, "KubeServiceNoEndpoints"
    )


def service_port() -> Broken:
    cluster = Cluster()
    cluster.service("cart", {"app": "cart"}, target=80, ready=_served(cluster, True))
    says = ("sends to port 80", "declare 8080")
    return Broken(
        "service.port-mismatch", "Service/shop/cart", cluster, says, "HighRequestErrorRate"
    )


CASES = (
    too_large,
    no_room,
    no_gpu,
    selector,
    affinity,
    anti_affinity,
    spread,
    taint,
    cordoned,
    claim_without_class,
    claim_absent,
    provisioner,
    other_zone,
    mount_fails,
    claim_without_default,
    claim_waits,
    node_down,
    node_pressure,
    node_cordoned,
    service_selector,
    service_idle,
    service_port,
)
