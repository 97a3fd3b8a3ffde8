"""Nudge: question -> topic and names -> objective -> executor -> gate -> answer.

Nothing is run but one look at the namespace, itself judged by the gate.
"""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterator

from agent.ask import names, situation
from agent.ask.answer import Answer, Judgement
from agent.ask.desk import Desk
from agent.ask.names import Named
from agent.ask.situation import Situation
from agent.ask.topics import Step, action_of, table, tokens, topic_of
from agent.case import Intake
from agent.context import render, render_move
from agent.executors.choose import NO_MODEL, Opened, opened
from agent.executors.modelled import ModelExecutor
from agent.executors.protocol import Executor, Proposal, ReferenceExecutor
from agent.incident import Incident, Scope
from agent.intake import take_in
from agent.objective import Objective
from agent.render.clean import line, shorten
from agent.render.commands import command
from agent.reportparts import ClusterInfo
from agent.request import Request
from agent.runs import RunStore
from agent.settings import Settings
from agent.target import Target, open_target
from sandbox.gate import Gate
from tools.errors import ClusterError, ProgramError
from tools.kubectl.policy import EVERYWHERE
from tools.ladder import Ladder
from tools.move import Move
from tools.redact import redact
from tools.verdict import Verdict

CAN = (
    "What is going wrong in the cluster, and where? For example:"
    ' magos-agent ask "checkout is slow" -n shop'
)
"""The question back to words about nothing that can be looked at."""
QUOTED = 300
"""Characters of the question that a model is shown."""


def ask(request: Request, settings: Settings, cancel: threading.Event) -> Answer:
    """The next command for a question, or one question back.

    Without a cluster the names are not checked, and a note says so. Raises MagosError for an executor
    or a simulated cluster that cannot be used.
    """
    # No model and no output gets a credential that was pasted along.
    request = request.model_copy(update={"question": redact(request.question or "")})
    store = RunStore(settings.state_dir / "asked")  # swept like other runs, but none of the user's
    with opened(request.executor, settings) as model:
        run = store.create(request)
        try:
            with run.working(), open_target(request, settings, run, cancel) as target:
                return _live(request, target, model, cancel)
        except (ClusterError, ProgramError) as error:
            if request.cluster:
                raise
            return _offline(request, model, cancel, error.message)
        finally:
            run.remove()


def _told(model: Opened) -> list[str]:
    """Why a model that is here was of no use; that there is none is how most use this, and no news."""
    return [note for note in model.notes if note != NO_MODEL]


def _live(request: Request, target: Target, model: Opened, cancel: threading.Event) -> Answer:
    question = request.question or ""
    default = target.request.namespace or target.settings.namespace or target.access.namespace
    named = names.live(
        question, request.namespace, request.all_namespaces, default or "default", target.view
    )
    where = None if named.ask else named.namespace
    scoped = request.model_copy(update={"namespace": where, "all_namespaces": where is None})
    intake = take_in(scoped, target.view, default or "default")
    pods = intake.counts.get(f"{where}/Pod")
    if pods == 0 and named.object is None and request.namespace is None:
        # Nobody asks about an empty namespace that only the kubeconfig names.
        named = named._replace(namespace=None)
        scoped = scoped.model_copy(update={"namespace": None, "all_namespaces": True})
        intake = take_in(scoped, target.view, default or "default")
    if named.object is not None:
        intake.incident.scope.objects[:] = [named.object]
    executor = model.executor(target, request.grammar == "on", cancel)
    notes = [*target.degraded, *_told(model)]
    desk = Desk(target.gate(intake), executor, intake, target.info, notes)
    topic = _topic(question, named)
    if topic is None or named.ask:
        return _answer(question, topic, named, None, desk)
    found = situation.in_cluster(question, named, table().topics[topic], intake, target)
    return _answer(question, topic, named, found, desk)


def _offline(request: Request, model: Opened, cancel: threading.Event, why: str) -> Answer:
    question = request.question or ""
    named = names.offline(question, None if request.all_namespaces else request.namespace)
    executor: Executor = ReferenceExecutor()
    if model.backend is not None:
        executor = ModelExecutor(model.backend, style=model.style, cancel=cancel)
    scope = Scope(
        namespaces=[named.namespace] if named.namespace else [],
        all_namespaces=named.namespace is None,
        objects=[named.object] if named.object else [],
    )
    intake = Intake(incident=Incident(trigger="question", question=question, scope=scope))
    cluster = None
    if request.context or request.kubeconfig:
        place = str(request.kubeconfig.absolute()) if request.kubeconfig else None
        cluster = ClusterInfo(
            context=request.context or "",
            server="",
            server_version="",
            simulated=False,
            kubeconfig=place,
        )
    notes = [f"no cluster, so names were not checked ({why})", *_told(model)]
    desk = Desk(Gate(Ladder.packed(), None, EVERYWHERE), executor, intake, cluster, notes)
    found = situation.without_cluster(question, named, desk.gate)
    return _answer(question, _topic(question, named), named, found, desk)


def _topic(question: str, named: Named) -> str | None:
    found = topic_of(question, named.object.name if named.object else "")
    if found == "elsewhere":
        return None
    subject = tokens(question)[:1] == [*named.unknown[:1]]  # `grafana shows no data`
    if found is None and (named.object or (named.unknown and subject) or action_of(question)):
        return "overview"
    return found


def _answer(
    question: str, topic: str | None, named: Named, found: Situation | None, desk: Desk
) -> Answer:
    notes = [*desk.notes, *([named.note] if named.note else [])]
    base = Answer(
        question=line(question),
        topic=topic,
        ask=named.ask or CAN,
        target=desk.cluster.context if desk.cluster else "",
        simulated=bool(desk.cluster and desk.cluster.simulated),
        notes=notes,
    )
    if topic is None or named.ask or found is None:
        return base
    about = table().topics[topic]
    wanted = situation.steps_of(about, found.names)
    verb = action_of(question)
    action = table().actions[verb] if verb is not None else None
    if action is not None:
        if action.asks and named.object is None:  # what is changed is named, never guessed
            seen = f"{found.because}. " if found.because else ""
            return base.model_copy(update={"ask": f"{seen}{action.asks}"})
        wanted = [*action.steps, *wanted]
    lacks = denied = ""
    for step, objective in _objectives(question, wanted, found):
        judged, proposal = desk.propose(step, objective, found.facts)
        if judged.move is None:
            if judged.verdict.reason in ("unknown-kind", "not-found"):
                lacks = lacks or step.absent
            if judged.verdict.reason == "forbidden" or step.changes:
                denied = denied or judged.verdict.message.rstrip(".")
            continue
        lists = "{{ over }}" in step.move or "{{ listing }}" in step.move
        nothing = desk.nothing_of(judged.move) if lists else ""
        if nothing:  # the command would only say so
            place = f"Namespace {judged.move.namespace}" if judged.move.namespace else "The cluster"
            lacks = lacks or f"{place} has no {nothing}"
            continue
        why = situation.why_of(objective.id, about)
        if action is not None and objective.id in action.steps:
            why = action.why if step.changes or not action.asks else about.why
        tells = f"{step.tells[0].upper()}{step.tells[1:]}."
        because = found.because if _concerns(judged.move, step, found) else ""
        why = ". ".join((*filter(None, (because, denied or lacks)), why))
        if step.finds and not found.objects:
            why += " First find which one it is." if about.symptoms else ""
            stranger = named.unknown and not because and not lacks
            tells += f" Look for {named.unknown[0]} in it." if stranger else ""
        said = _said(base, judged.move, judged.verdict, proposal, step, desk)
        return said.model_copy(update={"why": why, "tells": tells})
    because = denied or found.because or lacks or "Nothing of this may be read here"
    back = about.asks or f"{because}; which namespace do you mean?"
    return base.model_copy(update={"ask": back})


def _said(
    base: Answer, move: Move, verdict: Verdict, proposal: Proposal, step: Step, desk: Desk
) -> Answer:
    """The answer with the command that the gate has let through, and what is to be known of it."""
    notes = [*base.notes, *filter(None, [proposal.degraded])]
    if step.changes:
        notes.append("this changes the cluster: nothing was run")
    text = command(move.text, cluster=desk.cluster).text
    return base.model_copy(
        update={
            "ask": None,
            "command": text,
            "argv": shlex.split(text),
            "changes": step.changes,
            "verdict": Judgement(
                decision=verdict.decision, rung=verdict.rung, reason=verdict.reason
            ),
            "proposed_by": proposal.proposed_by,
            "notes": notes,
        }
    )


def _concerns(move: Move, step: Step, found: Situation) -> bool:
    """Whether what was seen led to this move, or is looked for with it."""
    if step.changes or step.given:
        return False
    return step.finds or not found.objects or any(ref.name in move.text for ref in found.objects)


def _objectives(
    question: str, wanted: list[str], found: Situation
) -> Iterator[tuple[Step, Objective]]:
    for name in dict.fromkeys(wanted):
        step = table().steps[name]
        move = render_move(step.move, found.names)
        if move:
            text = f"{render(step.text, found.names)} The question was: {shorten(line(question), QUOTED)}"
            yield (
                step,
                Objective(
                    id=name,
                    text=text,
                    targets=list(found.objects),
                    verbs=list(step.verbs),
                    reference_move=move,
                ),
            )
