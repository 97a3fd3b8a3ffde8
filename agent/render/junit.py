"""The report as JUnit XML, so that any CI system shows an investigation as a test.

One suite, one test case. healthy passes; root_cause is a failure with summary and evidence;
inconclusive is an error, since a green tick would claim more than is known; not_found is skipped,
since there was nothing to test. A run that ended early is an error, unless it found the cause.
"""

from __future__ import annotations

from html import escape

from agent.render import clean, words
from agent.render.text import text
from agent.report import Report


def junit(report: Report) -> str:
    """A `testsuites` document, valid for any text in the report."""
    tag = _outcome(report)
    counts = {name: int(tag == name) for name in ("failure", "error", "skipped")}
    taken = f"{report.usage.wall_ms / 1000:.3f}"
    suite = _attributes(
        name="magos-agent",
        tests="1",
        failures=str(counts["failure"]),
        errors=str(counts["error"]),
        skipped=str(counts["skipped"]),
        time=taken,
        timestamp=report.started_at,
    )
    scope = report.incident.scope
    place = "*" if scope.all_namespaces else ",".join(scope.namespaces)
    case = _attributes(
        classname=f"{report.cluster.context or 'cluster'}.{place}",
        name=words.incident_line(report),
        time=taken,
    )
    properties = {
        "run_id": report.run_id,
        "verdict": report.verdict,
        "stop_reason": report.stop_reason,
        "simulated": str(report.cluster.simulated).lower(),
    }
    if report.root_cause is not None:
        properties["cause"] = report.root_cause.id
        properties["object"] = str(report.root_cause.object)
    rows = [f"<property{_attributes(name=k, value=v)}/>" for k, v in properties.items()]
    summary = report.root_cause.summary if report.root_cause is not None else report.summary
    said = _attributes(message=summary or words.headline(report), type=report.verdict)
    story = escape(clean.block(text(report)))
    inner = f"<{tag}{said}>{story}</{tag}>" if tag else f"<system-out>{story}</system-out>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites><testsuite{suite}>\n"
        f"<properties>{''.join(rows)}</properties>\n"
        f"<testcase{case}>\n{inner}\n</testcase>\n"
        "</testsuite></testsuites>\n"
    )


def _outcome(report: Report) -> str:
    """The tag inside the test case: failure, error, skipped, or an empty string for a pass."""
    if report.verdict == "root_cause":
        return "failure"
    if report.verdict == "inconclusive" or report.stop_reason != "concluded":
        return "error"
    return "skipped" if report.verdict == "not_found" else ""


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{escape(clean.line(value))}"' for name, value in values.items())
