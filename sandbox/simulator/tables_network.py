"""Rows of services, endpoints, ingresses, network policies and what is near them."""

from __future__ import annotations

from datetime import datetime

from sandbox.simulator.selectors import label_selector_text
from sandbox.simulator.table import (
    NONE,
    UNSET,
    Cells,
    Object,
    Printer,
    age,
    columns,
    format_labels,
    name_of,
)

_MOST = 3
"""Endpoints, ports and hosts shown before `+ N more...`."""


def _join(items: list[str], empty: str) -> str:
    shown = ",".join(items[:_MOST])
    if len(items) > _MOST:
        return f"{shown} + {len(items) - _MOST} more..."
    return shown or empty


def _service_port(port: Object) -> str:
    protocol = port.get("protocol", "TCP")
    if port.get("nodePort"):
        return f"{port.get('port')}:{port['nodePort']}/{protocol}"
    return f"{port.get('port')}/{protocol}"


def _ingress_points(obj: Object) -> list[str]:
    status = (obj.get("status") or {}).get("loadBalancer") or {}
    points = [item.get("ip") or item.get("hostname") for item in status.get("ingress") or []]
    return list(dict.fromkeys(str(point) for point in points if point))


def _external(obj: Object) -> str:
    spec = obj.get("spec") or {}
    kind, own = spec.get("type", "ClusterIP"), spec.get("externalIPs") or []
    if kind == "ExternalName":
        return str(spec.get("externalName", ""))
    if kind == "LoadBalancer":
        return ",".join([*sorted(_ingress_points(obj)), *own]) or "<pending>"
    return ",".join(own) or NONE


def _service(obj: Object, now: datetime) -> Cells:
    spec = obj.get("spec") or {}
    ips = spec.get("clusterIPs") or [spec.get("clusterIP")]
    return [
        name_of(obj),
        spec.get("type", "ClusterIP"),
        ips[0] or NONE,
        _external(obj),
        ",".join(_service_port(port) for port in spec.get("ports") or []) or NONE,
        age(obj, now),
        format_labels(spec.get("selector")),
    ]


def _address(ip: str, port: object) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _endpoints(obj: Object, now: datetime) -> Cells:
    subsets = obj.get("subsets") or []
    found: list[str] = []
    for subset in subsets:
        ips = [str(item.get("ip", "")) for item in subset.get("addresses") or []]
        ports = subset.get("ports") or []
        if not ports:
            found.extend(ips)
        for port in ports:
            found.extend(_address(ip, port.get("port")) for ip in ips)
    return [name_of(obj), _join(found, "") if subsets else NONE, age(obj, now)]


def _endpoint_slice(obj: Object, now: datetime) -> Cells:
    ports = [
        str(port["port"]) if port.get("port") is not None else str(port.get("name") or "*")
        for port in obj.get("ports") or []
    ]
    addresses = [
        str(address)
        for endpoint in obj.get("endpoints") or []
        for address in endpoint.get("addresses") or []
    ]
    return [
        name_of(obj),
        obj.get("addressType", ""),
        _join(ports, UNSET),
        _join(addresses, UNSET),
        age(obj, now),
    ]


def _ingress(obj: Object, now: datetime) -> Cells:
    spec = obj.get("spec") or {}
    hosts = [str(rule["host"]) for rule in spec.get("rules") or [] if rule.get("host")]
    return [
        name_of(obj),
        spec.get("ingressClassName") or NONE,
        _join(hosts, "*"),
        ",".join(_ingress_points(obj)),
        "80, 443" if spec.get("tls") else "80",
        age(obj, now),
    ]


def _ingress_class(obj: Object, now: datetime) -> Cells:
    spec = obj.get("spec") or {}
    given = spec.get("parameters")
    shown = NONE
    if given:
        group = given.get("apiGroup")
        kind = f"{given.get('kind')}.{group}" if group else given.get("kind")
        shown = f"{kind}/{given.get('name')}"
    return [name_of(obj), spec.get("controller", ""), shown, age(obj, now)]


def _network_policy(obj: Object, now: datetime) -> Cells:
    spec = obj.get("spec") or {}
    return [name_of(obj), label_selector_text(spec.get("podSelector")) or NONE, age(obj, now)]


PRINTERS: dict[str, Printer] = {
    "services": Printer(
        columns("Name|Type|Cluster-IP|External-IP|Port(s)|Age", "Selector"), _service
    ),
    "endpoints": Printer(columns("Name|Endpoints|Age"), _endpoints),
    "discovery.k8s.io/endpointslices": Printer(
        columns("Name|AddressType|Ports|Endpoints|Age"), _endpoint_slice
    ),
    "networking.k8s.io/ingresses": Printer(columns("Name|Class|Hosts|Address|Ports|Age"), _ingress),
    "networking.k8s.io/ingressclasses": Printer(
        columns("Name|Controller|Parameters|Age"), _ingress_class
    ),
    "networking.k8s.io/networkpolicies": Printer(columns("Name|Pod-Selector|Age"), _network_policy),
}
