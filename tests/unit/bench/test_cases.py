"""Which cases a command line asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.bench import cases
from agent.bench.cases import Case, seeds
from agent.bench.render.words import seed_ranges
from sandbox import scenario
from tools.errors import UsageError


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7", [7]),
        ("1,2,5", [1, 2, 5]),
        ("9000-9004", [9000, 9001, 9002, 9003, 9004]),
        ("3, 1-2,2", [3, 1, 2]),
        ("0-0", [0]),
    ],
)
def test_seeds(text: str, found: list[int]) -> None:
    assert seeds(text) == found


@pytest.mark.parametrize(
    "text", ["", "x", "1,", "-1", "5-1", "1-", "1.5", "0-999999999", "1234567890", "1-2-3"]
)
def test_bad_seeds(text: str) -> None:
    with pytest.raises(UsageError, match="--seeds"):
        seeds(text)


@given(st.sets(st.integers(0, 2000), min_size=1))
def test_ranges_say_the_same_seeds(chosen: set[int]) -> None:
    assert seeds(seed_ranges(list(chosen))) == sorted(chosen)


def test_scenarios_by_name_and_family() -> None:
    assert cases.scenarios([], []) == scenario.ids()
    assert cases.scenarios(["oom-killed", "healthy", "oom-killed"], []) == ["oom-killed", "healthy"]
    assert "oom-killed" in cases.scenarios([], ["memory"])
    assert cases.scenarios(["oom-killed", "healthy"], ["control", "job"]) == ["healthy"]


@pytest.mark.parametrize(
    ("names", "families", "said"),
    [
        (["oom-kiled"], [], "oom-killed"),
        ([], ["memry"], "memory"),
        (["oom-killed"], ["control"], "none of"),
    ],
)
def test_what_does_not_exist(names: list[str], families: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        cases.scenarios(names, families)
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_cases_are_every_scenario_at_every_seed() -> None:
    found = cases.cases(["healthy", "oom-killed"], [1, 2], stripped=True)
    assert found[0] == Case("healthy", 1, stripped=True)
    assert [str(case) for case in found] == [
        "healthy@1",
        "oom-killed@1",
        "healthy@2",
        "oom-killed@2",
    ]
    with pytest.raises(UsageError, match="100,000"):
        cases.cases(["a"] * 11, range(10_000))


def test_nobody_is_asked_for_an_object_that_the_alert_does_not_name() -> None:
    targets = [
        name
        for name in scenario.ids()
        if (control := scenario.read(name).control) and control.verdict == "not_found"
    ]
    assert targets
    found = cases.cases([*targets, "healthy"], [1], stripped=True)
    assert [case.scenario for case in found] == ["healthy"]
    assert len(cases.cases(targets, [1])) == len(targets)
    with pytest.raises(UsageError, match="nothing is left"):
        cases.cases(targets, [1], stripped=True)


def test_a_file_of_ones_own_is_found_from_the_folder_of_a_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (scenario.FOLDER / "oom-killed.yaml").read_text(encoding="utf-8")
    own = tmp_path / "mine.yaml"
    own.write_text(text.replace("id: oom-killed", "id: mine"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert cases.scenarios(["mine.yaml", "./mine.yaml", "healthy"], []) == [str(own), "healthy"]
