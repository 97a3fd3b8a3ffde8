"""promtool moves: relative times, bounded PromQL, and a server that only code names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tools.kubectl.policy import EVERYWHERE
from tools.ladder import Ladder
from tools.move import Move
from tools.promtool.command import build_argv

LADDER = Ladder.packed()
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SERVER = "http://127.0.0.1:9090"


def accepted(line: str) -> Move:
    judged = LADDER.judge(line)
    assert judged.move is not None, judged.verdict
    assert LADDER.recheck(judged.move, EVERYWHERE) == judged.verdict
    assert LADDER.judge(judged.move.text).move == judged.move
    return judged.move


@pytest.mark.parametrize(
    "expression",
    [
        "up",
        "up == 0",
        'sum(rate(container_cpu_usage_seconds_total{namespace="shop",container!=""}[5m])) by (pod)',
        "histogram_quantile(0.99, sum by (le) (rate(x_bucket[10m])))",
        '{__name__="up"}',
        '{job="api"}',
        '{__name__=~"kube_pod.+",job=~".+"}',
        "max_over_time(up[24h:1m])",
        "up offset 7d",
        "up @ end()",
        'kube_pod_info{pod=~"web-.*$"}',
        "1",
    ],
)
def test_expressions_that_pass(expression: str) -> None:
    move = accepted(f"promtool query instant '{expression}'")
    assert move.args == (expression,)
    assert build_argv(move, SERVER, NOW) == [
        "query",
        "instant",
        "--format=json",
        f"--time={int(NOW.timestamp())}",
        SERVER,
        expression,
    ]


@pytest.mark.parametrize(
    ("words", "decision", "reason"),
    [
        (["query", "instant", "rate(x[5m]"], "repair", "bad-promql"),
        (["query", "instant", "rate(x)"], "repair", "bad-promql"),
        (["query", "instant", "nonsense(up)"], "repair", "bad-promql"),
        (["query", "range", "up[5m]"], "repair", "bad-promql"),
        (["query", "instant", '{__name__=~".+"}'], "refuse", "too-wide"),
        (["query", "instant", '{__name__=~".*x"}'], "refuse", "too-wide"),
        (["query", "instant", '{__name__=~"kube.+|.+"}'], "refuse", "too-wide"),
        (["query", "instant", '{job!="x",a="" }'], "repair", "bad-promql"),
        (["query", "instant", 'up or {a=~".+"}'], "refuse", "too-wide"),
        (["query", "instant", 'rate({a=~".+"}[5m])'], "refuse", "too-wide"),
        (["query", "instant", "rate(up[25h])"], "refuse", "too-wide"),
        (["query", "instant", "max_over_time(up[25h:1m])"], "refuse", "too-wide"),
        (["query", "instant", "max_over_time(up[24h:1s])"], "refuse", "too-wide"),
        (["query", "instant", "max_over_time(up[1h:1ms])"], "refuse", "too-wide"),
        (["query", "instant", "up offset 60d"], "refuse", "too-wide"),
        (["query", "instant", "up @ 1600000000"], "refuse", "absolute-time"),
        (["query", "instant", "rate(up[5m] @ 1600000000)"], "refuse", "absolute-time"),
        (["query", "instant", "(" * 50 + "1" + ")" * 50], "refuse", "too-long"),
        (["query", "instant", "up + " * 300 + "up"], "refuse", "too-long"),
        (["query", "instant", "up", "up"], "repair", "too-many-arguments"),
        (["query", "instant"], "repair", "missing-argument"),
        (["query", "instant", "@/etc/passwd"], "refuse", "file-expansion"),
        (["query", "range", "--start=@/etc/passwd", "up"], "refuse", "absolute-time"),
        (["query", "instant", SERVER, "up"], "refuse", "server-url"),
        (["query", "instant", "--time=5", "up"], "repair", "unknown-flag"),
        (["query", "instant", "--header=a", "up"], "refuse", "forbidden-flag"),
        (["query", "range", "--start=-25h", "up"], "refuse", "too-wide"),
        (["query", "range", "--start=-1h", "--end=-2h", "up"], "refuse", "too-wide"),
        (["query", "range", "--start=0", "up"], "refuse", "absolute-time"),
        (["query", "range", "--start=2026-01-01T00:00:00Z", "up"], "refuse", "absolute-time"),
        (["query", "range", "--start", "-1h", "up"], "refuse", "flag-like-value"),
        (["query", "range", "--step=1ms", "up"], "repair", "bad-value"),
        (["query", "range", "--start=-24h", "--step=1s", "up"], "refuse", "too-wide"),
        (["query", "range", "--step=0", "up"], "refuse", "too-wide"),
        (["query", "serie", "up"], "repair", "unknown-command"),
        (["query"], "repair", "missing-subcommand"),
        (["tsdb", "analyze"], "refuse", "forbidden-command"),
        (["check", "config", "x"], "refuse", "forbidden-command"),
    ],
)
def test_rejected(words: list[str], decision: str, reason: str) -> None:
    move, verdict = LADDER.judge(["promtool", *words])
    assert move is None
    assert (verdict.decision, verdict.reason) == (decision, reason), verdict
    assert verdict.hint or decision == "refuse"


def test_range_times_are_made_absolute_by_code() -> None:
    move = accepted("promtool query range --start=-6h --end=-1h --step=5m up")
    assert move.text == "promtool query range --start=-6h --end=-1h --step=300s up"
    moment = int(NOW.timestamp())
    assert build_argv(move, SERVER, NOW) == [
        "query",
        "range",
        "--format=json",
        f"--start={moment - 6 * 3600}",
        f"--end={moment - 3600}",
        "--step=300s",
        SERVER,
        "up",
    ]


def test_range_defaults() -> None:
    assert accepted("promtool query range up").flags == {
        "start": "-1h",
        "end": "now",
        "step": "60s",
    }


@pytest.mark.parametrize(
    ("server", "now"), [("file:///etc/passwd", NOW), (SERVER, NOW.replace(tzinfo=None)), ("", NOW)]
)
def test_argv_needs_a_server_and_a_clock(server: str, now: datetime) -> None:
    move = accepted("promtool query instant up")
    with pytest.raises(ValueError, match=r"server|time zone"):
        build_argv(move, server, now)


def test_argv_of_another_kind_of_move() -> None:
    move = LADDER.judge("kubectl get pods").move
    assert move is not None
    with pytest.raises(ValueError, match="kubectl"):
        build_argv(move, SERVER, NOW)
