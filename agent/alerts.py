"""Alerts from flags and files: --alert, --label, --alert-file, and the namespace they agree on.

A file may hold an Alertmanager webhook v4 body, one alert, a list of alerts, or what Alertmanager's
API v2 lists. What is written in an alert is data: it is kept as it is and never followed.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from agent.incident import Alert
from tools.errors import UsageError

LARGEST_FILE = 1024 * 1024
"""Bytes. Alertmanager's own bodies stay far below; beyond it something else was passed."""
MOST_ALERTS = 1000
"""Alerts of one file. One run explains one incident, so more is a mistake."""
EXPECTED = (
    "expected an Alertmanager webhook body, one alert {labels, annotations, startsAt}, or a list"
)
NAMESPACE_LABELS = ("namespace", "exported_namespace")
NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
RESOLVED = {"resolved", "inactive"}
FIRING = {"firing", "active", "suppressed", "unprocessed", "pending", ""}


def from_flags(names: Sequence[str], labels: Sequence[str]) -> list[Alert]:
    """One alert per --alert NAME, each with all --label k=v; a nameless one when only labels.

    Raises UsageError for an empty name, a label without `=`, a bad label name or a repeated one.
    """
    pairs: dict[str, str] = {}
    for label in labels:
        key, equals, value = label.partition("=")
        if not equals or not LABEL_NAME.fullmatch(key):
            raise UsageError(f"--label {label!r} is not k=v", "for example --label pod=web-1")
        value = utf8(value)
        if pairs.setdefault(key, value) != value:
            raise UsageError(f"--label {key} is given twice, as {pairs[key]!r} and {value!r}")
    if any(not name.strip() for name in names):
        raise UsageError("--alert needs a name", "for example --alert KubePodCrashLooping")
    if names and "alertname" in pairs:
        raise UsageError("--label alertname and --alert say the same thing", "give one of them")
    if not names:
        return [Alert(labels=pairs)] if pairs else []
    return [Alert(labels={"alertname": utf8(name.strip()), **pairs}) for name in names]


def from_file(source: str, stdin: IO[bytes] | None = None) -> list[Alert]:
    """The alerts of a file, or of standard input for `-`. Raises UsageError for anything else."""
    where = "standard input" if source == "-" else source
    try:
        if source == "-":
            raw = (stdin or sys.stdin.buffer).read(LARGEST_FILE + 1)
        else:
            with Path(source).open("rb") as file:
                raw = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise UsageError(f"--alert-file {where}: {error.strerror or 'cannot be read'}") from error
    except ValueError as error:  # a path with a NUL character
        raise UsageError("--alert-file: not a file name") from error
    if len(raw) > LARGEST_FILE:
        raise UsageError(f"--alert-file {where}: larger than 1 MiB", EXPECTED)
    return parse(raw, where)


def parse(raw: bytes, where: str) -> list[Alert]:
    """The alerts in a JSON document. Raises UsageError naming `where` and what was expected."""
    if not raw.strip():
        raise UsageError(f"--alert-file {where}: empty", EXPECTED)
    try:
        document = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"--alert-file {where}: not UTF-8 text", EXPECTED) from error
    except RecursionError as error:
        raise UsageError(f"--alert-file {where}: nested too deeply", EXPECTED) from error
    except ValueError as error:
        place = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UsageError(f"--alert-file {where}: not JSON{place}", EXPECTED) from error
    entries = _entries(document)
    if not entries:
        raise UsageError(f"--alert-file {where}: no alerts in it", EXPECTED)
    if len(entries) > MOST_ALERTS:
        raise UsageError(f"--alert-file {where}: {len(entries)} alerts, at most {MOST_ALERTS}")
    common = _texts(document.get("commonLabels")) if isinstance(document, dict) else {}
    return [_alert(entry, common, where, n) for n, entry in enumerate(entries, start=1)]


def utf8(text: str) -> str:
    """The text with lone surrogates (of argv or JSON escapes) replaced: it can be stored."""
    return text.encode("utf-8", "replace").decode("utf-8")


def namespace_of(alert: Alert) -> str | None:
    """The namespace an alert's labels give, or None."""
    return next((alert.labels[k] for k in NAMESPACE_LABELS if alert.labels.get(k)), None)


def check_namespace(namespace: str | None, alerts: Sequence[Alert]) -> None:
    """Raises UsageError when -n is no namespace name or contradicts an alert's labels."""
    if namespace is None:
        return
    if not NAMESPACE.fullmatch(namespace):
        raise UsageError(
            f"-n {namespace!r} cannot be a namespace",
            "lower-case letters, digits and -, at most 63",
        )
    for alert in alerts:
        given = {alert.labels[k] for k in NAMESPACE_LABELS if alert.labels.get(k)}
        if given and namespace not in given:
            raise UsageError(
                f"-n {namespace} contradicts the alert {alert.name or '(no name)'}, "
                f"whose namespace is {namespace_of(alert)!r}",
                "leave -n out to use the alert's namespace",
            )


def _entries(document: Any) -> list[Any] | None:
    """The list of alerts in any of the accepted shapes."""
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        if isinstance(document.get("alerts"), list):
            return list(document["alerts"])
        if "labels" in document:
            return [document]
    return None


def _alert(entry: Any, common: Mapping[str, str], where: str, number: int) -> Alert:
    if not isinstance(entry, dict) or not isinstance(entry.get("labels"), dict):
        raise UsageError(f"--alert-file {where}: alert {number} has no labels", EXPECTED)
    labels = {**common, **_texts(entry["labels"])}
    if not labels:
        raise UsageError(f"--alert-file {where}: alert {number} has no labels", EXPECTED)
    starts = entry.get("startsAt")
    return Alert(
        status=_status(entry.get("status"), where, number),
        labels=labels,
        annotations=_texts(entry.get("annotations")),
        starts_at=starts if isinstance(starts, str) and starts else None,
    )


def _status(status: Any, where: str, number: int) -> Any:
    """Alertmanager says firing, its API v2 {"state": "active"}, Prometheus firing or inactive."""
    state = status.get("state") if isinstance(status, dict) else status
    word = state.lower() if isinstance(state, str) else ""
    if word in RESOLVED:
        return "resolved"
    if word in FIRING:
        return "firing"
    raise UsageError(
        f"--alert-file {where}: alert {number} has the status {word[:40]!r}",
        "expected firing or resolved",
    )


def _texts(value: Any) -> dict[str, str]:
    """A mapping of strings; numbers and booleans become text, anything else is left out."""
    if not isinstance(value, dict):
        return {}
    return {
        utf8(str(key)): utf8(item) if isinstance(item, str) else json.dumps(item)
        for key, item in value.items()
        if isinstance(item, str | int | float)
    }
