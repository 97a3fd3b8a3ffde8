"""Shapes of words.

Names, namespaces, images, quantities, durations, paths. Pure checks, no meaning.
"""

from __future__ import annotations

import re

from tools.kubectl.rejection import refuse, repair

DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
DNS_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?")
RBAC_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.:]{0,251}[a-z0-9])?")
RBAC_KINDS = frozenset({"clusterroles", "clusterrolebindings", "roles", "rolebindings"})
"""Kinds whose names may hold a colon (`system:node`)."""

RESOURCE = re.compile(r"[a-z][a-z0-9-]{0,62}(?:\.[a-z0-9][a-z0-9-]{0,62}){0,8}\.?")
IMAGE = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?/)?"
    r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
FIELD_PATH = re.compile(r"[A-Za-z][A-Za-z0-9-]*(?:\.[A-Za-z0-9-]+)*")
"""`deployment.spec.template`, as `kubectl explain` takes it."""
QUANTITY = re.compile(r"\d{1,12}(?:\.\d{1,9})?(?:m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?")
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/,@%+=-]{0,252}")
"""A value without spaces, quotes or anything that a shell knows."""
JSONPATH = re.compile(r"[A-Za-z0-9_.\[\]{}()*?@=!<>\"'\\:,/ +-]{1,300}")
RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})")

_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(duration: str) -> float:
    """Seconds of a Go duration such as `1m30s` or `1.5h`; negative durations are negative."""
    total = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(duration))
    return -total if duration.startswith("-") else total


def check_name(name: str, resource: str) -> str:
    """An object's name of the right shape. Raises Rejection (tree) otherwise."""
    pattern = RBAC_NAME if resource in RBAC_KINDS else DNS_NAME
    if not pattern.fullmatch(name):
        hint = "names are lower-case letters, digits, `-` and `.`"
        if name.lower() != name and pattern.fullmatch(name.lower()):
            hint = f"did you mean {name.lower()}?"
        repair("bad-name", f"`{name[:60]}` cannot be an object's name.", hint)
    return name


def check_namespace(name: str) -> str:
    """A namespace's name of the right shape.

    Raises Rejection (parse): other shapes are how flags are smuggled.
    """
    if not DNS_LABEL.fullmatch(name):
        refuse(
            "parse",
            "bad-namespace",
            f"`{name[:60]}` cannot be a namespace.",
            "namespaces are lower-case letters, digits and `-`, at most 63",
        )
    return name


def check_jsonpath(expression: str) -> str:
    """A bounded, balanced JSONPath template. Raises Rejection (tree) otherwise."""
    if not JSONPATH.fullmatch(expression):
        repair(
            "bad-expression",
            "The JSONPath is empty, longer than 300 characters, or holds odd characters.",
            "-o jsonpath='{.items[*].metadata.name}'",
        )
    for opening, closing in ("{}", "[]", "()"):
        if expression.count(opening) != expression.count(closing):
            repair(
                "bad-expression",
                f"The JSONPath has an unbalanced `{opening}`.",
                "-o jsonpath='{.items[*].metadata.name}'",
            )
    return expression
