"""Runs: the report of an earlier run -> the entry that is indexed of it. Pure, over plain JSON."""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue

from tools.redact import redact
from tools.retrieval.snippet import Entry, clean
from tools.retrieval.words import parts

LONGEST_TEXT = 2000


def run_entry(report: JsonValue) -> Entry | None:
    """The entry of a report that ended with a root cause; None for any other document."""
    if not isinstance(report, dict) or report.get("verdict") != "root_cause":
        return None
    cause, cluster = _map(report.get("root_cause")), _map(report.get("cluster"))
    run_id, cause_id = str(report.get("run_id") or ""), str(cause.get("id") or "")
    about = object_text(_map(cause.get("object")))
    at = str(report.get("finished_at") or report.get("started_at") or "")
    if not (run_id and cause_id and about):
        return None
    remedy = _map(report.get("remedy")).get("summary") or ""
    incident = _map(report.get("incident"))
    alerts = [
        _map(_map(alert).get("labels")).get("alertname") for alert in _list(incident, "alerts")
    ]
    names = " ".join(str(name) for name in alerts if name)
    text = "\n".join(str(line) for line in (cause.get("summary"), remedy) if line)
    title = f"run {run_id} on {at[:10]}: {cause_id} on {about}"
    return Entry(
        kind="run",
        source=f"run:{run_id}",
        title=" ".join(clean(title).split()),
        names=clean(f"{names} {parts(names)} {parts(about)}"),
        text=clean(redact(text))[:LONGEST_TEXT],
        tag=same_incident(cluster_key(cluster), cause_id, about),
        at=at,
    )


def cluster_key(cluster: dict[str, Any]) -> str:
    """What tells clusters apart: the server; of a simulated one, whose port changes, its scenario."""
    if cluster.get("simulated"):
        return str(cluster.get("context") or "sim:")
    return str(cluster.get("server") or "")


def same_incident(cluster: str, cause: str, about: str) -> str:
    """The tag of runs that found the same cause on the same object of the same cluster."""
    return "\n".join((cluster, cause, about))


def object_text(ref: dict[str, Any]) -> str:
    """`Kind/namespace/name`."""
    values = (ref.get("kind"), ref.get("namespace"), ref.get("name"))
    return "/".join(str(value) for value in values if value)


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: dict[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []
