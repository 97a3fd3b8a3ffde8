"""Situation: what is known before the command is chosen, and the names its templates may use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from agent.ask.names import Named
from agent.ask.requested import listing, pasted
from agent.ask.topics import Topic, table, tokens
from agent.case import Case, Intake
from agent.context import RESOURCE_NAMES, view_context
from agent.derive.symptoms import SEVERITY
from agent.hands import LiveHands
from agent.planners.firstlooks import LARGE, WORKLOADS
from agent.target import Target
from agent.views import View
from sandbox.gate import Gate
from tools.distil import distil
from tools.errors import MagosError
from tools.fact import Fact
from tools.objects import ObjectRef

ROLLABLE = ("Deployment", "StatefulSet", "DaemonSet")
LOGGED = (*ROLLABLE, "Pod", "Job")
"""Kinds of which `kubectl logs KIND/NAME` finds the pods."""
LOOKS = (
    f"pods,{WORKLOADS},services,endpointslices,persistentvolumeclaims,horizontalpodautoscalers,events",
    f"pods,{WORKLOADS}",
    "pods",
)
"""Kinds to look at, the first that all may be seen. Events tell the cluster's clock, and so what is old."""
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


def without_cluster(question: str, named: Named, gate: Gate) -> Situation:
    """All that can be known from the question."""
    names = _names(question, named.object, named.namespace, gate) | {"offline": True}
    return Situation(names, (named.object,) if named.object else ())


def in_cluster(
    question: str, named: Named, topic: Topic, intake: Intake, target: Target
) -> Situation:
    """The same with one gated look at the namespace, where that can sharpen the command."""
    gate = target.gate(intake)
    names = _names(question, named.object, named.namespace, gate)
    objects = (named.object,) if named.object else ()
    about_pods = bool(topic.symptoms) and (named.object is None or named.object.namespace)
    pods = intake.counts.get(f"{named.namespace}/Pod", 0)
    about_pods = about_pods and not ("of_nodes" in names and "usage-nodes" in topic.steps)
    stranger = f"Nothing called {named.unknown[0]} can be seen here" if named.unknown else ""
    if named.namespace is None or not about_pods or pods > LARGE:
        return Situation(names, objects, because=stranger)
    facts = _look(named.namespace, gate, target.hands(intake))
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
    about = _names(question, named.object or view.object, named.namespace, gate)
    about |= {key: seen[key] for key in ("pod", "container") if key in seen}
    about |= {"claim": seen["claims"][0]} if seen.get("claims") else {}
    about |= {"crashed": True} if restarts and "container" in seen else {}
    because = f"{view.object} is in trouble now ({view.symptom})"
    because = f"{stranger}, but {because}" if stranger else because
    refs = [ref for ref in (named.object, view.object, view.pod) if ref is not None]
    return Situation(about, tuple(dict.fromkeys(refs)), tuple(facts), because)


def _names(
    question: str, ref: ObjectRef | None, namespace: str | None, gate: Gate
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "at": f"-n {namespace}" if namespace else "",
        "over": f"-n {namespace}" if namespace else "-A",
    }
    if namespace:
        found["ns"] = namespace
    number = next((w for w in tokens(question) if w.isdigit() and len(w) <= MOST_REPLICAS), None)
    if number is not None:
        found["number"] = number
    found |= {"of_nodes": True} if {"node", "nodes"} & {*tokens(question)} else {}
    asked = {"pasted": pasted(question, gate), "listing": listing(question, namespace, gate)}
    found |= {key: text for key, text in asked.items() if text}
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


def _look(namespace: str, gate: Gate, hands: LiveHands) -> list[Fact]:
    """The pods of a namespace and what is around them, as far as it may be seen."""
    for kinds in LOOKS:
        judged = gate.judge(f"kubectl get {kinds} -n {namespace} -o json")
        if judged.move is None or judged.verdict.decision != "allow":
            continue
        move = judged.move.model_copy(update={"id": "m1"})
        try:
            return distil(move, hands.run(move, LOOK_SECONDS))
        except MagosError:
            return []
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


def also() -> tuple[Topic, ...]:
    """Topics whose steps come after any other's, as they always say something: pods, then rights."""
    return table().topics["overview"], table().topics["rights"]


def steps_of(topic: Topic, names: Mapping[str, Any]) -> list[str]:
    """The topic's steps, then those of any; a node that is named comes first. Not where it asks instead."""
    if topic.asks:
        return list(topic.steps)
    first = ["describe-node"] if "node" in names and "usage-nodes" not in topic.steps else []
    return [*first, *(step for one in (topic, *also()) for step in one.steps)]


def why_of(step: str, topic: Topic) -> str:
    """Why a step of `steps_of` comes next."""
    owners = (topic, table().topics["node"], *also())
    return next((one.why for one in owners if step in one.steps), topic.why)
