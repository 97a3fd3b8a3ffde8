"""Renderers: Report -> str as text, JSON, Markdown or JUnit XML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from agent.report import Report

Format = Literal["text", "json", "markdown", "junit"]


def render(report: Report, form: Format, *, color: bool = False, verbose: bool = False) -> str:
    """The report in one of the four forms, ending in a newline. `color` and `verbose` are for text.

    JSON is ASCII with escapes: a terminal that shows it cannot be driven by what is in it.
    """
    if form == "json":
        return json.dumps(report.to_json(), indent=2) + "\n"
    if form == "markdown":
        from agent.render.markdown import markdown

        return markdown(report)
    if form == "junit":
        from agent.render.junit import junit

        return junit(report)
    from agent.render.text import text

    return text(report, color=color, verbose=verbose)
