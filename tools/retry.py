"""What a failed read means: worth another try, final, or an answer in itself.

Read from kubectl's (and promtool's) stderr, which carries the API's reason in brackets. For reads
only: a write with an unclear outcome must be looked up, never sent again. Whether and when to try
again is the caller's business.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from tools.output import Output

Action = Literal["ok", "retry", "final", "unauthorized", "forbidden", "not-found"]
"""retry: a passing fault; final: an answer that will not change; the rest name themselves."""


class Classified(NamedTuple):
    """What to make of an output."""

    action: Action
    retry_after: float | None = None
    """Seconds the server asked to wait; None when it did not say."""


REASON = re.compile(r"(?:error from server|logged in to the server)\s+\((\w+)\)", re.IGNORECASE)
BY_REASON: dict[str, Action] = {
    "TooManyRequests": "retry",  # rejected by priority and fairness before it ran
    "InternalError": "retry",
    "ServerTimeout": "retry",
    "Timeout": "retry",
    "ServiceUnavailable": "retry",
    "Expired": "retry",  # the list's continue token; a new call starts a new list
    "Gone": "retry",
    "Unauthorized": "unauthorized",
    "Forbidden": "forbidden",
    "NotFound": "not-found",
}
"""Reasons not named here (BadRequest, Invalid, Conflict, ...) are final."""
PASSING = re.compile(
    r"etcdserver: (?:leader changed|no leader|request timed out)|raft proposal dropped|"
    r"connection to the server .* was refused|connection refused|connection reset|broken pipe|"
    r"no such host|server misbehaving|i/o timeout|TLS handshake timeout|\bEOF\b|GOAWAY|"
    r"context deadline exceeded|Client\.Timeout|request canceled|network is unreachable|"
    r"no route to host|server is currently unable to handle the request|"
    r"unable to return a response in the time allotted|too many requests|"
    r"Service Unavailable|Bad Gateway|Gateway Time-?out|http2: client connection lost",
    re.IGNORECASE,
)
NO_LOGIN = re.compile(
    r"must be logged in to the server|asked for the client to provide credentials"
)
WAIT = re.compile(r"retry[ -]after:? (\d+(?:\.\d+)?) ?s?", re.IGNORECASE)
ORDER: tuple[Action, ...] = ("unauthorized", "forbidden", "retry", "not-found")
"""Of several errors in one output, the first of these decides."""


def classify(output: Output) -> Classified:
    """What one read's output means. A killed program is final: its own time was all there was."""
    if output.exit_code == 0:
        return Classified("ok")
    if output.exit_code is None:
        return Classified("final")
    errors = output.stderr
    if not errors.strip() and output.stdout.strip():
        return Classified("ok")  # `auth can-i` says no, and exits 1
    actions: set[Action] = {BY_REASON.get(reason, "final") for reason in REASON.findall(errors)}
    if NO_LOGIN.search(errors):
        actions.add("unauthorized")
    if PASSING.search(errors) and not actions & {"forbidden", "not-found"}:
        actions.add("retry")
    action: Action = next((name for name in ORDER if name in actions), "final")
    asked = WAIT.search(errors) if action == "retry" else None
    return Classified(action, float(asked[1]) if asked else None)
