"""kube_node_* and kube_namespace_*."""

from __future__ import annotations

from sandbox.simulator.metrics.page import Page, labels
from sandbox.simulator.metrics.pods import resource
from sandbox.simulator.metrics.workloads import conditions
from sandbox.simulator.store import Object

ROLE = "node-role.kubernetes.io/"
"""Prefix of the labels that name a node's roles."""


def node(page: Page, obj: Object) -> None:
    """All samples of one Node."""
    meta, spec, status = obj["metadata"], obj.get("spec", {}), obj.get("status", {})
    where = labels(node=meta["name"])
    info = status.get("nodeInfo", {})
    addresses = {item["type"]: item["address"] for item in status.get("addresses", [])}
    page.add(
        "kube_node_info",
        where,
        1,
        kernel_version=info.get("kernelVersion"),
        os_image=info.get("osImage"),
        container_runtime_version=info.get("containerRuntimeVersion"),
        kubelet_version=info.get("kubeletVersion"),
        kubeproxy_version="deprecated",
        provider_id=spec.get("providerID"),
        pod_cidr=spec.get("podCIDR"),
        system_uuid=info.get("systemUUID"),
        internal_ip=addresses.get("InternalIP"),
    )
    page.time("kube_node_created", where, meta["creationTimestamp"])
    page.add("kube_node_spec_unschedulable", where, bool(spec.get("unschedulable")))
    for taint in spec.get("taints") or []:
        page.add(
            "kube_node_spec_taint",
            where,
            1,
            key=taint["key"],
            value=taint.get("value"),
            effect=taint["effect"],
        )
    for label in meta.get("labels", {}):
        if label.startswith(ROLE):
            page.add("kube_node_role", where, 1, role=label.removeprefix(ROLE))
    conditions(page, "kube_node_status_condition", where, obj)
    for part in ("capacity", "allocatable"):
        for quantity, value in status.get(part, {}).items():
            resource(page, f"kube_node_status_{part}", where, quantity, value)


def namespace(page: Page, obj: Object) -> None:
    """All samples of one Namespace."""
    where = labels(namespace=obj["metadata"]["name"])
    page.time("kube_namespace_created", where, obj["metadata"]["creationTimestamp"])
    phase = obj.get("status", {}).get("phase", "Active")
    page.states("kube_namespace_status_phase", where, "phase", ("Active", "Terminating"), phase)
