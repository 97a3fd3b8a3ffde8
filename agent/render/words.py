"""Sentences that the text and Markdown reports share, cleaned and on one line each."""

from __future__ import annotations

from agent.render.clean import line, seconds
from agent.render.commands import placeholders
from agent.report import Report
from agent.reportparts import Finding, Impact, MoveRecord, Reference, Remedy, RemedyMove

VERDICTS = {
    "root_cause": "ROOT CAUSE",
    "healthy": "HEALTHY",
    "not_found": "NOT FOUND",
    "inconclusive": "INCONCLUSIVE",
}
STOPS = {
    "budget_moves": "Stopped early: the budget of moves was spent (--max-moves).",
    "budget_time": "Stopped early: the time was over (--timeout).",
    "budget_planner": "Stopped early: the budget of planner calls was spent.",
    "interrupted": "Interrupted: this is what was known by then.",
    "error": "Ended by an error: this is what was known by then.",
}
FIXES = {
    "proposed": "Proposed fix (nothing was changed)",
    "approved": "Approved fix (not applied yet)",
    "applied": "Applied fix (not verified)",
    "verified": "Applied fix (verified)",
    "rolled_back": "Fix that was rolled back",
    "refused": "Refused fix (nothing was changed)",
}
TOUCHED = {"applied", "verified", "rolled_back"}


def cluster_line(report: Report) -> str:
    """`context prod · https://10.0.0.1:6443 (v1.36.2) · namespace shop`."""
    cluster, scope = report.cluster, report.incident.scope
    version = f" ({line(cluster.server_version)})" if cluster.server_version else ""
    where = "all namespaces"
    if not scope.all_namespaces:
        names = ", ".join(line(name) for name in scope.namespaces)
        where = f"namespace {names}" if names else "no namespace"
    context = f"context {line(cluster.context) or '(none)'}"
    return " · ".join((context, f"server {line(cluster.server) or '(none)'}{version}", where))


def incident_line(report: Report) -> str:
    """What started the run: alert names, the question, or a look over the scope."""
    incident = report.incident
    if incident.alerts:
        names = dict.fromkeys(
            f"{line(a.name) or '(no name)'}{' (resolved)' if a.status == 'resolved' else ''}"
            for a in incident.alerts
        )
        return f"alert {', '.join(names)}"
    if incident.question:
        return f"question: {line(incident.question)}"
    return "no alert or question: the whole scope was looked over"


def impact_text(impact: Impact) -> str:
    """Who is hurt and since when, in one line."""
    counted = impact.ready is not None and impact.desired is not None
    ready = f"{impact.ready} of {impact.desired} ready" if counted else ""
    said = line(impact.summary) or ready
    since = f"since {line(impact.since)}" if impact.since else ""
    return ", ".join(part for part in (said.rstrip("."), since) if part)


def services(impact: Impact) -> list[str]:
    """Services before the object, those that the summary does not name already."""
    shown = (line(service) for service in impact.service_endpoints)
    return [service for service in shown if service not in line(impact.summary)]


def headline(report: Report) -> str:
    """`ROOT CAUSE config.env-missing: Deployment/shop/cart (confidence 95 %)`."""
    word = VERDICTS[report.verdict] + (" (simulated)" if report.cluster.simulated else "")
    cause = report.root_cause
    if cause is None:
        return word
    share = round(cause.confidence * 100)
    return f"{word}: {line(cause.id)} on {line(str(cause.object))}, confidence {share} %"


def stop_line(report: Report) -> str:
    """Why the run ended before it was done; an empty string when it was."""
    return STOPS.get(report.stop_reason, "")


def beside_title(report: Report) -> str:
    """What stands over the other findings; a healthy report does not call them broken."""
    if report.verdict == "healthy":
        return "Noticed beside it: perhaps meant, or not what was asked"
    return "Also broken, not explained here"


def fix_title(remedy: Remedy) -> str:
    """How far the fix got."""
    return FIXES[remedy.status]


def moves_line(report: Report) -> str:
    """`7 moves in 1.2 s, 1 stopped by the gate. Nothing was changed in the cluster.`."""
    usage = report.usage
    stopped = sum(1 for move in report.moves if move.verdict.decision != "allow")
    refused = f", {stopped} stopped by the gate" if stopped else ""
    count = f"{usage.moves} move{'' if usage.moves == 1 else 's'}"
    touched = report.remedy is not None and report.remedy.status in TOUCHED
    kept = "" if touched else " Nothing was changed in the cluster."
    return f"{count} in {seconds(usage.wall_ms)}{refused}.{kept}"


def raw_command(report: Report) -> str:
    """The command that shows what the last move answered; an empty string when none was run."""
    ran = [move.id for move in report.moves if move.artefact is not None]
    return f"magos-agent report {line(report.run_id)} --move {line(ran[-1])}" if ran else ""


def patch_title(move: RemedyMove) -> str:
    """What stands before a manifest; a command that must be completed is not the same as it."""
    if placeholders(move.text, move.manifest or ""):
        return "Or as a patch:"
    return "The same as a patch:"


def finding_text(finding: Finding) -> tuple[str, str]:
    """The object's name, empty when the summary starts with it, and what is wrong."""
    said = line(finding.summary or finding.symptom)
    name, ref = line(str(finding.object)), finding.object
    place = f"{ref.namespace}/" if ref.namespace else ""
    known = (name, line(f"{ref.kind} {place}{ref.name}"))
    named = any(said == start or said.startswith((f"{start} ", f"{start}:")) for start in known)
    return ("" if named else name), said


def reference_text(reference: Reference) -> tuple[str, str]:
    """`Runbook: TITLE (why)` or `Seen before: run ID on DATE (why)`, and where it is or how to see it."""
    said = f"{line(reference.title)} ({line(reference.why)})"
    source = line(reference.source)
    if source.startswith("run:"):
        return f"Seen before: {said}", f"magos-agent report {source.removeprefix('run:')}"
    kind = "Fields" if source.startswith(("kubectl explain ", "CRD ")) else "Runbook"
    return f"{kind}: {said}", source


def shown_moves(report: Report) -> list[MoveRecord]:
    """The moves that the evidence of the conclusion refers to."""
    cited = [report.root_cause, *report.contributing] if report.root_cause else report.contributing
    wanted = {i for cause in cited if cause is not None for i in cause.evidence}
    wanted.update(i for rival in report.ruled_out for i in rival.evidence)
    used = {e.move for fact in report.facts if fact.id in wanted for e in fact.evidence}
    return [move for move in report.moves if move.id in used]
