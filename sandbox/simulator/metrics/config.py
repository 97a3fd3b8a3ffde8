"""Quotas, limit ranges, services and their endpoints, ConfigMaps, Secrets, Ingresses, policies."""

from __future__ import annotations

from sandbox.simulator.metrics.page import Page, labels
from sandbox.simulator.quantity import number
from sandbox.simulator.store import Object


def quota(page: Page, obj: Object) -> None:
    """All samples of one ResourceQuota."""
    meta, status = obj["metadata"], obj.get("status", {})
    where = labels(namespace=meta["namespace"], resourcequota=meta["name"])
    page.time("kube_resourcequota_created", where, meta["creationTimestamp"])
    for type_ in ("hard", "used"):
        for resource, value in status.get(type_, {}).items():
            amount = float(number(value))
            page.add("kube_resourcequota", where, amount, resource=resource, type=type_)


def limit_range(page: Page, obj: Object) -> None:
    """All samples of one LimitRange."""
    meta = obj["metadata"]
    where = labels(namespace=meta["namespace"], limitrange=meta["name"])
    page.time("kube_limitrange_created", where, meta["creationTimestamp"])
    for item in obj["spec"].get("limits", []):
        for constraint in ("min", "max", "default", "defaultRequest", "maxLimitRequestRatio"):
            for resource, value in (item.get(constraint) or {}).items():
                page.add(
                    "kube_limitrange",
                    where,
                    float(number(value)),
                    resource=resource,
                    type=item["type"],
                    constraint=constraint,
                )


def service(page: Page, obj: Object) -> None:
    """All samples of one Service."""
    meta, spec = obj["metadata"], obj["spec"]
    where = labels(namespace=meta["namespace"], service=meta["name"], uid=meta["uid"])
    page.add(
        "kube_service_info",
        where,
        1,
        cluster_ip=spec.get("clusterIP"),
        external_name=spec.get("externalName"),
        load_balancer_ip=spec.get("loadBalancerIP"),
    )
    page.time("kube_service_created", where, meta["creationTimestamp"])
    page.add("kube_service_spec_type", where, 1, type=spec.get("type", "ClusterIP"))


def endpoints(page: Page, obj: Object) -> None:
    """All samples of one Endpoints object."""
    meta = obj["metadata"]
    where = labels(namespace=meta["namespace"], endpoint=meta["name"])
    page.add("kube_endpoint_info", where, 1)
    for subset in obj.get("subsets") or []:
        for ready, field in (("true", "addresses"), ("false", "notReadyAddresses")):
            for address in subset.get(field) or []:
                for port in subset.get("ports") or []:
                    page.add(
                        "kube_endpoint_address",
                        where,
                        1,
                        port_protocol=port.get("protocol", "TCP"),
                        port_number=port["port"],
                        port_name=port.get("name"),
                        ip=address["ip"],
                        ready=ready,
                    )


def endpoint_slice(page: Page, obj: Object) -> None:
    """All samples of one EndpointSlice."""
    meta = obj["metadata"]
    where = labels(namespace=meta["namespace"], endpointslice=meta["name"])
    page.add("kube_endpointslice_info", where, 1, addresstype=obj.get("addressType", "IPv4"))
    for endpoint in obj.get("endpoints") or []:
        state = endpoint.get("conditions") or {}
        target = endpoint.get("targetRef") or {}
        for address in endpoint.get("addresses") or []:
            page.add(
                "kube_endpointslice_endpoints",
                where,
                1,
                ready=str(bool(state.get("ready"))).lower(),
                serving=str(bool(state.get("serving"))).lower(),
                terminating=str(bool(state.get("terminating"))).lower(),
                targetref_kind=target.get("kind"),
                targetref_name=target.get("name"),
                targetref_namespace=target.get("namespace"),
                endpoint_nodename=endpoint.get("nodeName"),
                address=address,
            )


def config_map(page: Page, obj: Object) -> None:
    """A ConfigMap's existence."""
    _exists(page, "configmap", obj, info=True)


def secret(page: Page, obj: Object) -> None:
    """A Secret's existence; its content is nobody's metric."""
    _exists(page, "secret", obj, info=True)


def ingress(page: Page, obj: Object) -> None:
    """All samples of one Ingress."""
    where = _exists(page, "ingress", obj)
    page.add("kube_ingress_info", where, 1, ingressclass=obj["spec"].get("ingressClassName"))


def network_policy(page: Page, obj: Object) -> None:
    """A NetworkPolicy's existence."""
    _exists(page, "networkpolicy", obj)


def _exists(page: Page, kind: str, obj: Object, *, info: bool = False) -> str:
    meta = obj["metadata"]
    where = labels(namespace=meta["namespace"], **{kind: meta["name"]})
    if info:
        page.add(f"kube_{kind}_info", where, 1)
    page.time(f"kube_{kind}_created", where, meta["creationTimestamp"])
    return where
