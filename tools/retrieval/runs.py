"""Runs: the report of an earlier run -> the entries that are indexed of it. Pure, over plain JSON.

What makes two runs alike is a tag: the same cause on the same object, or the same alert about the same
object, each of the same cluster.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import JsonValue

from tools.redact import redact
from tools.retrieval.snippet import Entry, clean
from tools.retrieval.words import parts

LONGEST_TEXT = 2000
MOST_TAGS = 6
"""Of one run; it has one for each alert and object."""
ENDED = ("root_cause", "inconclusive", "healthy")
"""Verdicts worth knowing of when the alert comes again."""
_RANDOM = "[bcdfghjklmnpqrstvwxz2456789]"
"""What Kubernetes makes random names of (k8s.io/apimachinery/pkg/util/rand)."""
_MADE_NAMES = {
    "Pod": re.compile(
        rf"-{_RANDOM}{{6,10}}-{_RANDOM}{{5}}$|(-\d{{6,}})?-{_RANDOM}{{5}}$|-\d{{1,4}}$"
    ),
    "ReplicaSet": re.compile(rf"-{_RANDOM}{{6,10}}$"),
    "Job": re.compile(r"-\d{6,}$"),
}
"""What controllers put behind their own name."""


def run_entries(report: JsonValue) -> list[Entry]:
    """An entry for each tag of a run that came to an end; none for any other document."""
    tags = run_tags(report)
    if not isinstance(report, dict) or report.get("verdict") not in ENDED or not tags:
        return []
    run_id = str(report.get("run_id") or "")
    if not run_id or report.get("stop_reason") in ("interrupted", "error"):
        return []
    cause = _map(report.get("root_cause"))
    about = object_text(_map(cause.get("object")))
    at = str(report.get("finished_at") or report.get("started_at") or "")
    remedy = _map(report.get("remedy")).get("summary") or ""
    names = " ".join(_alerts(report))
    text = "\n".join(str(line) for line in (cause.get("summary"), remedy) if line)
    end = f"{cause.get('id')} on {about}" if about else str(report.get("verdict"))
    first = Entry(
        kind="run",
        source=f"run:{run_id}",
        title=" ".join(clean(f"run {run_id} on {at[:10]}: {end}").split()),
        names=clean(f"{names} {parts(names)} {parts(about)}") if about else "",
        text=clean(redact(text))[:LONGEST_TEXT],
        tag=tags[0],
        at=at,
    )
    # The others are there for their tags only, not to be found by words.
    return [first, *(first._replace(names="", text="", tag=tag) for tag in tags[1:])]


def run_tags(report: JsonValue) -> list[str]:
    """The tags of a run, the surest first: its cause and object, then each alert and object."""
    if not isinstance(report, dict):
        return []
    cause, cluster = _map(report.get("root_cause")), cluster_key(_map(report.get("cluster")))
    cause_id, own = str(cause.get("id") or ""), _map(cause.get("object"))
    about = object_text(own)
    tags = [same_incident(cluster, cause_id, about)] if cause_id and about else []
    scope = _map(_map(report.get("incident")).get("scope"))
    places = [_place(ref) for ref in (own, *map(_map, _list(scope, "objects"))) if ref.get("name")]
    tags += ["\n".join((cluster, "alert", a, place)) for a in _alerts(report) for place in places]
    return list(dict.fromkeys(tags))[:MOST_TAGS]


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


def _place(ref: dict[str, Any]) -> str:
    """`namespace/name` of an object, or of what made it: pods come and go under new names."""
    made = _MADE_NAMES.get(str(ref.get("kind")))
    name = str(ref.get("name"))
    return f"{ref.get('namespace') or ''}/{made.sub('', name) if made else name}"


def _alerts(report: dict[str, Any]) -> list[str]:
    alerts = _list(_map(report.get("incident")), "alerts")
    names = (_map(_map(alert).get("labels")).get("alertname") for alert in alerts)
    return list(dict.fromkeys(str(name) for name in names if name))


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: dict[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []
