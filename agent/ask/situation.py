"""Situation: what is known before the command is chosen, and the names its templates may use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from agent.ask.names import Named
from agent.ask.topics import Topic, table, tokens
from agent.case import Case, Intake
from agent.context import RESOURCE_NAMES, view_context
from agent.derive.symptoms import SEVERITY
from agent.planners.firstlooks import LARGE, WORKLOADS
from agent.target import Target
from agent.views import View
from tools.distil import distil
from tools.errors import MagosError
from tools.fact import Fact
from tools.objects import ObjectRef

ROLLABLE = ("Deployment", "StatefulSet", "DaemonSet")
LOGGED = (*ROLLABLE, "Pod", "Job")
"""Kinds of which `kubectl logs KIND/NAME` finds the pods."""
LOOK_SECONDS = 5.0
"""For the one look at the namespace; without its answer the command is only less pointed."""
MOST_REPLICAS = 4
"""Digits of a number of pods."""


class Situation(NamedTuple):
    """See the module docstring."""

    names: dict[str, Any]
    """For the templates of topics.yaml; what is not known is not there."""
    objects: tuple[ObjectRef, ...] = ()
    """What the command is about."""
    facts: tuple[Fact, ...] = ()
    """What was read."""
    because: str = ""
    """What was seen that decided where to aim."""


def without_cluster(question: str, named: Named) -> Situation:
    """All that can be known from the question."""
    names = _names(question, named.object, named.namespace) | {"offline": True}
    return Situation(names, (named.object,) if named.object else ())


def in_cluster(
    question: str, named: Named, topic: Topic, intake: Intake, target: Target
) -> Situation:
    """The same with one gated look at the namespace, where that can sharpen the command."""
    names = _names(question, named.object, named.namespace)
    objects = (named.object,) if named.object else ()
    about_pods = bool(topic.symptoms) and (named.object is None or named.object.namespace)
    pods = intake.counts.get(f"{named.namespace}/Pod", 0)
    stranger = f"Nothing called {named.unknown[0]} can be seen here" if named.unknown else ""
    if named.namespace is None or not about_pods or not 0 < pods <= LARGE:
        return Situation(names, objects, because=stranger)
    facts = _look(named.namespace, intake, target)
    case = Case(intake, facts)
    view = _aim(case, named.object, topic)
    if view is None:
        well = facts and not stranger and (named.object is not None or "*" in topic.symptoms)
        if well and not any(_about(v, named.object) for v in case.views):
            what = named.object or f"No workload of namespace {named.namespace}"
            stranger = f"{what} shows {'no ' if named.object else ''}trouble at a first look"
        return Situation(names, objects, tuple(facts), stranger)
    seen = {key: value for key, value in view_context(view, case.derivation).items() if value}
    restarts = view.data.get("container", {}).get("restarts")
    about = _names(question, named.object or view.object, named.namespace)
    about |= {key: seen[key] for key in ("pod", "container") if key in seen}
    about |= {"crashed": True} if restarts and "container" in seen else {}
    because = f"{view.object} is in trouble now ({view.symptom})"
    because = f"{stranger}, but {because}" if stranger else because
    refs = [ref for ref in (named.object, view.object, view.pod) if ref is not None]
    return Situation(about, tuple(dict.fromkeys(refs)), tuple(facts), because)


def _names(question: str, ref: ObjectRef | None, namespace: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "at": f"-n {namespace}" if namespace else "",
        "over": f"-n {namespace}" if namespace else "-A",
    }
    if namespace:
        found["ns"] = namespace
    number = next((w for w in tokens(question) if w.isdigit() and len(w) <= MOST_REPLICAS), None)
    if number is not None:
        found["number"] = number
    if ref is None:
        return found
    if ref.kind == "Node":
        return found | {"node": ref.name}
    resource = RESOURCE_NAMES.get(ref.kind, ref.kind.lower())
    found |= {"resource": resource, "name": ref.name}
    if ref.kind == "Pod":
        found["pod"] = ref.name
    if ref.kind in LOGGED:
        found["workload"] = f"{resource}/{ref.name}"
    if ref.kind in ROLLABLE:
        found["rollable"] = f"{resource}/{ref.name}"
    return found


def _look(namespace: str, intake: Intake, target: Target) -> list[Fact]:
    """The pods of a namespace and what runs them; nothing when they may not be seen."""
    text = f"kubectl get pods,{WORKLOADS},services,endpointslices -n {namespace} -o json"
    judged = target.gate(intake).judge(text)
    if judged.move is None or judged.verdict.decision != "allow":
        return []
    move = judged.move.model_copy(update={"id": "m1"})
    try:
        return distil(move, target.hands(intake).run(move, LOOK_SECONDS))
    except MagosError:
        return []


def _aim(case: Case, named: ObjectRef | None, topic: Topic) -> View | None:
    """The broken thing that is meant: the named one, else the worst that shows the topic's symptoms."""
    views: Sequence[View] = sorted(case.views, key=_severity)
    if named is not None:
        return next((v for v in views if _about(v, named)), None)
    # A workload in another kind of trouble is no answer: it would only look like one.
    fits = (v for v in views if v.symptom in topic.symptoms or topic.symptoms == ("*",))
    return next(fits, None)


def _about(view: View, named: ObjectRef | None) -> bool:
    return named is None or named == view.object or named in view.pods


def _severity(view: View) -> tuple[int, str]:
    known = view.symptom in SEVERITY
    return (SEVERITY.index(view.symptom) if known else len(SEVERITY), str(view.object))


def steps_of(topic: Topic) -> list[str]:
    """The topic's steps, then those that always say something; not where it asks instead."""
    if topic.asks:
        return list(topic.steps)
    return [*topic.steps, *(s for s in table().topics["overview"].steps if s not in topic.steps)]
