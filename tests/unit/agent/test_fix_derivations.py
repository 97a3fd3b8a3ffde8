"""Derived facts that a fix is made of: right addresses, nodes that are shut, claims, quotas."""

from __future__ import annotations

from typing import Any

import pytest

from agent.derive import derive
from agent.index import FactIndex
from tools.fact import Fact
from tools.objects import ObjectRef

Row = tuple[ObjectRef, str, Any]


def ref(kind: str, name: str, container: str | None = None) -> ObjectRef:
    namespace = None if kind in ("Node", "StorageClass", "Namespace") else "shop"
    return ObjectRef(kind=kind, namespace=namespace, name=name, container=container)


BOX = ref("Pod", "cart-5d8f6c7b9d-x2x4v", "cart")
POD = BOX.whole()
CART = ref("Deployment", "cart")


def index(*rows: Row) -> FactIndex:
    facts = [
        Fact(id=f"m1.{n}", subject=s, name=name, value=v) for n, (s, name, v) in enumerate(rows)
    ]
    return derive(facts).index


def right(value: str, *rows: Row, box: str = "cart") -> Any:
    """What becomes of a variable BACKEND of this value."""
    env = [{"name": "OTHER", "value": "kept"}, {"name": "BACKEND", "value": value}]
    return (
        index(
            (POD, "object.owner", "ReplicaSet/cart-5d8f6c7b9d"),
            (POD, "object.created", "2026-11-23T07:00:00Z"),
            (CART, "workload.template", {"containers": [{"name": box, "env": env}]}),
            *rows,
        )
        .mapping(BOX, "address.right")
        .get("right")
    )


def unreachable(host: str, port: int | None, cause: str) -> Row:
    return BOX, "log.unreachable", {"host": host, "port": port, "cause": cause}


def service(name: str, *ports: int) -> list[Row]:
    listed = [{"name": "", "port": port, "target_port": port, "protocol": "TCP"} for port in ports]
    return [
        (ref("Service", name), "service.address", "10.96.7.20"),
        (ref("Service", name), "service.ports", listed),
    ]


@pytest.mark.parametrize(
    ("value", "better"),
    [
        ("store:33060", "store:3306"),
        ("tcp://store.shop.svc:33060/x", "tcp://store.shop.svc:3306/x"),
        ("10.96.7.20:33060", "10.96.7.20:3306"),
        ("my-store:33060", None),
        ("store:330600", None),
        ("mysql://app:<redacted:0a1b2c>@store:33060/x", None),  # would be written back as it is
    ],
)
def test_the_port_of_a_service_that_has_one(value: str, better: str | None) -> None:
    rows = [unreachable("10.96.7.20", 33060, "timeout"), *service("store", 3306)]
    assert right(value, *rows) == better


def test_no_port_is_guessed() -> None:
    gone = unreachable("10.96.7.20", 33060, "timeout")
    assert right("store:33060", gone, *service("store", 3306, 80)) is None
    assert right("store:33060", gone, *service("store", 33060)) is None
    assert right("store:33060", gone, *service("store", 3306), box="other") is None


def test_a_host_that_is_misspelt_or_in_a_namespace_that_is_not() -> None:
    listed = (ref("Service", "*"), "list.names", ["stores"])
    gone = unreachable("store", 5432, "dns")
    assert right("store:5432", gone, listed) == "stores:5432"
    assert right("store-replica:5432", gone, listed) is None
    rows: list[Row] = [
        unreachable("store.prod", 5432, "dns"),
        (ref("Service", "*"), "list.names", ["store"]),
        (ref("Namespace", "*"), "list.names", ["shop"]),
    ]
    assert right("http://store.prod.svc:80/", *rows) == "http://store.shop.svc:80/"


def waiting(**more: Any) -> list[Row]:
    base = {"message": "0/2 nodes are available", "nodes": 2, "insufficient": {}, "taints": {}}
    return [(POD, "schedule.failed", base), *((POD, f"pod.{k}", v) for k, v in more.items())]


def test_nodes_that_are_shut_are_named() -> None:
    rows = [(ref("Node", name), "node.cordoned", name != "b") for name in ("c", "b", "a")]
    assert index(*waiting(), *rows).value(POD, "nodes.cordoned") == ["a", "c"]


def test_taints_that_a_pod_does_not_tolerate() -> None:
    taints = [
        "dedicated=batch:NoSchedule",
        "gpu:NoExecute",
        "node.kubernetes.io/not-ready:NoExecute",
    ]
    rows = [
        (ref("Node", "a"), "node.taints", taints),
        (ref("Node", "b"), "node.taints", taints[:1]),
    ]
    batch = {"key": "dedicated", "value": "batch", "effect": "NoSchedule", "nodes": ["a", "b"]}
    gpu = {"key": "gpu", "value": "", "effect": "NoExecute", "nodes": ["a"]}
    assert index(*waiting(), *rows).value(POD, "nodes.tainted") == [batch, gpu]
    some = waiting(tolerations=[{"key": "gpu", "operator": "Exists"}])
    assert index(*some, *rows).value(POD, "nodes.tainted") == [batch]
    wrong = waiting(tolerations=[{"key": "dedicated", "value": "web", "effect": "NoSchedule"}])
    assert index(*wrong, *rows).value(POD, "nodes.tainted") == [batch, gpu]
    every = waiting(tolerations=[{"operator": "Exists"}])
    assert index(*every, *rows).fact(POD, "nodes.tainted") is None


@pytest.mark.parametrize(("free", "found"), [(True, "cart-data"), (False, None)])
def test_a_claim_of_almost_the_same_name_that_nobody_uses(free: bool, found: str | None) -> None:
    claim = {"name": "data", "kind": "PersistentVolumeClaim", "ref": "cart-date"}
    rows = waiting(volumes=[claim])
    rows.append((ref("PersistentVolumeClaim", "*"), "list.names", ["cart-data", "other"]))
    if not free:
        rows.append((ref("Pod", "owner"), "pod.volumes", [claim | {"ref": "cart-data"}]))
    assert index(*rows).mapping(POD, "object.near_miss").get("found") == found


@pytest.mark.parametrize(
    ("resource", "asked", "used", "needed"),
    [
        ("requests.memory", "512Mi", "32Mi", (32 + 3 * 512) * 2**20),
        ("requests.cpu", "100m", "1", 1300),
        ("pods", "1", "4", 7),
        ("requests.memory", "plenty", "0", None),
    ],
)
def test_what_a_quota_would_have_to_be(
    resource: str, asked: str, used: str, needed: int | None
) -> None:
    denied: dict[str, Any] = {"by": "quota", "quota": "q", "message": "exceeded"}
    denied |= {"requested": {resource: asked}, "used": {resource: used}}
    rows: list[Row] = [
        (CART, "create.denied", denied),
        (CART, "workload.desired", 4),
        (CART, "workload.current", 1),
    ]
    assert index(*rows).mapping(CART, "quota.short").get("needed") == needed
