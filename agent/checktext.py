"""TextChecker: `check` in FILE mode, for one text at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.finding import Finding
from tools.kubectl.policy import EVERYWHERE
from tools.ladder import Ladder
from tools.lint import kubectl, promql, shell, transcript, yamltext
from tools.lint.markdown import Block, blocks
from tools.lint.placeholder import MARK, holds
from tools.manifest.load import Document, ManifestError
from tools.manifest.schema import SchemaSet

PROGRAMS = frozenset({"kubectl", "promtool"})
_SHELL = frozenset({"bash", "sh", "shell", "zsh", "console", "shell-session", "terminal"})
_PROMQL = frozenset({"promql", "prometheus"})
_YAML = frozenset({"yaml", "yml"})
_TEXT = frozenset({"", "text", "txt", "none", "plain", "plaintext"})
_OBJECT = re.compile(r"^apiVersion:\s*\S", re.MULTILINE)
_GROUPS = re.compile(r"^groups:\s*$", re.MULTILINE)
_STRICT = frozenset({"bad-target", "mixed-forms", "bad-promql"})
"""Repairs of the strict ladder that are true mistakes in any runbook."""


@dataclass(frozen=True)
class TextChecker:
    """Reads a text as what it is, and finds its commands, objects and expressions."""

    ladder: Ladder
    schemas: SchemaSet

    def check(self, file: str, text: str, kind: str) -> list[Finding]:
        """Findings in order of lines. Kind: markdown, shell, yaml, promql, text; empty guesses."""
        kind = kind or guess(text)
        found = list(self._parts(file, text, kind, 1))
        return sorted(found, key=lambda finding: finding.lineno)

    def _parts(self, file: str, text: str, kind: str, line: int) -> Iterator[Finding]:
        if kind == "markdown":
            for block in blocks(text):
                yield from self._parts(file, block.text, _language(block), block.line)
        elif kind == "shell":
            yield from self._shell(file, text, line)
        elif kind == "text":
            shown = transcript.interactive(text)
            if shown != text:
                yield from self._shell(file, shown, line)
            else:
                yield from self._commands(file, transcript.starting_lines(text, line))
        elif kind == "yaml":
            yield from self._yaml(file, text, line)
        elif kind == "promql":
            for offset, expression, problem in promql.mistakes(text):
                yield _expression(file, line + offset, expression, problem)

    def _shell(self, file: str, text: str, line: int) -> Iterator[Finding]:
        shown = transcript.interactive(text)
        try:
            found = shell.commands(shown, line)
        except shell.ShellError:
            # Output or prose between the commands: read line by line.
            found = list(transcript.starting_lines(shown, line))
        yield from self._commands(file, found)

    def _commands(
        self, file: str, found: Iterator[shell.ShellCommand] | list[shell.ShellCommand]
    ) -> Iterator[Finding]:
        for command in found:
            words = command.program(PROGRAMS)
            if not words:
                continue
            yield self._command(file, command, words)
            for line, body in command.bodies:
                yield from self._yaml(file, body, line)

    def _command(self, file: str, command: shell.ShellCommand, words: list[str]) -> Finding:
        if words[0] == "promtool":
            mistake = kubectl.promtool_mistake(words)
        else:
            mistake = kubectl.mistake(words, self.ladder.kubectl)
        if mistake is not None:
            return Finding(
                file=file,
                lineno=command.line,
                line=command.text,
                decision="repair",
                rung="tree",
                reason=mistake.reason,
                message=mistake.message,
                hint=mistake.hint,
                wrong=True,
            )
        open_ended = any(MARK in word or word.isupper() for word in words)
        open_ended = open_ended or "xargs" in command.words
        verdict = self.ladder.judge([word.replace(MARK, "x") for word in words], EVERYWHERE).verdict
        if verdict.decision == "repair":
            wrong = verdict.reason in _STRICT and not open_ended and words[0] == "kubectl"
            if not wrong:
                # What only a strict move must not do, such as a name in capitals, is fine here.
                return _ok(file, command.line, command.text)
        return Finding(
            file=file,
            lineno=command.line,
            line=command.text,
            decision=verdict.decision,
            rung=verdict.rung,
            reason=verdict.reason,
            message=verdict.message,
            hint=verdict.hint,
            wrong=verdict.decision == "repair",
        )

    def _yaml(self, file: str, text: str, line: int) -> Iterator[Finding]:
        try:
            read = yamltext.read(text)
        except ManifestError as error:
            yield from self._not_yaml(file, text, line, error)
            return
        for document in read.documents:
            yield from self._document(file, document, line - 1, read.partial)

    def _not_yaml(self, file: str, text: str, line: int, error: ManifestError) -> Iterator[Finding]:
        """Only YAML that says it is an object or rules is judged; anchors are YAML we do not read."""
        ours = _OBJECT.search(text) or _GROUPS.search(text)
        if not ours:
            return
        judged = error.reason in ("yaml", "duplicate-key", "bad-key") and not holds(text)
        yield Finding(
            file=file,
            lineno=line - 1 + (error.line or 1),
            line=text.strip().split("\n")[0],
            decision="repair" if judged else "allow",
            rung="parse",
            reason=error.reason,
            message=error.message,
            hint=error.hint,
            wrong=judged,
        )

    def _document(
        self, file: str, document: Document, offset: int, partial: bool
    ) -> Iterator[Finding]:
        for expression in yamltext.expressions(document):
            problem = promql.mistake(expression.text)
            yield _expression(file, offset + expression.line, expression.text.strip(), problem)
        for text, line in yamltext.scripts(document):
            yield from self._commands(file, transcript.starting_lines(text, offset + line))
        if not yamltext.is_object(document):
            return
        problems = [
            problem
            for problem in self.schemas.check_document(document)
            if yamltext.certain(problem, document, partial)
        ]
        line, title = offset + document.line, yamltext.title(document)
        if not problems:
            yield _ok(file, line, title, rung="schema")
            return
        known = problems[0].reason != "no-schema"
        more = "; ".join(str(problem) for problem in problems)
        yield Finding(
            file=file,
            lineno=min(offset + document.line_of(problem.keys) for problem in problems),
            line=title,
            decision="repair" if known else "allow",
            rung="schema",
            reason=problems[0].reason,
            message=more,
            hint="; ".join(f"{p.path}: {p.hint}" if p.hint else p.path for p in problems),
            wrong=known,
        )


def guess(text: str) -> str:
    """What kind of text this is, when its name does not say."""
    if text.startswith("#!"):
        return "shell"
    if _OBJECT.search(text) or _GROUPS.search(text):
        return "markdown" if re.search(r"^\s*```", text, re.MULTILINE) else "yaml"
    return "markdown" if re.search(r"^\s*(?:```|~~~)", text, re.MULTILINE) else "text"


def _language(block: Block) -> str:
    """How a fenced block is read; empty for languages that hold nothing of ours."""
    if block.language in _SHELL:
        return "shell"
    if block.language in _YAML:
        return "yaml"
    if block.language in _PROMQL:
        return "promql"
    if block.language in _TEXT:
        return "yaml" if _OBJECT.match(block.text) else "text"
    return "none"


def _ok(file: str, lineno: int, line: str, rung: str = "policy") -> Finding:
    return Finding.model_validate(
        {
            "file": file,
            "lineno": lineno,
            "line": line,
            "decision": "allow",
            "rung": rung,
            "reason": "ok",
        }
    )


def _expression(file: str, lineno: int, expression: str, problem: str) -> Finding:
    return Finding(
        file=file,
        lineno=lineno,
        line=expression,
        decision="repair" if problem else "allow",
        rung="tree",
        reason="bad-promql" if problem else "ok",
        message=f"the PromQL does not parse: {problem}" if problem else "",
        hint=problem,
        wrong=bool(problem),
    )
