"""Runner: carries out moves that the gate allows, with kubectl or promtool.

It trusts nobody: the move is judged again from its typed fields, its argv is built anew, the
program gets a scrubbed environment, a generated kubeconfig and an empty folder, and what it says
is redacted before anyone sees it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from tools.errors import MagosError, ProgramError
from tools.kubeconfig import ClusterAccess
from tools.kubectl import command as kubectl_command
from tools.kubectl.policy import PolicyScope
from tools.ladder import Ladder
from tools.move import Move
from tools.output import Output
from tools.process import Overflow, Program, start
from tools.promtool import command as promtool_command
from tools.redact import Redactor
from tools.redact.projection import exposes
from tools.spool import whole_lines
from tools.verdict import Verdict

KIB, MIB = 1024, 1024 * 1024
LONGEST_LINE = 4 * KIB
"""Characters of one line of text output that are kept."""
HELP_SECONDS = 10.0
HALF_DOCUMENT = 64 * KIB
"""What is kept, for a person to see, of a JSON or YAML document that was stopped."""
LINE_CUT = " [... line cut]"


class _Bounds(NamedTuple):
    """How much of an output is kept, and what to do with more."""

    cap: int
    overflow: Overflow
    by_line: bool
    """Long lines may be cut."""


BOUNDS = {
    "json": _Bounds(32 * MIB, "stop", False),
    "yaml": _Bounds(4 * MIB, "stop", False),
    "projection": _Bounds(2 * MIB, "ends", False),
    "table": _Bounds(2 * MIB, "ends", True),
    "text": _Bounds(256 * KIB, "ends", True),
}
"""Half a JSON is of no use, so it is stopped; a table of 2,000 wide pod rows is about 0.5 MiB."""


class Refused(MagosError):
    """The runner's own check does not allow the move. Nothing was started."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.message or f"refused: {verdict.reason}", verdict.hint)
        self.verdict = verdict
        """Why."""


class Runner:
    """Runs moves against one cluster within one scope. Safe to use from several threads."""

    def __init__(
        self,
        kubectl: Path,
        access: ClusterAccess,
        ladder: Ladder,
        scope: PolicyScope,
        folder: Path,
        *,
        promtool: Path | None = None,
        prometheus_url: str | None = None,
        redactor: Redactor,
    ) -> None:
        self._kubectl = kubectl
        self._access = access
        self._ladder = ladder
        self._scope = scope
        self._folder = folder
        self._promtool = promtool
        self._prometheus_url = prometheus_url
        self._redactor = redactor
        redactor.learn(access.api.secrets())

    def execute(self, move: Move, timeout: float, cancel: threading.Event | None = None) -> Output:
        """Run one move for at most `timeout` seconds; stdout and stderr come back redacted.

        Raises Refused when the gate does not allow it, ProgramError when the program is missing,
        ClusterError when expired credentials cannot be renewed.
        """
        verdict = self._ladder.recheck(move, self._scope)
        if verdict.decision != "allow":
            raise Refused(verdict)
        if move.kind == "kubectl":
            program, argv = Program.kubectl, [str(self._kubectl), *self._kubectl_argv(move)]
        elif move.kind == "promtool":
            program, argv = Program.promtool, self._promtool_argv(move)
        else:
            raise Refused(
                Verdict(
                    decision="refuse",
                    rung="policy",
                    reason="not-a-command",
                    message=f"A move of kind {move.kind} is not run as a program.",
                )
            )
        bounds = BOUNDS[_shape(move)]
        output = start(
            program,
            argv,
            env=environment(program, self._folder, self._access.kubeconfig),
            cwd=_empty_folder(self._folder),
            timeout=timeout,
            cap_bytes=bounds.cap,
            cancel=cancel,
            overflow=bounds.overflow,
        )
        return self._presentable(move, argv, output, bounds)

    def help(self, path: tuple[str, ...]) -> str:
        """The text of `kubectl PATH --help` (`kubectl options` for ("options",))."""
        return help_text(self._kubectl, self._folder, path)

    def _kubectl_argv(self, move: Move) -> list[str]:
        self._access.refresh_if_needed()
        self._redactor.learn(self._access.api.secrets())
        return kubectl_command.build_argv(move)

    def _promtool_argv(self, move: Move) -> list[str]:
        if self._promtool is None or self._prometheus_url is None:
            raise ProgramError(
                "no Prometheus to ask",
                "set PROMETHEUS_URL, and install promtool (it comes with Prometheus)",
            )
        if urlsplit(self._prometheus_url).password:
            raise ProgramError(
                "PROMETHEUS_URL holds a password, which promtool would show to every local user",
                "use a URL without a login",
            )
        words = promtool_command.build_argv(move, self._prometheus_url, datetime.now(UTC))
        return [str(self._promtool), *words]

    def _presentable(
        self, move: Move, argv: Sequence[str], output: Output, bounds: _Bounds
    ) -> Output:
        """Redacted first, shortened after: a cut must not hide a secret's beginning."""
        stdout, cut = _without_half_line(output.stdout, argv)
        if output.truncated and bounds.overflow == "stop":
            stdout = stdout[:HALF_DOCUMENT]
        bare_values = exposes(_projection(move))
        stdout = self._redactor.hide(stdout) if bare_values else self._redactor.text(stdout)
        if bounds.by_line:
            stdout = clip_lines(stdout)
        return output.model_copy(
            update={
                "stdout": stdout,
                "stderr": clip_lines(self._redactor.plain(output.stderr)),
                "truncated": output.truncated or cut,
            }
        )


def help_text(kubectl: Path, folder: Path, path: tuple[str, ...]) -> str:
    """Kubectl's own help for a command path, without any kubeconfig. Raises ProgramError.

    `folder` is a private scratch folder.
    """
    for word in path:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", word):
            raise ProgramError(f"not a kubectl command: {word!r}")
    words = [*path] if path == ("options",) else [*path, "--help"]
    return start(
        Program.kubectl,
        [str(kubectl), *words],
        env=environment(Program.kubectl, folder, Path("/dev/null")),
        cwd=_empty_folder(folder),
        timeout=HELP_SECONDS,
        cap_bytes=MIB,
    ).stdout


def environment(program: Program, folder: Path, kubeconfig: Path) -> dict[str, str]:
    """The whole environment of a child; nothing of the user's own is passed on.

    No PATH (kubectl runs `kubectl-foo` for unknown words, and KUBECTL_EXTERNAL_DIFF), no proxies
    (the kubeconfig says), no kuberc aliases; HOME holds kubectl's cache and nothing else.
    """
    home = folder / "home"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    env = {
        "PATH": "/nonexistent",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
    }
    if program is Program.kubectl:
        env |= {"KUBECONFIG": str(kubeconfig), "KUBERC": "off", "KUBECTL_KUBERC": "false"}
    return env


def clip_lines(text: str, longest: int = LONGEST_LINE) -> str:
    """The text with every longer line cut and marked."""
    if len(text) <= longest:
        return text
    return "\n".join(
        line if len(line) <= longest else line[:longest] + LINE_CUT for line in text.split("\n")
    )


def _empty_folder(folder: Path) -> Path:
    empty = folder / "empty"
    empty.mkdir(mode=0o700, parents=True, exist_ok=True)
    return empty


def _shape(move: Move) -> str:
    """Which row of BOUNDS an output belongs to."""
    if move.kind == "promtool":
        return "json"
    style = str(move.flags.get("output", ""))
    if style in ("json", "yaml"):
        return style
    if _projection(move) or style == "name":
        return "projection"
    return "table" if move.command[0] in ("get", "events", "top", "api-resources") else "text"


def _projection(move: Move) -> str:
    """The expression of `-o jsonpath=...` or `-o custom-columns=...`, else empty."""
    style, _, expression = str(move.flags.get("output", "")).partition("=")
    return expression if style.startswith(("jsonpath", "custom-columns", "go-template")) else ""


def _without_half_line(stdout: str, argv: Sequence[str]) -> tuple[str, bool]:
    """Logs that reached --limit-bytes end within a line; half a token is not recognised as one."""
    limit = next((word.partition("=")[2] for word in argv if word.startswith("--limit-bytes=")), "")
    if not limit.isdigit() or stdout.endswith("\n") or len(stdout.encode()) < int(limit):
        return stdout, False
    return whole_lines(stdout.encode()).decode("utf-8", "ignore"), True
