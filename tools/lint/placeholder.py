"""Placeholders: what a runbook leaves to its reader, such as `<pod>`, `$NS` or `{{ .x }}`."""

from __future__ import annotations

import re
from collections.abc import Callable

MARK = "\ue000"
"""Stands for text that is not known: a private-use character that no command or manifest holds."""

ANGLE = re.compile(r"<[A-Za-z][^<>\n]{0,60}?[A-Za-z0-9_.)]>|<[A-Za-z]>")
"""`<pod>`, `<your namespace>`; a redirection such as `<file >out` has a space before the `>`."""
TEMPLATE = re.compile(r"\{\{.{0,1000}?\}\}", re.DOTALL)
"""Helm, Jinja and Go templates; the bound keeps a text of open braces from costing its square."""
_TEMPLATE_LINE = re.compile(r"^[ \t]*\{\{.*?\}\}[ \t]*$", re.MULTILINE)
_VARIABLE = re.compile(r"\$\{[^{}\n]*\}|\$\([A-Za-z_][A-Za-z0-9_]*\)|\$[A-Za-z_][A-Za-z0-9_]*")
_ANY = re.compile("|".join((MARK, ANGLE.pattern, r"\{\{.{0,1000}?\}\}", _VARIABLE.pattern)))


def holds(text: str) -> bool:
    """Whether some part of a value is left to the reader."""
    return _ANY.search(text) is not None


def mark_templates(text: str) -> str:
    """Text without templates, line by line: lines that are only a template become empty ones."""
    blanked = _TEMPLATE_LINE.sub("", text)
    return TEMPLATE.sub(lambda found: MARK + "\n" * found[0].count("\n"), blanked)


def mark_angles(text: str) -> str:
    """Text with `<placeholder>` marked."""
    return ANGLE.sub(MARK, text)


def fill(text: str, known: Callable[[str], str]) -> str:
    """Text with each placeholder replaced by what is known for it; `known` gives nothing to leave it."""
    return _ANY.sub(lambda found: known(found[0]) or found[0], text)
