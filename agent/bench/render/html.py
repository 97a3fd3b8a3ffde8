"""The result as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import Any

from agent.bench.contestant import AGENT
from agent.bench.render import plots, words
from agent.bench.result import BenchResult
from agent.render import clean


def html(result: BenchResult) -> str:
    """The page."""
    families = result.summary.by_family.items()
    contestants = [(name, summary) for name, summary in words.rows(result)]
    page: str = _template().render(
        result=result,
        words=words,
        agent=AGENT,
        contestants=contestants,
        charts=[
            plots.shares("contestants", "pass@1: magos-agent and its baselines", contestants),
            plots.shares("families", "pass@1 per family", families),
        ],
        histograms=[
            plots.histogram(
                "moves", "Commands per case", "commands", [c.moves for c in result.cases], 1
            ),
            plots.histogram(
                "seconds", "Seconds per case", "s", [c.seconds for c in result.cases], 0.01
            ),
        ],
        plots=plots,
    )
    return page


@cache
def _template() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("agent.bench.render", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Cluster text is shown, never obeyed: no control or bidirectional characters.
        finalize=lambda value: clean.block(value) if type(value) is str else value,
    )
    return environment.get_template("page.html.j2")
