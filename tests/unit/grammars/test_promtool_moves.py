"""promtool grammars: every query parses, is bounded, canonical, and stays in the run's namespaces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

import promql_parser
import pytest

from agent.grammars.promtool import labels_of, promtool_line
from model.grammar.command import Command, line_grammar
from model.grammar.lark import Impossible
from model.protocol import Grammar
from tests.gate_oracle import problems
from tests.grammar_inventories import small
from tests.grammar_samples import Sampler, allows, matcher
from tools.kubectl.policy import PolicyScope
from tools.ladder import Ladder

LADDER = Ladder.packed()
SCOPED = PolicyScope(frozenset({"billing", "shop"}))
ANYWHERE = PolicyScope(None)
METRICS = (
    *("up", "container_cpu_usage_seconds_total", "kube_pod_status_phase", "nginx_requests_total"),
    *(
        "job:requests:rate5m",
        "container_memory_working_set_bytes",
        "bool",
        "not a metric",
        "sum",
        "rate",
    ),
)
LABELS = {
    "pod": ["db-0", "web-5f7c-abcde"],
    "container": [],
    "phase": ["Running", "Pending"],
    "odd": ["two words", "it's", 'a"b', "back\\slash", "näh"],
    "le": ["+Inf", "0.5"],
    "by": ["x"],
    "__name__": ["up"],
}


def _grammar(
    metrics: Iterable[str], labels: Mapping[str, Iterable[str]], scope: PolicyScope
) -> Grammar:
    return line_grammar([Command(promtool_line(metrics, labels, scope.namespaces))])


@pytest.mark.parametrize("scope", [SCOPED, ANYWHERE], ids=["scoped", "anywhere"])
def test_every_query_passes_and_is_canonical(scope: PolicyScope) -> None:
    sampler = Sampler(_grammar(METRICS, LABELS, scope), Random(2))
    for _ in range(1000):
        line = sampler.text()
        judged = LADDER.judge(line, scope)
        assert judged.verdict.decision == "allow", (line, judged.verdict)
        assert judged.move is not None
        assert judged.move.text == line
        assert LADDER.recheck(judged.move, scope).decision == "allow"
        promql_parser.parse(judged.move.args[-1])
        assert problems(line, [*judged.move.command, *judged.move.args], writes=False) == [], line


@pytest.mark.parametrize(
    "expression",
    [
        'up{namespace="shop"} == 0',
        'rate(nginx_requests_total{namespace="shop"}[5m])',
        'sum by (pod) (rate(container_cpu_usage_seconds_total{namespace="shop",pod="db-0"}[5m])) > 0.5',
        'max by (pod, container) (container_memory_working_set_bytes{namespace="billing"})',
        'topk(5, container_memory_working_set_bytes{namespace="shop"})',
        'absent(kube_pod_status_phase{namespace="shop",phase="Running"})',
        'max_over_time(job:requests:rate5m{namespace="shop"}[1h])',
    ],
)
def test_what_people_ask_can_be_said(expression: str) -> None:
    found = matcher(_grammar(METRICS, LABELS, SCOPED))
    assert allows(found, f"promtool query instant '{expression}'")
    assert allows(found, f"promtool query range --start=-1h --end=now --step=60s '{expression}'")


@pytest.mark.parametrize(
    "expression",
    [
        "up",
        'up{namespace="elsewhere"}',
        'nosuch{namespace="shop"}',
        'rate(up{namespace="shop"}[5m])',
        'up{namespace="shop",pod="nosuch"}',
        'sum by (nosuch) (up{namespace="shop"})',
        'up{namespace="shop"}[5m]',
    ],
)
def test_unknown_names_and_other_namespaces_cannot(expression: str) -> None:
    found = matcher(_grammar(METRICS, LABELS, SCOPED))
    assert not allows(found, f"promtool query instant '{expression}'")


def test_without_metrics_or_namespaces_there_is_nothing_to_say() -> None:
    with pytest.raises(Impossible):
        _grammar([], LABELS, SCOPED)
    with pytest.raises(Impossible):
        _grammar(METRICS, LABELS, PolicyScope(frozenset()))


def test_labels_get_the_names_of_the_cluster() -> None:
    labels = labels_of(small())
    assert "web-5f7c-abcde" in labels["pod"]
    assert labels["node"] == ("node-a", "node-b")
    assert set(labels["container"]) == {"app", "proxy", "postgres"}
