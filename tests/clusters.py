"""Small clusters for tests: objects, events and logs in the words of a real Kubernetes 1.36."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.simulator.logs import LogAnswer, LogQuery
from sandbox.simulator.store import Store
from tests.podparts import NOW, Object, PodSpec, PodState, ago

API_VERSIONS = {
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
}
HASH = "6d4f9c8b7d"
"""pod-template-hash of a Deployment's only revision."""
SUFFIXES = ("x2x7k", "m4qvz", "t9jhl", "w6bnd")
WHO = {
    "FailedScheduling": "default-scheduler",
    "FailedCreate": "replicaset-controller",
    "SuccessfulCreate": "replicaset-controller",
    "ScalingReplicaSet": "deployment-controller",
    "ProvisioningFailed": "persistentvolume-controller",
    "FailedBinding": "persistentvolume-controller",
    "BackoffLimitExceeded": "job-controller",
}
"""Event reason -> the component that writes it; the kubelet for all others."""


class Cluster:
    """One namespace and one node, healthy until something is put into it. Also a LogSource."""

    def __init__(self, namespace: str = "shop") -> None:
        self.namespace = namespace
        self.store = Store(lambda: NOW)
        self._logs: dict[tuple[str, str, bool], str] = {}
        for name in ("default", "kube-system", namespace):
            self.put("v1", "Namespace", name, namespaced=False, status={"phase": "Active"})
        self.node("node1")

    def put(
        self, api_version: str, kind: str, name: str, *, namespaced: bool = True, **fields: Any
    ) -> Object:
        """Any object; `meta` is merged into its metadata. Created an hour ago unless it says."""
        meta = {"name": name, "creationTimestamp": ago(3600), **fields.pop("meta", {})}
        if namespaced:
            meta.setdefault("namespace", self.namespace)
        return self.store.put({"apiVersion": api_version, "kind": kind, "metadata": meta, **fields})

    def node(
        self,
        name: str,
        *,
        labels: dict[str, str] | None = None,
        taints: Sequence[dict[str, str]] = (),
        cordoned: bool = False,
        ready: tuple[str, str, str] = ("True", "KubeletReady", "kubelet is posting ready status"),
        pressure: Sequence[str] = (),
    ) -> Object:
        """A node with 4 CPUs and 8 Gi; `ready` is (status, reason, message)."""
        spec: Object = {"podCIDR": "10.244.0.0/24"}
        if cordoned:
            spec["unschedulable"] = True
            taints = [*taints, {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]
        if taints:
            spec["taints"] = list(taints)
        conditions = [
            {"type": kind, "status": "True" if kind in pressure else "False"}
            for kind in ("MemoryPressure", "DiskPressure", "PIDPressure")
        ]
        words = dict(zip(("status", "reason", "message"), ready, strict=True))
        amounts = {"cpu": "4", "memory": "8148152Ki", "pods": "110"}
        return self.put(
            "v1",
            "Node",
            name,
            namespaced=False,
            meta={
                "labels": {"kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64"}
                | (labels or {})
            },
            spec=spec,
            status={
                "allocatable": amounts,
                "capacity": amounts,
                "conditions": [*conditions, {"type": "Ready", **words}],
                "nodeInfo": {"kubeletVersion": "v1.36.2", "architecture": "amd64"},
            },
        )

    def deployment(
        self,
        name: str,
        spec: PodSpec,
        states: Sequence[PodState],
        *,
        replicas: int | None = None,
        status: Object | None = None,
        meta: Object | None = None,
        revision: int = 1,
        digest: str = HASH,
        age: float = 3600,
        **fields: Any,
    ) -> list[str]:
        """A Deployment with its ReplicaSet and one pod per state; returns the pods' names."""
        wanted = len(states) if replicas is None else replicas
        ready = sum(state.ready for state in states)
        counts = _counts(len(states), ready)
        notes = {"deployment.kubernetes.io/revision": str(revision)}
        labels = {"app": name}
        meta = {**(meta or {})}
        owner = self.put(
            "apps/v1",
            "Deployment",
            name,
            meta={"labels": labels, **meta, "annotations": notes | meta.get("annotations", {})},
            spec={
                "replicas": wanted,
                "selector": {"matchLabels": labels},
                "strategy": {"type": "RollingUpdate"},
                "progressDeadlineSeconds": 600,
                "template": spec.template(labels),
                **fields,
            },
            status={
                **counts,
                "observedGeneration": 1,
                "updatedReplicas": len(states),
                "conditions": _conditions(name, digest, ready >= wanted),
                **(status or {}),
            },
        )
        owned = labels | {"pod-template-hash": digest}
        child = self.put(
            "apps/v1",
            "ReplicaSet",
            f"{name}-{digest}",
            meta={
                "labels": owned,
                "annotations": notes,
                "creationTimestamp": ago(age),
                "ownerReferences": [owner_reference(owner)],
            },
            spec={
                "replicas": wanted,
                "selector": {"matchLabels": owned},
                "template": spec.template(owned),
            },
            status={**counts, "observedGeneration": 1},
        )
        return self.pods(child, spec, states, owned, SUFFIXES)

    def old_revision(
        self, name: str, spec: PodSpec, states: Sequence[PodState], *, revision: int, digest: str
    ) -> list[str]:
        """A ReplicaSet of an earlier revision below an existing Deployment."""
        owner = self.store.get("apps/deployments", self.namespace, name)
        assert owner is not None
        labels = {"app": name, "pod-template-hash": digest}
        child = self.put(
            "apps/v1",
            "ReplicaSet",
            f"{name}-{digest}",
            meta={
                "labels": labels,
                "annotations": {"deployment.kubernetes.io/revision": str(revision)},
                "creationTimestamp": ago(86400),
                "ownerReferences": [owner_reference(owner)],
            },
            spec={
                "replicas": len(states),
                "selector": {"matchLabels": labels},
                "template": spec.template(labels),
            },
            status={**_counts(len(states), sum(s.ready for s in states)), "observedGeneration": 1},
        )
        return self.pods(child, spec, states, labels, ("old77", "old78"))

    def workload(
        self,
        kind: str,
        name: str,
        spec: PodSpec,
        states: Sequence[PodState],
        *,
        status: Object | None = None,
        meta: Object | None = None,
        **fields: Any,
    ) -> list[str]:
        """A StatefulSet, DaemonSet or Job with one pod per state; returns the pods' names."""
        labels = (
            {"app": name}
            if kind != "Job"
            else {"job-name": name, "batch.kubernetes.io/job-name": name}
        )
        ready = sum(state.ready for state in states)
        body: Object = {"selector": {"matchLabels": labels}, "template": spec.template(labels)}
        found: Object = {}
        if kind == "StatefulSet":
            body |= {"replicas": len(states), "serviceName": name}
            found = {
                **_counts(len(states), ready),
                "observedGeneration": 1,
                "updatedReplicas": len(states),
            }
        if kind == "DaemonSet":
            found = {
                "currentNumberScheduled": len(states),
                "desiredNumberScheduled": len(states),
                "numberReady": ready,
                "numberAvailable": ready,
                "numberMisscheduled": 0,
                "observedGeneration": 1,
                "updatedNumberScheduled": len(states),
            }
        if kind == "Job":
            body |= {"backoffLimit": 2, "completions": 1, "parallelism": 1, "suspend": False}
        owner = self.put(
            API_VERSIONS[kind],
            kind,
            name,
            meta={"labels": labels, **(meta or {})},
            spec={**body, **fields},
            status={**found, **(status or {})},
        )
        suffixes = ("0", "1", "2", "3") if kind == "StatefulSet" else SUFFIXES
        return self.pods(owner, spec, states, labels, suffixes)

    def pods(
        self,
        owner: Object | None,
        spec: PodSpec,
        states: Sequence[PodState],
        labels: dict[str, str],
        suffixes: Sequence[str],
        name: str = "",
    ) -> list[str]:
        """Pods below an owner, named <owner>-<suffix>."""
        names = []
        for state, suffix in zip(states, suffixes, strict=False):
            pod = f"{owner['metadata']['name']}-{suffix}" if owner else name
            meta: Object = {"labels": labels, "creationTimestamp": ago(state.age), **state.meta}
            if owner:
                meta["ownerReferences"] = [owner_reference(owner)]
            self.put("v1", "Pod", pod, meta=meta, spec=spec.pod(state), status=state.status(spec))
            if state.unscheduled:
                self.event("Pod", pod, "FailedScheduling", state.unscheduled)
            names.append(pod)
        return names

    def event(
        self,
        kind: str,
        name: str,
        reason: str,
        message: str,
        *,
        container: str | None = None,
        count: int = 4,
        type: str = "Warning",
        last: float = 20,
        namespaced: bool = True,
    ) -> None:
        """One event, first seen 10 minutes ago and last `last` seconds ago."""
        space = self.namespace if namespaced else "default"
        involved: Object = {"apiVersion": API_VERSIONS.get(kind, "v1"), "kind": kind, "name": name}
        if namespaced:
            involved["namespace"] = space
        if container:
            section = "initContainers" if container.startswith("init:") else "containers"
            involved["fieldPath"] = f"spec.{section}{{{container.removeprefix('init:')}}}"
        who = WHO.get(reason, "kubelet")
        number = len(self.store.list("events", space))
        self.put(
            "v1",
            "Event",
            f"{name}.18ea8af9{number:08x}",
            meta={"namespace": space, "creationTimestamp": ago(600)},
            involvedObject=involved,
            type=type,
            reason=reason,
            message=message,
            count=count,
            eventTime=None,
            firstTimestamp=ago(600),
            lastTimestamp=ago(last),
            reportingComponent=who,
            reportingInstance="",
            source={"component": who},
        )

    def service(
        self,
        name: str,
        selector: dict[str, str],
        *,
        port: int = 80,
        target: int | str | None = None,
        ready: Sequence[str] = (),
        not_ready: Sequence[str] = (),
    ) -> None:
        """A Service with its EndpointSlice; `ready` and `not_ready` are names of pods."""
        ports = [{"port": port, "protocol": "TCP", "targetPort": target or port}]
        spec = {
            "clusterIP": "10.96.7.20",
            "ports": ports,
            "selector": selector,
            "type": "ClusterIP",
        }
        service = self.put("v1", "Service", name, spec=spec, status={"loadBalancer": {}})
        endpoints = [
            {
                "addresses": [f"10.244.0.{20 + n}"],
                "conditions": {"ready": good, "serving": good, "terminating": False},
                "targetRef": {"kind": "Pod", "name": pod, "namespace": self.namespace},
            }
            for n, (pod, good) in enumerate(
                [*((p, True) for p in ready), *((p, False) for p in not_ready)]
            )
        ]
        self.put(
            "discovery.k8s.io/v1",
            "EndpointSlice",
            f"{name}-bkxk8",
            meta={
                "labels": {"kubernetes.io/service-name": name},
                "ownerReferences": [owner_reference(service)],
            },
            addressType="IPv4",
            endpoints=endpoints,
            ports=[
                {"name": "", "port": target if isinstance(target, int) else port, "protocol": "TCP"}
            ]
            if endpoints
            else [],
        )

    def configmap(self, name: str, **data: str) -> None:
        """A ConfigMap."""
        self.put("v1", "ConfigMap", name, data=data)

    def claim(
        self, name: str, *, storage_class: str | None = "standard", bound: bool = False
    ) -> None:
        """A PersistentVolumeClaim of 1 Gi, Pending unless bound."""
        spec: Object = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        }
        if storage_class:
            spec["storageClassName"] = storage_class
        if bound:
            spec["volumeName"] = f"pvc-{name}"
        self.put(
            "v1",
            "PersistentVolumeClaim",
            name,
            spec=spec,
            status={"phase": "Bound" if bound else "Pending"},
        )

    def storage_class(self, name: str, provisioner: str = "ebs.csi.aws.com") -> None:
        """A StorageClass that binds at once."""
        self.put(
            "storage.k8s.io/v1",
            "StorageClass",
            name,
            namespaced=False,
            provisioner=provisioner,
            reclaimPolicy="Delete",
            volumeBindingMode="Immediate",
        )

    def write_log(
        self, pod: str, container: str, text: str, *, previous: str | None = None
    ) -> None:
        """What a container wrote; its run before wrote the same unless `previous` says."""
        self._logs[pod, container, False] = text
        self._logs[pod, container, True] = text if previous is None else previous

    def log(self, query: LogQuery) -> LogAnswer:
        """See LogSource."""
        return LogAnswer(200, self._logs.get((query.pod, query.container, query.previous), ""))


def owner_reference(owner: Object) -> Object:
    """A controlling ownerReference."""
    meta = owner["metadata"]
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _counts(total: int, ready: int) -> Object:
    counts = {"replicas": total, "readyReplicas": ready, "availableReplicas": ready}
    # The API leaves zeros out of a status.
    return {key: value for key, value in counts.items() if value or key == "replicas"}


def _conditions(name: str, digest: str, whole: bool) -> list[Object]:
    available = ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    lacking = (
        "False",
        "MinimumReplicasUnavailable",
        "Deployment does not have minimum availability.",
    )
    status, reason, message = available if whole else lacking
    done = f'ReplicaSet "{name}-{digest}" has successfully progressed.'
    return [
        {"type": "Available", "status": status, "reason": reason, "message": message},
        {
            "type": "Progressing",
            "status": "True",
            "reason": "NewReplicaSetAvailable",
            "message": done,
        },
    ]
