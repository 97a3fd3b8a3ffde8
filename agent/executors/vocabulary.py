"""Vocabulary: the grammar of what a model may say at one moment of a run."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from agent.case import Intake
from agent.executors.handles import numbered
from agent.grammars.inventory import Inventory, gather
from agent.grammars.kubectl import kubectl_lines
from agent.grammars.manifests import manifest_grammar
from agent.grammars.promtool import labels_of, promtool_line
from agent.objective import Objective
from agent.target import Target
from model.grammar.command import Command, line_grammar
from model.protocol import Grammar
from sandbox.discovery import ResourceKind
from tools.errors import MagosError
from tools.fact import Fact
from tools.manifest.gvk import Gvk
from tools.objects import ObjectRef
from tools.promtool.names import Names, PrometheusError, names

LINE_TOKENS = 384
MANIFEST_TOKENS = 1500
"""Longest answers; random patches of one container reach 219 tokens, a plain Deployment has about 300."""


class Sayable(NamedTuple):
    """A grammar, or why there is none."""

    grammar: Grammar | None
    why_not: str = ""
    manifest: bool = False
    """Whether what is said is a manifest, as JSON."""
    tokens: int = LINE_TOKENS
    """That the answer may have."""


class Vocabulary(Protocol):
    """Makes grammars for one run."""

    def at(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        intake: Intake,
        handles: Sequence[str] | None,
    ) -> Sayable:
        """What may be said now; `handles` when the prompt numbers its objects."""
        ...


class LiveVocabulary:
    """From the live names of the run's cluster and Prometheus, the installed kubectl and the policy.

    An objective whose only verb is `apply` is answered by a manifest of its target, any other by a
    kubectl line or, where queries are among its verbs, a promtool line.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._asked: tuple[tuple[str, ...] | None, Names | PrometheusError] | None = None
        """What Prometheus last said, and of which namespaces."""

    def at(
        self,
        objective: Objective,
        facts: Sequence[Fact],
        intake: Intake,
        handles: Sequence[str] | None,
    ) -> Sayable:
        """See Vocabulary. Never raises: without a grammar the gate still judges every move."""
        target = self._target
        scope = intake.incident.scope
        try:
            inventory = gather(
                target.view,
                target.scope(intake),
                facts,
                asked=scope.objects,
                focus={ref.namespace for ref in objective.targets if ref.namespace},
                resources=[ref.kind.lower() for ref in objective.targets],
            )
            if objective.verbs == ["apply"]:
                return self._manifest(objective.targets, inventory)
            return self._line(objective.verbs, inventory, handles)
        except MagosError as error:
            return Sayable(None, f"names cannot be listed: {error.message}")
        except ValueError as error:  # model.grammar.lark.Impossible: nothing fits the objective
            return Sayable(None, str(error))

    def _line(
        self, verbs: Collection[str], inventory: Inventory, handles: Sequence[str] | None
    ) -> Sayable:
        known = None if inventory.everywhere else inventory.namespaces
        if handles is not None:
            inventory = numbered(inventory, handles)
        ladder = self._target.ladder
        lines = kubectl_lines(ladder.kubectl, ladder.policy, inventory, verbs)
        why_not = ""
        if self._target.promtool and (not verbs or any(v.split()[:1] == ["query"] for v in verbs)):
            try:
                found = self._metrics(known)
                where = None if inventory.everywhere else inventory.namespaces
                labels = dict.fromkeys(found.labels, ()) | labels_of(inventory)
                lines.append(Command(promtool_line(found.metrics, labels, where)))
            except (PrometheusError, ValueError) as error:
                why_not = f"no metrics: {error}"
        if not lines and why_not:
            return Sayable(None, why_not)
        return Sayable(line_grammar(lines), why_not)

    def _metrics(self, namespaces: tuple[str, ...] | None) -> Names:
        """Names that the run's Prometheus has, asked once. Raises PrometheusError."""
        if self._asked is None or self._asked[0] != namespaces:
            url = self._target.settings.prometheus_url or ""
            try:
                self._asked = namespaces, names(url, namespaces)
            except PrometheusError as error:
                self._asked = namespaces, error
        answer = self._asked[1]
        if isinstance(answer, PrometheusError):
            raise answer
        return answer

    def _manifest(self, targets: Sequence[ObjectRef], inventory: Inventory) -> Sayable:
        """One whole object of the target's kind and name, under the schemas of the cluster."""
        if len(targets) != 1:
            return Sayable(None, "a manifest is about one object")
        about = targets[0]
        kind = _kind(about, inventory)
        outside = (
            kind is not None and kind.namespaced and about.namespace not in inventory.namespaces
        )
        if kind is None or outside or about.name == "*":
            return Sayable(None, f"{about} cannot be written here")
        gvk = Gvk(kind.group, kind.version, kind.kind)
        schemas = self._target.view.schemas(kind.api_version)
        grammar = manifest_grammar(schemas, gvk, about.name, about.namespace)
        return Sayable(grammar, manifest=True, tokens=MANIFEST_TOKENS)


def _kind(about: ObjectRef, inventory: Inventory) -> ResourceKind | None:
    return next((kind for kind in inventory.kinds if kind.kind == about.kind), None)
