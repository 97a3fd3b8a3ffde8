"""RandomMoves: commands of allowed forms by chance, then a guess that owes nothing to their answers.

The guess is drawn among the causes whose playbook knows the alert and the objects of the kinds
that such a cause applies to. The same case always gets the same moves and the same guess.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from random import Random

from agent.bench.cases import Case
from agent.bench.contestant import Answer, OnEvent, labels_of
from agent.bench.investigator import request_of
from agent.intake import take_in
from agent.playbook import load_catalogue
from agent.request import Budgets
from agent.runs import RunStore
from agent.settings import Settings
from agent.target import Target, open_target
from sandbox.cluster import ClusterView
from sandbox.instance import ScenarioInstance
from tools.objects import ObjectRef

MOVES = 6
"""Commands executed: about as many as an investigation takes."""
TRIES = 10 * MOVES
"""Moves drawn at most; a drawn name may be of a kind that its command does not take."""
MOVE_SECONDS = 20.0
KINDS = (
    "pods",
    "deployments",
    "statefulsets",
    "daemonsets",
    "jobs",
    "cronjobs",
    "services",
    "configmaps",
    "persistentvolumeclaims",
    "resourcequotas",
)
"""Kinds that moves are about."""
COMMANDS = (
    "kubectl get {kind} -n {ns} -o wide",
    "kubectl get {kind} {name} -n {ns} -o yaml",
    "kubectl describe {kind} {name} -n {ns}",
    "kubectl logs {name} -n {ns} --tail=50",
    "kubectl get events -n {ns}",
)
OWNED = ("Pod", "ReplicaSet")
"""Kinds that their owner makes, so that they are hardly ever what must change."""


class RandomMoves:
    """See the module docstring."""

    name = "random-moves"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def answer(self, case: Case, instance: ScenarioInstance, on_event: OnEvent) -> Answer:
        """See Contestant."""
        rng = Random(f"{self.name}/{case}")  # noqa: S311 - chance, not secrets
        request = request_of(case, instance, self._settings, Budgets())
        with tempfile.TemporaryDirectory() as folder:
            run = RunStore(Path(folder)).create(request)
            with open_target(request, self._settings, run, threading.Event()) as target:
                moves, invalid = _wander(target, rng)
                alert = labels_of(case, instance).get("alertname", "")
                cause, about = _guess(target.view, _home(target, rng), alert, rng)
        verdict = "root_cause" if cause else "inconclusive"
        return Answer(verdict, cause, about, moves=moves, invalid_moves=invalid)


def _home(target: Target, rng: Random) -> str:
    """The namespace of the alert, else any."""
    namespaces = [alert.labels.get("namespace") for alert in target.request.alerts]
    known = [name for name in [target.request.namespace, *namespaces] if name]
    return known[0] if known else rng.choice(sorted(target.view.namespaces().names) or ["default"])


def _wander(target: Target, rng: Random) -> tuple[int, int]:
    """Run random commands; how many ran, and how many the gate turned down."""
    intake = take_in(target.request, target.view, target.access.namespace or "default")
    gate, hands = target.gate(intake), target.hands(intake)
    namespace = _home(target, rng)
    ran = invalid = 0
    for _ in range(TRIES):
        if ran == MOVES:
            break
        kind = rng.choice(KINDS)
        command = rng.choice(COMMANDS)
        names = _names(target.view, kind, namespace)
        if "{name}" in command and not names:
            continue
        name = rng.choice(names) if names else ""
        line = command.format(kind=kind, name=name, ns=namespace)
        judged = gate.judge(line, proposed_by="human")
        if judged.move is None or judged.verdict.decision != "allow":
            invalid += 1
            continue
        hands.run(judged.move, MOVE_SECONDS)
        ran += 1
    return ran, invalid


def _guess(
    view: ClusterView, namespace: str, alert: str, rng: Random
) -> tuple[str | None, str | None]:
    """A cause that may be behind such an alert, and an object that it may be about."""
    catalogue = load_catalogue()
    families = catalogue.families_of_alert(alert)
    fitting = [
        (cause, kinds)
        for book, cause in catalogue.causes()
        if book.family in families or not families
        for kinds in [[k for k in cause.applies_to.kinds if k not in OWNED]]
        if any(_names(view, kind, namespace) for kind in kinds)
    ]
    if not fitting:
        return None, None
    cause, kinds = rng.choice(fitting)
    objects = [(kind, name) for kind in kinds for name in _names(view, kind, namespace)]
    kind_name, name = rng.choice(objects)
    kind = view.resolve(kind_name)
    place = namespace if kind is not None and kind.namespaced else None
    return cause.id, str(ObjectRef(kind=kind_name, namespace=place, name=name))


def _names(view: ClusterView, resource: str, namespace: str) -> list[str]:
    kind = view.resolve(resource)
    if kind is None:
        return []
    return sorted(view.names(kind, namespace if kind.namespaced else None).names)
