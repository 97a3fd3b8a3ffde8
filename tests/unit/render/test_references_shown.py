"""References at the end of a report: their words, and nothing that a terminal or page would obey."""

from __future__ import annotations

from agent.render.markdown import markdown
from agent.render.text import text
from agent.reportparts import Reference
from tests.reports import report

RUNBOOK = Reference(
    title="KubePodCrashLooping > Fix",
    source="/srv/books/crash.md#fix",
    why="alert KubePodCrashLooping is in its title",
)
RUN = Reference(
    title="run 20261101-000000-aaaa on 2026-11-01",
    source="run:20261101-000000-aaaa",
    why="same cause, same object",
)
FIELDS = Reference(
    title="Widget.spec.size",
    source="kubectl explain widget.spec.size --api-version=foo.dev/v1",
    why="given to the model for a move",
)
NASTY = Reference(title="\x1b[2Jx\u202e <b>@all</b>", source="/a\nb`.md", why="[x](http://y)")


def test_text() -> None:
    shown = text(report(references=[RUNBOOK, RUN, FIELDS]), width=200)
    assert (
        "Runbook: KubePodCrashLooping > Fix (alert KubePodCrashLooping is in its title)\n"
        "    /srv/books/crash.md#fix\n"
        "Seen before: run 20261101-000000-aaaa on 2026-11-01 (same cause, same object)\n"
        "    magos-agent report 20261101-000000-aaaa\n"
        "Fields: Widget.spec.size (given to the model for a move)\n"
        "    kubectl explain widget.spec.size --api-version=foo.dev/v1\n"
    ) in shown
    assert "Runbook" not in text(report())


def test_markdown() -> None:
    shown = markdown(report(references=[RUNBOOK, RUN]))
    assert "### See also" in shown
    assert "`/srv/books/crash.md#fix`" in shown
    assert "`magos-agent report 20261101-000000-aaaa`" in shown
    assert "See also" not in markdown(report())


def test_hostile_titles_are_text() -> None:
    plain, page = text(report(references=[NASTY])), markdown(report(references=[NASTY]))
    assert "\x1b" not in plain
    assert "\u202e" not in plain + page
    assert "/a b`.md" in plain
    assert "<b>" not in page
    assert "@all" not in page
    assert "http://" not in page
