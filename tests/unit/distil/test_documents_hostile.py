"""Any text is distilled without raising: arbitrary JSON, mutated recordings, deep and long ones."""

from __future__ import annotations

import copy
import json
import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recording import index, load, move_of
from tests.unit.distil.distilled import JSON_MOVES, answered, get_move
from tools.distil import distil
from tools.distil.documents import parse_json, parse_yaml
from tools.output import Output

KINDS = [
    "Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "Service",
    "EndpointSlice", "Endpoints", "ConfigMap", "PersistentVolumeClaim", "StorageClass", "Event",
    "ResourceQuota", "LimitRange", "Node", "List", "Widget",
]  # fmt: skip
KEYS = [
    "kind", "items", "metadata", "name", "namespace", "labels", "annotations", "ownerReferences",
    "spec", "status", "template", "containers", "initContainers", "containerStatuses", "state",
    "waiting", "terminated", "lastState", "reason", "message", "conditions", "type", "volumes",
    "env", "envFrom", "valueFrom", "ports", "resources", "limits", "memory", "endpoints", "data",
    "involvedObject", "fieldPath", "count", "series", "replicas", "controller", "selector",
    "allocatable", "cpu", "taints", "livenessProbe", "httpGet", "startedAt", "finishedAt",
]  # fmt: skip

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.sampled_from([*KINDS, "True", "Failed", "FailedCreate", "1Gi", "2026-01-01T00:00:00Z"])
    | st.text(max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=8)
    ),
    max_leaves=40,
)
objects = st.fixed_dictionaries(
    {"kind": st.sampled_from(KINDS)},
    optional={
        "metadata": values | st.just({"name": "a", "namespace": "b"}),
        "spec": values,
        "status": values,
        "items": values,
        "involvedObject": values | st.just({"kind": "Pod", "name": "a"}),
    },
)


def distil_text(text: str, output: str = "json") -> None:
    for fact in distil(
        get_move("pods", output=output), Output(exit_code=0, stdout=text, stderr="")
    ):
        fact.model_dump_json()


@settings(max_examples=300, deadline=None)
@given(objects | st.fixed_dictionaries({"kind": st.just("List"), "items": st.lists(objects)}))
def test_any_object(doc: Any) -> None:
    distil_text(json.dumps(doc))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    for output in ("json", "yaml", "name"):
        distil_text(text, output)


def mutate(value: Any, dice: random.Random) -> Any:
    """The document with values of other types in random places."""
    if dice.random() < 0.02:
        return dice.choice(
            [None, True, -1, 2**70, 1.5, "", "x", [], {}, [None], {"a": 1}, "\ud800"]
        )
    if isinstance(value, dict):
        return {k: mutate(v, dice) for k, v in value.items() if dice.random() > 0.01}
    if isinstance(value, list):
        return [mutate(v, dice) for v in value]
    return value


@pytest.mark.parametrize("recording", list(index()))
def test_mutated_recordings(recording: str) -> None:
    dice = random.Random(recording)
    for text in JSON_MOVES:
        command = load(recording).command(text)
        doc = json.loads(command.stdout)
        for _ in range(60):
            facts = distil(move_of(command.argv), answered(mutate(doc, dice)))
            for fact in facts:
                fact.model_dump_json()


@pytest.mark.parametrize("recording", ["crash-missing-env", "pvc-pending"])
def test_cut_and_shuffled_recordings(recording: str) -> None:
    dice = random.Random(7)
    for command in load(recording).commands:
        for _ in range(10):
            text = command.stdout
            cut = dice.randrange(len(text) + 1)
            broken = text[:cut] + dice.choice(["", "\x00", "}", "\n- &a [*a]"]) + text[cut + 3 :]
            distil(move_of(command.argv), command.output.model_copy(update={"stdout": broken}))


@pytest.mark.parametrize("unit", ["[", '{"a":', '{"kind":"Pod","metadata":{"name":"a"},"spec":'])
def test_bottomless_json(unit: str) -> None:
    distil_text(unit * 50_000)
    distil_text(unit * 400 + "1" + ("]" if unit == "[" else "}") * 400)


def test_deep_values_are_cut_where_they_are_passed_on() -> None:
    deep: Any = "end"
    for _ in range(300):
        deep = {"nodeAffinity": deep}
    doc = {"kind": "Pod", "metadata": {"name": "a"}, "spec": {"affinity": deep}}
    distil_text(json.dumps(doc))


def test_yaml_that_is_no_kubectl_output() -> None:
    aliases = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for n in range(12):
        aliases += f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n"
    for text in (
        aliases,
        "a: &a [*a]",
        "a: !!python/object/apply:os.system [x]",
        "[" * 2000,
        "a: b: c",
        "? [1]\n: 2",
        "<<: 5",
    ):
        assert parse_yaml(text) is None or text.startswith("?")
    kept = parse_yaml("a: =\nb: [<<, 2020-01-01]\nt: 2026-01-01T00:00:00Z\nn: .nan\n1: 2")
    assert kept == {
        "a": "=",
        "b": ["<<", "2020-01-01"],
        "t": "2026-01-01T00:00:00Z",
        "n": None,
        "1": 2,
    }


def test_json_that_no_server_sends() -> None:
    assert parse_json('{"a": NaN, "b": "\\ud800"}') == {"a": None, "b": "?"}
    assert parse_json("9" * 5000) is None
    assert parse_json("") is None


def test_twenty_megabytes_of_pods_take_seconds() -> None:
    command = load("crash-missing-env").command("get pods -o json")
    doc = json.loads(command.stdout)
    pods = doc["items"]
    doc["items"] = []
    for n in range(2000):
        pod = copy.copy(pods[n % len(pods)])
        pod["metadata"] = pod["metadata"] | {"name": f"checkout-{n}"}
        doc["items"].append(pod)
    output = answered(doc)
    assert len(output.stdout) > 20_000_000
    start = time.process_time()
    facts = distil(move_of(command.argv), output)
    # About 1.2 s of CPU; the bound is for slow and busy machines.
    assert time.process_time() - start < 10
    assert len(facts) > 40_000
