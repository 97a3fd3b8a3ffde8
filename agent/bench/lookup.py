"""AlertLookup: the answer that an alert's name had most often, about the object of its labels.

What a wiki page per alert is worth. It knows the scenarios of the development seeds by heart, so
only the object, and faults that share an alert, tell it from the agent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from agent.bench.cases import Case
from agent.bench.contestant import Answer, OnEvent, labels_of
from agent.intake import OBJECT_LABELS, POD_OWNERS
from sandbox import scenario
from sandbox.instance import ScenarioInstance
from tools.objects import ObjectRef

LEARNT_FROM = (1, 2)
"""Development seeds; the answers differ between scenarios, hardly between seeds."""


class Known(NamedTuple):
    """The usual answer to an alert."""

    cause: str
    """Cause id."""
    kind: str
    """Kind of the object that had to change."""


class AlertLookup:
    """See the module docstring."""

    name = "alert-lookup"

    def answer(self, case: Case, instance: ScenarioInstance, on_event: OnEvent) -> Answer:
        """See Contestant."""
        labels = labels_of(case, instance)
        known = catalogue().get(labels.get("alertname", ""))
        if known is None:
            return Answer("inconclusive")
        return Answer("root_cause", known.cause, named_object(labels, known.kind))


@cache
def catalogue() -> Mapping[str, Known]:
    """Alert name -> the usual answer; of equally usual ones the first by name."""
    seen: dict[str, Counter[Known]] = {}
    for name in scenario.ids():
        for seed in LEARNT_FROM:
            instance = scenario.load(name, seed)
            if instance.expect is not None:
                kind = instance.expect.object.partition("/")[0]
                alert = instance.alert.get("alertname", "")
                seen.setdefault(alert, Counter())[Known(instance.expect.cause, kind)] += 1
    return {alert: min(c, key=lambda k: (-c[k], k)) for alert, c in seen.items()}


def named_object(labels: Mapping[str, str], kind: str) -> str | None:
    """The object that the labels name, or the one of the usual kind that they hint at."""
    namespace = labels.get("namespace")
    for label, labelled in OBJECT_LABELS.items():
        name = labels.get(label)
        if not name:
            continue
        if labelled == "Pod" and kind != "Pod":
            # Pods are named after their owner, with one or two words behind.
            words = dict(POD_OWNERS).get(kind, 1)
            return str(ObjectRef(kind=kind, namespace=namespace, name=name.rsplit("-", words)[0]))
        place = None if labelled == "Node" else namespace
        return str(ObjectRef(kind=labelled, namespace=place, name=name))
    container = labels.get("container")
    if container:  # most programs are called like their workload
        return str(ObjectRef(kind=kind, namespace=namespace, name=container))
    return None
