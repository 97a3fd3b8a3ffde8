"""Values in the text of `kubectl describe`: times, maps, tables, probes, tolerations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from pydantic import JsonValue

from tools.distil.columns import Columns
from tools.distil.outline import NONE, Node

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = re.compile(
    r"^\w{3}, (\d{2}) (\w{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$", re.ASCII
)
_EVENTS = re.compile(r"^Type\s+Reason\s+Age\s+From\s+Message$")
_EVENT = re.compile(r"^  (?:Normal|Warning) ")
_MESSAGE_LENGTH = 4096
"""Characters of an event's message that are put together; the API allows 1,024."""
_PROBE = re.compile(
    r"^(http-get|tcp-socket|exec|grpc) (.{0,4000}?) ?delay=(\d{1,9})s timeout=(\d{1,9})s "
    r"period=(\d{1,9})s #success=(\d{1,9}) #failure=(\d{1,9})$",
    re.ASCII,
)
_URL = re.compile(r"^(https?)://(?:\[[^\]]*\]|[^/:]*):?([^/]*)(/.*)?$")
_TOLERATION = re.compile(
    r"^((?!op=)[^=:\s]*)?(?:=([^:\s]*))?(?::(\w+))?(?: ?op=(\w+))?(?: for (\d{1,12})s)?$",
    re.ASCII,
)
_TAINT = re.compile(r"^([^=:\s]+)(?:=([^:\s]*))?:(\w+)$", re.ASCII)


def rfc3339(text: str) -> str:
    """`Mon, 23 Nov 2026 02:17:29 +0000` as `2026-11-23T02:17:29Z`; empty when it is no time."""
    found = _TIME.match(text)
    if found is None or found.group(2) not in _MONTHS:
        return ""
    day, month, year, hour, minute, second, sign, over, past = found.groups()
    offset = timedelta(hours=int(over), minutes=int(past)) * (1 if sign == "+" else -1)
    try:
        moment = datetime(
            int(year),
            _MONTHS.index(month) + 1,
            int(day),
            int(hour),
            int(minute),
            int(second),
            tzinfo=timezone(offset),
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def whole(text: str) -> int | None:
    """The number a text is (with or without `s` behind it); None when it is none."""
    bare = text.removesuffix("s")
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 16 else None


def pairs(text: str) -> dict[str, JsonValue]:
    """`a=b,c=d` as a map; empty for set-based selectors, which are no map."""
    found: dict[str, JsonValue] = {}
    for part in text.split(","):
        key, equals, value = part.strip().partition("=")
        if not equals or not key or " " in part.strip() or key.endswith("!"):
            return {}
        found[key] = value
    return found


def labels(node: Node | None) -> dict[str, JsonValue]:
    """Labels or node selectors, one `key=value` a line."""
    found: dict[str, JsonValue] = {}
    for entry in node.texts() if node else []:
        key, equals, value = entry.text.partition("=")
        if equals:
            found[key] = value
    return found


def notes(node: Node | None) -> dict[str, JsonValue]:
    """Annotations, one `key: value` a line; long ones are cut by kubectl."""
    found: dict[str, JsonValue] = {}
    for entry in node.texts() if node else []:
        if entry.key:
            found[entry.key] = entry.value
    return found


def rows(node: Node | None) -> list[tuple[Node, dict[str, str]]]:
    """Rows of the table below a line (conditions, events), by heading."""
    if node is None or not node.children:
        return []
    head = node.children[0]
    # Cells are cut from the line as it stands; the indentation is the same in all of them.
    columns = Columns(head.text)
    found = []
    for row in node.children[1:]:
        if row.indent == head.indent and not set(row.text) <= {"-", " "}:
            found.append((row, columns.cells(row.text)))
    return found


def event_rows(top: Node, lines: list[str]) -> list[tuple[int, dict[str, str]]]:
    """Rows of the events below a description, with their line numbers.

    Read from the lines and not from the tree: a message may have several lines, indented anyhow.
    """
    for node in top.children:
        if node.key == "Events" and node.children and _EVENTS.match(node.children[0].text):
            break
    else:
        return []
    columns = Columns(lines[node.line])
    found: list[tuple[int, dict[str, str]]] = []
    for at in range(node.line + 2, min(top.end, len(lines))):
        line = lines[at]
        cells = columns.cells(line) if _EVENT.match(line) else {}
        if cells:
            found.append((at + 1, cells))
        elif found and line.strip() and len(found[-1][1]["Message"]) < _MESSAGE_LENGTH:
            found[-1][1]["Message"] += f" {line.strip()}"
    return found


def taint(text: str) -> dict[str, JsonValue]:
    """`key=value:effect` as the API has it; empty when it is no taint."""
    found = _TAINT.match(text)
    if found is None:
        return {}
    key, value, effect = found.groups()
    return {"key": key, "value": value or "", "effect": effect}


def toleration(text: str) -> dict[str, JsonValue]:
    """`key=value:effect op=Exists for 300s` as the API has it; empty when it is none."""
    found = _TOLERATION.match(text)
    if found is None or not text:
        return {}
    key, value, effect, operator, seconds = found.groups()
    entry: dict[str, JsonValue] = {}
    for name, part in (("key", key), ("operator", operator), ("value", value), ("effect", effect)):
        if part:
            entry[name] = part
    if seconds:
        entry["tolerationSeconds"] = int(seconds)
    return entry


def probe(text: str) -> dict[str, JsonValue]:
    """`http-get http://:80/ delay=0s ...` as the API has it; empty when it is no probe."""
    found = _PROBE.match(text)
    if found is None:
        return {}
    kind, action, delay, timeout, period, success, failure = found.groups()
    body: dict[str, JsonValue] = {
        "initialDelaySeconds": int(delay),
        "timeoutSeconds": int(timeout),
        "periodSeconds": int(period),
        "successThreshold": int(success),
        "failureThreshold": int(failure),
    }
    if kind == "exec":
        words: list[JsonValue] = [*action.strip().removeprefix("[").removesuffix("]").split()]
        return body | {"exec": {"command": words}}
    if kind == "http-get":
        url = _URL.match(action.strip())
        if url is None:
            return {}
        target: dict[str, JsonValue] = {"scheme": url[1].upper(), "port": _port(url[2])}
        return body | {"httpGet": target | ({"path": url[3]} if url[3] else {})}
    place = action.strip().split(" ")[0]
    target = {"port": _port(place.rpartition(":")[2])}
    return body | {"tcpSocket" if kind == "tcp-socket" else "grpc": target}


def _port(text: str) -> JsonValue:
    number = whole(text) if not text.endswith("s") else None
    return text if number is None else number


def present(node: Node | None) -> str:
    """The value of a line that may be absent or say `<none>`."""
    return "" if node is None or node.value in NONE else node.value
