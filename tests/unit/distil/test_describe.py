"""Describe: the same facts as the objects' JSON, from the recordings and from a lab of other kinds."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from tests.recording import Command, index, load
from tests.unit.distil.cpu import cpu_seconds
from tests.unit.distil.distilled import answered, get_move, of, stated, values
from tools.distil import distil
from tools.distil.describe import describe
from tools.distil.describe_values import pairs, probe, rfc3339, taint, toleration
from tools.distil.facts import FactList
from tools.fact import Fact
from tools.move import Move, Target

LAB = Path(__file__).parents[2] / "data" / "describe" / "lab.json.gz"
"""Objects of kinds that the recordings lack, and what kubectl 1.32 printed of them."""

WITHOUT_MESSAGE = {"workload.progressing", "workload.replica_failure"}
"""Conditions are printed without their messages, so these values have one key less."""

PROOF: dict[str, list[tuple[str, str, Any]]] = {
    "crash-missing-env": [
        ("container.exit.code", r"Pod/storefront/checkout-.*\[checkout\]", 1),
        ("spec.env_from", r"Pod/.*\[checkout\]", [
            {"kind": "ConfigMap", "name": "checkout-config", "prefix": "", "optional": False}
        ]),
        ("configmap.keys", "ConfigMap/storefront/checkout-config", ["LOG_LEVEL", "PAYMENT_URI"]),
    ],
    "oom-killed": [
        ("container.exit.reason", r"Pod/.*\[aggregator\]", "OOMKilled"),
        ("spec.limit.memory", r"Deployment/analytics/aggregator\[aggregator\]", 32 * 2**20),
    ],
    "image-not-found": [
        ("container.waiting.reason", r"Pod/catalog/search-86.*\[search\]", "ImagePullBackOff"),
        ("pull.error", r"Pod/catalog/search-86.*\[search\]", {"cause": "refused"}),
    ],
    "configmap-key-missing": [
        ("config.missing", r"Pod/.*\[invoicer\]", {"kind": "ConfigMap", "key": "currency"}),
    ],
    "secret-volume-missing": [("mount.missing", "Pod/.*", {"kind": "Secret", "name": "sso-tls"})],
    "command-not-found": [
        ("start.error", r"Pod/.*\[thumbnailer\]", {"kind": "not-found", "path": "/usr/bin/thumbd"}),
    ],
    "liveness-too-eager": [
        ("spec.probe.liveness", r"Deployment/.*\[renderer\]", {"type": "http", "failure_threshold": 1}),
        ("probe.killed", r"Pod/.*\[renderer\]", {"probe": "liveness"}),
    ],
    "readiness-wrong-port": [
        ("probe.readiness.failed", r"Pod/.*\[edge\]", {"cause": "refused", "port": 8081}),
        ("pod.ready", "Pod/.*", False),
    ],
    "unschedulable-cpu": [
        ("schedule.failed", "Pod/.*", {"insufficient": {"cpu": 1}}),
        ("spec.request.cpu", r"Pod/.*\[trainer\]", 16_000),
    ],
    "node-selector": [("pod.node_selector", "Pod/.*", {"disktype": "ssd"})],
    "pvc-pending": [
        ("pvc.class", "PersistentVolumeClaim/.*", "fast-nvme"),
        ("provision.failed", "PersistentVolumeClaim/.*", {"cause": "class-missing"}),
    ],
    "quota-no-pods": [
        ("create.denied", "ReplicaSet/.*", {"by": "quota", "quota": "compute"}),
        ("quota.hard", "ResourceQuota/.*", {"requests.memory": "128Mi"}),
        ("workload.current", "ReplicaSet/.*", 0),
    ],
    "service-selector": [
        ("service.selector", "Service/forum/threads", {"app": "thread-api"}),
        ("endpoints.ready", "Service/forum/threads", 0),
    ],
    "init-waits": [
        ("container.state", r"Pod/.*\[wait-db\]", "running"),
        ("container.init", r"Pod/.*\[wait-db\]", True),
        ("pod.initialized", "Pod/.*", False),
    ],
    "job-failed": [
        ("job.failure", "Job/payroll/month-end", {"reason": "BackoffLimitExceeded"}),
        ("job.failed", "Job/payroll/month-end", 2),
    ],
    "healthy": [
        ("pod.ready", "Pod/.*", True),
        ("endpoints.ready", "Service/website/home", 2),
        ("workload.available", "Deployment/website/home", 2),
    ],
}  # fmt: skip

PROBLEMS = re.compile(
    r"event\.warning|pull\.|config\.missing|mount\.|start\.error|probe\.|schedule\.failed"
    r"|create\.denied|provision\.failed|job\.failure|workload\.replica_failure|container\.exit"
)


def described(name: str) -> list[Fact]:
    return [fact for command in load(name).matching("describe") for fact in of(command)]


def known(facts: list[Fact]) -> dict[tuple[str, str], list[JsonValue]]:
    found = defaultdict(list)
    for fact in facts:
        found[str(fact.subject), fact.name].append(fact.value)
    return found


def has(value: JsonValue, wanted: Any) -> bool:
    if isinstance(value, dict) and isinstance(wanted, dict):
        return wanted.items() <= value.items()
    return bool(value == wanted)


@pytest.mark.parametrize("name", index())
def test_recorded_fault_is_proved(name: str) -> None:
    facts = described(name)
    for fact_name, subject, wanted in PROOF[name]:
        found = [f for f in facts if f.name == fact_name and re.fullmatch(subject, str(f.subject))]
        assert any(has(fact.value, wanted) for fact in found), (fact_name, [f.value for f in found])


def test_control_has_no_problem() -> None:
    assert [fact for fact in described("healthy") if PROBLEMS.match(fact.name)] == []


@pytest.mark.parametrize("name", index())
def test_values_equal_those_of_the_json(name: str) -> None:
    from_json = known(stated(name))
    for fact in described(name):
        if fact.name.startswith("event.") or fact.name in ("list.names", "object.exists"):
            continue
        _equal(fact, from_json)


def _equal(fact: Fact, from_json: dict[tuple[str, str], list[JsonValue]]) -> None:
    others = from_json.get((str(fact.subject), fact.name), [])
    if fact.name in WITHOUT_MESSAGE:
        assert any(has(other, fact.value) for other in others), (fact, others)
    else:
        assert fact.value in others, (fact, others)


@pytest.mark.parametrize("name", index())
def test_json_facts_that_describe_shows_are_there(name: str) -> None:
    """Subjects in both: every fact that the text can know is stated from it."""
    hidden = {
        "object.created", "spec.pull_policy", "spec.ports", "workload.ready", "workload.observed",
        "workload.template", "workload.paused", "workload.available", "workload.updated",
        "container.started", "container.waiting.message", "endpoints.not_ready", "endpoints.ports",
        "pvc.size", "pvc.access_modes", "job.complete", "create.denied", "service.address",
        "pod.dns_policy", "pod.host_network", "job.scheduled_at", "job.seconds", "pod.uid",
    }  # fmt: skip
    from_text = known(described(name))
    subjects = {subject for subject, _ in from_text}
    for subject, fact_name in known(stated(name)):
        if subject in subjects and fact_name not in hidden and not fact_name.startswith("event."):
            assert (subject, fact_name) in from_text


@pytest.mark.parametrize("name", index())
def test_quotes_stand_on_their_lines(name: str) -> None:
    for command in load(name).matching("describe"):
        lines = command.stdout.split("\n")
        for fact in of(command):
            [evidence] = fact.evidence
            if fact.name in ("list.names", "object.exists") and evidence.lines is None:
                continue
            assert evidence.lines is not None
            first, last = evidence.lines
            assert 1 <= first <= last <= len(lines)
            if fact.name not in ("spec.env_names", "spec.env_refs"):
                assert evidence.quote == " ".join(lines[first - 1].split())[:240]


@pytest.mark.parametrize("name", ["crash-missing-env", "readiness-wrong-port"])
def test_several_objects_in_one_output(name: str) -> None:
    pods = values(of(load(name).command("describe pods")), "object.exists")
    assert len(pods) == 2


@cache
def lab() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(gzip.decompress(LAB.read_bytes()))
    return document


def lab_facts(text: str) -> list[Fact]:
    raw = next(c for c in lab()["commands"] if " ".join(c["argv"][1:]) == text)
    return of(Command(raw["argv"], raw["exit"], raw["stdout"], raw["stderr"]))


def lab_json() -> dict[tuple[str, str], list[JsonValue]]:
    output = answered({"kind": "List", "apiVersion": "v1", "items": lab()["objects"]})
    return known(distil(get_move("all"), output))


# Only the description has these; or it leaves open what JSON says (defaults, order).
DIFFERS = {"node.allocated.cpu", "node.allocated.memory", "pod.tolerations", "configmap.keys"}


@pytest.mark.parametrize("text", [" ".join(c["argv"][1:]) for c in lab()["commands"]])
def test_lab_values_equal_those_of_the_json(text: str) -> None:
    facts, from_json = lab_facts(text), lab_json()
    assert len(facts) >= 2
    for fact in facts:
        if fact.name.startswith("event.") or fact.name in DIFFERS:
            continue
        if str(fact.subject) == "Service/lab/hl" and fact.name == "endpoints.ready":
            assert fact.value == 0  # it has no slice at all, so JSON says nothing
            continue
        _equal(fact, from_json)


@pytest.mark.parametrize(
    ("text", "name", "subject", "value"),
    [
        ("describe node node7", "node.ready", "Node/node7", False),
        ("describe node node7", "node.cordoned", "Node/node7", True),
        ("describe node node7", "node.pressure", "Node/node7", ["MemoryPressure"]),
        ("describe node node7", "node.allocated.cpu", "Node/node7", 250),
        ("describe node node7", "node.allocated.memory", "Node/node7", 200_000_000),
        ("describe node node7", "node.allocatable.cpu", "Node/node7", 3920),
        (
            "describe node node7", "node.taints", "Node/node7",
            ["gpu=yes:NoSchedule", "node.kubernetes.io/unschedulable:NoSchedule"],
        ),
        ("describe daemonset agent -n lab", "workload.desired", "DaemonSet/lab/agent", 3),
        ("describe daemonset agent -n lab", "workload.available", "DaemonSet/lab/agent", 1),
        (
            "describe daemonset agent -n lab", "pod.tolerations", "DaemonSet/lab/agent",
            [{"operator": "Exists"}, {"key": "gpu", "value": "yes", "effect": "NoSchedule"}],
        ),
        ("describe deployment held -n lab", "workload.paused", "Deployment/lab/held", True),
        (
            "describe deployment held -n lab", "object.managed_by", "Deployment/lab/held",
            {"tool": "Helm", "source": "lab/held"},
        ),
        ("describe cronjob nightly -n lab", "cronjob.active", "CronJob/lab/nightly", 2),
        ("describe cronjob nightly -n lab", "cronjob.suspended", "CronJob/lab/nightly", True),
        ("describe job done -n lab", "job.complete", "Job/lab/done", True),
        ("describe job done -n lab", "job.deadline", "Job/lab/done", 600),
        ("describe services -n lab", "endpoints.ready", "Service/lab/web", 5),
        ("describe services -n lab", "service.type", "Service/lab/ext", "ExternalName"),
        ("describe services -n lab", "service.type", "Service/lab/hl", "Headless"),
        ("describe pods -n lab", "pod.reason", "Pod/lab/gone-1", "Evicted"),
        ("describe pods -n lab", "pod.status", "Pod/lab/term-1", "Terminating"),
        ("describe configmap agent-cfg -n lab", "configmap.keys", "ConfigMap/lab/agent-cfg",
         ["app.yaml", "zone", "logo.png"]),
    ],
)  # fmt: skip
def test_lab(text: str, name: str, subject: str, value: JsonValue) -> None:
    assert values(lab_facts(text), name)[subject] == value


def test_terminating_pod_has_no_phase() -> None:
    assert "Pod/lab/term-1" not in values(lab_facts("describe pods -n lab"), "pod.phase")


def test_termination_message_of_several_lines_does_not_end_the_container() -> None:
    facts = lab_facts("describe pod agent-x1 -n lab")
    about = "Pod/lab/agent-x1[agent]"
    assert values(facts, "container.exit.code")[about] == 3
    assert values(facts, "container.restarts")[about] == 6
    message = str(values(facts, "container.exit.message")[about])
    assert message.split("\n")[0] == "config broken"
    assert message.endswith("see docs")


def test_event_message_of_several_lines_does_not_hide_the_events_after_it() -> None:
    facts = lab_facts("describe pod agent-x1 -n lab")
    reasons = {
        f.value["reason"] for f in facts if f.name == "event.warning" and isinstance(f.value, dict)
    }
    assert reasons == {"Unhealthy", "BackOff", "Failed"}
    assert values(facts, "pull.error").keys() == {"Pod/lab/agent-x1[agent]"}


def test_values_of_variables_are_not_quoted() -> None:
    for fact in lab_facts("describe daemonset agent -n lab"):
        assert "full" not in fact.evidence[0].quote


def move(kind: str, name: str | None = None) -> Move:
    return Move(
        id="m9", kind="kubectl", command=("describe",), targets=(Target(resource=kind, name=name),),
        namespace="shop", text="kubectl describe",
    )  # fmt: skip


def read(text: str, of_move: Move) -> list[Fact]:
    facts = FactList("m9")
    describe(text, of_move, facts)
    return facts.facts


FORGED = """Name:             web-1
Namespace:        shop
Status:           Running
Containers:
  web:
    Image:         web:1
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       Error
      Message:      bad


Name:             other-1
Namespace:        prod
Status:           Failed
      Exit Code:    7
    Ready:          False
    Restart Count:  2
"""


def test_a_message_cannot_forge_another_object() -> None:
    for of_move in (move("pods"), move("pod", "web-1")):
        facts = read(FORGED, of_move)
        assert {fact.subject.name for fact in facts} == {"web-1"}
        assert values(facts, "container.exit.code") == {"Pod/shop/web-1[web]": 7}


def test_only_objects_that_were_asked_for() -> None:
    text = "Name:  other\nNamespace:  shop\nStatus:  Running\n"
    assert read(text, move("pod", "web")) == []
    assert read(text, move("pod", "oth")) != []


def test_unknown_kind_states_what_all_have() -> None:
    text = "Name:  limits\nNamespace:  shop\nLabels:  a=b\n"
    assert {fact.name for fact in read(text, move("networkpolicy"))} == {
        "object.exists",
        "object.labels",
    }
    assert read(text, move("widgets.example.org")) == []


def test_hidden_characters_are_gone() -> None:
    text = "Name:  web-1\nNamespace:  shop\nStatus:  Failed\nMessage:  a\u202eb\x1b[31mc\u200b\n"
    assert values(read(text, move("pod")), "pod.message") == {"Pod/shop/web-1": "abc"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Mon, 23 Nov 2026 02:17:29 +0000", "2026-11-23T02:17:29Z"),
        ("Mon, 23 Nov 2026 02:17:29 +0530", "2026-11-22T20:47:29Z"),
        ("Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00Z"),
        ("Mon, 99 Nov 2026 02:17:29 +0000", ""),
        ("Mon, 01 Jan 0001 00:00:00 +2300", ""),
        ("<unset>", ""),
    ],
)
def test_rfc3339(text: str, value: str) -> None:
    assert rfc3339(text) == value


def test_small_values() -> None:
    assert pairs("a=b,c=d") == {"a": "b", "c": "d"}
    assert pairs("a in (b,c)") == {}
    assert pairs("a!=b") == {}
    assert taint("a:NoSchedule") == {"key": "a", "value": "", "effect": "NoSchedule"}
    assert toleration("a op=Exists for 30s") == {
        "key": "a",
        "operator": "Exists",
        "tolerationSeconds": 30,
    }
    assert probe("grpc <pod>:9000 ready delay=0s timeout=1s period=1s #success=1 #failure=3")[
        "grpc"
    ] == {"port": 9000}
    assert probe("nonsense") == {}


@pytest.mark.parametrize(
    "text",
    [
        "Name: x\n" + "\n" * 262_144,
        "Name: x\n" + "".join(" " * (n % 2000) + "a:\n" for n in range(2_000)),
        "Name: x\nMessage: " + "a:" * 500_000,
        "Name: x\nEvents:\n  Type  Reason  Age  From  Message\n" + "  Normal  a  b  c  d\n" * 6_000,
        "\n\n\nName: x\n" * 3_000,
    ],
    ids=["empty", "deep", "long", "events", "objects"],
)
def test_hostile_text_takes_less_than_a_second(text: str) -> None:
    assert cpu_seconds(lambda: read(text, move("pod"))) < 1.0


LINES = [
    line
    for name in (
        "crash-missing-env",
        "pvc-pending",
        "job-failed",
        "quota-no-pods",
        "service-selector",
    )
    for command in load(name).matching("describe")
    for line in command.stdout.split("\n")
]


@settings(max_examples=150)
@given(
    st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=30)), max_size=60),
    st.sampled_from(
        [
            "pod",
            "deploy",
            "rs",
            "sts",
            "ds",
            "job",
            "cj",
            "svc",
            "no",
            "pvc",
            "quota",
            "cm",
            "pods,svc,nodes",
        ]
    ),
)
def test_any_lines(lines: list[str], kind: str) -> None:
    text = "Name:  x\nNamespace:  shop\n" + "\n".join(lines)
    count = text.count("\n") + 1
    for fact in read(text, move(kind)):
        found = fact.evidence[0].lines
        assert found is not None
        assert 1 <= found[0] <= found[1] <= count
        json.dumps(fact.value)
