"""Log errors: of all lines of a log, the one that tells most about why the program fails.

Each line gets a score of how grave it says it is and how much its signature names; the best one
wins, the later one among equals. Precision comes first: a healthy log has no error.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tools.distil.linear import linear
from tools.distil.log_lines import Level, LogLine
from tools.distil.signatures import Hit, best

TEXT_LENGTH = 240
"""Characters of log.error's text."""
GROUPS = 800
"""Different messages of one log that are compared; the latest ones count."""
CONTEXT = 6
"""Lines before a line that a signature may ask for."""

_LEVEL_SCORE = {Level.WARN: 8, Level.PLAIN: 16, Level.ERROR: 20, Level.FATAL: 30}
_EXCEPTION_SCORE = 26
_ROOT_SCORE = 28
_VACUOUS_PENALTY = 14
_STRENGTH_SCORE = 5
_NAMED_SCORE = 3

_EXCEPTION = re.compile(
    r"^(?:Exception in thread \S{1,80} |Unhandled exception\.? |Uncaught (?:\w{1,20}: )?|PHP Fatal "
    r"error:  ?Uncaught |\*\* \(|\[?(?:uncaught )?)"
    r"(?:[\w$]{1,80}[.:]{1,2}){0,12}[A-Z]\w{0,80}(?:Error|Exception|Failure|Interrupt|Panic|Fault|Exit)\b"
    r"(?: \[\w{1,60}\])?(?:\)|:|$| \()"
)
_ROOT = re.compile(r"^(?:Caused by: |\s*---> |Root cause: )")
_RUBY = re.compile(r":\d+:in .{1,200}: .{1,1200} \((?:[A-Z]\w*::)*[A-Z]\w*\)$")
_PANIC = re.compile(r"^(?:panic: |fatal error: |thread '[^']{1,80}'(?: \(\d+\))? panicked at)")
_VACUOUS: Any = linear(
    r"^(?:error:? |fatal:? |err! )?(?:exit(?:ing|ed)?\b.{0,40}$|exit (?:code|status)|shut(?:ting)? ?down"
    r"|terminat(?:ed|ing)\b.{0,30}$|giving up\b.{0,30}$|abort(?:ed|ing)\b.{0,30}$|stopp(?:ed|ing)\b.{0,30}$"
    r"|startup failed\.?$|failed to start(?: \w+)?\.?$"
    r"|(?:\S+ +: )?application (?:run |startup )?failed(?: to start)?\.?(?: exiting\.?)?$"
    r"|worker (?:failed to boot|exiting)|reason: worker|process exited|command failed"
    r"|code \w+$|errno -?\d+$|lifecycle script|a complete log of this run|this error originated"
    r"|traceback \(most|exception in worker process|unhandled(?: promise)? rejection|unhandled exception\.?$"
    r"|error occurred prior to|see (?:above|the log)|.{0,60}\belifecycle\b|path /|command sh|syscall |enoent$"
    r"|aborting startup|startup\.sh|\S+ exited with code \d+|npm err! .{0,40}$"
    r"|the above exception|during handling|uncaught exception:?$|an error occurred:?$|error$)"
)
_VACUOUS_END: Any = linear(
    r"\b(?:application run failed|exit(?:ed)? (?:with )?(?:code|status) \d+|worker failed to boot)\.?$"
)
_NOTHING: Any = linear(
    r"^(?:errors?|failed|failures?|fatal)?[\s:=]*(?:0|none|null|nil|no|false|n/a)?\W*$"
    r"|^(?:errors?|failed|failures?)\b[\w ]{0,24}[:=] ?0$"
    r"|\b(?:0|no|zero|without(?: any)?) (?:errors?|failures?|exceptions?|panics?)\b"
    r"|\b(?:errors?|failures?|error_count|error_rate|panics?|failed)[ :=]+"
    r"(?:0(?:\.0+)?%?|none|null|false)(?:[\s,;.)]|$)"
)
_ACCESS: Any = linear(
    r'"?\b(?:GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS|CONNECT) [^\s"]+(?: HTTP/[\d.]+)?"?,? (?:- )?[1-5]\d\d\b'
)
_REQUEST: Any = linear(r", client: .{1,200}, request: ")
_WEAK: Any = linear(
    r"^(?:[\w./\-\[\]]{1,40}: ){0,3}(?:failed to|failed |could not|couldn't|cannot|can't|unable to"
    r"|error (?:in|on|at|from|while|when|during|opening|reading|loading|parsing|connecting|creating|"
    r"starting|running|writing)\b|invalid |unknown |no such|unrecognized|unsupported|unexpected |missing |bad )"
)
_RECOVERED: Any = linear(
    r"\b(?:connected|connection (?:re-?)?established|reconnected|recovered|listening|ready|started"
    r"|success(?:ful(?:ly)?)?|up and running|serving)\b"
)
_NOT_RECOVERED: Any = linear(r"\b(?:not|never|fail\w*|error|unable|retry\w*|waiting|before)\b")
_REACHING = frozenset({"connection-refused", "dns", "timeout"})
_LONG_QUOTE = 60
_VARIABLE = re.compile(
    r"(?P<quote>\"[^\"]{61,}\"|'[^']{61,}')"
    r"|(?P<id>\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}\b)"
    r"|(?P<hex>\b0x[0-9a-fA-F]+\b|\b(?=[0-9a-f]{0,40}\d)(?=\d{0,40}[a-f])[0-9a-f]{8,}\b)"
    r"|(?P<n>(?<!\w)\d+(?:[.,]\d+)*(?:ms|[µn]?s|m|h|%|[KMG]i?B?)?(?!\w))"
)


class Entry(NamedTuple):
    """One non-empty line of a log."""

    number: int
    """Line in the output, from 1."""
    raw: str
    line: LogLine


class Found(NamedTuple):
    """A line that says something went wrong."""

    entry: Entry
    category: str
    text: str
    """The message, templated."""
    times: int
    score: int
    hit: Hit | None


def templated(message: str) -> str:
    """The message with numbers, ids, times and addresses replaced and long quotes shortened."""

    def replace(match: re.Match[str]) -> str:
        if match.lastgroup == "quote":
            return match[0][: _LONG_QUOTE // 2] + "…" + match[0][-1]
        return f"<{match.lastgroup}>"

    text = " ".join(_VARIABLE.sub(replace, message).split())
    return text if len(text) <= TEXT_LENGTH else text[: TEXT_LENGTH - 1] + "…"


def errors(entries: list[Entry]) -> list[Found]:
    """What went wrong, best first; empty for a log without errors."""
    ends = _traceback_ends(entries)
    groups: dict[str, list[int]] = {}
    for at, entry in enumerate(entries):
        if entry.line.stack or (entry.line.level is Level.INFO and at not in ends):
            continue
        groups.setdefault(templated(entry.line.message), []).append(at)
    latest = sorted(groups.items(), key=lambda group: group[1][-1])[-GROUPS:]
    found = []
    for text, places in latest:
        judged = _judge(entries, places[-1], ends)
        if judged is not None:
            found.append(judged._replace(text=text, times=len(places)))
    ranked = sorted(found, key=lambda f: (f.score, f.entry.number), reverse=True)
    return [f for f in ranked if not _recovered(f, entries)]


def _judge(entries: list[Entry], at: int, ends: frozenset[int]) -> Found | None:
    entry = entries[at]
    message = _joined(entries, at)
    line = entry.line
    if _NOTHING.search(message) and at not in ends:
        return None
    before = [e.raw[:300] for e in entries[max(0, at - CONTEXT) : at]]
    hit = best(message, before)
    if hit and line.level is Level.WARN and not hit.warn:
        hit = None
    structure = _structure(entries, at, ends)
    if structure is None and line.level is Level.PLAIN and hit is None:
        at_end = at >= len(entries) - 3
        if not (at_end and _WEAK.match(message)):
            return None
    if line.level in (Level.WARN, Level.PLAIN) and _ACCESS.search(message):
        return None
    # nginx says [error] of a single request that went wrong; that is no failure of the program.
    if hit is None and _REQUEST.search(message):
        return None
    if line.level is Level.WARN and hit is None and structure is None:
        return None
    score = _score(line.level, structure, hit, message)
    return Found(entry, _category(line.level, structure, hit), "", 1, score, hit)


def _structure(entries: list[Entry], at: int, ends: frozenset[int]) -> str | None:
    """`root` of an exception chain, `exception`, `panic`, or None."""
    message = entries[at].line.message
    if _ROOT.match(message):
        return "root"
    if _PANIC.match(message):
        return "panic"
    if at in ends or _RUBY.search(message):
        return "exception"
    found = _EXCEPTION.match(message)
    if found is None:
        return None
    bare = re.match(r"^\[?Error\b", message) is not None
    # Shell scripts print "Error: ..." too; a stack below tells that it is an exception.
    followed = at + 1 < len(entries) and entries[at + 1].line.stack
    return "exception" if followed or not bare else None


def _score(level: Level, structure: str | None, hit: Hit | None, message: str) -> int:
    score = _LEVEL_SCORE.get(level, 0)
    if structure is not None:
        score = max(score, _ROOT_SCORE if structure == "root" else _EXCEPTION_SCORE) + 4
    if hit is not None:
        score += _STRENGTH_SCORE * hit.strength + (_NAMED_SCORE if hit.names else 0)
    elif _VACUOUS.search(message) or _VACUOUS_END.search(message):
        score -= _VACUOUS_PENALTY
    return score


def _category(level: Level, structure: str | None, hit: Hit | None) -> str:
    if hit is not None:
        return hit.category
    if structure is not None:
        return "panic" if structure == "panic" else "traceback"
    return "fatal" if level is Level.FATAL else "error"


def _joined(entries: list[Entry], at: int) -> str:
    """The message; Rust prints a panic's place and its text on two lines."""
    message = entries[at].line.message
    if message.endswith(":") and "panicked at" in message and at + 1 < len(entries):
        return f"{message} {entries[at + 1].line.message}"
    return message


def _traceback_ends(entries: list[Entry]) -> frozenset[int]:
    """Indexes of the lines in which Python tracebacks end: the exception and its message."""
    ends = set()
    inside = False
    for at, entry in enumerate(entries):
        if "Traceback (most recent call last)" in entry.raw[:400]:
            inside = True
        elif inside and entry.raw[:1] not in (" ", "\t") and not entry.line.stack:
            ends.add(at)
            inside = False
    return frozenset(ends)


def _recovered(found: Found, entries: list[Entry]) -> bool:
    """Whether a later line says that what could not be reached is reached, or the program runs."""
    if found.category not in _REACHING or found.entry.line.level is Level.FATAL:
        return False
    for entry in reversed(entries):
        if entry.number <= found.entry.number:
            return False
        line = entry.line
        if line.level in (Level.INFO, Level.PLAIN) and _RECOVERED.search(line.message):
            return not _NOT_RECOVERED.search(line.message)
    return False
