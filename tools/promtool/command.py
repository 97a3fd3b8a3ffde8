"""promtool moves: PromQL and relative times only. Code adds the server and the absolute times.

Only two forms exist: `promtool query instant EXPR` and
`promtool query range --start=-1h --end=now --step=60s EXPR`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from datetime import datetime

from tools.kubectl import argv
from tools.kubectl.rejection import refuse, repair
from tools.kubectl.tree import CommandTree, Path_
from tools.move import Move
from tools.promtool import promql

MAX_RANGE_S = 24 * 3600
MAX_POINTS = promql.MAX_POINTS
DEFAULT_START = "-1h"
DEFAULT_STEP_S = 60

_FORMS = frozenset({("query",), ("query", "instant"), ("query", "range")})
_FORBIDDEN_FLAGS = {
    "http.config.file": "it reads credentials from a file",
    "header": "it sends headers of the caller's choice",
    "enable-feature": "it changes what promtool does",
    "match": "the selector goes into the PromQL",
    "junit": "it opens a file for writing",
}
_RELATIVE = re.compile(r"-(\d{1,6})([smhd])")
_SPAN = re.compile(r"(\d{1,6})([smhd]?)")
_UNIT_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


class PromtoolScreen:
    """What promtool may be asked; everything but the two query forms is closed."""

    def screen_command(self, path: Path_) -> None:
        """Raises Rejection for commands that write, read files or reach other servers."""
        known = CommandTree.packed("promtool").command(path) is not None
        if known and path not in _FORMS:
            refuse(
                "policy",
                "forbidden-command",
                f"`promtool {' '.join(path)}` is never run.",
                "promtool query instant 'EXPR'",
            )

    def screen_flag(self, path: Path_, name: str) -> None:
        """Raises Rejection for flags that name files or servers."""
        if name in _FORBIDDEN_FLAGS:
            refuse(
                "policy",
                "forbidden-flag",
                f"--{name} is not a move's to give: {_FORBIDDEN_FLAGS[name]}.",
                f"leave --{name} out",
            )

    def runs_alone(self, path: Path_) -> bool:
        """No promtool command stands alone."""
        return False


SCREEN = PromtoolScreen()


def read(words: Sequence[str], tree: CommandTree) -> Move:
    """The typed Move that the words after `promtool` mean, without id. Raises Rejection."""
    for word in words:
        if word.startswith("@"):
            refuse(
                "parse",
                "file-expansion",
                "promtool reads arguments that start with `@` from files.",
            )
    parsed = argv.parse(words, tree, SCREEN)
    command = parsed.command
    for word in parsed.positionals:
        if "://" in word:
            refuse("policy", "server-url", "A move carries no server; code adds it.", command.usage)
    if len(parsed.positionals) != 1:
        repair(
            "too-many-arguments" if parsed.positionals else "missing-argument",
            "promtool takes exactly one PromQL expression.",
            f"one expression in single quotes: {command.usage}",
        )
    over_time = command.path == ("query", "range")
    expression = promql.check(parsed.positionals[0].strip(), over_time=over_time)
    flags = {name: str(value) for name, value in parsed.flags.items()}
    move = Move(
        kind="promtool",
        command=command.path,
        args=(expression,),
        flags=_times(flags) if over_time else {},
        text="",
    )
    text = canonical_text(move)
    return move.model_copy(update={"text": text, "repeat_key": text})


def canonical_text(move: Move) -> str:
    """The one way this move is written, quoted so that it can be pasted."""
    return shlex.join(("promtool", *canonical_words(move)))


def canonical_words(move: Move) -> list[str]:
    """The words of `canonical_text` after the program, unquoted."""
    times = [
        f"--{name}={move.flags[name]}" for name in ("start", "end", "step") if name in move.flags
    ]
    return [*move.command, *times, *move.args]


def build_argv(move: Move, server_url: str, now: datetime) -> list[str]:
    """The argv after the program's name, with the server and absolute times (Unix seconds).

    Raises ValueError for a move of another kind, a server that is not HTTP, or a `now` without time
    zone.
    """
    if move.kind != "promtool":
        raise ValueError(f"not a promtool move: {move.kind}")
    if not server_url.startswith(("http://", "https://")):
        raise ValueError("the Prometheus server is not an http(s) URL")
    if now.tzinfo is None:
        raise ValueError("`now` needs a time zone")
    moment = int(now.timestamp())
    built = [*move.command, "--format=json"]
    if move.command == ("query", "instant"):
        return [*built, f"--time={moment}", server_url, *move.args]
    start = moment - _ago(str(move.flags["start"]), "start")
    end = moment - _ago(str(move.flags["end"]), "end")
    step = _step(str(move.flags["step"]))
    return [*built, f"--start={start}", f"--end={end}", f"--step={step}s", server_url, *move.args]


def _times(flags: dict[str, str]) -> dict[str, str | bool | list[str]]:
    """start, end and step in canonical spelling, within bounds; defaults where not given."""
    start = flags.get("start", DEFAULT_START)
    end = flags.get("end", "now")
    step = _step(flags.get("step", f"{DEFAULT_STEP_S}s"))
    span = _ago(start, "start") - _ago(end, "end")
    if not 0 < span <= MAX_RANGE_S:
        refuse(
            "policy",
            "too-wide",
            "A range query covers more than 0 s and at most 24 h.",
            "--start=-1h --end=now",
        )
    if step < 1 or span / step > MAX_POINTS:
        refuse(
            "policy", "too-wide", f"A range query has at most {MAX_POINTS} points.", "--step=60s"
        )
    return {"start": start, "end": end, "step": f"{step}s"}


def _ago(text: str, name: str) -> int:
    """Seconds before now."""
    if text == "now":
        return 0
    match = _RELATIVE.fullmatch(text)
    if match is None:
        refuse("policy", "absolute-time", f"--{name} is `now` or relative.", f"--{name}=-1h")
    return int(match[1]) * _UNIT_S[match[2]]


def _step(text: str) -> int:
    match = _SPAN.fullmatch(text)
    if match is None:
        repair("bad-value", f"`{text[:20]}` is not a step of whole seconds.", "--step=60s")
    return int(match[1]) * _UNIT_S[match[2]]
