"""The rules file, as data: which alerts there are, and the same rules for clocks that run faster."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

RULES = Path(__file__).parent / "rules.yaml"
"""Our rules, in the form that Prometheus reads."""

LEAST_WINDOW = 5.0
"""Shortest range, seconds: a rate needs two samples, and nobody scrapes more often than each second."""

_UNITS = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
    "y": 31536000.0,
}
_DURATION = re.compile(r"(\d+)(ms|[smhdwy])")
_RANGE = re.compile(r"\[([0-9a-z]+)\]")


def load(path: Path = RULES) -> dict[str, Any]:
    """A rules file. Raises OSError and yaml.YAMLError."""
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def rules_of(rules: dict[str, Any]) -> list[dict[str, Any]]:
    """All rules, recording rules among them, in order."""
    return [rule for group in rules["groups"] for rule in group["rules"]]


def alerts(rules: dict[str, Any]) -> list[dict[str, Any]]:
    """The alerting rules, in order. An alert may have two, with different severities."""
    return [rule for rule in rules_of(rules) if "alert" in rule]


def shortened(
    rules: dict[str, Any], factor: float, least_window: float = LEAST_WINDOW
) -> dict[str, Any]:
    """The same rules with every `for:` and every range divided by `factor`.

    For demonstrations and tests, where a quarter of an hour is too long. Horizons that stand in an
    expression as numbers (how long a Job may take, how far ahead a volume is judged) stay.
    `least_window` is the shortest range, seconds. Raises ValueError for a factor that is not positive.
    """
    if factor <= 0:
        raise ValueError(f"a factor must be positive, not {factor}")
    result = copy.deepcopy(rules)
    for rule in rules_of(result):
        if "for" in rule:
            rule["for"] = duration(seconds(rule["for"]) / factor)
        rule["expr"] = _RANGE.sub(
            lambda found: f"[{duration(max(seconds(found[1]) / factor, least_window))}]",
            rule["expr"],
        )
    return result


def seconds(text: str) -> float:
    """A Prometheus duration (`1h30m`) in seconds. Raises ValueError."""
    if text == "0":
        return 0.0
    if not re.fullmatch(f"(?:{_DURATION.pattern})+", text):
        raise ValueError(f"not a duration: {text!r}")
    return sum(int(found[1]) * _UNITS[found[2]] for found in _DURATION.finditer(text))


def duration(amount: float) -> str:
    """Seconds as a Prometheus duration, to the millisecond."""
    whole = round(amount * 1000)
    return f"{whole // 1000}s" if whole % 1000 == 0 else f"{whole}ms"


def text(rules: dict[str, Any]) -> str:
    """Rules as a file for Prometheus."""
    return str(yaml.safe_dump(rules, sort_keys=False, width=120))
