"""Pods that the recordings do not hold: sidecars, restarts, references, status messages."""
# ruff: noqa: E501 - objects are easier to read as one line each

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.distil.distilled import facts_of, thing, values
from tools.distil.pods import lasted


def container(name: str, **state: Any) -> dict[str, Any]:
    return {"name": name, "restartCount": state.pop("restarts", 0), **state}


RUNNING = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
CRASH = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed"}}
FAILED = {"terminated": {"exitCode": 3, "reason": "Error"}}
SIGNAL = {"terminated": {"exitCode": 137, "signal": 9}}
READY = {"type": "Ready", "status": "True"}
INITIALIZED = {"type": "Initialized", "status": "True"}


def pod(
    phase: str,
    containers: list[dict[str, Any]],
    inits: list[dict[str, Any]] | None = None,
    *,
    sidecars: tuple[str, ...] = (),
    conditions: list[dict[str, Any]] | None = None,
    reason: str = "",
    metadata: dict[str, Any] | None = None,
) -> dict[str, Any]:
    def spec(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        always = {"restartPolicy": "Always"}
        return [{"name": e["name"]} | (always if e["name"] in sidecars else {}) for e in entries]

    status = {
        "phase": phase,
        "reason": reason,
        "conditions": conditions or [],
        "containerStatuses": containers,
        "initContainerStatuses": inits or [],
    }
    spec_ = {"containers": spec(containers), "initContainers": spec(inits or [])}
    return thing("Pod", "web", spec=spec_, status=status, metadata=metadata or {})


DELETED = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("status", "restarts", "raw"),
    [
        ("Pending", 0, pod("Pending", [])),
        ("Running", 2, pod("Running", [container("a", state=RUNNING, ready=True, restarts=2)])),
        ("CrashLoopBackOff", 0, pod("Running", [container("a", state=CRASH)])),
        ("Init:0/2", 0, pod("Pending", [], [container("i", state=RUNNING), container("j")])),
        (
            "Init:1/2",
            0,
            pod("Pending", [], [container("i", state=DONE), container("j", state=RUNNING)]),
        ),
        ("Init:CrashLoopBackOff", 4, pod("Pending", [], [container("i", state=CRASH, restarts=4)])),
        ("Init:Error", 0, pod("Pending", [], [container("i", state=FAILED)])),
        ("Init:Signal:9", 0, pod("Pending", [], [container("i", state=SIGNAL)])),
        (
            "PodInitializing",
            0,
            pod(
                "Pending",
                [container("a", state={"waiting": {"reason": "PodInitializing"}})],
                [container("i", state=DONE)],
            ),
        ),
        (
            "Running",
            3,
            pod(
                "Running",
                [container("a", state=RUNNING, ready=True, restarts=1)],
                [container("mesh", state=RUNNING, started=True, ready=True, restarts=2)],
                sidecars=("mesh",),
            ),
        ),
        ("Completed", 0, pod("Succeeded", [container("a", state=DONE)])),
        (
            "NotReady",
            0,
            pod(
                "Running",
                [container("a", state=DONE), container("b", state=RUNNING, ready=True)],
            ),
        ),
        (
            "Running",
            0,
            pod(
                "Running",
                [container("a", state=DONE), container("b", state=RUNNING, ready=True)],
                conditions=[READY],
            ),
        ),
        ("Evicted", 0, pod("Failed", [], reason="Evicted")),
        ("Signal:9", 0, pod("Failed", [container("a", state=SIGNAL)])),
        ("ExitCode:3", 0, pod("Failed", [container("a", state={"terminated": {"exitCode": 3}})])),
        (
            "Terminating",
            0,
            pod("Running", [container("a", state=RUNNING, ready=True)], metadata=DELETED),
        ),
        ("Unknown", 0, pod("Running", [], reason="NodeLost", metadata=DELETED)),
        ("Completed", 0, pod("Succeeded", [container("a", state=DONE)], metadata=DELETED)),
        (
            "SchedulingGated",
            0,
            pod(
                "Pending",
                [],
                conditions=[
                    {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}
                ],
            ),
        ),
        (
            "CrashLoopBackOff",
            5,
            pod(
                "Running",
                [container("a", state=CRASH, restarts=5)],
                [container("i", state=RUNNING, restarts=1)],
                conditions=[INITIALIZED],
            ),
        ),
    ],
)
def test_pod_status_is_what_kubectl_prints(status: str, restarts: int, raw: dict[str, Any]) -> None:
    facts = facts_of(raw)
    assert values(facts, "pod.status") == {"Pod/shop/web": status}
    assert values(facts, "pod.restarts") == {"Pod/shop/web": restarts}


def test_sidecar_is_no_init_container_and_ephemeral_containers_count() -> None:
    raw = pod(
        "Running",
        [container("a", state=RUNNING)],
        [container("mesh", state=RUNNING), container("migrate", state=DONE)],
        sidecars=("mesh",),
    )
    raw["status"]["ephemeralContainerStatuses"] = [container("debug", state=FAILED)]
    facts = facts_of(raw)
    assert values(facts, "container.init") == {
        "Pod/shop/web[a]": False,
        "Pod/shop/web[mesh]": False,
        "Pod/shop/web[migrate]": True,
        "Pod/shop/web[debug]": False,
    }
    assert values(facts, "container.exit.code")["Pod/shop/web[debug]"] == 3


def test_messages_of_the_status_become_facts() -> None:
    start = 'OCI runtime create failed: exec: "serve": executable file not found in $PATH: unknown'
    raw = pod(
        "Pending",
        [
            container("env", state={"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "db" not found'}}),
            container("pull", state={"waiting": {"reason": "ErrImagePull", "message": "rpc error: 401 Unauthorized"}}),
            container("cmd", state=CRASH, lastState={"terminated": {"exitCode": 128, "reason": "StartError", "message": start}}),
            container("was", state=RUNNING, lastState={"terminated": {"exitCode": 128, "reason": "StartError", "message": start}}),
            container("says", state=FAILED, lastState={}),
        ],
    )  # fmt: skip
    raw["spec"]["containers"][1]["image"] = "acme/private:1"
    facts = facts_of(raw)
    assert values(facts, "config.missing") == {
        "Pod/shop/web[env]": {"kind": "Secret", "name": "db"}
    }
    pulls = values(facts, "pull.error")
    assert list(pulls) == ["Pod/shop/web[pull]"]
    assert pulls["Pod/shop/web[pull]"] == {
        "image": "acme/private:1",
        "cause": "auth",
        "message": "rpc error: 401 Unauthorized",
    }
    # A container that runs again has got over its start error.
    assert list(values(facts, "start.error")) == ["Pod/shop/web[cmd]"]


def test_references_of_a_pod() -> None:
    raw = pod("Running", [container("a")])
    raw["spec"] |= {
        "volumes": [
            {"name": "cfg", "configMap": {"name": "settings", "items": [{"key": "a.yaml"}]}},
            {"name": "tls", "secret": {"secretName": "cert", "optional": True}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "db"}},
            {"name": "all", "projected": {"sources": [{"secret": {"name": "s"}}, {"configMap": {"name": "c"}}]}},
            {"name": "tmp", "emptyDir": {}},
            {"name": "kube-api-access-x1", "projected": {"sources": [{"configMap": {"name": "kube-root-ca.crt"}}]}},
        ],
        "tolerations": [
            {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"},
        ],
        "imagePullSecrets": [{"name": "regcred"}],
        "serviceAccountName": "robot",
        "affinity": {"podAntiAffinity": {"x": [1]}},
    }  # fmt: skip
    raw["spec"]["containers"][0] |= {
        "args": ["serve"],
        "env": [
            {"name": "PLAIN", "value": "do-not-tell"},
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": True}}},
        ],
        "envFrom": [{"secretRef": {"name": "s"}, "prefix": "P_"}],
        "resources": {"limits": {"memory": "1.5Gi", "cpu": "0.25"}, "requests": {"cpu": "2"}},
        "readinessProbe": {"tcpSocket": {"port": "http"}},
        "livenessProbe": {"exec": {"command": ["cat", "/x"]}},
        "startupProbe": {"grpc": {"port": 5000}, "initialDelaySeconds": 3},
    }  # fmt: skip
    facts = facts_of(raw)
    assert values(facts, "pod.volumes")["Pod/shop/web"] == [
        {"name": "cfg", "kind": "ConfigMap", "ref": "settings", "optional": False, "keys": ["a.yaml"]},
        {"name": "tls", "kind": "Secret", "ref": "cert", "optional": True, "keys": []},
        {"name": "data", "kind": "PersistentVolumeClaim", "ref": "db", "optional": False, "keys": []},
        {"name": "all", "kind": "Secret", "ref": "s", "optional": False, "keys": []},
        {"name": "all", "kind": "ConfigMap", "ref": "c", "optional": False, "keys": []},
    ]  # fmt: skip
    one = {fact.name: fact.value for fact in facts}
    assert one["pod.tolerations"] == [{"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}]
    assert one["pod.pull_secrets"] == ["regcred"]
    assert one["pod.service_account"] == "robot"
    assert one["pod.affinity"] == {"podAntiAffinity": {"x": [1]}}
    assert one["spec.command"] == ["serve"]
    assert one["spec.env_names"] == ["PLAIN", "KEY"]
    assert one["spec.env_refs"] == [
        {"env": "KEY", "kind": "Secret", "name": "s", "key": "k", "optional": True}
    ]
    assert one["spec.env_from"] == [
        {"kind": "Secret", "name": "s", "prefix": "P_", "optional": False}
    ]
    assert one["spec.limit.memory"] == 1536 * 2**20
    assert (one["spec.limit.cpu"], one["spec.request.cpu"]) == (250, 2000)
    assert "spec.request.memory" not in one
    assert one["spec.probe.readiness"] == {"type": "tcp", "port": "http", "initial_delay": 0}
    assert one["spec.probe.liveness"] == {
        "type": "exec",
        "command": ["cat", "/x"],
        "initial_delay": 0,
    }
    assert one["spec.probe.startup"] == {"type": "grpc", "port": 5000, "initial_delay": 3}
    assert "do-not-tell" not in str(facts)


@pytest.mark.parametrize(
    ("started", "finished", "seconds"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z", 90.0),
        ("1970-01-01T00:00:00Z", "2026-01-01T00:01:30Z", None),
        ("2026-01-01T00:00:10Z", "2026-01-01T00:00:09Z", 0.0),
        ("", "2026-01-01T00:00:09Z", None),
        ("2026-01-01", "2026-01-02", None),
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", None),
    ],
)
def test_how_long_a_container_lasted(started: str, finished: str, seconds: float | None) -> None:
    assert lasted(started, finished) == seconds
