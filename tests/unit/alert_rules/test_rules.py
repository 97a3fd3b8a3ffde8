"""Our rules file: sound, complete, and each alert raised by what it is about and nothing less."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.prometheus.rules import (
    RULES,
    alerts,
    duration,
    load,
    rules_of,
    seconds,
    shortened,
    text,
)
from sandbox.simulator.metrics.families import FAMILIES
from tests.alert_cases import CASES, Case, Series
from tests.promtool_rules import needs_promtool, promtool, rule_test, without_annotations

OTHERS = {"up", "kube_persistentvolumeclaim_labels"}
"""Metrics that rules may read without our serving them: Prometheus' own; labels that are opted in."""


PREFIXES = ("kube_", "kubelet_", "kubernetes_", "container_", "namespace_cpu:", "namespace_memory:")


def names_in(expression: str) -> set[str]:
    """The metrics that an expression reads, as the parser understands it."""
    words = re.findall(r"[a-zA-Z_:][\w:]*", promql_parser.parse(expression).prettify())
    return {word for word in words if word.startswith(PREFIXES) or word == "up"}


def test_every_metric_of_the_rules_is_served() -> None:
    records = {rule["record"] for rule in rules_of(load()) if "record" in rule}
    for rule in rules_of(load()):
        read = names_in(rule["expr"])
        assert read, rule
        assert read - set(FAMILIES) - OTHERS - records == set(), rule


@needs_promtool
def test_promtool_accepts_the_file() -> None:
    outcome = promtool("check", "rules", str(RULES))
    assert outcome.ok, outcome.text
    assert "SUCCESS" in outcome.text


@needs_promtool
@pytest.mark.parametrize("factor", [1, 60, 900])
def test_promtool_accepts_shortened_rules(factor: float, tmp_path: Path) -> None:
    path = tmp_path / "short.yaml"
    path.write_text(text(shortened(load(), factor)))
    outcome = promtool("check", "rules", str(path))
    assert outcome.ok, outcome.text


def test_every_alert_has_what_people_route_and_read_by() -> None:
    for rule in alerts(load()):
        assert rule["labels"]["severity"] in ("info", "warning", "critical"), rule
        assert set(rule["annotations"]) == {"summary", "description"}, rule


def test_shortening_divides_waits_and_ranges() -> None:
    short = {rule["alert"]: rule for rule in alerts(shortened(load(), 60))}
    assert short["KubePodCrashLooping"]["for"] == "15s"
    assert "[5s]" in short["KubePodCrashLooping"]["expr"]
    assert short["KubeDeploymentReplicasMismatch"]["for"] == "15s"
    assert "[10s]" in short["KubeDeploymentReplicasMismatch"]["expr"]
    assert "for" not in short["KubeJobNotCompleted"]
    assert next(r for r in alerts(load()) if r["alert"] == "KubePodCrashLooping")["for"] == "15m"


def test_ranges_keep_room_for_two_samples() -> None:
    for rule in rules_of(shortened(load(), 10_000)):
        assert all(seconds(found) >= 5 for found in re.findall(r"\[(\w+)\]", rule["expr"]))


@pytest.mark.parametrize("factor", [0, -1])
def test_a_factor_is_positive(factor: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        shortened(load(), factor)


@pytest.mark.parametrize("wrong", ["", "5", "m5", "5m ", "1.5h"])
def test_no_durations(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        seconds(wrong)


@given(st.integers(0, 10**10))
def test_durations_come_back(milliseconds: int) -> None:
    assert seconds(duration(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


def test_every_alert_has_a_case() -> None:
    have = {(rule["alert"], rule["labels"]["severity"]) for rule in alerts(load())}
    assert {(case.alert, case.severity) for case in CASES} == have


def test_the_documentation_lists_every_alert() -> None:
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
    listed = re.findall(
        r"^\| (Kube\w+|CPU\w+) \| (\w+) \| ([\w ]+) \| (.+) \|$", page, re.MULTILINE
    )
    assert listed == [
        (
            rule["alert"],
            rule["labels"]["severity"],
            "at once" if rule.get("for", "0s") == "0s" else rule["for"],
            rule["annotations"]["summary"],
        )
        for rule in alerts(load())
    ]


@needs_promtool
def test_each_alert_fires_when_it_should_and_only_then(tmp_path: Path) -> None:
    """Few runs for all: promtool names the case that fails."""
    rules = without_annotations(load())
    for interval in {case.interval for case in CASES}:
        cases = [case for case in CASES if case.interval == interval]
        tests = [_test(case, case.raised, True) for case in cases]
        tests += [_test(case, case.calm, False) for case in cases]
        outcome = rule_test(tmp_path, rules, tests, interval)
        assert outcome.ok, outcome.text


@needs_promtool
def test_words_name_the_object(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.alert == "KubeDeploymentReplicasMismatch")
    test = _test(case, case.raised, True)
    rule = next(rule for rule in alerts(load()) if rule["alert"] == case.alert)
    words = rule["annotations"]["description"].replace("{{ $value }}", "1")
    words = words.replace("{{ $labels.namespace }}", "shop").replace(
        "{{ $labels.deployment }}", "cart"
    )
    test["alert_rule_test"][0]["exp_alerts"][0]["exp_annotations"] = {
        "summary": rule["annotations"]["summary"],
        "description": words,
    }
    assert "shop/cart" in words
    outcome = rule_test(tmp_path, load(), [test])
    assert outcome.ok, outcome.text


def _test(case: Case, series: Series, raised: bool) -> dict[str, Any]:
    """A promtool test; of an alert with two severities, a calm case rules out its own."""
    expected = [{"exp_labels": {**case.labels, "severity": case.severity}}] if raised else []
    also = sum(other.alert == case.alert and other.severity != case.severity for other in CASES)
    if also:
        expected = _with_the_other(case, raised)
    return {
        "name": f"{case.alert} ({case.severity}) {'raised' if raised else 'calm'}",
        "interval": case.interval,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [
            {"eval_time": case.at, "alertname": case.alert, "exp_alerts": expected}
        ],
    }


def _with_the_other(case: Case, raised: bool) -> list[dict[str, Any]]:
    """Certificates: what is critical is a warning as well, and stays one when it is just not critical."""
    both = "Certificate" in case.alert
    severities = [case.severity] if raised else []
    if both and case.severity == "critical":
        severities = ["warning", "critical"] if raised else ["warning"]
    return [{"exp_labels": {**case.labels, "severity": severity}} for severity in severities]
