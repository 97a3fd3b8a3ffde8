"""Signs in logs that are no errors: what a program waits for, and the port that it listens on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tools.distil.linear import linear
from tools.distil.log_lines import WIDTH, Level, LogLine


class _Patterns:
    """Several RE2 patterns, with all of them as one automaton in front: few lines match any."""

    def __init__(self, *patterns: str) -> None:
        bare = "|".join(re.sub(r"\(\?P<\w+>", "(?:", pattern) for pattern in patterns)
        self._any: Any = linear(bare)
        self._each: tuple[Any, ...] = tuple(linear(pattern) for pattern in patterns)

    def found(self, text: str, group: str) -> Iterator[str]:
        """What `group` matched, for each pattern that does, in their order."""
        if self._any.search(text):
            for pattern in self._each:
                if match := pattern.search(text):
                    yield match.group(group)


# Each pattern's `what` holds the words among which the awaited name is.
_WAITS = _Patterns(
    r"\bbad address ['\"]?(?P<what>[\w.\-:]+)",
    r"\bserver can't find (?P<what>[\w.\-]+): (?:NXDOMAIN|SERVFAIL)",
    r"\bcan't resolve '(?P<what>[\w.\-]+)'",
    r"\b(?P<what>[\w.\-]+:\d{1,5}) - no response",
    r"\bmysqladmin: connect to server at '(?P<what>[\w.\-]+)' failed",
    r"\bwait(?:ing|s)?(?: \d+ ?s(?:ec(?:ond)?s?)?)? (?:for|on|until)\b:?\s*(?P<what>.{1,160})",
    r"(?:^|[\s\"'])(?P<what>[\w.\-]+(?::\d{1,5})?)['\"]? (?:is |still |service )*"
    r"(?:unavailable|not (?:yet )?(?:available|ready|reachable|up|resolvable|resolved|running))"
    r"\b.{0,40}?(?:sleep|wait|retry|\.\.\.|yet|$)",
    r"\b(?:retry|retrying|sleeping)\b.{0,40}?\b(?:for|to)\b\s+(?P<what>.{1,100})",
)
_TOKEN = re.compile(r"[A-Za-z0-9_](?:[\w.\-]*[A-Za-z0-9_])?(?::\d{1,5})?")
_ADDRESS = re.compile(r"[\d.]{7,15}(?::\d{1,5})?")
_SCHEME = re.compile(r"\b[a-z][a-z0-9+]{1,15}://(?:[^@/\s]{1,80}@)?", re.I)
_PATH = re.compile(r"(?<=[\w\]])/[^\s]*")
_TO_BE = re.compile(
    r"\s+(?:to (?:be|become|come|start|accept|respond|get|finish|complete|exist|appear|go)|is|are"
    r"|in namespace|before|after|at all|\(|on port|\d+ ?s|for \d|\.\.\.|…|,|;| - ).*$",
    re.I,
)
_FILLERS = (
    "a an and any are at available be become been before by can come connect connection "
    "connections connectivity data dependencies dependency do done endpoint event events exit "
    "finish first for from go goroutines has have health healthy host http https i in initial "
    "input into is it its job jobs leader lease lock me message messages minute minutes more "
    "network new next node not of on online open other our outgoing pending please pod pods port process "
    "ready request requests requeue response retry round running s second seconds sec secs server "
    "service services shutdown signal signals sleep some start started startup still sync tasks tcp "
    "termination that the their them then there these they this thread threads to traffic udp until up url "
    "user wait waiting was we will with work worker workers yet you your cache caches container "
    "containers children completion config configuration all another others ms time timeout again "
    "attempt attempts trying tries up-to-date remaining informer informers watch watches"
)
_NOT_NAMES = frozenset(_FILLERS.split())
_LISTENING = _Patterns(
    r"\blisten(?:ing|s)?\b(?: (?:on|at|for|to|server|address|port|http|https|tcp|grpc))*[^\d]{0,60}?"
    r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]*\]|::|localhost|\*)?[:\s=]*\b(?P<port>\d{2,5})(?:[^\d.:]|$|\.\s|\.$)",
    r"\b(?:running|serving|started|start|starting|ready|available|accepting|bound|up|server)\b.{0,60}?"
    r"(?:https?://|tcp://|//)(?:\[[0-9a-f:]*\]|[\w.\-*]+):(?P<port>\d{2,5})\b",
    r"\b(?:started|starting|running|serving|server|initialized with|bound|up|exposed|ready)\b.{0,50}?"
    r"\bport(?:\(s\)|s)?[\s:=\"]*(?P<port>\d{2,5})\b",
    r"\b(?:started|serving|running|starting) .{0,30}?\bon (?:0\.0\.0\.0|\[::\]|127\.0\.0\.1|\*|localhost|)"
    r":(?P<port>\d{2,5})\b",
    r"\bWaiting for connections\b.{0,60}?\bport[\s:=\"]*(?P<port>\d{2,5})\b",
    r"\bIPv[46] address .{1,50}?, port (?P<port>\d{2,5})\b",
    r"\b(?:http|grpc|metrics|admin|web) ?server\b.{0,50}?[\s=\"]:(?P<port>\d{2,5})\b",
)
_SAYS: Any = linear(r"\b(?:listen|serv|start|running)")
_NOT_LISTENING: Any = linear(
    r"\b(?:fail|cannot|can't|could not|unable|error|already in use|refused|denied|not listening"
    r"|stop(?:ped|ping)?|clos(?:ed|ing)|upstream|connect(?:ing|ed)? to)"
)


def awaited(message: str) -> str | None:
    """The name a message says it waits for, without scheme and port; None when it names nothing.

    `waiting for service contacts-db to be ready` gives `contacts-db`.
    """
    return next((name for words in _WAITS.found(message, "what") if (name := _name(words))), None)


def _name(words: str) -> str | None:
    """The last word that looks like a host or service, before what the words say shall happen."""
    said = _PATH.sub("", _SCHEME.sub("", words))
    said = _TO_BE.sub("", " " + said) or said
    tokens = [token for token in _TOKEN.findall(said) if not _is_filler(token)]
    if not tokens:
        return None
    # A name with a dash, a dot or a port is a host's; a plain word only when there is no better.
    best = [t for t in tokens if any(mark in t.strip("_") for mark in "-.:")] or tokens
    return re.sub(r":\d{1,5}$", "", best[-1])


def _is_filler(token: str) -> bool:
    bare = token.lower()
    return bare in _NOT_NAMES or (bare[0].isdigit() and not _ADDRESS.fullmatch(bare))


def listening(line: LogLine, raw: str = "") -> int | None:
    """The port that a line says the program listens on; None when it says no such thing.

    `raw` is the whole line: structured logs keep the address in a field beside the message.
    """
    if line.level in (Level.ERROR, Level.FATAL):
        return None
    for said in (line.message, raw[:WIDTH] if _SAYS.search(line.message) else ""):
        for port in _LISTENING.found(said, "port"):
            if _NOT_LISTENING.search(line.message):
                return None
            return int(port) if 0 < int(port) < 65536 else None
    return None
