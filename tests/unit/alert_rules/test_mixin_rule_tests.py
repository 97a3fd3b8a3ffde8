"""The kubernetes-mixin's own unit tests, run on our rules, where they lie beside the project.

Some of them need a Prometheus 3, whose ranges leave out their left end; with an older promtool the
mixin's own rules fail those, too, and they say nothing about ours.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from sandbox.prometheus.rules import alerts, load, rules_of
from tests.promtool_rules import needs_promtool, rule_test, without_annotations

MIXIN = Path(__file__).parents[4] / "shared" / "data" / "mixin"
FOLDER = MIXIN / "tests"

pytestmark = [
    needs_promtool,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the mixin's tests are not beside the project"),
]

FILES = sorted(path.name for path in FOLDER.glob("*.yaml"))

DIFFERENT: dict[str, str] = {}
"""Tests that our rules do not pass on purpose, `file#number`, and why."""


def concerning_ours(name: str) -> list[tuple[str, dict[str, Any]]]:
    """The tests of a file reduced to the alerts and recordings that we have, words left out."""
    names = {rule["alert"] for rule in alerts(load())}
    records = {rule["record"] for rule in rules_of(load()) if "record" in rule}
    kept = []
    for number, test in enumerate(yaml.safe_load((FOLDER / name).read_text())["tests"], 1):
        raised = [item for item in test.get("alert_rule_test", []) if item["alertname"] in names]
        for item in raised:
            for alert in item.get("exp_alerts", []):
                alert.pop("exp_annotations", None)
        asked = [item for item in test.get("promql_expr_test", []) if item["expr"] in records]
        if raised or asked:
            test = {**test, "alert_rule_test": raised, "promql_expr_test": asked}
            kept.append((f"{name}#{number}", test))
    return kept


def ours() -> dict[str, Any]:
    """Our rules without their words."""
    return without_annotations(load())


def mixin() -> dict[str, Any]:
    """The mixin's own rules without their words."""
    parts = [load(MIXIN / f"prometheus_{part}.yaml") for part in ("rules", "alerts")]
    return without_annotations({"groups": [group for part in parts for group in part["groups"]]})


@pytest.mark.parametrize("name", FILES)
def test_our_rules_pass_the_mixins_tests(name: str, tmp_path: Path) -> None:
    tests = concerning_ours(name)
    if not tests:
        pytest.skip("concerns no alert of ours")
    if judged(tmp_path, ours(), tests):
        return
    failing = [item for item in tests if not judged(tmp_path, ours(), [item])]
    real = {item[0] for item in failing if judged(tmp_path, mixin(), [item])}
    assert real == {key for key in DIFFERENT if key.startswith(f"{name}#")}


def judged(folder: Path, rules: dict[str, Any], tests: list[tuple[str, dict[str, Any]]]) -> bool:
    """Whether the rules pass; only those that the tests ask for are evaluated, which is much quicker."""
    names = {item["alertname"] for _, test in tests for item in test["alert_rule_test"]}
    groups = [
        {**group, "rules": [r for r in group["rules"] if "record" in r or r["alert"] in names]}
        for group in rules["groups"]
    ]
    return rule_test(folder, {"groups": groups}, [test for _, test in tests]).ok


def test_most_of_them_concern_us() -> None:
    assert sum(len(concerning_ours(name)) for name in FILES) > 60
