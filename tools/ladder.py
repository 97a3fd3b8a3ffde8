"""Ladder: the gate's offline rungs (parse, tree, policy) for kubectl and promtool commands.

`judge` turns a line or words into a typed Move and a Verdict; `recheck` judges a Move by its fields
alone, so that whoever executes it need not trust where it came from. No I/O. Manifests are judged
by tools.manifest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tools.kubectl import command as kubectl_command
from tools.kubectl import lexer, mend
from tools.kubectl.policy import EVERYWHERE, Policy, PolicyScope, cluster_only
from tools.kubectl.rejection import Rejection, refuse
from tools.kubectl.tree import CommandTree
from tools.move import Move, ProposedBy
from tools.promtool import command as promtool_command
from tools.promtool import promql
from tools.verdict import Risk, Verdict

WRITES = frozenset({"write-namespaced", "write-cluster"})
TWO_PEOPLE = "write-cluster"
TRY = "try: "
"""In a hint: behind it stands, to the end, a whole line that these rungs accept."""
MOST_GUESSES = 12
"""Lines that are judged to find one to offer for a rejected line; most take one or two."""
MOST_MENDS = 3
"""Things that may be wrong with a line for which another is offered."""
_COMPARED = (
    "kind",
    "command",
    "targets",
    "args",
    "flags",
    "namespace",
    "all_namespaces",
    "manifest",
    "text",
)
"""Fields of a Move that decide what runs or what a person is shown."""


def offering(verdict: Verdict, line: str) -> Verdict:
    """The verdict with a hint that ends with a line to try."""
    hint = verdict.hint + ("" if verdict.hint.endswith("?") else ";") if verdict.hint else ""
    return verdict.model_copy(update={"hint": f"{hint} {TRY}{line}".strip()})


class Judged(NamedTuple):
    """A verdict, and the typed move when there is one to run."""

    move: Move | None
    """The move; None unless the decision is allow or approve."""
    verdict: Verdict


class Ladder:
    """The offline rungs over one kubectl's tree, promtool's tree and one policy."""

    def __init__(self, kubectl: CommandTree, promtool: CommandTree, policy: Policy) -> None:
        self.kubectl = kubectl
        self.promtool = promtool
        self.policy = policy

    @classmethod
    def packed(cls) -> Ladder:
        """On the trees and the policy shipped with the package."""
        return cls(CommandTree.packed(), CommandTree.packed("promtool"), Policy.load())

    def judge(
        self,
        source: str | Sequence[str],
        scope: PolicyScope = EVERYWHERE,
        *,
        proposed_by: ProposedBy = "playbook",
    ) -> Judged:
        """Judge one command line, or its words with the program's name first. Never raises.

        The hint of a rejected one ends with `try: ` and a read that is allowed, where one is near.
        """
        try:
            move = self._read(source, scope)
        except Rejection as rejection:
            return Judged(None, self._with_a_try(rejection.verdict, source, scope))
        if proposed_by != move.proposed_by:
            move = move.model_copy(update={"proposed_by": proposed_by})
        return Judged(move, self._accepted(move))

    def recheck(self, move: Move, scope: PolicyScope) -> Verdict:
        """Judge a typed move anew.

        Its fields must re-produce it. Never raises, never trusts `move.text`.
        """
        try:
            if move.kind == "kubectl":
                words = ["kubectl", *kubectl_command.canonical_words(move)]
            elif move.kind == "promtool":
                words = ["promtool", *promtool_command.canonical_words(move)]
            else:
                refuse("parse", "not-a-command", f"A move of kind {move.kind} is not a command.")
            again = self._read(words, scope)
            if any(getattr(again, name) != getattr(move, name) for name in _COMPARED):
                refuse(
                    "parse",
                    "not-reproduced",
                    "The move's fields do not re-produce the move, so it was not made by the gate.",
                )
        except Rejection as rejection:
            return rejection.verdict
        return self._accepted(again)

    def _with_a_try(
        self, verdict: Verdict, source: str | Sequence[str], scope: PolicyScope
    ) -> Verdict:
        near = self._near(source, verdict.reason, scope)
        if near is None:
            return verdict
        return offering(verdict, near)

    def _near(self, source: str | Sequence[str], reason: str, scope: PolicyScope) -> str | None:
        """The nearest line that is allowed and changes nothing: no hint offers a change."""
        waiting = [(guess, 1) for guess in mend.guesses(source, reason, self.kubectl)]
        for _ in range(MOST_GUESSES):
            if not waiting:
                return None
            guess, depth = waiting.pop(0)
            try:
                move = self._read(guess, scope)
            except Rejection as rejection:
                if depth < MOST_MENDS:
                    again = mend.guesses(guess, rejection.verdict.reason, self.kubectl)
                    waiting += [(line, depth + 1) for line in again]
                continue
            if self._risk(move) not in WRITES:
                return move.text
        return None

    def _read(self, source: str | Sequence[str], scope: PolicyScope) -> Move:
        program, *words = lexer.words(source)
        if program == "promtool":
            move = promtool_command.read(words, self.promtool)
            if scope.namespaces is not None and promql.outside(move.args[-1], scope.namespaces):
                names = ", ".join(sorted(scope.namespaces))
                refuse(
                    "policy",
                    "other-namespace",
                    "The PromQL may read series of other namespaces than the run's.",
                    f'give every selector namespace="{names}"',
                )
        else:
            move = kubectl_command.read(words, self.kubectl, self.policy, scope)
        if len(move.text) > lexer.MAX_BYTES:
            refuse("parse", "too-long", f"The command is longer than {lexer.MAX_BYTES} bytes.")
        return move

    def _accepted(self, move: Move) -> Verdict:
        risk = self._risk(move)
        if risk not in WRITES:
            return Verdict(decision="allow", rung="policy", reason="ok", risk=risk)
        people = "two people" if risk == TWO_PEOPLE else "a person"
        return Verdict(
            decision="approve",
            rung="policy",
            reason="write",
            message=f"This changes the cluster; {people} must approve exactly this.",
            risk=risk,
        )

    def _risk(self, move: Move) -> Risk:
        if move.kind == "promtool":
            return "read"
        risk = self.policy.risk(move.command)
        return "write-cluster" if risk == "write-namespaced" and cluster_only(move) else risk
