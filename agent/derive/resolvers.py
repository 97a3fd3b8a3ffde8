"""Resolvers: whether the cluster's DNS is there, and names that cannot resolve as they are written."""

from __future__ import annotations

from agent.derive.derivation import Derivation
from tools.fact import Fact
from tools.objects import ObjectRef

DNS_SERVICE = ObjectRef(kind="Service", namespace="kube-system", name="kube-dns")
"""The Service that every pod's resolv.conf leads to; called so for CoreDNS as well."""


def derive_resolvers(derivation: Derivation) -> None:
    """State resolver.down of the cluster's DNS, and host.miss of containers whose log names a host."""
    index = derivation.index
    ready = index.fact(DNS_SERVICE, "endpoints.ready")
    if ready is not None and ready.value == 0:
        _down(derivation, ready)
    for fact in list(index.named("log.unreachable")):
        value = fact.value if isinstance(fact.value, dict) else {}
        host = value.get("host")
        if value.get("cause") == "dns" and isinstance(host, str) and host:
            _miss(derivation, fact, host.rstrip("."))


def _down(derivation: Derivation, ready: Fact) -> None:
    index = derivation.index
    selector = index.fact(DNS_SERVICE, "service.selector")
    wanted = index.mapping(DNS_SERVICE, "service.selector")
    for ref in index.objects("Deployment", "DaemonSet"):
        labels = index.mapping(ref, "workload.template_labels")
        if ref.namespace != DNS_SERVICE.namespace or not (
            wanted and wanted.items() <= labels.items()
        ):
            continue
        desired = index.fact(ref, "workload.desired")
        value = {
            "service": DNS_SERVICE.name,
            "desired": index.number(ref, "workload.desired"),
            "ready": index.number(ref, "workload.ready"),
        }
        sources = [ready, selector, desired, index.fact(ref, "workload.ready")]
        derivation.state(ref, "resolver.down", value, sources)
        derivation.state(ref, "workload.broken", "no-dns", sources)


def _miss(derivation: Derivation, fact: Fact, host: str) -> None:
    """A Service of the host's first label is in the namespace, and yet the name does not resolve."""
    index = derivation.index
    answer = index.mapping(fact.subject, "log.resolver").get("answer", "nxdomain")
    service, *rest = host.split(".")
    namespace = fact.subject.namespace
    services = index.fact(ObjectRef(kind="Service", namespace=namespace, name="*"), "list.names")
    if answer != "nxdomain" or services is None or not isinstance(services.value, list):
        return
    if service not in services.value:
        return
    pod = fact.subject.whole()
    policy = index.fact(pod, "pod.dns_policy")
    on_host = index.fact(pod, "pod.host_network")
    value: dict[str, object] = {"host": host, "service": service}
    if rest and rest[0] != namespace and (len(rest) == 1 or rest[1] == "svc"):
        listed = index.fact(ObjectRef(kind="Namespace", name="*"), "list.names")
        if listed is not None and isinstance(listed.value, list) and rest[0] not in listed.value:
            value |= {"what": "namespace", "wanted": rest[0], "found": namespace}
            derivation.state(fact.subject, "host.miss", value, [fact, services, listed])
    elif policy is not None and (
        policy.value == "Default" or (policy.value == "ClusterFirst" and on_host is not None)
    ):
        better = "ClusterFirstWithHostNet" if on_host is not None else "ClusterFirst"
        value |= {"what": "resolver", "wanted": policy.value, "found": better}
        resolver = index.fact(fact.subject, "log.resolver")
        sources = [fact, policy, on_host, services, resolver]
        derivation.state(fact.subject, "host.miss", value, sources)
