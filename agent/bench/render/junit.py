"""The result as JUnit XML: one test case per case, so that any CI system shows what broke.

A wrong answer is a failure, no answer an error. A run that was stopped has a property that says so
and no test case for what it did not get to.
"""

from __future__ import annotations

from html import escape

from agent.bench.render import words
from agent.bench.result import BenchResult, CaseResult


def junit(result: BenchResult) -> str:
    """A `testsuites` document."""
    errors = sum(case.verdict == "error" for case in result.cases)
    suite = _attributes(
        name="magos-agent bench",
        tests=str(len(result.cases)),
        failures=str(len(result.misses) - errors),
        errors=str(errors),
        skipped="0",
        time=f"{sum(case.seconds for case in result.cases):.3f}",
        timestamp=result.started_at,
    )
    facts = {
        "partial": str(result.partial).lower(),
        "planned": str(result.planned),
        "pass_at_1": str(result.summary.pass_at_1),
        **{f"version.{name}": str(value) for name, value in result.versions.items()},
    }
    properties = "".join(f"<property{_attributes(name=k, value=v)}/>" for k, v in facts.items())
    cases = "\n".join(_case(case) for case in result.cases)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<testsuites><testsuite{suite}>\n<properties>{properties}</properties>\n"
        f"{cases}\n</testsuite></testsuites>\n"
    )


def _case(case: CaseResult) -> str:
    head = _attributes(
        classname=f"bench.{case.family}", name=words.name_of(case), time=f"{case.seconds:.3f}"
    )
    story = f"expected: {case.expected}\ngot: {case.got}\nmoves: {case.moves}"
    if case.fixed is not None:
        story += f"\nfix: {words.fixed(case)}, {case.fixed_note}"
    body = escape("\n".join(words.plain(line) for line in story.split("\n")))
    if case.correct:
        return f"<testcase{head}><system-out>{body}</system-out></testcase>"
    tag = "error" if case.verdict == "error" else "failure"
    said = _attributes(message=f"expected {case.expected}, got {case.got}", type=case.verdict)
    return f"<testcase{head}><{tag}{said}>{body}</{tag}></testcase>"


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{escape(words.plain(value))}"' for name, value in values.items())
