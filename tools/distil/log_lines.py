"""Log lines: level and message of a line, in the formats that programs write.

Read: JSON lines, logfmt, klog, and the many "timestamp LEVEL message" layouts of Go, Java, Python,
Ruby, .NET, Rust, nginx, Postgres and others. A line without a level is PLAIN, not an error.
"""

from __future__ import annotations

import json
import re
from enum import IntEnum
from typing import NamedTuple

from pydantic import JsonValue

from tools.distil.shapes import mapping, text
from tools.distil.visible import visible

WIDTH = 2000
"""Characters of a line that are looked at: no message needs more, and time must stay bounded."""
JSON_WIDTH = 64 * 1024
"""Characters of a JSON line that are parsed; stack traces make them long."""
HEAD = 140
"""Characters in which a level is looked for; what comes later is message."""


class Level(IntEnum):
    """How grave a line says it is."""

    INFO = 0
    WARN = 1
    PLAIN = 2
    """No level given."""
    ERROR = 3
    FATAL = 4


class LogLine(NamedTuple):
    """One line, understood."""

    level: Level
    message: str
    """The text without timestamp, level and hidden characters; at most WIDTH characters."""
    stack: bool = False
    """Part of a stack trace, not a message of its own."""


_TIME = (
    r"\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?)?"
)
_STAMP = re.compile(rf"^\s*(?:\[?(?:{_TIME}|\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?)\]?[\s:|,-]*)")
_KUBECTL_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) ")
_KLOG = re.compile(r"^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d{1,9}\s+\d{1,9} ([\w.\-]{1,80}:\d+)\] ?")
_LOGFMT = re.compile(r'(?:^|\s)(?:level|lvl|severity|loglevel)="?([A-Za-z]{3,11})"?(?=[\s,]|$)')
_PAIR = re.compile(r'(?:^|\s)(msg|message|err|error|reason|cause)=("(?:[^"\\]|\\.)*"|[^\s"]+)')
_UPPER = re.compile(
    r"(?:^|[\s\[(<|:=,])(TRACE|DEBUG|INFO|INFORMATION|NOTICE|LOG|HINT|DETAIL|STATEMENT|CONTEXT"
    r"|WARN|WARNING|ERROR|ERR|ERRO|EROR|SEVERE|FATAL|FATA|PANIC|DPANIC|CRITICAL|CRIT|ALERT"
    r"|EMERG|EMERGENCY)(?=[\s\])>|:,]|\[\d|$)"
)
_BRACKET = re.compile(
    r"\[(?:[\w-]{1,24}:)?\s{0,4}(trace|debug|info|notice|warn|warning|error|err|crit|critical"
    r"|alert|emerg|emergency|fatal|panic|system|note)\s{0,4}\]",
    re.I,
)
_START = re.compile(
    r"^(?:[\w./@-]{1,40}(?:\[\d{1,7}\])?: )??(?:PHP |npm )?(trace|trce|debug|dbug|info|verbose"
    r"|notice|warn|warning|deprecated|error|err|fail|failed|failure|fatal|fatal error|panic|crit"
    r"|critical|severe|emerg|uncaught|uncaughtexception)(?:[:!]| \S{1,40}:|\t)",
    re.I,
)
_RUBY = re.compile(r"^([DIWEFA]), \[[^\]]{1,60}\]\s{1,4}\w+ -- [^:]{0,60}: ?")
_AFTER_LEVEL = re.compile(r"^(?:\[\d{1,9}\])?[\s:|\]>),-]*")
_WORDS = re.compile(r"\b[a-z]{2,}\b")
_NUMERIC = ((60, Level.FATAL), (50, Level.ERROR), (40, Level.WARN), (0, Level.INFO))

_LEVELS = {
    Level.INFO: "trace trce debug dbug info information verbose notice log hint detail statement "
    "context system note i d",
    Level.WARN: "warn warning deprecated w",
    Level.ERROR: "error err erro eror severe fail failed failure e",
    Level.FATAL: "fatal fatal_error fata panic dpanic critical crit alert emerg emergency uncaught "
    "uncaughtexception f",
}
_BY_WORD = {word: level for level, words in _LEVELS.items() for word in words.split()}

_STACK = re.compile(
    r'^\s+at |^\s*File "[^"]*", line \d+|^\s+\.\.\. \d+ more|^goroutine \d+ \[|^\t\S+\.go:\d+'
    r"|^\s+from \S+:\d+|^\s+[\^~]+\s*$|^#\d+ |^\s+\d+: 0x|^stack backtrace:|^\s+\S+/\S+\.go:\d+"
    r"|^created by |^exit status \d+$|^note: run with"
)
_EXCEPTION_LINE = re.compile(r"^(?:Caused by: )?[\w.$]*[A-Z]\w*(?:Error|Exception)\b")


def read_line(raw: str) -> LogLine:
    """Level and message of one line as kubectl gave it (with or without --timestamps)."""
    head = unstamped(raw[: JSON_WIDTH + 64])
    if head.lstrip()[:1] == "{" and (found := _from_json(head)):
        return found
    plain = visible(head[:WIDTH]).rstrip()
    if _STACK.match(plain):
        return LogLine(Level.PLAIN, plain.strip(), stack=True)
    if klog := _KLOG.match(plain):
        return LogLine(_BY_WORD[klog[1].lower()], _klog_message(plain[klog.end() :]))
    if ruby := _RUBY.match(plain):
        return LogLine(_BY_WORD[ruby[1].lower().replace("a", "e")], plain[ruby.end() :].strip())
    if (pair := _LOGFMT.search(plain)) and (level := level_of(pair[1])) is not None:
        return LogLine(level, _logfmt_message(plain))
    return _from_text(plain)


def unstamped(raw: str) -> str:
    """The line without the timestamp that kubectl puts before it on request."""
    stamp = _KUBECTL_STAMP.match(raw)
    return raw[stamp.end() :] if stamp else raw


def level_of(word: JsonValue) -> Level | None:
    """The level that a word or number (bunyan's and pino's) stands for; None for anything else."""
    if isinstance(word, str):
        return _BY_WORD.get(word.strip().lower())
    if isinstance(word, bool) or not isinstance(word, int | float):
        return None
    return next((level for least, level in _NUMERIC if word >= least), None)


def _from_text(plain: str) -> LogLine:
    stamp = _STAMP.match(plain)
    bare = plain[stamp.end() :] if stamp and stamp.end() < len(plain) else plain.strip()
    head = plain[:HEAD]
    if start := _START.match(bare):
        return LogLine(_BY_WORD[start[1].lower().replace(" ", "_")], bare)
    found = _UPPER.search(head) or _BRACKET.search(head)
    if found is None or not _is_prefix(plain, found, stamped=stamp is not None):
        return LogLine(Level.PLAIN, bare)
    rest = _AFTER_LEVEL.sub("", plain[found.end() :], count=1).strip()
    return LogLine(_BY_WORD[found[1].lower()], rest or bare)


def _is_prefix(plain: str, found: re.Match[str], *, stamped: bool) -> bool:
    """Whether what stands before a level word is layout: times, names, brackets, not a sentence."""
    before = plain[: found.start(1)]
    if not before.strip(" [(<|"):
        return plain[found.end(1) : found.end(1) + 1] in ("", *":])>| ,[")
    if stamped or before.lstrip()[:1] in "[(<":
        return len(_WORDS.findall(before)) <= 6
    follows = plain[found.end(1) : found.end(1) + 1]
    return follows in (":", "]", "|") and len(_WORDS.findall(before)) <= 2


def _klog_message(rest: str) -> str:
    """The message of klog's structured form `"message" err="..."`, which starts with a quote."""
    if not rest.startswith('"'):
        return rest.strip()
    end = rest.find('"', 1)
    errors = [value for key, value in _pairs(rest) if key in ("err", "error")]
    return ": ".join([rest[1:end] if end > 0 else rest, *errors[:1]])


def _pairs(line: str) -> list[tuple[str, str]]:
    pairs = []
    for key, value in _PAIR.findall(line):
        bare = value[1:-1].replace('\\"', '"').replace("\\n", " ") if value[0] == '"' else value
        pairs.append((key, bare))
    return pairs


def _logfmt_message(plain: str) -> str:
    pairs = dict(reversed(_pairs(plain)))
    message = pairs.get("msg") or pairs.get("message") or ""
    error = (
        pairs.get("err") or pairs.get("error") or pairs.get("reason") or pairs.get("cause") or ""
    )
    if error in ("", "null", "nil", "<nil>", "none") or error in message:
        return message or plain.strip()
    return f"{message}: {error}" if message else error


_LEVEL_KEYS = ("level", "severity", "lvl", "levelname", "log.level", "@l", "s", "loglevel", "Level")
_MESSAGE_KEYS = (
    "message",
    "msg",
    "@message",
    "@m",
    "event",
    "textPayload",
    "log",
    "Message",
    "body",
)
_ERROR_KEYS = ("error", "err", "exception", "exc_info", "stack_trace", "stacktrace", "stack", "@x")


def _from_json(head: str) -> LogLine | None:
    try:
        document: JsonValue = json.loads(head[:JSON_WIDTH])
    except (ValueError, RecursionError):
        return None
    entry = mapping(document)
    if not entry:
        return None
    nested = mapping(entry.get("log"))
    levels = [level_of(entry.get(key)) for key in _LEVEL_KEYS] + [level_of(nested.get("level"))]
    message = next((text(entry[k]) for k in _MESSAGE_KEYS if text(entry.get(k)).strip()), "")
    error = next((found for k in _ERROR_KEYS if (found := _error_text(entry.get(k)))), "")
    mongo = mapping(entry.get("attr"))
    error = error or _error_text(mongo.get("error")) or ""
    level = next((level for level in levels if level is not None), None)
    if level is None:
        level = Level.ERROR if error else Level.PLAIN
    message = telling(message)
    parts = [message] if not error or error in message else [message, telling(error)]
    said = visible(": ".join(part for part in parts if part)[:WIDTH]).strip()
    if not said:
        said = visible(head[:WIDTH]).strip()
    port = entry.get("port") or mongo.get("port")
    if isinstance(port, int) and str(port) not in said:
        said = f"{said} port {port}"
    return LogLine(level, said)


def _error_text(value: JsonValue) -> str:
    """An error field: a string, or an object with a message in it."""
    if isinstance(value, dict):
        said = text(value.get("message")) or text(value.get("Message")) or text(value.get("errmsg"))
        kind = text(value.get("type")) or text(value.get("name")) or text(value.get("class"))
        return f"{kind}: {said}" if kind and said and kind not in said else said or kind
    return text(value) if text(value) not in ("null", "nil", "<nil>", "None", "false") else ""


def telling(message: str) -> str:
    """The telling line of a multi-line message: the root of its exceptions, else the first."""
    if "\n" not in message:
        return message
    lines = [line for line in message[:JSON_WIDTH].split("\n") if line.strip()]
    raised = [line.strip() for line in lines if _EXCEPTION_LINE.match(line.strip())]
    if raised:
        return raised[-1]
    return lines[0] if lines else ""
