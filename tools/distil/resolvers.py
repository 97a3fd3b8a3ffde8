"""Resolvers: what a log line says of the answer to a DNS question, and who gave it."""

from __future__ import annotations

import re
from typing import Any

from pydantic import JsonValue

from tools.distil.linear import linear

# Go names the resolver: `lookup NAME on ADDRESS:53: read udp A->B: i/o timeout`.
_GO = re.compile(
    r"\blookup \S{1,253} on (?P<address>\[[0-9a-f:]+\]|[\d.]{7,15}):53: (?P<rest>.{1,200})"
)
_ANSWERS: tuple[tuple[str, Any], ...] = (
    ("timeout", linear(r"i/o timeout|\bEAI_AGAIN\b|timed out")),
    ("refused", linear(r"connection refused|\bECONNREFUSED\b")),
    ("servfail", linear(r"server misbehaving|SERVFAIL")),
    ("unavailable", linear(r"Temporary failure in name resolution|Try again")),
    (
        "nxdomain",
        linear(
            r"no such host|NXDOMAIN|Name or service not known|\bENOTFOUND\b"
            r"|nodename nor servname|Name does not resolve"
        ),
    ),
)


def resolver(line: str) -> dict[str, JsonValue] | None:
    """{address, answer} of a line about a name that does not resolve; None when it does not say.

    answer: timeout, refused, servfail, nxdomain, or unavailable (a C library's word for the first
    three). The address is empty where the program does not name its resolver.
    """
    found = _GO.search(line)
    said = found["rest"] if found else line
    for answer, pattern in _ANSWERS:
        if pattern.search(said):
            return {"address": found["address"].strip("[]") if found else "", "answer": answer}
    return None
