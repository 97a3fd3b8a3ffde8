"""Tables: recordings, kinds the recordings lack, several kinds, -A, complete lists, odd rows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from tests.recording import index, load
from tests.unit.distil.cpu import cpu_seconds
from tests.unit.distil.distilled import get_move, of, stated, values
from tools.distil import distil
from tools.distil.columns import Columns
from tools.distil.facts import FactList
from tools.distil.lists import Listed
from tools.distil.tables import table
from tools.fact import Fact
from tools.move import Move
from tools.output import Output

# recording -> (command, fact, subject pattern, value or parts of it)
PROOF: dict[str, list[tuple[str, str, str, Any]]] = {
    "crash-missing-env": [
        ("get pods", "pod.status", "Pod/.*", "Error"),
        ("get pods", "pod.restarts", "Pod/.*", 3),
        ("get pods -o wide", "pod.node", "Pod/.*", "node1"),
        ("get all", "workload.ready", "Deployment/storefront/checkout", 0),
    ],
    "oom-killed": [("get deployments -o wide", "spec.image", r"Deployment/.*\[aggregator\]", "busybox:1.36")],
    "image-not-found": [
        ("get pods", "pod.status", "Pod/catalog/search-86.*", "ImagePullBackOff"),
        ("events", "pull.error", "Pod/catalog/search-86.*", {"cause": "refused"}),
    ],
    "configmap-key-missing": [
        ("get events", "config.missing", "Pod/.*", {"name": "invoicer-settings", "key": "currency"}),
    ],
    "secret-volume-missing": [("events", "mount.missing", "Pod/.*", {"kind": "Secret", "name": "sso-tls"})],
    "command-not-found": [("get events", "start.error", "Pod/.*", {"path": "/usr/bin/thumbd"})],
    "liveness-too-eager": [
        ("events", "probe.killed", r"Pod/.*\[renderer\]", {"probe": "liveness", "count": 6}),
        ("events", "probe.liveness.failed", "Pod/.*", {"count": 6, "port": 80}),
    ],
    "readiness-wrong-port": [("events", "probe.readiness.failed", "Pod/.*", {"port": 8081, "count": 25})],
    "unschedulable-cpu": [
        ("get pods", "pod.phase", "Pod/.*", "Pending"),
        ("get events", "schedule.failed", "Pod/.*", {"insufficient": {"cpu": 1}}),
    ],
    "node-selector": [("events", "schedule.failed", "Pod/.*", {"selector": 1})],
    "pvc-pending": [
        ("get persistentvolumeclaims -o wide", "pvc.phase", "PersistentVolumeClaim/.*", "Pending"),
        ("get persistentvolumeclaims -o wide", "pvc.class", "PersistentVolumeClaim/.*", "fast-nvme"),
        ("get events", "provision.failed", "PersistentVolumeClaim/.*", {"cause": "class-missing"}),
    ],
    "quota-no-pods": [
        ("get all", "workload.current", "ReplicaSet/.*", 0),
        ("get resourcequotas -o wide", "quota.hard", "ResourceQuota/.*", {"pods": "5"}),
        ("get resourcequotas -o wide", "quota.used", "ResourceQuota/.*", {"requests.memory": "0"}),
        ("get events", "create.denied", "ReplicaSet/.*", {"by": "quota", "quota": "compute"}),
    ],
    "service-selector": [
        ("get services -o wide", "service.selector", "Service/forum/threads", {"app": "thread-api"}),
        (
            "get deploy,rs,sts,job,svc,cm,pvc,quota,endpointslices,secrets",
            "endpoints.ready", "Service/forum/threads", 0,
        ),
    ],
    "init-waits": [("get pods", "pod.status", "Pod/.*", "Init:0/1")],
    "job-failed": [
        ("get jobs -o wide", "job.complete", "Job/payroll/month-end", False),
        ("get events", "job.failure", "Job/payroll/month-end", {"reason": "BackoffLimitExceeded"}),
    ],
    "healthy": [
        ("get pods", "pod.ready", "Pod/.*", True),
        ("get all", "workload.available", "Deployment/website/home", 2),
        ("get services -o wide", "service.type", "Service/website/home", "ClusterIP"),
    ],
}  # fmt: skip

PROBLEMS = re.compile(
    r"event\.warning|pull\.|config\.missing|mount\.|start\.error|probe\.|schedule\.failed"
    r"|create\.denied|provision\.failed|job\.failure"
)


def tabled(name: str) -> list[Fact]:
    return [fact for text in _texts(name) for fact in of(load(name).command(text))]


def _texts(name: str) -> list[str]:
    commands = [*load(name).matching("get"), *load(name).matching("events")]
    structured = {"json", "yaml"}
    return [c.text for c in commands if c.exit == 0 and c.argv[-1] not in structured]


@pytest.mark.parametrize("name", index())
def test_recorded_fault_shows(name: str) -> None:
    for text, fact_name, subject, wanted in PROOF[name]:
        facts = of(load(name).command(text))
        found = [f for f in facts if f.name == fact_name and re.fullmatch(subject, str(f.subject))]
        assert any(_has(fact.value, wanted) for fact in found), (text, fact_name, found)


def _has(value: JsonValue, wanted: Any) -> bool:
    if isinstance(value, dict) and isinstance(wanted, dict):
        return wanted.items() <= value.items()
    return bool(value == wanted)


def test_control_has_no_problem() -> None:
    assert [fact for fact in tabled("healthy") if PROBLEMS.match(fact.name)] == []


@pytest.mark.parametrize("name", index())
def test_values_equal_those_of_the_json(name: str) -> None:
    """Events are left out: a table without wide columns hides their count and container."""
    from_json: dict[tuple[str, str], list[JsonValue]] = {}
    for fact in stated(name):
        from_json.setdefault((str(fact.subject), fact.name), []).append(fact.value)
    compared = 0
    for fact in tabled(name):
        if PROBLEMS.match(fact.name) or fact.name in ("event.normal", "list.names"):
            continue
        if fact.name == "object.exists" and fact.subject.kind == "Secret":
            continue
        assert fact.value in from_json[str(fact.subject), fact.name], fact
        compared += 1
    assert compared >= 10


@pytest.mark.parametrize("name", index())
def test_quotes_stand_on_their_lines(name: str) -> None:
    for text in _texts(name):
        command = load(name).command(text)
        lines = command.stdout.split("\n")
        for fact in of(command):
            [evidence] = fact.evidence
            if evidence.lines is None or fact.name == "list.names":
                continue
            assert evidence.quote == " ".join(lines[evidence.lines[0] - 1].split())[:240]


def test_recorded_lists_of_several_kinds() -> None:
    facts = of(
        load("secret-volume-missing").command(
            "get deploy,rs,sts,job,svc,cm,pvc,quota,endpointslices,secrets"
        )
    )
    names = values(facts, "list.names")
    assert names["Secret/identity/*"] == ["sso-tls-2024"]
    assert names["Service/identity/*"] == []
    assert names["ConfigMap/identity/*"] == ["kube-root-ca.crt", "openshift-service-ca.crt"]


def read(text: str, resource: str = "pods", **more: Any) -> list[Fact]:
    move = get_move(resource, output="wide", **more)
    return distil(move, Output(exit_code=0, stdout=text, stderr=""))


def without_lists(facts: list[Fact]) -> dict[str, dict[str, JsonValue]]:
    found: dict[str, dict[str, JsonValue]] = {}
    for fact in facts:
        if fact.name not in ("list.names", "object.exists"):
            found.setdefault(str(fact.subject), {})[fact.name] = fact.value
    return found


def aligned(*rows: str) -> str:
    """Rows with `|` between cells, aligned as kubectl does: three spaces after the widest cell."""
    cells = [row.split("|") for row in rows]
    widths = [max(map(len, column)) + 3 for column in zip(*cells, strict=True)]
    lines = ("".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in cells)
    return "".join(f"{line.rstrip()}\n" for line in lines)


KINDS: dict[str, tuple[str, str, dict[str, dict[str, JsonValue]]]] = {
    "daemonsets": (
        "ds",
        aligned(
            "NAME|DESIRED|CURRENT|READY|UP-TO-DATE|AVAILABLE|NODE SELECTOR|AGE|CONTAINERS|IMAGES|SELECTOR",
            "agent|3|3|1|2|1|pool=edge|5d|agent,log|a:1,l:2|app=agent",
        ),
        {
            "DaemonSet/shop/agent": {
                "workload.desired": 3, "workload.current": 3, "workload.ready": 1,
                "workload.updated": 2, "workload.available": 1,
                "workload.selector": {"app": "agent"}, "pod.node_selector": {"pool": "edge"},
            },
            "DaemonSet/shop/agent[agent]": {"spec.image": "a:1"},
            "DaemonSet/shop/agent[log]": {"spec.image": "l:2"},
        },
    ),
    "cronjobs": (
        "cronjob",
        "NAME      SCHEDULE      TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE   CONTAINERS   IMAGES   SELECTOR\n"
        "nightly   */5 * * * *   <none>     True      2        3m12s           5d    run          r:1      <none>\n",
        {
            "CronJob/shop/nightly": {
                "cronjob.schedule": "*/5 * * * *", "cronjob.suspended": True, "cronjob.active": 2,
            },
            "CronJob/shop/nightly[run]": {"spec.image": "r:1"},
        },
    ),
    "jobs": (
        "jobs",
        "NAME    STATUS      COMPLETIONS   DURATION   AGE\n"
        "done    Complete    1/1           5s         5m\n"
        "held    Suspended   0/3                      5m\n"
        "multi   Running     2/1 of 4      5m         5m\n",
        {
            "Job/shop/done": {"job.complete": True, "job.suspended": False, "job.succeeded": 1},
            "Job/shop/held": {"job.complete": False, "job.suspended": True, "job.succeeded": 0},
            "Job/shop/multi": {"job.complete": False, "job.suspended": False, "job.succeeded": 2},
        },
    ),
    "nodes": (
        "no",
        aligned(
            "NAME|STATUS|ROLES|AGE|VERSION|INTERNAL-IP|OS-IMAGE",
            "node1|Ready|control-plane|5d|v1.36.2|10.0.0.1|Debian GNU/Linux 12 (bookworm)",
            "node2|Ready,SchedulingDisabled|<none>|5d|v1.36.2|10.0.0.2|Debian GNU/Linux 12 (bookworm)",
            "node3|NotReady|<none>|5d|v1.36.2|10.0.0.3|Debian GNU/Linux 12 (bookworm)",
        ),
        {
            "Node/node1": {"node.ready": True, "node.cordoned": False},
            "Node/node2": {"node.ready": True, "node.cordoned": True},
            "Node/node3": {"node.ready": False, "node.cordoned": False},
        },
    ),
    "storage classes": (
        "sc",
        aligned(
            "NAME|PROVISIONER|RECLAIMPOLICY|VOLUMEBINDINGMODE|ALLOWVOLUMEEXPANSION|AGE",
            "slow|nfs.csi.k8s.io|Delete|Immediate|false|5d",
            "standard (default)|rancher.io/local-path|Delete|WaitForFirstConsumer|false|5d",
        ),
        {
            "StorageClass/slow": {
                "storageclass.provisioner": "nfs.csi.k8s.io", "storageclass.binding": "Immediate",
                "storageclass.default": False,
            },
            "StorageClass/standard": {
                "storageclass.provisioner": "rancher.io/local-path",
                "storageclass.binding": "WaitForFirstConsumer", "storageclass.default": True,
            },
        },
    ),
    "endpoints": (
        "endpoints",
        "NAME    ENDPOINTS                                                     AGE\n"
        "big     10.244.0.10:80,10.244.0.11:80,10.244.0.12:80 + 4 more...      5d\n"
        "empty   <none>                                                        5d\n"
        "two     10.244.0.10:80,10.244.0.10:443,10.244.0.11:80,10.244.0.11:443 5d\n",
        {
            "Service/shop/big": {"endpoints.ready": 7, "endpoints.ports": [80]},
            "Service/shop/empty": {"endpoints.ready": 0},
        },
    ),
    "endpoint slices": (
        "endpointslices",
        "NAME        ADDRESSTYPE   PORTS     ENDPOINTS                 AGE\n"
        "web-abcde   IPv4          80,443    10.244.0.1,10.244.0.2     5d\n"
        "off-abcde   IPv4          <unset>   <unset>                   5d\n",
        {
            "Service/shop/web": {"endpoints.ports": [80, 443]},
            "Service/shop/off": {"endpoints.ready": 0, "endpoints.not_ready": 0},
        },
    ),
    "services": (
        "svc",
        "NAME   TYPE           CLUSTER-IP   EXTERNAL-IP      PORT(S)        AGE   SELECTOR\n"
        "ext    ExternalName   <none>       db.example.org   <none>         5d    <none>\n"
        "hl     ClusterIP      None         <none>           5432/TCP       5d    app=db,tier=data\n",
        {
            "Service/shop/ext": {"service.type": "ExternalName", "service.selector": {}},
            "Service/shop/hl": {"service.type": "Headless", "service.selector": {"app": "db", "tier": "data"}},
        },
    ),
    "claims": (
        "pvc",
        "NAME   STATUS        VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   AGE\n"
        "data   Bound         pv-1     1Gi        RWO            fast           5d\n"
        "old    Terminating   pv-2     1Gi        RWO                           5d\n",
        {
            "PersistentVolumeClaim/shop/data": {"pvc.phase": "Bound", "pvc.class": "fast", "pvc.volume": "pv-1"},
            "PersistentVolumeClaim/shop/old": {"pvc.volume": "pv-2"},
        },
    ),
    "quota of older kubectl": (
        "quota",
        "NAME      AGE   REQUEST                                      LIMIT\n"
        "compute   5d    pods: 3/10, requests.memory: 512Mi/4Gi       limits.cpu: 500m/2\n",
        {
            "ResourceQuota/shop/compute": {
                "quota.hard": {"pods": "10", "requests.memory": "4Gi", "limits.cpu": "2"},
                "quota.used": {"pods": "3", "requests.memory": "512Mi", "limits.cpu": "500m"},
            }
        },
    ),
    "pods": (
        "po",
        aligned(
            "NAME|READY|STATUS|RESTARTS|AGE|IP|NODE|NOMINATED NODE|READINESS GATES|LABELS",
            "web-1|2/2|Running|14 (3h5m ago)|5d|<none>|<none>|<none>|1/2|app=web",
            "web-2|0/1|Completed|0|5d|<none>|n1|<none>|<none>|<none>",
            "web-3|1/2|Running|0|5d|<none>|n1|<none>|0/1|<none>",
        ),
        {
            "Pod/shop/web-1": {
                "object.labels": {"app": "web"}, "pod.status": "Running", "pod.phase": "Running",
                "pod.restarts": 14,
            },
            "Pod/shop/web-2": {"pod.status": "Completed", "pod.restarts": 0, "pod.node": "n1"},
            "Pod/shop/web-3": {
                "pod.status": "Running", "pod.phase": "Running", "pod.restarts": 0, "pod.node": "n1",
                "pod.ready": False,
            },
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(("resource", "text", "expected"), KINDS.values(), ids=KINDS.keys())
def test_kind(resource: str, text: str, expected: dict[str, dict[str, JsonValue]]) -> None:
    found = without_lists(read(text, resource))
    found.pop("Service/shop/two", None)
    assert found == expected


def test_all_namespaces() -> None:
    text = (
        "NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE\n"
        "a           web-1   1/1     Running   0          5d\n"
        "b           web-1   0/1     Error     2          5d\n"
    )
    facts = read(text, namespace=None, all_namespaces=True)
    assert values(facts, "pod.status") == {"Pod/a/web-1": "Running", "Pod/b/web-1": "Error"}
    assert values(facts, "list.names") == {"Pod/a/*": ["web-1"], "Pod/b/*": ["web-1"]}


PODS = (
    "NAME    READY   STATUS    RESTARTS   AGE\n"
    "web-2   1/1     Running   0          5d\n"
    "web-1   1/1     Running   0          5d\n"
)


def test_complete_list() -> None:
    [fact] = [fact for fact in read(PODS) if fact.name == "list.names"]
    assert (str(fact.subject), fact.value) == ("Pod/shop/*", ["web-1", "web-2"])
    assert fact.evidence[0].lines == (2, 3)


@pytest.mark.parametrize(
    "flags", [{"selector": "app=web"}, {"field-selector": "status.phase=Running"}]
)
def test_filtered_list_is_not_complete(flags: dict[str, str]) -> None:
    assert values(read(PODS, flags=flags), "list.names") == {}


def test_cut_output_is_not_complete() -> None:
    output = Output(exit_code=0, stdout=PODS, stderr="", truncated=True)
    facts = distil(get_move("pods", output="wide"), output)
    assert values(facts, "list.names") == {}
    assert len(values(facts, "pod.status")) == 2


def test_kind_without_rows_counts_as_empty_only_when_it_was_listed() -> None:
    text = PODS.replace("web-", "pod/web-").replace("NAME ", "NAME     ")
    move = get_move("pods,secrets", output="wide")
    facts = FactList("m1")
    table(text, move, facts)
    assert values(facts.facts, "list.names").keys() == {"Pod/shop/*"}
    denied = Output(
        exit_code=1, stdout=text, stderr="Error from server (Forbidden): secrets is forbidden: x"
    )
    assert values(distil(move, denied), "list.names").keys() == {"Pod/shop/*"}
    facts = FactList("m1")
    table(text, move, facts, Listed(move, Output(exit_code=0, stdout=text, stderr="")))
    assert values(facts.facts, "list.names")["Secret/shop/*"] == []


def test_without_namespace_no_object_is_named() -> None:
    assert read(PODS, namespace=None) == []


def test_no_resources_found() -> None:
    output = Output(exit_code=0, stdout="", stderr="No resources found in shop namespace.\n")
    facts = distil(get_move("pods", output="wide"), output)
    assert values(facts, "list.names") == {"Pod/shop/*": []}


def test_wide_events_name_container_source_and_count() -> None:
    text = aligned(
        "LAST SEEN|TYPE|REASON|OBJECT|SUBOBJECT|SOURCE|MESSAGE|FIRST SEEN|COUNT|NAME",
        "3m|Warning|BackOff|pod/web-1|spec.containers{web}|kubelet, n1|Back-off restarting web|9m|7|web-1.17",
    )
    [warning] = [fact for fact in read(text, "events") if fact.name == "event.warning"]
    assert str(warning.subject) == "Pod/shop/web-1[web]"
    assert isinstance(warning.value, dict)
    assert (warning.value["source"], warning.value["count"]) == ("kubelet", 7)
    assert warning.value["message"] == "Back-off restarting web"


def test_events_of_all_namespaces_and_of_nodes() -> None:
    text = aligned(
        "NAMESPACE|LAST SEEN|TYPE|REASON|OBJECT|MESSAGE",
        "default|3m|Normal|NodeNotReady|Node/node1|Node node1 status is now: NodeNotReady",
        "shop|4s (x3 over 42s)|Warning|BackOff|Pod/web-1|Back-off restarting failed container",
    )
    text += "second line of a message\n"
    move = get_move("events", output="wide", namespace=None, all_namespaces=True)
    move = move.model_copy(update={"command": ("events",), "targets": ()})
    facts = distil(move, Output(exit_code=0, stdout=text, stderr=""))
    assert [str(fact.subject) for fact in facts] == ["Node/node1", "Pod/shop/web-1"]
    assert isinstance(facts[1].value, dict)
    assert facts[1].value["count"] == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "web-1   1/1   Running   0   5d\n",  # --no-headers
        "name   ready\nweb-1   1/1\n",
        "NAME   VALUE\nx/y/z   1\n",
        "error: something\n",
        "NAME    SECRET\nwidget/a   1\n",
    ],
)
def test_not_understood(text: str) -> None:
    assert read(text, "widgets.example.org") == []


def test_row_of_other_width_is_read_by_its_gaps() -> None:
    columns = Columns("NAME    READY   STATUS    AGE")
    assert columns.cells("web-1   1/1     Running   5d")["STATUS"] == "Running"
    assert columns.cells("a-much-longer-name   0/1   Init:Error   5d") == {
        "NAME": "a-much-longer-name", "READY": "0/1", "STATUS": "Init:Error", "AGE": "5d",
    }  # fmt: skip
    assert columns.cells("a-much-longer-name   0/1   5d") == {}
    assert columns.cells("web-1")["STATUS"] == ""


def test_hidden_characters_are_gone() -> None:
    text = aligned(
        "LAST SEEN|TYPE|REASON|OBJECT|MESSAGE", "3m|Warning|Odd|pod/web-1|a\u202eb\x1b[31mc\u200b"
    )
    [fact] = read(text, "events")
    assert isinstance(fact.value, dict)
    assert fact.value["message"] == "abc"
    assert fact.evidence[0].quote.endswith("abc")


@pytest.mark.parametrize(
    "text",
    ["NAME   " + "A" * 500_000 + "\n", PODS + PODS.split("\n")[1] * 10_000, PODS.replace("\n", "\n\n") * 3_000,
     PODS + (PODS.split("\n")[1] + "\n") * 5_000],
    ids=["header", "one row", "tables", "rows"],
)  # fmt: skip
def test_hostile_text_takes_less_than_a_second(text: str) -> None:
    assert cpu_seconds(lambda: read(text)) < 1.5


LINES = [
    line
    for name in index()
    for text in _texts(name)
    for line in load(name).command(text).stdout.split("\n")
]


@settings(max_examples=150)
@given(
    st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=40)), max_size=30),
    st.sampled_from(["pods", "all", "events", "svc,pvc,quota", "endpointslices", "no", "widgets"]),
    st.sampled_from(["shop", None]),
)
def test_any_lines(lines: list[str], resource: str, namespace: str | None) -> None:
    text = "\n".join(lines)
    move: Move = get_move(resource, output="wide", namespace=namespace)
    facts = FactList("m1")
    table(text, move, facts)
    for fact in facts.facts:
        found = fact.evidence[0].lines
        assert found is not None
        assert 1 <= found[0] <= found[1] <= text.count("\n") + 1
        json.dumps(fact.value)
