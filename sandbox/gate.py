"""Gate: the whole ladder that a move passes, parse to access, whoever proposed it.

Covered here: kubectl, promtool, manifest and names moves; without a cluster view only the offline
rungs. Not covered: dry-run, rehearsal and approval, which writes meet later.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import JsonValue

from sandbox import rungs
from sandbox.cluster import ClusterView
from sandbox.discovery import ResourceKind
from sandbox.needs import Need, Unknown, needs
from tools.kubectl.policy import Policy, PolicyScope
from tools.ladder import Judged, Ladder, offering
from tools.lint import placeholder
from tools.manifest import moves
from tools.manifest.compile import Mode
from tools.manifest.gvk import Gvk
from tools.manifest.pack import PACKED
from tools.manifest.schema import SchemaSet
from tools.manifest.screen import screen
from tools.move import Move, ProposedBy
from tools.objects import ObjectRef
from tools.suggest import closest
from tools.verdict import Rung, Verdict

_STAND_IN = "placeholder"
"""A name of the right shape, to learn what a placeholder is the name of."""


class Gate:
    """Judges moves against one target. Raises ClusterError when the target cannot be reached."""

    def __init__(
        self,
        ladder: Ladder,
        view: ClusterView | None,
        scope: PolicyScope,
        *,
        asked: frozenset[ObjectRef] = frozenset(),
        namespace: str = "default",
        prometheus: bool = False,
    ) -> None:
        """Judge for one scope.

        asked: objects that the incident names; looking them up is allowed though they may be absent.
        namespace: the context's own, where a move without -n would run.
        prometheus: whether there is a server for promtool moves.
        """
        self._ladder = ladder
        self._view = view
        self._scope = scope
        self._asked = asked
        self._namespace = namespace
        self._prometheus = prometheus

    @property
    def view(self) -> ClusterView | None:
        """The target; None offline."""
        return self._view

    def judge(
        self, source: str | Sequence[str] | Move, *, proposed_by: ProposedBy = "playbook"
    ) -> Judged:
        """The move that a text, an argv or a typed move is, and the ladder's verdict on it."""
        if not isinstance(source, Move):
            judged = self._ladder.judge(source, self._scope, proposed_by=proposed_by)
        elif source.kind == "manifest":
            judged = Judged(source, screen(source, self._scope, Policy.load()))
        elif source.kind == "names":
            judged = Judged(source, self._screen_names(source))
        else:
            judged = Judged(source, self._ladder.recheck(source, self._scope))
        if judged.move is None or judged.verdict.decision not in ("allow", "approve"):
            return self._named(source, judged) if isinstance(source, str) else judged
        return Judged(judged.move, self._above(judged.move, judged.verdict))

    def _named(self, line: str, judged: Judged) -> Judged:
        """For a line with a placeholder such as `<pod>`: the same with the name of what is there."""
        if self._view is None or not placeholder.holds(line):
            return judged
        filled = placeholder.fill(line, lambda _: _STAND_IN)
        move = self._ladder.judge(filled, self._scope).move
        named = [t for t in move.targets if t.name == _STAND_IN] if move else []
        kind = self._view.resolve(named[0].resource) if named else None
        if move is None or kind is None or kind.is_secret:
            return judged
        there = sorted(self._view.names(kind, move.namespace or self._default_namespace()).names)
        if not there:
            return judged
        name = there[0]
        again = self._ladder.judge(placeholder.fill(line, lambda _: name), self._scope)
        if again.move is None or again.verdict.decision != "allow":
            return judged
        plain = judged.verdict.model_copy(update={"hint": f"{kind.singular} {name} is there"})
        return Judged(None, offering(plain, again.move.text))

    def _screen_names(self, move: Move) -> Verdict:
        """A names move is made by code; its scope is checked like any other's."""
        allowed = self._scope.namespaces
        outside = allowed is not None and (move.all_namespaces or move.namespace not in allowed)
        kinds = [self._view.resolve(t.resource) for t in move.targets] if self._view else []
        if outside and any(kind is None or kind.namespaced for kind in kinds):
            return Verdict(
                decision="refuse",
                rung="policy",
                reason="other-namespace",
                message=f"{move.namespace or 'all namespaces'} is outside this run's scope.",
            )
        if not kinds:
            return Verdict(
                decision="refuse",
                rung="policy",
                reason="no-cluster",
                message="Names can only be listed from a cluster.",
            )
        return Verdict(decision="allow", rung="policy", reason="ok")

    def _above(self, move: Move, verdict: Verdict) -> Verdict:
        """The rungs above policy; they turn a pass into a repair, never the other way."""
        if move.kind == "promtool":
            return self._metrics(verdict)
        if self._view is None:
            return self._schema(move, None, verdict) or verdict
        if move.command == ("explain",):
            return self._explained(move, verdict)
        namespace = self._default_namespace()
        wanted = needs(move, self._view.catalogue, namespace)
        against = (
            rungs.names(move, wanted, self._view, self._asked, verdict.risk)
            or self._schema(move, wanted, verdict)
            or rungs.access(wanted, self._view, verdict.risk)
        )
        if against is not None:
            return against
        return _reached(verdict, "access" if wanted else "names")

    def _metrics(self, verdict: Verdict) -> Verdict:
        """A query needs a server; without one the model is told to use kubectl."""
        if self._view is None or self._prometheus:
            return verdict
        return Verdict(
            decision="repair",
            rung="names",
            reason="no-prometheus",
            message="There is no Prometheus to ask.",
            hint="use kubectl; PROMETHEUS_URL is not set or promtool is not installed",
            risk=verdict.risk,
        )

    def _default_namespace(self) -> str:
        only = self._scope.namespaces
        return next(iter(only)) if only is not None and len(only) == 1 else self._namespace

    def _schema(
        self, move: Move, wanted: list[Need | Unknown] | None, verdict: Verdict
    ) -> Verdict | None:
        """Rung schema: manifests and patches; None when there is nothing against them."""
        written = move.kind == "manifest" or move.command == ("patch",)
        if not written:
            return None
        gvk = self._type_of(move, wanted)
        if gvk is None:
            return None
        view = self._view
        schemas = view.schemas(gvk.api_version) if view else SchemaSet.packed(PACKED[-1])
        if move.kind == "manifest":
            found = moves.against_schema(move, gvk, schemas)
        else:
            patch, mode = _patch_of(move)
            if patch is None:
                return None
            found = moves.problems_verdict(schemas.check(patch, mode=mode, gvk=gvk), schemas.source)
        return (
            found.model_copy(update={"risk": verdict.risk}) if found.decision == "repair" else None
        )

    def _type_of(self, move: Move, wanted: list[Need | Unknown] | None) -> Gvk | None:
        if move.kind == "manifest" and move.command == ("apply",):
            return moves.type_of(move)
        kind: ResourceKind | None = None
        if wanted and isinstance(wanted[0], Need):
            kind = wanted[0].kind
        if kind is not None:
            return Gvk(kind.group, kind.version, kind.kind)
        return moves.packed_type(move.targets[0].resource) if move.targets else None

    def _explained(self, move: Move, verdict: Verdict) -> Verdict:
        """`explain kind.field`: the kind and every field of the path exist."""
        view = self._view
        if view is None or not move.args:
            return verdict
        word, *path = move.args[0].split(".")
        kind = view.resolve(word)
        if kind is None:
            missing = rungs.names(move, [Unknown(word)], view, self._asked, verdict.risk)
            return missing or _reached(verdict, "names")
        gvk = Gvk(kind.group, kind.version, kind.kind)
        schemas = view.schemas(kind.api_version)
        for index, field in enumerate(path):
            known = schemas.fields(gvk, path[:index])
            if known and field not in known:
                near = closest(field, known) or known[:5]
                return Verdict(
                    decision="repair",
                    rung="schema",
                    reason="unknown-field",
                    message=f"{'.'.join([word, *path[:index]])} has no field {field}.",
                    hint=f"did you mean {'.'.join([word, *path[:index], near[0]])}?",
                    risk=verdict.risk,
                )
        return _reached(verdict, "names")


def _reached(verdict: Verdict, rung: Rung) -> Verdict:
    return verdict.model_copy(update={"rung": rung})


def _patch_of(move: Move) -> tuple[JsonValue, Mode]:
    """The patch of a `kubectl patch` move; None when it is not one that can be checked."""
    text = move.flags.get("patch")
    kind = move.flags.get("type", "strategic")
    if not isinstance(text, str) or kind not in ("strategic", "merge"):
        return None, "merge"
    try:
        found: JsonValue = json.loads(text)
    except ValueError:
        return None, "merge"
    return found, "merge" if kind == "merge" else "strategic"
