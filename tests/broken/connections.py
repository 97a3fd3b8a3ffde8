"""Programs that reach nothing: network.*, dns.*"""

from __future__ import annotations

from typing import Any

from tests.broken import Broken
from tests.clusters import Cluster
from tests.podparts import PodSpec, PodState, box, crashing, running

CART = "Deployment/shop/cart"
TIMEOUT = "FATAL cannot open store: dial tcp 10.96.7.20:80: i/o timeout"
LOOKUP = "FATAL cannot open store: dial tcp: lookup {host} on {address}:53: {why}"
UNANSWERED = "read udp 10.244.0.58:41532->10.96.0.10:53: i/o timeout"


def _cart(cluster: Cluster, log: str, **more: Any) -> None:
    """Deployment cart, which cannot reach Deployment store behind a Service of that name."""
    ports = [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]
    store = PodSpec([box("store", ports=ports)])
    pods = cluster.deployment("store", store, [PodState([running("store")])])
    cluster.service("store", {"app": "store"}, target=8080, ready=pods)
    spec = PodSpec([box("cart")], more=more)
    for pod in cluster.deployment("cart", spec, [PodState([crashing("cart", 1)])] * 2):
        cluster.write_log(pod, "cart", f"INFO starting cart 1.4.2\n{log}\n")


def _policy(cluster: Cluster, name: str, **spec: Any) -> None:
    cluster.put("networking.k8s.io/v1", "NetworkPolicy", name, spec=spec)


def _blocked(cause: str, log: str, *says: str, **policy: Any) -> Broken:
    cluster = Cluster()
    _cart(cluster, log)
    _policy(cluster, "lock", **policy)
    return Broken(cause, CART, cluster, ("NetworkPolicy lock", *says), "KubePodCrashLooping")


def egress_denied() -> Broken:
    return _blocked(
        "network.egress-denied",
        TIMEOUT,
        "cannot reach Service store",
        "port 8080",
        podSelector={},
        policyTypes=["Egress"],
    )


def ingress_denied() -> Broken:
    return _blocked(
        "network.ingress-denied",
        TIMEOUT,
        "lets in pods with app=checkout",
        podSelector={"matchLabels": {"app": "store"}},
        ingress=[{"from": [{"podSelector": {"matchLabels": {"app": "checkout"}}}]}],
    )


def port_not_allowed() -> Broken:
    return _blocked(
        "network.port-not-allowed",
        TIMEOUT,
        "allows port 80, the pods behind it serve 8080",
        podSelector={"matchLabels": {"app": "store"}},
        policyTypes=["Ingress"],
        ingress=[
            {
                "from": [{"podSelector": {"matchLabels": {"app": "cart"}}}],
                "ports": [{"port": 80, "protocol": "TCP"}],
            }
        ],
    )


def dns_blocked() -> Broken:
    return _blocked(
        "network.dns-blocked",
        LOOKUP.format(host="store", address="10.96.0.10", why=UNANSWERED),
        "cannot resolve store",
        "port 53",
        podSelector={"matchLabels": {"app": "cart"}},
        policyTypes=["Egress"],
        egress=[{"to": [{"podSelector": {"matchLabels": {"app": "store"}}}]}],
    )


def resolver_down() -> Broken:
    cluster = Cluster()
    why = "read udp 10.244.0.58:41532->10.96.0.10:53: read: connection refused"
    _cart(cluster, LOOKUP.format(host="store", address="10.96.0.10", why=why))
    labels = {"k8s-app": "kube-dns"}
    meta = {"namespace": "kube-system", "labels": labels}
    template = PodSpec([box("coredns")]).template(labels)
    cluster.put(
        "apps/v1",
        "Deployment",
        "coredns",
        meta=meta,
        spec={"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
        status={"observedGeneration": 1},
    )
    spec = {"clusterIP": "10.96.0.10", "selector": labels, "ports": [{"port": 53}]}
    cluster.put("v1", "Service", "kube-dns", meta=meta, spec=spec, status={"loadBalancer": {}})
    cluster.put(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "kube-dns-x7q2p",
        meta={**meta, "labels": {**labels, "kubernetes.io/service-name": "kube-dns"}},
        addressType="IPv4",
        endpoints=[],
        ports=[],
    )
    says = ("0 of 0 pods ready", "scaled to 0", "no pod of the cluster resolves a name")
    cause, where = "dns.resolver-down", "Deployment/kube-system/coredns"
    return Broken(cause, where, cluster, says, "KubePodCrashLooping")


def wrong_namespace() -> Broken:
    cluster = Cluster()
    host = "store.shop-dev.svc.cluster.local"
    _cart(cluster, LOOKUP.format(host=host, address="10.96.0.10", why="no such host"))
    says = ("there is no namespace shop-dev", "Service store is in shop")
    return Broken("dns.wrong-namespace", CART, cluster, says, "KubePodCrashLooping")


def node_resolver() -> Broken:
    cluster = Cluster()
    log = LOOKUP.format(host="store", address="169.254.169.254", why="no such host")
    _cart(cluster, log, dnsPolicy="Default")
    says = ("dnsPolicy Default", "169.254.169.254", "which knows no Service")
    return Broken("dns.policy-default", CART, cluster, says, "KubePodCrashLooping")


CASES = (
    egress_denied,
    ingress_denied,
    port_not_allowed,
    dns_blocked,
    resolver_down,
    wrong_namespace,
    node_resolver,
)
