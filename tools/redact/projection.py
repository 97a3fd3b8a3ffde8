"""Projections (`-o jsonpath=`, `custom-columns=`) that print values without the names beside them.

`{.spec.containers[*].env[*].value}` prints bare values; no rule could tell which are secret. The
runner masks the whole output of such an expression.
"""

from __future__ import annotations

import re

from tools.redact import names

SEGMENT = re.compile(r"""\[\s*['"]([^'"\]]+)['"]\s*\]|\.((?:\\.|[\w/-])+)""")
CHOSEN = re.compile(r"""@\.(?:name|key)\s*==\s*['"]([^'"]+)['"]""")
BARE_VALUES = frozenset({"value", "binaryData", "stringData"})
"""Fields whose strings stand without a name of their own once they are projected."""


def exposes(expression: str) -> bool:
    """Whether the expression can print a secret without its name."""
    if not expression:
        return False
    chosen = CHOSEN.findall(expression)
    if any(names.rank(name) != "none" for name in chosen):
        return True
    segments = [(a or b).replace("\\.", ".") for a, b in SEGMENT.findall(expression)]
    if any(names.rank(name) == "strong" for name in segments if name != "secret"):
        return True
    if re.search(r"\.\.\s*value\b|\.\.\*|\.data\s*\.\s*\*|\.data\[\*\]", expression):
        return True
    if any(name.endswith("last-applied-configuration") for name in segments):
        return True
    bare = BARE_VALUES & set(segments)
    return bool(bare) and not (chosen and bare == {"value"})
