"""Page: samples on their way to the Prometheus text format.

A small writer of our own, because client libraries rename counters that Kubernetes does not call
`..._total` (`kubelet_evictions`) and keep registries; the format itself is two rules of quoting.
"""

from __future__ import annotations

from sandbox.simulator.durations import parse
from sandbox.simulator.metrics.families import FAMILIES

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Media type of the text format."""

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def labels(**values: object) -> str:
    """Label text without braces: `namespace="shop",pod="cart-0"`. None reads as empty."""
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in values.items())


class Page:
    """Samples by metric name. `shift` is added to every value that is a time (seconds)."""

    def __init__(self, shift: float = 0) -> None:
        self._shift = shift
        self._lines: dict[str, list[str]] = {}

    def add(self, name: str, where: str, value: float, /, **more: object) -> None:
        """One sample; `where` is label text that `more` is appended to."""
        if more:
            where = f"{where},{labels(**more)}" if where else labels(**more)
        line = f"{name}{{{where}}} {value:.17g}" if where else f"{name} {value:.17g}"
        self._lines.setdefault(name, []).append(line)

    def optional(self, name: str, where: str, value: float | None) -> None:
        """One sample, unless there is no value."""
        if value is not None:
            self.add(name, where, value)

    def time(self, name: str, where: str, text: str | None, /, **more: object) -> None:
        """One sample whose value is an RFC 3339 time in Unix seconds; nothing without a time."""
        at = parse(text) if text else None
        if at is not None:
            self.add(name, where, at.timestamp() + self._shift, **more)

    def states(self, name: str, where: str, label: str, all_: tuple[str, ...], is_: str) -> None:
        """One sample per state: 1 for the one that holds, 0 for the others."""
        for state in all_:
            self.add(name, where, state == is_, **{label: state})

    def text(self) -> str:
        """The page. Raises KeyError for a metric that families.py does not know."""
        parts: list[str] = []
        for name, lines in self._lines.items():
            family = FAMILIES[name]
            parts.append(f"# HELP {name} {family.help}")
            parts.append(f"# TYPE {name} {family.type}")
            parts.extend(lines)
        return "\n".join(parts) + "\n" if parts else ""


def _escaped(value: object) -> str:
    return "" if value is None else str(value).translate(_ESCAPES)
