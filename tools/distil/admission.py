"""FailedCreate messages: who denied the pod, and with which numbers."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.statement import Statement

_EXCEEDED = re.compile(
    r"exceeded quota: (?P<quota>[^,]+), requested: (?P<requested>.*?), used: (?P<used>.*?), "
    r"limited: (?P<limited>.*)$",
    re.S,
)
_UNSPECIFIED = re.compile(r"failed quota: (?P<quota>[^:]+): must specify (?P<what>.*)$", re.S)
_LIMIT_RANGE = re.compile(
    r"(?P<bound>maximum|minimum) (?P<resource>\S+) usage per (?P<type>\S+) is "
    r"(?P<limit>[\w.]+?)(?:\.\s+No (?P<lack>limit|request) is specified|, but "
    r"(?:limit|request) is (?P<asked>[\w.]+?))(?=[,\]. ]|$)"
)
_RATIO = re.compile(
    r"(?P<resource>\S+) max limit to request ratio per (?P<type>\S+) is (?P<limit>\S+),"
)
_POD_SECURITY = re.compile(r'violates PodSecurity "([^"]+)"')
_WEBHOOK = re.compile(r'admission webhook "([^"]+)" denied|failed calling webhook "([^"]+)"')
_POLICY = re.compile(r"ValidatingAdmissionPolicy '([^']+)'")
_SERVICE_ACCOUNT = re.compile(
    r'serviceaccount "([^"]+)" not found|error looking up service account [^/\s]+/([^\s:]+)'
)
_PRIORITY_CLASS = re.compile(r"no PriorityClass with name (\S+) was found")

_COMBINED = "(combined from similar events): "


def without_prefix(message: str) -> str:
    """The message without what the event recorder puts before a series."""
    return message.removeprefix(_COMBINED)


def _amounts(text: str) -> dict[str, JsonValue]:
    """`requests.cpu=1,requests.memory=1Gi` as a map."""
    pairs = (item.partition("=") for item in text.strip(" .").split(","))
    return {name.strip(): amount.strip() for name, sep, amount in pairs if sep and name.strip()}


def _by_quota(message: str) -> dict[str, JsonValue] | None:
    if found := _EXCEEDED.search(message):
        return {
            "by": "quota",
            "quota": found["quota"].strip(),
            "requested": _amounts(found["requested"]),
            "used": _amounts(found["used"]),
            "limited": _amounts(found["limited"]),
        }
    if found := _UNSPECIFIED.search(message):
        # `limits.cpu,limits.memory`; since 1.25 `limits.cpu for: web; limits.memory for: web`.
        parts = [part.partition(" for:")[0] for part in found["what"].split(";")]
        names = [name.strip(" .") for part in parts for name in part.split(",")]
        return {
            "by": "quota",
            "quota": found["quota"].strip(),
            "unspecified": [*dict.fromkeys(filter(None, names))],
        }
    return None


def _by_limit_range(message: str) -> dict[str, JsonValue] | None:
    bounds: list[JsonValue] = []
    requested: dict[str, JsonValue] = {}
    limited: dict[str, JsonValue] = {}
    for found in _LIMIT_RANGE.finditer(message):
        bounds.append(f"{found['bound']} {found['resource']} per {found['type']}")
        limited[found["resource"]] = found["limit"]
        if found["asked"]:
            requested[found["resource"]] = found["asked"]
    for found in _RATIO.finditer(message):
        bounds.append(f"ratio {found['resource']} per {found['type']}")
        limited[found["resource"]] = found["limit"]
    if not bounds:
        return None
    return {"by": "limit-range", "bounds": bounds, "requested": requested, "limited": limited}


def _by_name(message: str) -> dict[str, JsonValue]:
    for by, pattern in (
        ("pod-security", _POD_SECURITY),
        ("webhook", _WEBHOOK),
        ("service-account", _SERVICE_ACCOUNT),
        ("priority-class", _PRIORITY_CLASS),
        ("other", _POLICY),
    ):
        if found := pattern.search(message):
            return {"by": by, "name": next(group for group in found.groups() if group)}
    return {"by": "other"}


def create_denied(message: str) -> list[Statement]:
    """`create.denied`: quota with its arithmetic, LimitRange, PodSecurity, webhook and others.

    Absent keys are absent: `requested`, `used` and `limited` only where the message has them.
    `unspecified` lists what a quota demands that the pod leaves out; `bounds` the LimitRange rules.
    """
    told = without_prefix(message)
    if not told:
        return []
    value = _by_quota(told) or _by_limit_range(told) or _by_name(told)
    return [Statement("create.denied", value | {"message": told})]
