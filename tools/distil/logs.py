"""Logs: error signatures and signs of life in the (redacted) output of `kubectl logs`.

Covered: one container, several with --prefix, and answers that say why there is no log. Not
covered: what a program means by lines that no signature knows; they stay in the artefact.
"""

from __future__ import annotations

import re
from collections import Counter

from pydantic import JsonValue

from tools.distil.facts import FactList
from tools.distil.kinds import kind_of
from tools.distil.log_errors import Entry, Found, errors
from tools.distil.log_lines import Level, read_line, unstamped
from tools.distil.log_signs import awaited, listening
from tools.distil.resolvers import resolver
from tools.distil.visible import shown, visible
from tools.move import Move
from tools.objects import ObjectRef
from tools.output import Output

LINES = 20_000
"""Lines that are read, from the end; a log move asks for at most 1,000."""
EACH = 5
"""Facts of one name per container; more would only repeat."""
MARGIN = 12
"""Score below the best line at which another line still counts for what is missing."""

_UNAVAILABLE = re.compile(
    r'container "?(?P<container>[^"\s]{1,253})"? in pod "(?P<pod>[^"\s]{1,253})" is (?P<why>waiting to start: '
    r"[^\n]{1,300}|terminated|not available)"
    r'|previous terminated container "(?P<gone>[^"\s]{1,253})" in pod "(?P<of>[^"\s]{1,253})" not found'
    r"|(?P<unable>unable to retrieve container logs) for \S{1,200}"
    r"|(?P<choose>a container name must be specified[^\n]{0,300})"
)
_DEFAULTED = re.compile(r'Defaulted container "([^"\s]{1,253})" out of:')
_PREFIX = re.compile(r"^\[pod/([^/\]\s]{1,253})/([^/\]\s]{1,253})\] ")
_FORBIDDEN = re.compile(
    r'is forbidden: User \\?"(?P<user>[^"\\]{1,300})\\?" cannot (?P<verb>\w{1,40}) resource '
    r'\\?"(?P<resource>[^"\\]{1,100})\\?" in API group \\?"(?P<group>[^"\\]{0,200})\\?"'
    r'(?: in the namespace \\?"(?P<namespace>[^"\\]{1,63})\\?")?'
)
"""The API server's refusal; a structured log escapes the quotes."""
_UNREACHABLE = {"connection-refused": "refused", "dns": "dns", "timeout": "timeout"}


def logs(output: Output, move: Move, facts: FactList) -> None:
    """State what a log says, about the container it is of. Never raises.

    An answer that only explains why there is no log gives log.unavailable and nothing else.
    """
    subject = _subject(move, output.stderr)
    if _state_unavailable(output, subject, facts) or output.exit_code not in (0, None):
        return
    lines = output.stdout.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    groups: dict[ObjectRef, list[tuple[int, str]]] = {subject: []}
    first = max(0, len(lines) - LINES)
    for number, raw in enumerate(lines[first:], start=first + 1):
        raw = raw.rstrip("\r")
        about = subject
        if raw.startswith("[pod/") and (found := _PREFIX.match(raw)):
            about = ObjectRef(
                kind="Pod", namespace=subject.namespace, name=found[1], container=found[2]
            )
            raw = raw[found.end() :]
        groups.setdefault(about, []).append((number, raw))
    for about, numbered in groups.items():
        if numbered or len(groups) == 1:
            count = len(lines) if len(groups) == 1 else len(numbered)
            _state(numbered, count, about, facts)


def _subject(move: Move, stderr: str) -> ObjectRef:
    """The container that the log is of; the whole object when nothing names a container."""
    container = move.flags.get("container")
    words = list(move.args)
    if move.targets:
        kind, name = kind_of(move.targets[0].resource) or "Pod", move.targets[0].name or "*"
    elif words:
        resource, _, name = words.pop(0).rpartition("/")
        kind = (kind_of(resource) if resource else None) or "Pod"
    else:
        kind, name = "Pod", "*"
    named = container if isinstance(container, str) and container else None
    if named is None and words:
        named = words[0]
    if named is None and (found := _DEFAULTED.search(stderr[:20_000])):
        named = found[1]
    return ObjectRef(kind=kind, namespace=move.namespace, name=name, container=named)


def _state_unavailable(output: Output, subject: ObjectRef, facts: FactList) -> bool:
    """State why there is no log; only short answers can be such an explanation."""
    stdout = output.stdout.strip()
    for text, whole in ((stdout, True), (output.stderr.strip(), output.exit_code == 0)):
        # A program may print the same words; an answer that is more than them is its log.
        found = _UNAVAILABLE.search(text[:4096])
        if found is None or (whole and found.span() != (0, len(text))):
            continue
        pod, container = found["pod"] or found["of"], found["container"] or found["gone"]
        about = subject
        if pod and subject.kind == "Pod":
            about = subject.model_copy(update={"name": pod, "container": container})
        why = found["why"] or found["unable"] or found["choose"] or "previous container not found"
        line = text.count("\n", 0, found.start()) + 1
        quote = visible(text[found.start() : found.end()])
        facts.add(about, "log.unavailable", shown(why, 240), lines=(line, line), quote=quote)
        return True
    return False


def _state(numbered: list[tuple[int, str]], count: int, about: ObjectRef, facts: FactList) -> None:
    first, last = (numbered[0][0], numbered[-1][0]) if numbered else (1, 1)
    quote = f"{count} lines" if count != 1 else "1 line"
    facts.add(about, "log.lines", count, lines=(first, last), quote=quote)
    bare = [(number, unstamped(raw)) for number, raw in numbered]
    entries = [Entry(number, raw, read_line(raw)) for number, raw in bare if raw.strip()]
    entries = [entry for entry in entries if entry.line.message]
    if not entries:
        return
    end = entries[-1]
    _say(facts, about, "log.last_line", shown(end.raw, 240), end)
    found = errors(entries)
    if found:
        top = found[0]
        value: dict[str, JsonValue] = {
            "category": top.category,
            "text": top.text,
            "count": top.times,
        }
        _say(facts, about, "log.error", value, top.entry)
    _state_names(found, about, facts)
    _state_signs(entries, about, facts)


def _say(facts: FactList, about: ObjectRef, name: str, value: JsonValue, entry: Entry) -> None:
    at = (entry.number, entry.number)
    facts.add(about, name, value, lines=at, quote=visible(entry.raw[:2000]))


def _state_names(found: list[Found], about: ObjectRef, facts: FactList) -> None:
    """State what lines name as missing, the best line's first, and as out of reach, the latest last."""
    stated: dict[str, list[JsonValue]] = {}
    reaching: list[tuple[Entry, str, JsonValue]] = []
    for error in found:
        if error.hit is None or error.score < found[0].score - MARGIN:
            continue
        for name, value in _named(error):
            known = stated.setdefault(name, [])
            if value in known or len(known) == EACH:
                continue
            known.append(value)
            if name in ("log.unreachable", "log.resolver"):
                reaching.append((error.entry, name, value))
            else:
                _say(facts, about, name, value, error.entry)
    # What was out of reach before may be well by now: of several statements the last one holds.
    for entry, name, value in sorted(reaching, key=lambda item: item[0].number):
        _say(facts, about, name, value, entry)


def _named(error: Found) -> list[tuple[str, JsonValue]]:
    names = error.hit.names if error.hit else {}
    found: list[tuple[str, JsonValue]] = []
    if env := names.get("env"):
        found.append(("log.missing_env", env))
    if key := names.get("key"):
        found.append(("log.missing_key", key))
    if error.category == "missing-file" and (path := names.get("file")):
        found.append(("log.missing_file", path.rstrip(":.")))
    if error.category == "permission":
        if path := names.get("path"):
            found.append(("log.denied_path", path.rstrip(":.")))
        if refused := _FORBIDDEN.search(error.entry.raw[:2000]):
            found.append(("log.forbidden", {k: v or "" for k, v in refused.groupdict().items()}))
    if error.category == "dns" and (answer := resolver(error.entry.raw[:2000])):
        found.append(("log.resolver", answer))
    cause = _UNREACHABLE.get(error.category)
    if cause and (host := names.get("host")):
        port = names.get("port")
        number = int(port) if port and 0 < int(port) < 65536 else None
        found.append(
            ("log.unreachable", {"host": host.strip("[]"), "port": number, "cause": cause})
        )
    return found


def _state_signs(entries: list[Entry], about: ObjectRef, facts: FactList) -> None:
    ports: set[int] = set()
    waits: dict[str, Entry] = {}
    seen: Counter[str] = Counter()
    known: dict[str, str | None] = {}
    for entry in entries:
        message = entry.line.message
        if entry.line.stack:
            continue
        if message not in known:
            known[message] = awaited(message)
            port = listening(entry.line, entry.raw)
            if port is not None and port not in ports and len(ports) < EACH:
                ports.add(port)
                _say(facts, about, "log.listening", port, entry)
        if (name := known[message]) is not None and entry.line.level < Level.FATAL:
            seen[name] += 1
            waits[name] = entry
    # Said once and then followed by other lines, the wait is over.
    tail = {entry.number for entry in entries[-3:]}
    lasting = [
        n for n, e in waits.items() if e.number in tail and (seen[n] > 1 or e is entries[-1])
    ]
    for name in lasting[:EACH]:
        _say(facts, about, "log.waiting_for", name, waits[name])
