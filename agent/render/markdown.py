"""The report as Markdown for pull requests, issues and chat.

Safe on GitHub: cluster text is escaped or in code spans, links are defanged so that nothing is
fetched or clicked, and it can neither mention people nor refer to issues.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent.render import clean, words
from agent.render.commands import command, embedded
from agent.report import Report
from agent.reportparts import ClusterInfo, Remedy
from tools.fact import Fact

SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$^])")
LINK = re.compile(r"(?i)\b(https?|ftp)://")
WWW = re.compile(r"(?i)\bwww\.")
MENTION = re.compile(r"@(?=\w)")
ISSUE = re.compile(r"(\\#|\bGH-)(?=\d)")
LIST_START = re.compile(r"^(\d+)([.)])|^([-=])")
BREAK = "<!-- -->"
"""Ends a text node, so that GitHub's mention and issue filters see no match."""


def markdown(report: Report) -> str:
    """The whole report."""
    facts = {fact.id: fact for fact in report.facts}
    cluster = report.cluster
    parts = [
        *_opening(report),
        *_evidence(report, facts),
        *_story(report),
        *(_remedy(report.remedy, cluster) if report.remedy is not None else []),
        *_others(report, facts),
        *_steps("Next steps", report.next_steps, cluster),
        *_steps("Not seen", report.blind_spots, cluster),
        *_references(report),
        *_moves(report, cluster),
    ]
    return "\n".join(parts).rstrip() + "\n"


def prose(text: str) -> str:
    """Cluster text as Markdown that shows exactly that text, without links, images or mentions."""
    plain = WWW.sub("www[.]", LINK.sub(_defang, clean.line(text)))
    escaped = SPECIAL.sub(r"\\\1", plain).replace("&", "&amp;")
    escaped = escaped.replace("<", "&lt;").replace(">", "&gt;")
    escaped = LIST_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)
    return ISSUE.sub(rf"\g<1>{BREAK}", MENTION.sub(f"@{BREAK}", escaped))


def code(text: str) -> str:
    """A code span, whatever backticks the text has."""
    plain = clean.line(text)
    fence = "`" * (_longest_run(plain) + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") or not plain else ""
    return f"{fence}{pad}{plain}{pad}{fence}"


def fenced(lines: Iterable[str], language: str) -> list[str]:
    """A code block, whatever backticks the lines have."""
    body = list(lines)
    fence = "`" * max(3, _longest_run("\n".join(body)) + 1)
    return ["", f"{fence}{language}", *body, fence, ""]


def _defang(found: re.Match[str]) -> str:
    return f"{found[1].replace('t', 'x').replace('T', 'X')}://"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)


def _opening(report: Report) -> list[str]:
    warning = []
    if report.cluster.simulated:
        warning = ["> **SIMULATED CLUSTER**: this proves nothing about a real one.", ""]
    cause = report.root_cause
    parts = [f"## {prose(words.headline(report))}", "", *warning]
    parts += [f"{code(words.cluster_line(report))}  ", prose(words.incident_line(report)), ""]
    if stop := words.stop_line(report):
        parts += [f"_{prose(stop)}_", ""]
    summary = cause.summary if cause is not None else report.summary
    return [*parts, f"**{prose(summary)}**", ""] if summary else parts


def _evidence(report: Report, facts: dict[str, Fact]) -> list[str]:
    parts: list[str] = []
    causes = [report.root_cause] if report.root_cause is not None else []
    for number, cause in enumerate([*causes, *report.contributing]):
        first = number == 0 and report.root_cause is not None
        also = f"### Also a cause: {prose(cause.id)} on {prose(str(cause.object))}"
        parts += ["### Evidence" if first else also, ""]
        if not first:
            parts += [prose(cause.summary), ""]
        for fact in clean.chosen(facts, cause.evidence):
            where = clean.references(fact.evidence) or f"[{fact.id}]"
            parts.append(f"- {code(where)} {code(f'{fact.subject}: {clean.statement(fact)}')}")
            parts += [f"  - {code(quote)}" for quote in clean.quotes(fact)[:3]]
        parts.append("")
    return parts


def _story(report: Report) -> list[str]:
    parts: list[str] = []
    impact = report.impact
    if impact is not None:
        parts += ["### Impact", "", prose(words.impact_text(impact)), ""]
        parts += [f"- Service {code(service)}" for service in words.services(impact)]
        parts.append("")
    if report.changed:
        parts += ["### What changed", ""]
        for change in report.changed:
            at = f"{prose(change.at)} " if change.at else ""
            revision = f" (revision {change.revision})" if change.revision is not None else ""
            parts.append(f"- {at}{code(str(change.object))}: {code(change.what)}{revision}")
        parts.append("")
    if report.managed_by is not None:
        source = f" ({code(report.managed_by.source)})" if report.managed_by.source else ""
        tool = prose(report.managed_by.tool)
        parts += ["### Managed by", "", f"{tool}{source}: change it there, or it is put back.", ""]
    return parts


def _remedy(remedy: Remedy, cluster: ClusterInfo) -> list[str]:
    parts = [f"### {words.fix_title(remedy)}", "", prose(remedy.summary)]
    for move in remedy.moves:
        made = command(move.text, cluster=cluster, manifest=move.manifest)
        parts += fenced(made.lines, "sh")
        if made.note:
            parts += [f"({prose(made.note)})", ""]
        if move.manifest is not None and not made.document:
            rows = clean.block(move.manifest).rstrip().splitlines()
            parts += [*([] if made.draft else [words.patch_title(move)]), *fenced(rows, "yaml")]
    if remedy.undo:
        undo = [row for text in remedy.undo for row in command(text, cluster=cluster).lines]
        parts += ["To take it back:", *fenced(undo, "sh")]
    trial = remedy.rehearsal
    if trial is not None:
        seen = "appeared" if trial.reproduced else "did not appear"
        gone = "was gone after the fix" if trial.cleared else "the fix did not clear it"
        parts += [f"Rehearsed on {code(trial.backend)}: the symptom {seen}, {gone}.", ""]
        parts += [f"- side effect: {prose(effect)}" for effect in trial.side_effects]
    return [*parts, ""]


def _others(report: Report, facts: dict[str, Fact]) -> list[str]:
    parts: list[str] = []
    if report.ruled_out:
        parts += ["### Ruled out", ""]
        for rival in report.ruled_out:
            seen = [e for fact in clean.chosen(facts, rival.evidence) for e in fact.evidence]
            where = f" {code(clean.references(seen))}" if seen else ""
            parts.append(f"- {code(rival.id)}: {prose(rival.why)}{where}")
        parts.append("")
    if report.other_findings:
        parts += [f"### {words.beside_title(report)}", ""]
        for finding in report.other_findings:
            name, what = words.finding_text(finding)
            parts.append(f"- {code(name)}: {prose(what)}" if name else f"- {prose(what)}")
        parts.append("")
    if report.timeline:
        parts += ["### Timeline", ""]
        parts += [f"- {prose(entry.at)}: {prose(entry.what)}" for entry in report.timeline]
        parts.append("")
    return parts


def _steps(title: str, steps: list[str], cluster: ClusterInfo) -> list[str]:
    if not steps:
        return []
    parts = [f"### {title}", ""]
    for step in steps:
        said, spoken = embedded(step)
        shown = [command(spoken, cluster=cluster).text] if spoken else []
        parts.append("- " + " ".join([*([prose(said)] if said else []), *map(code, shown)]))
    return [*parts, ""]


def _references(report: Report) -> list[str]:
    if not report.references:
        return []
    shown = (words.reference_text(reference) for reference in report.references)
    return ["### See also", "", *(f"- {prose(said)}: {code(where)}" for said, where in shown), ""]


def _moves(report: Report, cluster: ClusterInfo) -> list[str]:
    parts = ["<details><summary>Moves and run</summary>", ""]
    for move in report.moves:
        verdict = move.verdict
        stopped = "" if verdict.decision == "allow" else f"({verdict.decision}: {verdict.reason})"
        shown = command(move.text, cluster=cluster).text
        took = prose(stopped) if stopped else f"{move.duration_ms} ms"
        parts.append(f"- {code(move.id)} {code(shown)} {took}")
    parts += ["", prose(words.moves_line(report))]
    parts += [f"- {prose(note)}" for note in report.degraded]
    raw = words.raw_command(report)
    shown = f"Run {code(report.run_id)}" + (f"; raw output: {code(raw)}" if raw else "")
    return [*parts, "", shown, "", "</details>"]
