"""Reports of simulated faults held against what the scenario says."""

from __future__ import annotations

from agent.report import Report
from sandbox.instance import ScenarioInstance
from tests.investigations import conclusion, proves
from tests.remedies import wrong_steps


def mistakes(report: Report, instance: ScenarioInstance, *, stripped: bool = False) -> list[str]:
    """What is wrong with a report; `stripped`: the alert was its name and namespace alone."""
    wrong = wrong_steps(report)
    if conclusion(report) != wanted(instance, stripped=stripped):
        wrong.append(
            f"{conclusion(report)}, not {wanted(instance, stripped=stripped)}: {report.summary}"
        )
    if not proves(report):
        wrong.append("no proof")
    outcome = instance.expect or instance.control
    assert outcome is not None
    others = {str(found.object) for found in report.other_findings} - set(outcome.also)
    return [*wrong, *(f"also found: {name}" for name in sorted(others))]


def wanted(instance: ScenarioInstance, *, stripped: bool) -> tuple[str, str | None]:
    """The right conclusion, as tests.investigations.conclusion gives it."""
    if instance.expect is not None:
        return instance.expect.cause, str(instance.expect.ref)
    control = instance.control
    assert control is not None
    return (control.stripped if stripped and control.stripped else control.verdict), None
