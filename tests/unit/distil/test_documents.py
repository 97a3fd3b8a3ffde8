"""JSON and YAML output of the real recordings: each fault states what proves its cause."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pydantic import JsonValue

from tests.recording import index, load
from tests.unit.distil.distilled import JSON_MOVES, of, stated, step_into, values
from tests.unit.distil.proofs import PROOF
from tools.registry import fact_kinds

PROBLEMS = (
    "event.warning",
    "pull.error",
    "config.missing",
    "mount.",
    "start.error",
    "probe.",
    "schedule.failed",
    "create.denied",
    "provision.failed",
    "job.failure",
    "container.waiting",
    "container.exit",
    "workload.replica_failure",
)


def holds(value: JsonValue, expected: Any) -> bool:
    """Equal; of a map, the expected entries are equal."""
    if isinstance(expected, dict) and isinstance(value, dict) and expected:
        return all(key in value and value[key] == part for key, part in expected.items())
    return bool(value == expected)


def test_every_fault_has_its_proof() -> None:
    assert set(PROOF) == {name for name, entry in index().items() if entry["cause"]}


@pytest.mark.parametrize(
    ("recording", "name", "subject", "expected"),
    [(recording, *row) for recording, rows in PROOF.items() for row in rows],
)
def test_fault_states_its_proof(recording: str, name: str, subject: str, expected: Any) -> None:
    found = [
        fact
        for fact in stated(recording)
        if fact.name == name and re.fullmatch(subject, str(fact.subject))
    ]
    assert found, f"no {name} of {subject}"
    assert any(holds(fact.value, expected) for fact in found), [fact.value for fact in found]


def test_control_states_no_problem() -> None:
    facts = stated("healthy")
    assert len(facts) > 80
    assert [fact for fact in facts if fact.name.startswith(PROBLEMS)] == []
    assert values(facts, "endpoints.ready") == {"Service/website/home": 2}
    assert values(facts, "workload.ready")["Deployment/website/home"] == 2


@pytest.mark.parametrize("recording", list(index()))
def test_status_and_restarts_are_those_of_the_table(recording: str) -> None:
    facts = of(load(recording).command("get pods -o json"))
    statuses, restarts = values(facts, "pod.status"), values(facts, "pod.restarts")
    table = load(recording).command("get pods").stdout.splitlines()
    if recording != "quota-no-pods":
        assert statuses
    for line in table[1:]:
        name, _, status, restarted, *_ = line.split()
        subject = f"Pod/{load(recording).namespace}/{name}"
        assert restarts[subject] == int(restarted)
        # The loop goes on between two commands; both are ends of one crash.
        same = {"CrashLoopBackOff": "Error", "OOMKilled": "Error", "RunContainerError": "Error"}
        now = statuses[subject]
        assert now == status or same.get(str(now), now) == same.get(status, status), status


@pytest.mark.parametrize("recording", list(index()))
def test_every_path_leads_to_something(recording: str) -> None:
    for text in JSON_MOVES:
        command = load(recording).command(text)
        doc = json.loads(command.stdout)
        for fact in of(command):
            assert fact.unit == fact_kinds()[fact.name].unit
            (evidence,) = fact.evidence
            assert evidence.move == "m1"
            assert evidence.quote
            assert evidence.path is not None
            try:
                step_into(doc, evidence.path)
            except LookupError:
                pytest.fail(f"{fact.name} at {evidence.path}")


@pytest.mark.parametrize("recording", list(index()))
def test_single_object_states_what_its_list_states(recording: str) -> None:
    for command in load(recording).matching("get", "pod"):
        if "json" not in command.argv or command.exit:
            continue
        alone = [(f.name, str(f.subject), f.evidence[0].path) for f in of(command)]
        assert alone
        assert not any(name == "list.names" for name, _, _ in alone)
        assert all(path and not path.startswith("items") for _, _, path in alone)


@pytest.mark.parametrize("recording", list(index()))
def test_yaml_states_what_json_states(recording: str) -> None:
    def told(text: str) -> set[tuple[str, str, str | None]]:
        facts = of(load(recording).command(text))
        # Two calls at two moments: what the crash loop changed in between may differ.
        return {
            (fact.name, str(fact.subject), fact.evidence[0].path)
            for fact in facts
            if not fact.name.startswith(("container.", "start.", "pod.status", "pod.ready"))
        }

    assert told("get pods -o yaml") == told("get pods -o json")


def test_types_of_all_values_are_the_registrys() -> None:
    types: dict[str, type | tuple[type, ...]] = {
        "bool": bool,
        "int": int,
        "number": (int, float),
        "string": str,
        "list": list,
        "map": dict,
    }
    for recording in index():
        for fact in stated(recording):
            assert isinstance(fact.value, types[fact_kinds()[fact.name].type]), fact
