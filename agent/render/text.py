"""The report as text for a terminal: which cluster, the verdict, what proves it, what to do."""

from __future__ import annotations

from agent.render import clean
from agent.render.commands import command, embedded
from agent.render.paper import Paper, Style
from agent.render.words import (
    beside_title,
    cluster_line,
    finding_text,
    fix_title,
    headline,
    impact_text,
    incident_line,
    moves_line,
    patch_title,
    raw_command,
    reference_text,
    services,
    shown_moves,
    stop_line,
)
from agent.report import Report
from agent.reportparts import ClusterInfo, Remedy, RootCause
from tools.fact import Fact

VERDICT_STYLE: dict[str, Style] = {
    "root_cause": "red",
    "healthy": "green",
    "not_found": "yellow",
    "inconclusive": "yellow",
}
QUOTE_LENGTH = 160
"""Characters of a quote; the artefact has the whole line."""


def text(report: Report, *, color: bool = False, verbose: bool = False, width: int = 100) -> str:
    """The whole report. `verbose` lists every move and not only those that evidence refers to."""
    paper = Paper(width=width, color=color)
    facts = {fact.id: fact for fact in report.facts}
    _opening(paper, report)
    _verdict(paper, report, facts)
    _story(paper, report)
    cluster = report.cluster
    if report.remedy is not None:
        _remedy(paper, report.remedy, cluster)
    _others(paper, report, facts)
    _steps(paper, "Next steps", report.next_steps, cluster)
    _steps(paper, "Not seen", report.blind_spots, cluster)
    _moves(paper, report, verbose, cluster)
    _references(paper, report)
    _closing(paper, report)
    return paper.text()


def _opening(paper: Paper, report: Report) -> None:
    if report.cluster.simulated:
        paper.raw("SIMULATED CLUSTER - this proves nothing about a real one", style="yellow")
    paper.say(cluster_line(report), style="bold")
    paper.say(incident_line(report), hang=2)


def _verdict(paper: Paper, report: Report, facts: dict[str, Fact]) -> None:
    paper.gap()
    paper.say(headline(report), style=VERDICT_STYLE[report.verdict])
    if stop := stop_line(report):
        paper.say(stop, indent=2, style="yellow")
    cause = report.root_cause
    summary = cause.summary if cause is not None else report.summary
    if summary:
        paper.say(clean.line(summary), indent=2)
    if cause is not None:
        paper.head("Evidence")
        _evidence(paper, clean.chosen(facts, cause.evidence))
    for other in report.contributing:
        _contributing(paper, other, facts)


def _evidence(paper: Paper, facts: list[Fact]) -> None:
    for fact in facts:
        where = clean.references(fact.evidence) or f"[{fact.id}]"
        paper.say(
            f"{where} {clean.line(str(fact.subject))}: {clean.statement(fact)}", indent=2, hang=6
        )
        for quote in clean.quotes(fact)[:3]:
            paper.raw(f"| {clean.shorten(quote, QUOTE_LENGTH)}", indent=6, style="dim")


def _contributing(paper: Paper, cause: RootCause, facts: dict[str, Fact]) -> None:
    paper.head(f"Also a cause: {clean.line(cause.id)} on {clean.line(str(cause.object))}")
    paper.say(clean.line(cause.summary), indent=2)
    _evidence(paper, clean.chosen(facts, cause.evidence))


def _story(paper: Paper, report: Report) -> None:
    impact = report.impact
    if impact is not None:
        paper.head("Impact")
        paper.say(impact_text(impact), indent=2)
        for service in services(impact):
            paper.say(f"Service {service}", indent=2, hang=4)
    if report.changed:
        paper.head("What changed")
        for change in report.changed:
            at = f"{clean.line(change.at)} " if change.at else ""
            revision = f" (revision {change.revision})" if change.revision is not None else ""
            words = f"{at}{clean.line(str(change.object))}: {clean.line(change.what)}{revision}"
            paper.say(words, indent=2, hang=4)
    if report.managed_by is not None:
        paper.head("Managed by")
        source = f" ({clean.line(report.managed_by.source)})" if report.managed_by.source else ""
        tool = clean.line(report.managed_by.tool)
        paper.say(f"{tool}{source}: change it there, or it is put back.", indent=2)


def _remedy(paper: Paper, remedy: Remedy, cluster: ClusterInfo) -> None:
    paper.head(fix_title(remedy))
    paper.say(clean.line(remedy.summary), indent=2)
    for move in remedy.moves:
        made = command(move.text, cluster=cluster, manifest=move.manifest)
        if made.document:
            paper.say("With its file on standard input, to be pasted as a whole:", indent=2)
        _command(paper, made.lines, note=made.note)
        if move.manifest is not None and not made.document:
            if not made.draft:
                paper.say(patch_title(move), indent=2)
            for row in clean.block(move.manifest).rstrip().splitlines():
                paper.raw(row, indent=6)
    if remedy.undo:
        paper.say("To take it back:", indent=2)
        for undo in remedy.undo:
            made = command(undo, cluster=cluster)
            _command(paper, made.lines, note=made.note)
    trial = remedy.rehearsal
    if trial is not None:
        seen = "the symptom appeared" if trial.reproduced else "the symptom did not appear"
        gone = "and was gone after the fix" if trial.cleared else "and the fix did not clear it"
        paper.say(f"Rehearsed on {clean.line(trial.backend)}: {seen} {gone}.", indent=2)
        for effect in trial.side_effects:
            paper.say(f"side effect: {clean.line(effect)}", indent=4, hang=6)


def _command(paper: Paper, lines: list[str], *, note: str = "") -> None:
    # A here-document ends at a line that holds its word alone, so these lines are not indented.
    alone = len(lines) > 1
    if alone:
        paper.gap()
    for row in lines:
        paper.raw(row, indent=0 if alone else 4, style="cyan")
    if alone:
        paper.gap()
    if note:
        paper.say(f"({note})", indent=6)


def _others(paper: Paper, report: Report, facts: dict[str, Fact]) -> None:
    if report.ruled_out:
        paper.head("Ruled out")
        for rival in report.ruled_out:
            seen = [e for fact in clean.chosen(facts, rival.evidence) for e in fact.evidence]
            words = f"{clean.line(rival.id)}: {clean.line(rival.why)} {clean.references(seen)}"
            paper.say(words.strip(), indent=2, hang=4)
    if report.other_findings:
        paper.head(beside_title(report))
        for finding in report.other_findings:
            name, what = finding_text(finding)
            paper.say(f"{name}: {what}" if name else what, indent=2, hang=4)
    if report.timeline:
        paper.head("Timeline")
        for entry in report.timeline:
            paper.say(f"{clean.line(entry.at)}  {clean.line(entry.what)}", indent=2, hang=4)


def _steps(paper: Paper, title: str, steps: list[str], cluster: ClusterInfo) -> None:
    if not steps:
        return
    paper.head(title)
    for step in steps:
        prose, spoken = embedded(step)
        if prose:
            paper.say(f"- {prose}", indent=2, hang=4)
        if spoken:
            made = command(spoken, cluster=cluster)
            _command(paper, made.lines, note=made.note)


def _moves(paper: Paper, report: Report, verbose: bool, cluster: ClusterInfo) -> None:
    shown = report.moves if verbose else shown_moves(report)
    if not shown:
        return
    paper.head("Moves" if verbose else "Read from")
    for move in shown:
        verdict = move.verdict
        ran = "" if verdict.decision == "allow" else f"({verdict.decision}: {verdict.reason})"
        took = f"{move.duration_ms} ms" if verbose and not ran else ""
        by = f"by {move.proposed_by}" if verbose and move.proposed_by != "playbook" else ""
        said = command(move.text, cluster=cluster).text
        words = (f"{move.id:<4} {said}", clean.line(ran), took, by)
        paper.raw("  ".join(word for word in words if word), indent=2)


def _references(paper: Paper, report: Report) -> None:
    if report.references:
        paper.gap()
    for reference in report.references:
        said, where = reference_text(reference)
        paper.say(said, hang=2)
        paper.raw(where, indent=4, style="dim")


def _closing(paper: Paper, report: Report) -> None:
    paper.gap()
    paper.say(moves_line(report), style="dim")
    for note in report.degraded:
        paper.say(f"note: {clean.line(note)}", hang=6, style="dim")
    raw = raw_command(report)
    paper.say(f"Run {report.run_id}.{' Raw output of a move:' if raw else ''}", style="dim")
    if raw:
        paper.raw(raw, indent=4, style="dim")
