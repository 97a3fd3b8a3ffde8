"""Inventories made by hand: a namespace with a few objects, or with hundreds."""

from __future__ import annotations

from random import Random

from agent.grammars.inventory import Inventory, spelling
from sandbox.discovery import Catalogue, ResourceKind
from tools.kubectl.resources import builtins

SCALED = {"deployments", "statefulsets", "replicasets"}
CUSTOM = ResourceKind("ops.example.com", "v1", "backups", "backup", "Backup", True)
TWIN = ResourceKind("serving.example.dev", "v1", "services", "service", "Service", True)


def kinds() -> tuple[ResourceKind, ...]:
    """The built-in kinds and two custom ones, one of them named like a built-in."""
    found = [
        ResourceKind(
            r.group,
            "v2" if r.plural == "horizontalpodautoscalers" else "v1",
            r.plural,
            r.singular,
            r.kind,
            r.namespaced,
            r.shorts,
            subresources=frozenset({"status", "scale"} if r.plural in SCALED else {"status"}),
        )
        for r in builtins()
        if r.plural != "secrets"
    ]
    return (*found, CUSTOM, TWIN)


def small(*, everywhere: bool = False) -> Inventory:
    """Two namespaces in scope, and the cluster's own one beside them."""
    known = kinds()
    return Inventory(
        kinds=known,
        spelling=spelling(known, Catalogue(known)),
        namespaces=("billing", "kube-system", "shop") if everywhere else ("billing", "shop"),
        everywhere=everywhere,
        system=() if everywhere else ("kube-system",),
        names={
            ("pods", "shop"): ("db-0", "web-5f7c-abcde", "web-5f7c-fghij"),
            ("pods", "billing"): ("invoice-1",),
            ("pods", "kube-system"): ("coredns-1",),
            ("deployments.apps", "shop"): ("web",),
            ("deployments.apps", "kube-system"): ("coredns",),
            ("replicasets.apps", "shop"): ("web-5f7c",),
            ("statefulsets.apps", "shop"): ("db",),
            ("cronjobs.batch", "billing"): ("close", "close-1"),
            ("jobs.batch", "billing"): ("close-29",),
            ("services", "shop"): ("web",),
            ("configmaps", "shop"): ("kube-root-ca.crt", "web-settings"),
            ("backups.ops.example.com", "shop"): ("nightly",),
            ("services.serving.example.dev", "shop"): ("fn",),
            ("nodes", None): ("node-a", "node-b"),
            ("persistentvolumes", None): ("pv-1",),
        },
        containers={
            ("pods", "shop", "web-5f7c-abcde"): ("app", "proxy"),
            ("pods", "shop", "db-0"): ("postgres",),
            ("deployments", "shop", "web"): ("app", "proxy"),
            ("statefulsets", "shop", "db"): ("postgres",),
        },
        images={
            ("shop", "app"): (
                "registry.example.com:5000/shop/web:1.4",
                "registry.example.com:5000/shop/web:1.5",
            ),
            ("shop", "proxy"): ("envoy@sha256:" + "a" * 64,),
            ("shop", "postgres"): ("postgres:17",),
        },
        labels={"app": ("web", "db"), "app.kubernetes.io/name": ("web",), "tier": ("front",)},
    )


def large(objects: int = 500) -> Inventory:
    """One namespace of so many objects."""
    rng = Random(1)
    known = kinds()
    shares = {
        "pods": 0.5,
        "replicasets.apps": 0.15,
        "deployments.apps": 0.1,
        "services": 0.1,
        "endpointslices.discovery.k8s.io": 0.1,
        "configmaps": 0.05,
    }
    names: dict[tuple[str, str | None], tuple[str, ...]] = {
        (kind, "shop"): tuple(
            sorted(
                f"svc{i % 40}-{rng.getrandbits(40):010x}-{i}" for i in range(int(objects * share))
            )
        )
        for kind, share in shares.items()
    }
    containers = {
        ("pods", "shop", name): ("app", "proxy") if index % 3 else ("app",)
        for index, name in enumerate(names["pods", "shop"])
    }
    return Inventory(
        kinds=known,
        spelling=spelling(known, Catalogue(known)),
        namespaces=("shop",),
        system=("kube-system",),
        names={**names, ("nodes", None): tuple(f"node-{i}" for i in range(20))},
        containers=containers,
        labels={"app": tuple(f"svc{i}" for i in range(40))},
    )
