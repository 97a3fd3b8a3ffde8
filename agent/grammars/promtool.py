"""What may be said to promtool: metric and label names as the caller learnt them from a Prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from agent.grammars.inventory import Inventory
from model.grammar.expression import Expression
from model.grammar.promql import MetricNames, promql_line

METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,200}")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,100}")
MOST_METRICS = 2000
KEYWORDS = frozenset(
    (
        *("by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool"),
        *("and", "or", "unless", "inf", "nan"),
    )
)
"""Words that PromQL reads as its own."""


def promtool_line(
    metrics: Iterable[str],
    labels: Mapping[str, Iterable[str]],
    namespaces: Iterable[str] | None,
) -> Expression:
    """One promtool line in canonical form that passes parse, tree and policy.

    namespaces: every selector names one of them; None where the scope is everything. Raises Impossible
    (a ValueError) when there is no metric or no namespace.
    """
    known = {
        label: tuple(dict.fromkeys(values))
        for label, values in labels.items()
        if LABEL.fullmatch(label) and not label.startswith("__") and label not in KEYWORDS
    }
    required = {}
    if namespaces is not None:
        required["namespace"] = tuple(sorted(namespaces))
        known.setdefault("namespace", ())
    names = sorted({m for m in metrics if METRIC.fullmatch(m) and m.lower() not in KEYWORDS})
    return promql_line(MetricNames(tuple(names[:MOST_METRICS]), known, required))


def labels_of(inventory: Inventory) -> dict[str, tuple[str, ...]]:
    """Labels of the usual exporters, with the names that the cluster has as values."""
    found: dict[str, tuple[str, ...]] = {"namespace": inventory.namespaces}
    for label, plural in (("pod", "pods"), ("deployment", "deployments"), ("node", "nodes")):
        kind = inventory.kind(plural)
        names = [
            name
            for (resource, _), listed in inventory.names.items()
            if kind is not None and resource == kind.full_name
            for name in listed
        ]
        found[label] = tuple(names)
    containers = {name for listed in inventory.containers.values() for name in listed}
    return found | {"container": tuple(sorted(containers))}
