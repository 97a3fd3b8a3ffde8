"""Rejection.

How a check says no. It carries the verdict to tools.ladder, which turns it back into a value.

Not an error in the sense of tools.errors: nothing has to be mended by a person, and it never leaves
the ladder.
"""

from __future__ import annotations

from typing import NoReturn

from tools.verdict import Decision, Risk, Rung, Verdict


class Rejection(Exception):
    """A check's verdict that ends the judging."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.message)
        self.verdict = verdict


def refuse(
    rung: Rung, reason: str, message: str, hint: str = "", *, risk: Risk = "forbidden"
) -> NoReturn:
    """End the judging: the move is not to run, in this or a mended spelling of the same wish."""
    _end("refuse", rung, reason, message, hint, risk)


def repair(
    reason: str, message: str, hint: str, *, rung: Rung = "tree", risk: Risk = "read"
) -> NoReturn:
    """End the judging: the move is wrong, and the hint says how to mend it."""
    _end("repair", rung, reason, message, hint, risk)


def _end(
    decision: Decision, rung: Rung, reason: str, message: str, hint: str, risk: Risk
) -> NoReturn:
    raise Rejection(
        Verdict(decision=decision, rung=rung, reason=reason, message=message, hint=hint, risk=risk)
    )
