"""Every scenario's own alert is raised by our rules from the scenario's own metrics.

The scenario is told again, scraped every fifteen virtual seconds, and promtool evaluates the rules on
that history: real PromQL, no server. `for:` and ranges are shortened, as scenarios start minutes, not
hours, before their present.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest

from sandbox.prometheus.rules import alerts, load, rules_of, shortened
from sandbox.scenario import ids, read
from sandbox.scenario import load as load_scenario
from tests.metric_history import STEP, told
from tests.promtool_rules import needs_promtool, rule_test, without_annotations

FACTOR = 900
"""A quarter of an hour becomes a second."""
WINDOW = 31
"""Shortest range, seconds: two scrapes."""
CHUNK = 20
"""Scenarios in one run of promtool."""

NOT_KUBERNETES: dict[str, str] = {
    "JobResultOverdue": "is raised by whoever waits for what a job makes",
    "NamespaceStuckTerminating": "is no alert of the mixin; who has one makes it of kube_namespace_status_phase",
    "NodeDrainStalled": "is raised by whoever drains nodes: an upgrade, an autoscaler",
    "CronJobNotScheduled": "is no alert of the mixin; teams make it of kube_cronjob_status_last_schedule_time",
    "CronJobRunsMissed": "likewise",
    "KubernetesCronjobSuspended": "comes from another collection of rules than ours",
    "KubernetesCronjobTooLong": "comes from another collection of rules than ours",
    "KubernetesHpaMetricsUnavailability": "likewise",
    "KubernetesHpaScaleInability": "likewise",
    "ReleaseOverdue": "compares the release that runs with the one that was ordered",
    "HighRequestErrorRate": "counts the requests of an application, which no Kubernetes metric shows",
    "TargetDown": "is about an application's own metrics endpoint, which is no target here",
}
"""Alerts of scenarios that Kubernetes' own metrics cannot raise, and why."""

NOT_RAISED: dict[str, str] = {
    "liveness-deadlock": "runs for minutes between two kills, so that most scrapes see it running",
}
"""Scenarios whose alert is Kubernetes' own but cannot fire at their present, and why."""

RAISED_ALL_THE_SAME = {"hpa-at-max-fits": "the autoscaler is at its maximum, and that is enough"}
"""Controls whose alert fires although nothing is wrong."""

SHORT = without_annotations(shortened(load(), FACTOR, WINDOW))
FIRING = 'ALERTS{alertstate="firing"}'
MINUTES = 19
"""`for: 15m`, the first scrapes, and what still changed at the scenario's present."""
LATE = ("crash-missing-env", "job-failed", "node-selector", "pvc-pending", "quota-no-pods")
"""Scenarios with an alert that takes a quarter of an hour."""

IDS = ids()
OURS = {rule["alert"] for rule in alerts(load())}


def alert_of(id: str) -> str:
    return load_scenario(id).alert["alertname"]


def raised_by_us(id: str) -> bool:
    return alert_of(id) in OURS and read(id).control is None and id not in NOT_RAISED


def wanted() -> frozenset[str]:
    """The metrics that the rules read."""
    found: set[str] = set()
    for rule in rules_of(load()):
        found |= set(re.findall(r"[a-zA-Z_:][\w:]*", promql_parser.parse(rule["expr"]).prettify()))
    return frozenset(found)


def test_every_alert_is_ours_or_listed() -> None:
    unknown = {alert_of(id) for id in IDS} - OURS - set(NOT_KUBERNETES)
    assert not unknown, f"neither in rules.yaml nor in NOT_KUBERNETES: {sorted(unknown)}"


def test_the_lists_hold_nothing_that_is_gone() -> None:
    assert not set(NOT_RAISED) - set(IDS)
    assert not set(NOT_KUBERNETES) - {alert_of(id) for id in IDS}
    assert not set(NOT_KUBERNETES) & OURS


@needs_promtool
def test_what_is_said_not_to_be_raised_is_not(tmp_path: Path) -> None:
    """A scenario that now raises its alert leaves the list."""
    judge(tmp_path, [question(id, 0, fires=False) for id in NOT_RAISED])


def question(id: str, seed: int, *, fires: bool = True, later: float = 0) -> dict[str, Any]:
    """A promtool test: is an alert with the scenario's labels firing at its present, or later (seconds)?"""
    instance, history = told(id, seed, wanted(), later)
    labels = {**instance.alert, "alertstate": "firing"}
    matchers = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return {
        "name": f"{id}@{seed}",
        "interval": f"{STEP}s",
        "input_series": history.input_series(),
        "promql_expr_test": [
            {
                "expr": f"(count(ALERTS{{{matchers}}}) or vector(0)) > bool 0",
                "eval_time": f"{history.length}s",
                "exp_samples": [{"labels": "{}", "value": int(fires)}],
            }
        ],
    }


def judge(folder: Path, tests: list[dict[str, Any]], rules: dict[str, Any] = SHORT) -> None:
    """Ask promtool; when it disagrees, say for which scenarios, and what was raised instead."""
    if rule_test(folder, rules, tests, f"{STEP}s").ok:
        return
    wrong = {}
    for test in tests:
        if not (outcome := rule_test(folder, rules, [test], f"{STEP}s")).ok:
            asked = {**test["promql_expr_test"][0], "expr": FIRING, "exp_samples": []}
            text = rule_test(
                folder, rules, [{**test, "promql_expr_test": [asked]}], f"{STEP}s"
            ).text
            wrong[test["name"]] = re.findall(r"\{__name__=[^}]*\}", text) or outcome.text
    assert not wrong, wrong


@needs_promtool
@pytest.mark.parametrize("first", range(0, len(IDS), CHUNK))
def test_a_scenario_raises_its_own_alert(first: int, tmp_path: Path) -> None:
    """At the recorded seed; every third at another one, too: other names, images and sizes."""
    chosen = [id for id in IDS[first : first + CHUNK] if raised_by_us(id)]
    if not chosen:
        pytest.skip("no alert of ours in this part")
    asked = [(id, 0) for id in chosen] + [(id, 7) for id in chosen[::3]]
    judge(tmp_path, [question(id, seed) for id, seed in asked])


@needs_promtool
def test_without_shortening_it_is_raised_a_quarter_of_an_hour_later(tmp_path: Path) -> None:
    """Nobody repairs anything; later the rules fire as they stand in the file."""
    rules = without_annotations(load())
    judge(tmp_path, [question(id, 0, later=MINUTES * 60) for id in LATE], rules)
    judge(tmp_path, [question(id, 0, fires=False) for id in LATE], rules)


@needs_promtool
def test_a_control_raises_nothing(tmp_path: Path) -> None:
    """What has recovered, or never was, does not fire any more."""
    calm = [
        id
        for id in IDS
        if (control := read(id).control) is not None
        and control.verdict in ("healthy", "not_found")
        and id not in {*NOT_RAISED, *RAISED_ALL_THE_SAME}
    ]
    judge(tmp_path, [question(id, 0, fires=False) for id in calm])
