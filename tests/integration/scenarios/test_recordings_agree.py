"""Seed 0 of each scenario against its recording: objects, events, logs, in every field that matters.

Names, times, ids and addresses are taken out first. What then differs is listed here, with its reason.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from sandbox.scenario import load
from sandbox.simulator.engine import Engine
from sandbox.simulator.launch import launch, populate
from tests import real_kubectl
from tests.conformance.normal import SAFE, Normal
from tests.recording import Command, index
from tests.recording import load as recording

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NORMAL = Normal(["month-end", "edge", "threads", "home", "ledgerdb", "kube-api-access"])
KEYS = {
    "get pods": ["pods"],
    "get deploy,rs,sts,job": [
        "apps/deployments", "apps/replicasets", "apps/statefulsets", "batch/jobs",
    ],
    "get svc,endpointslices,cm,pvc,resourcequota": [
        "services", "discovery.k8s.io/endpointslices", "configmaps", "persistentvolumeclaims",
        "resourcequotas",
    ],
}  # fmt: skip
EXPLAINED = {
    ("healthy", "status.resources"): "the recorded kubelet had synced the pod once only",
    ("readiness-wrong-port", "metadata.generation"): "slices are written in fewer steps here",
    ("healthy", "metadata.generation"): "likewise",
}


@cache
def told(name: str) -> Engine:
    return populate(load(name), AT)


def normal(value: Any) -> Any:
    return NORMAL.data(value)


def differences(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            below = f"{path}.{key}" if path else key
            yield from differences(one.get(key, "absent"), other.get(key, "absent"), below)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for left, right in zip(one, other, strict=True):
            yield from differences(left, right, path)
    elif one != other:
        yield path, one, other


def identity(obj: dict[str, Any]) -> tuple[str, str, str, str]:
    meta = obj["metadata"]
    revision = meta.get("annotations", {}).get("deployment.kubernetes.io/revision", "")
    phase = str(obj.get("status", {}).get("phase"))
    return obj["kind"], str(normal(meta["name"])), revision, phase


@pytest.mark.parametrize("name", list(index()))
@pytest.mark.parametrize("command", list(KEYS))
def test_objects_agree(name: str, command: str) -> None:
    found = recording(name)
    recorded = json.loads(found.command(f"{command} -o json").stdout)["items"]
    store = told(name).store
    simulated = [obj for key in KEYS[command] for obj in store.list(key, found.namespace)]
    recorded.sort(key=identity)
    simulated.sort(key=identity)
    assert [identity(obj) for obj in simulated] == [identity(obj) for obj in recorded]
    unlike = [
        (obj["metadata"]["name"], *difference)
        for obj, other in zip(recorded, simulated, strict=True)
        for difference in differences(normal(obj), normal(other))
        if not any(where == name and difference[0].startswith(path) for where, path in EXPLAINED)
    ]
    assert not unlike


def told_of(event: dict[str, Any]) -> str:
    about = event["involvedObject"]
    fields = [event["type"], event["reason"], about["kind"], about.get("fieldPath")]
    fields += [event["source"], event["reportingComponent"], event["reportingInstance"]]
    fields += [event.get("action"), event.get("count"), normal(event["message"])]
    fields += [(event.get("series") or {}).get("count")]
    return json.dumps(fields, sort_keys=True)


@pytest.mark.parametrize("name", list(index()))
def test_events_agree_in_text_source_and_count(name: str) -> None:
    found = recording(name)
    recorded = json.loads(found.command("get events -o json").stdout)["items"]
    simulated = told(name).store.list("events", found.namespace)
    one, other = Counter(map(told_of, recorded)), Counter(map(told_of, simulated))
    if name == "unschedulable-cpu":  # a node's heartbeat woke the recorded pod twice more
        recorded = [event for event in recorded if not event.get("series")]
        one = Counter(map(told_of, recorded))
    assert one == other


needs_kubectl = pytest.mark.skipif(not real_kubectl.binaries(), reason="no kubectl on PATH")


def same_container(name: str, command: Command, pods: list[dict[str, Any]]) -> list[str]:
    """A recorded `logs` command for a simulated pod in the same state."""
    argv = list(command.argv[1:])
    recorded = json.loads(recording(name).command("get pods -o json").stdout)["items"]
    wanted = next(pod for pod in recorded if pod["metadata"]["name"] == argv[1])
    argv[1] = next(p["metadata"]["name"] for p in pods if identity(p) == identity(wanted))
    return argv


@needs_kubectl
@pytest.mark.integration
@pytest.mark.parametrize("name", list(index()))
def test_kubectl_reads_the_same_logs_and_rollouts(name: str, tmp_path: Path) -> None:
    binary = real_kubectl.best()
    assert binary is not None
    with launch(f"sim:{name}", tmp_path / "sim", at=AT) as running:
        pods = running.engine.store.list("pods", running.instance.namespace)
        commands = [
            (command, same_container(name, command, pods))
            for command in recording(name).matching("logs")
            if "no-such" not in command.text and "/" not in command.argv[2]
        ]
        commands += [
            (command, command.argv[1:])
            for command in recording(name).matching("rollout", "history")
        ]
        for command, argv in commands:
            answer = real_kubectl.run(
                binary, running.server, tmp_path, running.instance.namespace, *argv
            )
            lines = sorted(normal(answer.stdout).splitlines())
            assert lines == sorted(normal(command.stdout).splitlines()), argv
            assert normal(answer.stderr) == normal(command.stderr), argv
            assert answer.returncode == command.exit, argv


AGE = re.compile(r"(?<![\w.-])(\d+m)?\d+s?(?![\w.:%-])|\d+m(\d+s)?")


def described(text: str) -> list[str]:
    """The lines of a table or description, without times and the column widths they bring."""
    text = normal(text)
    text = re.sub(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", "TIME", text)
    text = re.sub(rf"{SAFE}{{8,10}}(?=\s)", "HASH", text)
    text = re.sub(r"Image ID:\s+\S+", "Image ID:", text)
    text = re.sub(r"\b(\d+m)?\d+s\b|\b\d+m\b", "AGE", text)
    text = re.sub(r"-{2,}", "--", re.sub(r"[ \t]+", " ", text))
    return sorted(line.strip() for line in text.splitlines())


@needs_kubectl
@pytest.mark.integration
@pytest.mark.parametrize("name", ["crash-missing-env", "quota-no-pods", "pvc-pending"])
@pytest.mark.parametrize(
    "command", ["describe pods", "get events", "get all", "describe deployments"]
)
def test_kubectl_describes_the_same(name: str, command: str, tmp_path: Path) -> None:
    binary = real_kubectl.best()
    assert binary is not None
    with launch(f"sim:{name}", tmp_path / "sim", at=AT) as running:
        answer = real_kubectl.run(
            binary, running.server, tmp_path, running.instance.namespace, *command.split()
        )
    assert answer.returncode == 0
    assert described(answer.stdout) == described(recording(name).command(command).stdout)
