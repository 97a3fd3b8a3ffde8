"""Renderers of a benchmark result: text, json, markdown, junit, html."""

from __future__ import annotations

import json

from agent.bench.result import BenchResult


def render(result: BenchResult, form: str) -> str:
    """The result in the format of that name, with a newline at its end."""
    if form == "json":
        return json.dumps(result.to_json(), indent=2, ensure_ascii=False) + "\n"
    if form == "markdown":
        from agent.bench.render.markdown import markdown

        return markdown(result)
    if form == "junit":
        from agent.bench.render.junit import junit

        return junit(result)
    if form == "html":
        from agent.bench.render.html import html

        return html(result)
    from agent.bench.render.text import text

    return text(result)
