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
    ours = load()
    names = {rule["alert"] for rule in alerts(ours)}
    records = {rule["record"] for rule in rules_of(ours) if "record" in rule}
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


def mixin() -> dict[str, Any]:
    """The mixin's own rules without their words."""
    parts = [load(MIXIN / f"prometheus_{part}.yaml") for part in ("rules", "alerts")]
    return without_annotations({"groups": [group for part in parts for group in part["groups"]]})


@pytest.mark.parametrize("name", FILES)
def test_our_rules_pass_the_mixins_tests(name: str, tmp_path: Path) -> None:
    tests = concerning_ours(name)
    if not tests:
        pytest.skip("concerns no alert of ours")
    ours = without_annotations(load())
    if rule_test(tmp_path, ours, [test for _, test in tests]).ok:
        return
    failing = {key: test for key, test in tests if not rule_test(tmp_path, ours, [test]).ok}
    real = {key for key, test in failing.items() if rule_test(tmp_path, mixin(), [test]).ok}
    assert real == {key for key in DIFFERENT if key.startswith(f"{name}#")}


def test_most_of_them_concern_us() -> None:
    assert sum(len(concerning_ours(name)) for name in FILES) > 60
