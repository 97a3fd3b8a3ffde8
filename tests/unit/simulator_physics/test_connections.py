"""Connections: DNS, Services, endpoints, policies and ports, and what programs say and do."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.engine import Engine
from sandbox.simulator.intake import apply
from sandbox.simulator.network.reach import connect
from tests.unit.simulator_physics.labs import NS, container, events, lab, obj


def pod(name: str, *containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    found = list(containers) or [container(ports=[{"containerPort": 5432, "name": "sql"}])]
    made = obj("Pod", name, spec={"containers": found, **spec})
    made["metadata"]["labels"] = {"app": name}
    return made


def service(name: str, port: int = 5432, **spec: Any) -> dict[str, Any]:
    body = {"selector": {"app": name}, "ports": [{"port": port, "targetPort": 5432}], **spec}
    return obj("Service", name, spec=body)


def netpol(name: str, **spec: Any) -> dict[str, Any]:
    return obj("NetworkPolicy", name, "networking.k8s.io/v1", spec=spec)


CLIENT = pod("client", container(image="acme/client:1"))


def cluster(world: dict[str, Any] | None = None, *more: dict[str, Any]) -> Engine:
    engine = lab(world, pod("db"), service("db"), CLIENT, *more)
    engine.advance(30)
    return engine


def tried(engine: Engine, target: str, scheme: str = "tcp") -> str:
    client = engine.store.get("pods", NS, "client")
    assert client is not None
    failure = connect(engine, client, target, scheme)
    return "ok" if failure is None else f"{failure.kind}: {failure.text}"


def ip(engine: Engine, name: str = "db") -> str:
    found = engine.store.get("services", NS, name)
    assert found is not None
    return str(found["spec"]["clusterIP"])


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        ("db:5432", "ok"),
        ("db.lab:5432", "ok"),
        ("db.lab.svc:5432", "ok"),
        ("db.lab.svc.cluster.local:5432", "ok"),
        ("db.lab.svc.cluster.local.:5432", "ok"),
        ("dbx:5432", "dns: dial tcp: lookup dbx on 10.96.0.10:53: no such host"),
        ("db.shop:5432", "dns: dial tcp: lookup db.shop on 10.96.0.10:53: no such host"),
        ("kubernetes.default:443", "ok"),
        ("api.example.com:443", "ok"),
    ],
)
def test_names(target: str, verdict: str) -> None:
    assert tried(cluster(), target) == verdict


def test_a_port_that_the_service_lacks_times_out_and_no_endpoints_refuse() -> None:
    engine = cluster(None, service("empty", selector={"app": "nobody"}))
    assert tried(engine, "db:5433") == f"timeout: dial tcp {ip(engine)}:5433: i/o timeout"
    refused = f"refused: dial tcp {ip(engine, 'empty')}:5432: connect: connection refused"
    assert tried(engine, "empty:5432") == refused


def test_a_wrong_target_port_is_refused_by_the_pod() -> None:
    wrong = service("wrong", selector={"app": "db"}, ports=[{"port": 5432, "targetPort": 9999}])
    named = service("named", selector={"app": "db"}, ports=[{"port": 80, "targetPort": "sql"}])
    engine = cluster(None, wrong, named)
    assert tried(engine, "wrong:5432").startswith("refused: ")
    assert tried(engine, "named:80") == "ok"


def test_headless_names_give_pods_and_translate_no_port() -> None:
    engine = cluster(
        None,
        pod("member", hostname="member-0", subdomain="ring"),
        service("ring", 80, selector={"app": "member"}, clusterIP="None"),
    )
    assert tried(engine, "ring:5432") == "ok"
    assert tried(engine, "member-0.ring:5432") == "ok"
    assert tried(engine, "member-1.ring:5432").startswith("dns: ")
    assert tried(engine, "ring:80").startswith("refused: ")


def test_policies_drop_packets_where_the_network_enforces_them() -> None:
    deny = netpol("deny", podSelector={"matchLabels": {"app": "db"}}, policyTypes=["Ingress"])
    assert tried(cluster(None, deny), "db:5432").startswith("timeout: ")
    assert tried(cluster({"network": {"policies": False}}, deny), "db:5432") == "ok"


def test_an_egress_policy_without_dns_makes_lookups_time_out() -> None:
    out = {"podSelector": {"matchLabels": {"app": "db"}}}
    policy = netpol(
        "out",
        podSelector={"matchLabels": {"app": "client"}},
        policyTypes=["Egress"],
        egress=[{"to": [out]}],
    )
    found = tried(cluster(None, policy), "db:5432")
    assert found.startswith("dns: dial tcp: lookup db on 10.96.0.10:53: read udp 10.244.")
    assert found.endswith("->10.96.0.10:53: i/o timeout")
    dns = {"ports": [{"port": 53, "protocol": "UDP"}]}
    policy["spec"]["egress"].append(dns)
    assert tried(cluster(None, policy), "db:5432") == "ok"


def test_coredns_without_endpoints_refuses_and_a_broken_resolver_misbehaves() -> None:
    engine = cluster()
    dns = service("kube-dns", 53, selector={"k8s-app": "kube-dns"})
    dns["metadata"]["namespace"] = "kube-system"
    dns["spec"]["clusterIP"] = "10.96.0.10"
    apply(engine, dns, "kube-system")
    engine.advance(1)
    assert tried(engine, "db:5432").endswith("->10.96.0.10:53: read: connection refused")
    assert tried(cluster({"network": {"dns": "servfail"}}), "db:5432").endswith(
        "server misbehaving"
    )
    assert tried(cluster({"network": {"dns": "down"}}), "db:5432").endswith("i/o timeout")
    assert tried(engine, f"{ip(engine)}:5432") == "ok"  # no name, no resolver


def test_a_pod_with_the_node_resolver_knows_no_cluster_names() -> None:
    for spec in ({"dnsPolicy": "Default"}, {"hostNetwork": True}):
        engine = lab(None, pod("db"), service("db"), pod("client", **spec))
        engine.advance(30)
        assert "no such host" in tried(engine, "db:5432")
    engine = lab(None, pod("db"), service("db"), pod("client", hostNetwork=True,
                 dnsPolicy="ClusterFirstWithHostNet"))  # fmt: skip
    engine.advance(30)
    assert tried(engine, "db:5432") == "ok"


@pytest.mark.parametrize(
    ("state", "scheme", "starts"),
    [
        ("ok", "https", "ok"),
        ("nxdomain", "tcp", "dns: dial tcp: lookup pay.example.com"),
        ("refused", "tcp", "refused: dial tcp 203.0.113."),
        ("timeout", "tcp", "timeout: dial tcp 203.0.113."),
        ("tls-expired", "https", "tls: tls: failed to verify certificate: x509: certificate has"),
    ],
)
def test_hosts_outside(state: str, scheme: str, starts: str) -> None:
    world = {"externals": [{"host": "pay.example.com", "state": state}]}
    assert tried(cluster(world), "pay.example.com:443", scheme).startswith(starts)
    alias = service("pay", type="ExternalName", externalName="pay.example.com", selector=None)
    engine = cluster(world, alias)
    assert tried(engine, "pay:443", scheme).partition(":")[0] == starts.partition(":")[0]


NEEDS = {"connect": "db:5432", "wait": 5}


def client(**requirement: Any) -> dict[str, Any]:
    app = {"image": "acme/client:1", "listens": [8080], "ready_log": ["serving"]}
    return {"apps": [{**app, "requires": [{**NEEDS, **requirement}]}]}


def logged(engine: Engine) -> list[str]:
    from sandbox.simulator.applogs import PodLogs
    from sandbox.simulator.logs import LogQuery

    text = PodLogs(engine).log(LogQuery(NS, "client", "app", False)).text
    return (text if isinstance(text, str) else text.decode()).splitlines()


def test_a_waiting_program_says_why_and_goes_on_when_the_cause_is_gone() -> None:
    engine = lab(client(), CLIENT)
    engine.advance(30)
    lookup = "dial tcp: lookup db on 10.96.0.10:53: no such host"
    assert logged(engine)[-1] == f'level=error msg="cannot connect" target=db:5432 err="{lookup}"'
    apply(engine, service("db"), NS)
    engine.advance(20)
    assert logged(engine)[-1].endswith('5432: connect: connection refused"')
    assert any(lookup in line for line in logged(engine))
    apply(engine, pod("db"), NS)
    engine.advance(20)
    assert logged(engine)[-1] == "serving"
    assert logged(engine).count("serving") == 1


def test_a_program_that_exits_without_its_database_crashes_until_it_is_there() -> None:
    engine = lab(client(wait=None, exit=3, log=["fatal: {error}"]), CLIENT)
    engine.advance(40)
    found = engine.store.get("pods", NS, "client")
    assert found is not None
    status = found["status"]["containerStatuses"][0]
    assert status["restartCount"] >= 1
    assert logged(engine) == ["fatal: dial tcp: lookup db on 10.96.0.10:53: no such host"]
    apply(engine, service("db"), NS)
    apply(engine, pod("db"), NS)
    engine.advance(400)
    assert logged(engine) == ["serving"]


PROBED = container(
    image="acme/client:1",
    ports=[{"containerPort": 8080}],
    readinessProbe={"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 5},
    livenessProbe={"httpGet": {"path": "/live", "port": 8080}, "periodSeconds": 5},
)


def test_readiness_follows_a_dependency_both_ways_and_liveness_does_not() -> None:
    engine = lab(
        client(unhealthy=["/ready"], wait=None), pod("db"), service("db"), pod("client", PROBED)
    )
    engine.advance(60)

    def ready() -> bool:
        found = engine.store.get("pods", NS, "client")
        assert found is not None
        return bool(found["status"]["containerStatuses"][0]["ready"])

    assert ready()
    engine.store.delete("services", NS, "db")
    engine.advance(60)
    assert not ready()
    texts = [event["message"] for event in events(engine, "Unhealthy")]
    assert texts == ["Readiness probe failed: HTTP probe failed with statuscode: 503"]
    assert "no such host" in logged(engine)[-1]
    lines = len(logged(engine))
    apply(engine, service("db"), NS)
    engine.advance(30)
    assert ready()
    engine.advance(200)
    assert len(logged(engine)) <= lines + 1
    found = engine.store.get("pods", NS, "client")
    assert found is not None
    assert found["status"]["containerStatuses"][0]["restartCount"] == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("db:5432", "db:5432"),
        ("$HOST:$PORT", "db.lab:6432"),
        ("${HOST}:5432", "db.lab:5432"),
        ("$URL", "db.lab:5432"),
        ("redis://cache/0", "cache:6379"),
        ("https://api.example.com/v1?x=1", "api.example.com:443"),
        ("jdbc+x://db", None),
        ("$MISSING", None),
        ("[fd00::1]:80", "[fd00::1]:80"),
    ],
)
def test_addresses(text: str, found: str | None) -> None:
    from sandbox.simulator.kubelet.dependencies import address

    env = {"HOST": "db.lab", "PORT": "6432", "URL": "postgres://me:secret@db.lab/shop"}
    assert address(text, env) == found


def test_a_program_connects_to_where_its_environment_says() -> None:
    one = container(image="acme/client:1", env=[{"name": "STORE", "value": "db-old:5432"}])
    engine = lab(client(connect="$STORE", wait=None), pod("db"), service("db"), pod("client", one))
    engine.advance(30)
    text = "dial tcp: lookup db-old on 10.96.0.10:53: no such host"
    assert logged(engine) == [f'level=error msg="cannot connect" target=db-old:5432 err="{text}"']


def test_a_service_that_publishes_pods_that_are_not_ready() -> None:
    slow = {"httpGet": {"path": "/", "port": 1}}
    one = container(ports=[{"containerPort": 5432}], readinessProbe=slow)
    for publish in (False, True):
        engine = lab(None, pod("db", one), service("db", publishNotReadyAddresses=publish), CLIENT)
        engine.advance(30)
        assert (tried(engine, "db:5432") == "ok") is publish


def test_a_program_goes_on_when_the_policy_that_stopped_it_is_deleted() -> None:
    deny = netpol("deny", podSelector={"matchLabels": {"app": "db"}}, policyTypes=["Ingress"])
    engine = lab(client(), pod("db"), service("db"), deny, CLIENT)
    engine.advance(30)
    assert logged(engine)[-1].endswith(':5432: i/o timeout"')
    engine.store.delete("networking.k8s.io/networkpolicies", NS, "deny")
    engine.advance(1)
    assert logged(engine)[-1] == "serving"
