"""Metrics: the JSON that `promtool query --format=json` prints, one fact for each series."""

from __future__ import annotations

import json
from math import isfinite

from pydantic import JsonValue

from tools.distil.documents import parse_json
from tools.distil.facts import FactList
from tools.distil.shapes import mappings, sequence, string_map, text
from tools.move import Move
from tools.objects import ObjectRef

MOST_SERIES = 40
"""Series that state a fact; a query that returns more has not asked for anything in particular."""


LABELS = {
    "pod": "Pod",
    "deployment": "Deployment",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "persistentvolumeclaim": "PersistentVolumeClaim",
}
"""Label of the usual exporters -> kind that it names, the most specific first."""


def metrics(source: str, move: Move, facts: FactList) -> None:
    """State each series' value, or what its values were over time. Never raises."""
    for number, series in mappings(parse_json(source))[:MOST_SERIES]:
        labels = string_map(series.get("metric"))
        about: dict[str, JsonValue] = {"query": move.args[-1], "labels": labels}
        path, quote = f"[{number}]", json.dumps(series)
        subject = _subject(labels, move)
        if "values" in series:
            values = [
                value for value in map(_value, sequence(series["values"])) if value is not None
            ]
            if values:
                span: dict[str, JsonValue] = {
                    "first": values[0],
                    "last": values[-1],
                    "least": min(values),
                    "most": max(values),
                    "points": len(values),
                }
                facts.add(subject, "metric.range", about | span, path=path, quote=quote)
        elif (value := _value(series.get("value"))) is not None:
            facts.add(subject, "metric.sample", about | {"value": value}, path=path, quote=quote)


def _value(point: JsonValue) -> float | None:
    """The number of `[time, "number"]`; NaN and infinities are none."""
    if not isinstance(point, list) or len(point) != 2:
        return None
    try:
        number = float(text(point[1]))
    except ValueError:
        return None
    return number if isfinite(number) else None


def _subject(labels: dict[str, JsonValue], move: Move) -> ObjectRef:
    """What a series is about, by the labels of the usual exporters."""
    words = {name: value for name, value in labels.items() if isinstance(value, str)}
    namespace = words.get("namespace")
    for label, kind in LABELS.items():
        if namespace and words.get(label):
            container = words.get("container") if kind == "Pod" else None
            return ObjectRef(kind=kind, namespace=namespace, name=words[label], container=container)
    if words.get("node"):
        return ObjectRef(kind="Node", name=words["node"])
    return ObjectRef(kind="Namespace", name=namespace or "*")
