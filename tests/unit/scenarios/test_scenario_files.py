"""Scenario files: ids, mistakes told in one line, expressions that compile, words that fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.cel import check
from sandbox.scenario import ids, load, read
from sandbox.simulator.commands.invocation import read as read_command
from sandbox.simulator.commands.run import carried_out
from sandbox.simulator.launch import parse
from sandbox.stateview import VARIABLES
from tests.recording import index
from tests.recording import load as recording
from tools.errors import UsageError

GOOD = """
id: mine
family: f
title: t
alert: {alertname: A, namespace: "{{ns}}"}
vars:
  ns: {first: one, choose: [two]}
objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}]
settle: 5
symptom: "true"
resolved: "false"
control: {verdict: healthy}
"""


def test_the_recorded_scenarios_are_there() -> None:
    assert set(index()) <= set(ids())


def test_an_unknown_id_names_the_closest() -> None:
    with pytest.raises(UsageError) as raised:
        load("oom-kiled")
    assert "no scenario named 'oom-kiled'" in raised.value.message
    assert "oom-killed" in raised.value.hint
    assert "--list" in raised.value.hint


def test_a_path_is_a_scenario_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD, encoding="utf-8")
    assert load(str(tmp_path / "mine.yaml"), 3).namespace == "two"
    monkeypatch.chdir(tmp_path)
    assert load("./mine.yaml") == load("mine.yaml")
    assert parse("sim:sub dir/mine.yaml@12") == ("sub dir/mine.yaml", 12)
    assert parse("mine.yaml") == ("mine.yaml", 0)
    with pytest.raises(UsageError, match=r"absent\.yaml: No such file"):
        load("absent.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(UsageError, match=r"latin\.yaml: not UTF-8"):
        load("latin.yaml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("family: f", "familie: f", "mine.yaml: family: Field required"),
        ("id: mine", "id: other", "mine.yaml: id: is 'other', but the file says 'mine'"),
        ("choose: [two]", "chose: [two]", "mine.yaml: vars.ns"),
        ("settle: 5", "settle: soon", "mine.yaml: settle"),
        ("family: f", "family: [", "mine.yaml: not YAML"),
        ("control: {verdict: healthy}", "", "mine.yaml: file: Value error, needs either expect"),
        ('"{{ns}}"', '"{{nss}}"', "mine.yaml: {{nss}} names no variable"),
        ("settle: 5", "settle: 5\nworld: {app: []}", "mine.yaml at seed 0: app: Extra inputs"),
    ],
)
def test_mistakes_are_one_line_with_file_and_field(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        load("mine", folder=tmp_path)
    assert raised.value.message.startswith(message)
    assert "\n" not in raised.value.message


def test_a_users_folder_works(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD, encoding="utf-8")
    assert load("mine", folder=tmp_path).namespace == "one"
    assert load("mine", 3, folder=tmp_path).alert["namespace"] == "two"


@pytest.mark.parametrize("name", list(index()))
def test_seed_zero_is_the_recording(name: str) -> None:
    found, recorded = load(name), recording(name)
    assert load(name, 0) == found
    assert found.namespace == recorded.namespace
    assert found.alert == recorded.alert
    assert (found.expect.cause if found.expect else None) == recorded.cause
    assert (found.expect.object if found.expect else None) == recorded.object


@pytest.mark.parametrize("name", ids())
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_expression_compiles_and_every_fix_is_a_command(name: str, seed: int) -> None:
    found = load(name, seed)
    for expression in (found.symptom, found.resolved, *found.forbidden):
        check(expression, VARIABLES)
    for remedy in (*found.fixes.right, *found.fixes.wrong):
        for step in remedy:
            if isinstance(step, str):
                assert carried_out(read_command(step).path), step
    if found.control is None:
        assert found.fixes.right
        assert len(found.fixes.wrong) >= 2
        assert found.expect is not None
        assert str(found.expect.ref) == found.expect.object


@pytest.mark.parametrize("name", ids())
def test_texts_hold_no_placeholder(name: str) -> None:
    for seed in (0, 7):
        assert "{{" not in load(name, seed).model_dump_json()


def test_titles_differ() -> None:
    assert len({read(name).title for name in ids()}) == len(ids())
