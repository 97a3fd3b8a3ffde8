"""PromQL of moves: parsed, and bounded so that one query cannot load a Prometheus."""

from __future__ import annotations

import re
from datetime import timedelta

from tools.kubectl.rejection import refuse, repair

MAX_CHARS = 1000
MAX_NESTING = 40
"""Brackets inside brackets; the parser is native code, and recursion there has no Python guard."""
MAX_RANGE = timedelta(hours=24)
MAX_OFFSET = timedelta(days=31)
MAX_POINTS = 11_000
"""Prometheus' own limit of points per series."""

_SELECTIVE = re.compile(r"[A-Za-z0-9_:/-]{2}")
"""Each branch of a regular expression that selects starts with two literal characters."""


def check(expression: str, *, over_time: bool = False) -> str:
    """The expression, when it parses and is bounded; `over_time` for range queries.

    Raises Rejection (tree when wrong, policy when too wide).
    """
    import promql_parser  # native code, needed by promtool moves only

    if len(expression) > MAX_CHARS:
        refuse("policy", "too-long", f"The PromQL is longer than {MAX_CHARS} characters.")
    if expression.startswith("@"):
        refuse(
            "parse", "file-expansion", "promtool reads arguments that start with `@` from files."
        )
    if "://" in expression:
        refuse(
            "policy", "server-url", "A move carries no server; code adds it.", "leave the URL out"
        )
    if max(expression.count(opening) for opening in "([{") > MAX_NESTING:
        refuse("policy", "too-long", f"The PromQL has more than {MAX_NESTING} brackets.")
    try:
        tree = promql_parser.parse(expression)
    except ValueError as error:
        problem = str(error).split("\n")[0][:160]
        repair(
            "bad-promql",
            f"The PromQL does not parse: {problem}",
            "promtool query instant 'up == 0'",
        )
    if over_time and type(tree).__name__ in ("MatrixSelector", "SubqueryExpr", "StringLiteral"):
        repair(
            "bad-promql",
            "A range query needs a number or an instant vector.",
            "wrap it, such as rate(METRIC[5m]), or use query instant",
        )
    nodes: list[object] = []
    promql_parser.walk(tree, nodes.append)
    for node in nodes:
        _check_node(node)
    return expression


def outside(expression: str, namespaces: frozenset[str]) -> bool:
    """Whether a selector of a (checked) expression may match series of other namespaces."""
    import promql_parser

    nodes: list[object] = []
    promql_parser.walk(promql_parser.parse(expression), nodes.append)
    return any(
        type(node).__name__ == "VectorSelector" and not _within(node, namespaces) for node in nodes
    )


def _within(node: object, namespaces: frozenset[str]) -> bool:
    matchers = node.matchers  # type: ignore[attr-defined]
    return all(
        any(
            matcher.name == "namespace"
            and str(matcher.op).endswith(".Equal")
            and matcher.value in namespaces
            for matcher in group
        )
        for group in (matchers.or_matchers or [matchers.matchers])
    )


def _check_node(node: object) -> None:
    kind = type(node).__name__
    if kind == "VectorSelector":
        _check_selector(node)
    if kind in ("MatrixSelector", "SubqueryExpr"):
        span: timedelta = node.range  # type: ignore[attr-defined]
        if not timedelta(0) < span <= MAX_RANGE:
            _too_wide("A range in the PromQL is longer than 24 h.")
    if kind == "SubqueryExpr":
        step: timedelta = node.step or timedelta(minutes=1)  # type: ignore[attr-defined]
        if step < timedelta(seconds=1) or node.range / step > MAX_POINTS:  # type: ignore[attr-defined]
            _too_wide(f"A subquery has more than {MAX_POINTS} points.")
    offset: timedelta | None = getattr(node, "offset", None)
    if offset is not None and abs(offset) > MAX_OFFSET:
        _too_wide("An offset is longer than 31 days.")
    moment = getattr(node, "at", None)
    if moment is not None and "(" not in str(moment):
        refuse(
            "policy", "absolute-time", "Times in a move are relative.", "use offset instead of @"
        )


def _check_selector(node: object) -> None:
    if node.name:  # type: ignore[attr-defined]
        return
    matchers = node.matchers  # type: ignore[attr-defined]
    for group in matchers.or_matchers or [matchers.matchers]:
        if not any(_selects(matcher) for matcher in group):
            _too_wide("A selector without a metric name would read every series.")


def _selects(matcher: object) -> bool:
    operator = str(matcher.op).rpartition(".")[2]  # type: ignore[attr-defined]
    value: str = matcher.value  # type: ignore[attr-defined]
    if operator == "Equal":
        return bool(value)
    if operator == "Re":
        return all(_SELECTIVE.match(branch) for branch in value.strip("()").split("|"))
    return False


def _too_wide(message: str) -> None:
    refuse("policy", "too-wide", message, "name a metric, and stay within 24 h")
