"""kubectl and promtool lines of runbooks: wrong commands, flags, values and PromQL."""

from __future__ import annotations

import shlex

import pytest

from tools.kubectl.tree import CommandTree
from tools.lint import promql
from tools.lint.kubectl import mistake, promtool_mistake
from tools.lint.placeholder import MARK

TREE = CommandTree.packed()

WRONG = [
    ("gt pods", "unknown-command", "`kubectl get`"),
    ("log pod x", "unknown-command", "`kubectl logs`"),
    ("rollout statu deploy/x", "unknown-command", "`kubectl rollout status`"),
    ("create foo", "unknown-command", "--help"),
    ("rsh x", "unknown-command", ""),
    ("get pods --nope", "unknown-flag", "--help"),
    ("logs web-1 --lines=5", "unknown-flag", "did you mean --tail?"),
    ("show pods", "unknown-command", "did you mean `kubectl get`?"),
    ("get pods --selectr a=b", "unknown-flag", "--selector"),
    ("drain n --delete-local-data", "unknown-flag", "--delete-emptydir-data"),
    ("get pods --show-all", "unknown-flag", "--show-"),
    ("run x --generator=y", "unknown-flag", ""),
    ("get pods -Z", "unknown-flag", "--help"),
    ("logs x --since=1d", "bad-value", "duration"),
    ("delete pod x --timeout=60", "bad-value", "duration"),
    ("logs x --tail=lots", "bad-value", "whole number"),
    ("get pods -A=maybe", "bad-value", "true or false"),
    ("get pods -o jsom", "bad-value", "did you mean json?"),
    ("logs x --tail", "missing-value", "--tail=VALUE"),
]
RIGHT = [
    "get pods",
    "-n x get pods",
    "rollout -n x restart deploy/y",
    "get pods -nshop -owide",
    "get -Aowide pods",
    "get pods --all_namespaces",
    "get pods -w -v=9",
    "get pods -oyaml",
    "get po -o custom-columns=A:.b",
    "apply --dry-run=true -f x",
    "apply --dry-run -f x",
    "delete pod x --cascade=false",
    "exec -it x -- ls --foo",
    "scale --record --replicas=3 deploy/x",
    "krew install x",
    "logs x -f --prefix --since=90m",
    "create secret generic x --from-literal=a=b",
    "debug -it x --image=y --target=z",
    "get pods --help",
    "help get",
    "cluster-info dump",
    "logs -n NAMESPACE POD --tail=LINES",
    "[-n x] get pods",
    f"get pods -o {MARK}",
    f"logs x --tail={MARK} --since={MARK}",
    f"{MARK} pods --anything",
    f"get pods {MARK}",
    f"get pods --{MARK}=x",
]


@pytest.mark.parametrize(("line", "reason", "hint"), WRONG)
def test_mistakes(line: str, reason: str, hint: str) -> None:
    found = mistake(["kubectl", *line.split()], TREE)
    assert found is not None
    assert found.reason == reason
    assert hint in found.hint


@pytest.mark.parametrize("line", RIGHT)
def test_no_mistakes(line: str) -> None:
    assert mistake(["kubectl", *line.split()], TREE) is None


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("check rules x.yml", None),
        ("query instant http://prom:9090 'sum(up)'", None),
        ("query instant http://prom:9090 'sum(up'", "bad-promql"),
        ("query range --start=-1h 'rate(x[5m])'", None),
        ("tsdb analyze /data", None),
        ("quary instant up", "unknown-command"),
        (f"{MARK} x", None),
        ("--version", None),
    ],
)
def test_promtool_lines(line: str, reason: str | None) -> None:
    found = promtool_mistake(["promtool", *shlex.split(line)])
    assert (found.reason if found else None) == reason


@pytest.mark.parametrize(
    "expression",
    [
        "up == 0",
        "rate(foo[$__rate_interval])",
        'sum(rate(x{ns="$namespace"}[<range>])) by (pod)',
        'x{pod=~"<pod>-.*"} > 0',
        "x{a='{{ $labels.b }}'}",
        "{{ .expr }}",
        "rate({{ .metric }}[{{ .range }}]) > {{ .limit }}",
        "-" * 5000 + "x",
    ],
)
def test_expressions_that_are_fine_or_cannot_be_told(expression: str) -> None:
    assert promql.mistake(expression) == ""


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("rate(x)", "matrix"),
        ("sum(x", "parenthesis"),
        ("rate(x[$range]", "parenthesis"),
        ("x{a=b}", ""),
        ("nosuch(x)", "nosuch"),
    ],
)
def test_wrong_expressions(expression: str, word: str) -> None:
    found = promql.mistake(expression)
    assert found
    assert word in found
    assert "\n" not in found


def test_blocks_of_expressions() -> None:
    text = "# what\nup == 0\n\nsum(x\n\nrate(y[5m])\n  > 0\n"
    assert [(line, bool(problem)) for line, _, problem in promql.mistakes(text)] == [
        (1, False),
        (3, True),
        (5, False),
    ]
    assert [line for line, _, _ in promql.mistakes("up\nrate(y[5m])\n")] == [0, 1]
    assert promql.mistakes("\n \n") == []
