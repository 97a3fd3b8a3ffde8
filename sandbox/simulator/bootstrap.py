"""The cluster before anybody deployed anything: namespaces, nodes, storage classes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.simulator.admission import CA_CONFIGMAPS
from sandbox.simulator.controllers.claims import DEFAULT_CLASS
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import digest
from sandbox.simulator.quantity import size
from sandbox.simulator.store import Object, micro_timestamp, timestamp
from sandbox.simulator.troubles import active
from sandbox.simulator.world import NodeSpec, StorageClassSpec

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
RESERVED = 100 * 1024**2
"""Bytes of memory that a default kubelet keeps for eviction."""
VERSION = "v1.36.2"

_PRESSURE = (
    ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
)


def cluster(engine: Engine) -> None:
    """Create the base objects of the engine's world, at the present virtual time."""
    for name in NAMESPACES:
        namespace(engine, name)
    engine.create(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "labels": {"component": "apiserver", "provider": "kubernetes"},
                "name": "kubernetes",
                "namespace": "default",
            },
            "spec": {
                "clusterIP": "10.96.0.1",
                "clusterIPs": ["10.96.0.1"],
                "internalTrafficPolicy": "Cluster",
                "ipFamilies": ["IPv4"],
                "ipFamilyPolicy": "SingleStack",
                "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
                "sessionAffinity": "None",
                "type": "ClusterIP",
            },
            "status": {"loadBalancer": {}},
        }
    )
    for index, node in enumerate(engine.world.nodes):
        engine.create(_node(engine, node, index))
    for spec in engine.world.storage:
        engine.create(_storage_class(spec))


def namespace(engine: Engine, name: str) -> None:
    """A namespace with what controllers put into every one of them."""
    if engine.store.get("namespaces", None, name) is not None:
        return
    engine.create(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"labels": {"kubernetes.io/metadata.name": name}, "name": name},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
    )
    furnish(engine, name)


def furnish(engine: Engine, name: str) -> None:
    """What controllers put into a new namespace: the default account and the CA bundles."""
    engine.create(
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": name},
        }
    )
    notes = {
        "kube-root-ca.crt": {
            "kubernetes.io/description": (
                "Contains a CA bundle that can be used to verify the kube-apiserver when using "
                "internal endpoints such as the internal service IP or kubernetes.default.svc. No "
                "other usage is guaranteed across distributions of Kubernetes clusters."
            )
        },
        "openshift-service-ca.crt": {"service.beta.openshift.io/inject-cabundle": "true"},
    }
    for bundle in CA_CONFIGMAPS:
        key = "ca.crt" if bundle == "kube-root-ca.crt" else "service-ca.crt"
        engine.create(
            {
                "apiVersion": "v1",
                "data": {key: _certificate(engine) if key == "ca.crt" else ""},
                "kind": "ConfigMap",
                "metadata": {
                    "annotations": notes[bundle],
                    "name": bundle,
                    "namespace": name,
                },
            }
        )


def heartbeats(engine: Engine) -> None:
    """The latest word of every node: the times of its conditions, and its lease.

    Nodes speak every few seconds; only the last time can be seen, so only that is written.
    """
    for node in engine.store.list("nodes"):
        ready = [item["status"] for item in node["status"]["conditions"] if item["type"] == "Ready"]
        if ready == ["True"] and "silent" not in active(engine, node["metadata"]["name"]):
            heartbeat(engine, node, engine.now)


def heartbeat(engine: Engine, node: Object, at: datetime) -> None:
    """What a node had said last at a moment: the times of its conditions, and its lease."""
    name, status = node["metadata"]["name"], node["status"]
    draw = engine.random("heartbeat", name)
    spoke = timestamp(at - timedelta(seconds=draw.randrange(0, 280)))
    spoke = max(spoke, node["metadata"]["creationTimestamp"])
    conditions = [
        {**item, "lastHeartbeatTime": max(spoke, item["lastTransitionTime"])}
        for item in status["conditions"]
    ]
    engine.set_status(node, {**status, "conditions": conditions})
    renewed = at - timedelta(seconds=draw.randrange(0, 10))
    spec = {
        "holderIdentity": name,
        "leaseDurationSeconds": 40,
        "renewTime": micro_timestamp(renewed),
    }
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": spec}
    meta = {"name": name, "namespace": "kube-node-lease"}
    old = engine.store.get("coordination.k8s.io/leases", meta["namespace"], name)
    if old is not None:
        engine.store.put({**old, "spec": spec})
    else:
        meta["creationTimestamp"] = node["metadata"]["creationTimestamp"]
        engine.create({**lease, "metadata": meta})


def _certificate(engine: Engine) -> str:
    """Text with the looks of a certificate; nothing in the simulator reads it."""
    body = digest(engine.seed, "ca") * 6
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def _node(engine: Engine, spec: NodeSpec, index: int) -> Object:
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": spec.name,
        "kubernetes.io/os": "linux",
        **spec.labels,
    }
    body: dict[str, Any] = {"podCIDR": f"10.244.{index}.0/24", "podCIDRs": [f"10.244.{index}.0/24"]}
    taints = [taint.model_dump(exclude_none=True) for taint in spec.taints]
    if spec.cordoned:
        body["unschedulable"] = True
        key = "node.kubernetes.io/unschedulable"
        taints.append({"effect": "NoSchedule", "key": key, "timeAdded": engine.stamp})
    if taints:
        body["taints"] = taints
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "annotations": {
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
            "labels": dict(sorted(labels.items())),
            "name": spec.name,
        },
        "spec": body,
        "status": _node_status(engine, spec, index),
    }


def _node_status(engine: Engine, spec: NodeSpec, index: int) -> dict[str, Any]:
    capacity = {
        "cpu": spec.cpu,
        "ephemeral-storage": "61611820Ki",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": f"{size(spec.memory) // 1024}Ki",
        "pods": str(spec.pods),
    }
    left = (size(spec.memory) - RESERVED) // 1024
    allocatable = {**capacity, "ephemeral-storage": "56781453227", "memory": f"{left}Ki"}
    times = {"lastHeartbeatTime": engine.stamp, "lastTransitionTime": engine.stamp}
    unknown = {
        "message": "Kubelet stopped posting node status.",
        "reason": "NodeStatusUnknown",
        "status": "Unknown",
    }
    conditions: list[dict[str, Any]] = []
    for type_, reason, message in _PRESSURE:
        fine = {"message": message, "reason": reason, "status": "False"}
        conditions.append({**times, **(fine if spec.ready else unknown), "type": type_})
    fine = {
        "message": "kubelet is posting ready status",
        "reason": "KubeletReady",
        "status": "True",
    }
    conditions.append({**times, **(fine if spec.ready else unknown), "type": "Ready"})
    return {
        "addresses": [
            {"address": f"10.200.0.{index + 1}", "type": "InternalIP"},
            {"address": spec.name, "type": "Hostname"},
        ],
        "allocatable": allocatable,
        "capacity": capacity,
        "conditions": [dict(sorted(item.items())) for item in conditions],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": {
            "architecture": "amd64",
            "bootID": digest(engine.seed, spec.name, "boot")[:36],
            "containerRuntimeVersion": "containerd://1.6.20",
            "kernelVersion": "6.18.44",
            "kubeProxyVersion": "",
            "kubeletVersion": spec.version or VERSION,
            "machineID": digest(engine.seed, spec.name, "machine")[:32],
            "operatingSystem": "linux",
            "osImage": "Debian GNU/Linux 12 (bookworm)",
            "systemUUID": digest(engine.seed, spec.name, "system")[:36],
        },
    }


def _storage_class(spec: StorageClassSpec) -> Object:
    meta: dict[str, Any] = {"name": spec.name}
    if spec.default:
        meta["annotations"] = {DEFAULT_CLASS: "true"}
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": meta,
        "provisioner": spec.provisioner,
        "reclaimPolicy": spec.reclaim,
        "volumeBindingMode": spec.binding,
        **({"allowVolumeExpansion": True} if spec.expandable else {}),
    }
