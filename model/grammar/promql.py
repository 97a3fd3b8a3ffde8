"""promtool moves: a small PromQL over metrics that are there, with labels and values that they have.

Covered: one selector with matchers, a range function, an aggregation with `by`, topk, absent and one
comparison with a number. That is what alerts and dashboards ask most; all of it is quoted for a shell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from model.grammar.expression import (
    Choice,
    Expression,
    Maybe,
    Pattern,
    Sequence,
    Words,
    possible,
)
from model.grammar.lark import Impossible

SPANS = ("1m", "2m", "5m", "10m", "15m", "30m", "1h", "3h", "6h")
COUNTER_SUFFIXES = ("_total", "_count", "_sum", "_bucket")
"""Endings of metrics that only grow, over which rates are taken; others are looked at as they are."""
OVER_TIME = ("avg_over_time", "max_over_time", "min_over_time")
STARTS = ("-15m", "-30m", "-1h", "-3h", "-6h", "-12h", "-24h")
STEPS = ("15s", "30s", "60s", "300s")
COMPARED = Words((">", "<", ">=", "<=", "==", "!="))
NUMBER = Pattern(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,3})?")
_QUOTE = "'"


@dataclass(frozen=True)
class MetricNames:
    """What a Prometheus has."""

    metrics: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Label -> values seen; a label without any is only offered in `by`."""
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Labels that every selector names, with the values allowed: the namespaces of the run."""


def promql_line(names: MetricNames) -> Expression:
    """`promtool query instant|range EXPR`. Raises Impossible when there is no metric to ask for."""
    if not names.metrics or not all(names.required.values()):
        raise Impossible("there is no metric to ask for")
    expression = Sequence((_QUOTE, _expression(names), _QUOTE))
    instant = Sequence(("promtool query instant ", expression))
    span = Sequence(("--start=", Words(STARTS), " --end=now --step=", Words(STEPS)))
    return Choice((instant, Sequence(("promtool query range ", span, " ", expression))))


def _expression(names: MetricNames) -> Expression:
    counters = tuple(m for m in names.metrics if m.endswith(COUNTER_SUFFIXES))
    matchers = _matchers(names)
    series = Sequence((Words(names.metrics), matchers))
    counted = Sequence((Words(counters), matchers))
    ranged = Sequence((Words(("rate", "increase")), "(", counted, "[", Words(SPANS), "])"))
    smoothed = Sequence((Words(OVER_TIME), "(", series, "[", Words(SPANS), "])"))
    vector = Choice((series, ranged, smoothed) if counters else (series, smoothed))
    by: list[Expression] = []
    labels = Words(tuple(names.labels))
    if labels.words:
        listed = Sequence((labels, Maybe(Sequence((", ", labels)))))
        by.append(Maybe(Sequence((" by (", listed, ")"))))
    grouped = Sequence((Words(("sum", "max", "min", "avg", "count")), *by, " (", vector, ")"))
    top = Sequence((Words(("topk", "bottomk")), "(", Pattern("[1-9]|10"), ", ", vector, ")"))
    absent = Sequence(("absent(", series, ")"))
    compared = Maybe(Sequence((" ", COMPARED, " ", NUMBER)))
    return Choice((Sequence((Choice((vector, grouped, top)), compared)), absent))


def _matchers(names: MetricNames) -> Expression:
    """`{namespace="shop",pod="web-1"}`: what is required, then two more at most; never nothing."""
    needed: list[Expression] = []
    for label, values in names.required.items():
        needed += [f"{label}=", _quoted(values), ","]
    free = [
        Sequence((f"{label}", Words(("=", "!=")), _quoted(values)))
        for label, values in names.labels.items()
        if label not in names.required
    ]
    more = Choice(tuple(free))
    if not possible(more):
        return Sequence(("{", *needed[:-1], "}"))
    extra = Sequence((more, Maybe(Sequence((",", more)))))
    if not needed:
        return Sequence(("{", extra, "}"))
    return Sequence(("{", *needed[:-1], Maybe(Sequence((",", extra))), "}"))


def _quoted(values: tuple[str, ...]) -> Words:
    """Values in PromQL's quotes; those that would need escapes are left out."""
    return Words(
        tuple(
            f'"{v}"'
            for v in values
            if v.isascii() and v.isprintable() and not set(v) & set("\\\"' ")
        )
    )
