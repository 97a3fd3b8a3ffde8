"""Impact and timeline: sorted by moment, whole seconds, whole words, an object that has a name."""

from __future__ import annotations

from agent.case import Case, Intake
from agent.incident import Incident, Scope
from agent.story import cut, impact, timeline
from tools.fact import Fact
from tools.objects import ObjectRef

JOB = ObjectRef(kind="Job", namespace="payroll", name="month-end")


def fact(number: int, name: str, value: object) -> Fact:
    return Fact.model_validate({"id": f"m1.{number}", "subject": JOB, "name": name, "value": value})


def event(number: int, first: str, message: str) -> Fact:
    value = {"reason": "R", "message": message, "first": first, "last": first, "count": 1}
    return fact(number, "event.warning", value)


def case(*facts: Fact) -> Case:
    incident = Incident(trigger="scan", scope=Scope(namespaces=["payroll"]))
    return Case(Intake(incident=incident), list(facts))


def test_sorted_by_moment_and_shown_in_whole_seconds() -> None:
    # As text "...05.900000Z" comes before "...05Z", and an offset sorts by its local hour.
    found = case(
        event(1, "2026-11-23T03:00:05.900000Z", "third"),
        event(2, "2026-11-23T03:00:05Z", "second"),
        event(3, "2026-11-23T04:00:04+01:00", "first"),
    )
    entries = timeline(found, JOB)
    assert [entry.what.rpartition(" ")[2] for entry in entries] == ["first", "second", "third"]
    assert [entry.at for entry in entries][1:] == ["2026-11-23T03:00:05Z"] * 2
    hurt = impact(found, JOB)
    assert hurt is not None
    assert hurt.since == "2026-11-23T04:00:04+01:00"


def test_since_has_no_fraction() -> None:
    hurt = impact(case(event(1, "2026-11-23T03:00:05.123456Z", "x")), JOB)
    assert hurt is not None
    assert hurt.since == "2026-11-23T03:00:05Z"


def test_messages_are_cut_after_a_word() -> None:
    (entry,) = timeline(case(event(1, "2026-11-23T03:00:05Z", "word " * 80)), JOB)
    assert entry.what.endswith("word…")
    assert 190 < len(entry.what) <= 200
    assert cut("abc def ghi", 8) == "abc def…"
    assert cut("abc def ghi", 10) == "abc def…"
    assert cut("abcdefghijk", 8) == "abcdefg…"
    assert cut("abc", 3) == "abc"


def test_an_object_without_replicas_is_named() -> None:
    found = case(fact(1, "job.failure", {"reason": "BackoffLimitExceeded", "message": "m"}))
    hurt = impact(found, JOB)
    assert hurt is not None
    assert hurt.summary == "Job payroll/month-end has failed"
