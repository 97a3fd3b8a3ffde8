"""Nudge: question -> topic and names -> objective -> executor -> gate -> answer.

Nothing is run but one look at the namespace, itself judged by the gate.
"""

from __future__ import annotations

import re
import shlex
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from agent.ask import names, situation
from agent.ask.answer import Answer, Judgement
from agent.ask.names import Named
from agent.ask.situation import Situation
from agent.ask.topics import Step, action_of, table, tokens, topic_of
from agent.case import Intake
from agent.context import render, render_move
from agent.executors.choose import Opened, opened
from agent.executors.modelled import MAX_REJECTIONS, ModelExecutor
from agent.executors.protocol import Executor, Occasion, Proposal, ReferenceExecutor
from agent.incident import Incident, Scope
from agent.intake import take_in
from agent.objective import Objective
from agent.render.clean import line, shorten
from agent.render.commands import command
from agent.report import ClusterInfo
from agent.request import Request
from agent.runs import RunStore
from agent.settings import Settings
from agent.target import Target, open_target
from sandbox.gate import Gate
from tools.errors import ClusterError, ProgramError
from tools.kubectl.policy import EVERYWHERE
from tools.ladder import Judged, Ladder
from tools.move import Move
from tools.verdict import Verdict

CAN = (
    "What is going wrong in the cluster, and where? For example:"
    ' magos-agent ask "checkout is slow" -n shop'
)
"""The question back to words about nothing that can be looked at."""
QUOTED = 300
"""Characters of the question that a model is shown."""
SECONDS = 60.0
"""Time that a model's moves are measured against."""
SELECTORS = ("selector", "field-selector", "labels")


@dataclass
class Desk:
    """What judges and what proposes."""

    gate: Gate
    executor: Executor
    intake: Intake
    cluster: ClusterInfo | None = None
    notes: list[str] = field(default_factory=list)


def ask(request: Request, settings: Settings, cancel: threading.Event) -> Answer:
    """The next command for a question, or one question back.

    Without a cluster the names are not checked, and a note says so. Raises MagosError for an executor
    or a simulated cluster that cannot be used.
    """
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
    notes = [*target.degraded, *model.notes]
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
    notes = [f"no cluster, so names were not checked ({why})", *model.notes]
    desk = Desk(Gate(Ladder.packed(), None, EVERYWHERE), executor, intake, cluster, notes)
    return _answer(
        question, _topic(question, named), named, situation.without_cluster(question, named), desk
    )


def _topic(question: str, named: Named) -> str | None:
    found = topic_of(question)
    if found == "elsewhere":
        return None
    if found is None and (named.object is not None or action_of(question) is not None):
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
    wanted = situation.steps_of(about)
    verb = action_of(question)
    if verb is not None:
        action = table().actions[verb]
        if action.asks and named.object is None:  # what is changed is named, never guessed
            return base.model_copy(update={"ask": action.asks})
        wanted = [*action.steps, *wanted]
    for step, objective in _objectives(question, wanted, found):
        judged, proposal = _move(step, objective, found, desk)
        if judged.move is None:
            continue
        text = command(judged.move.text, cluster=desk.cluster).text
        if proposal.degraded:
            base.notes.append(proposal.degraded)
        if step.changes:
            base.notes.append("this changes the cluster: nothing was run")
        why = about.why if not step.changes else "It was asked for, and it changes the cluster."
        verdict = judged.verdict
        return base.model_copy(
            update={
                "ask": None,
                "command": text,
                "argv": shlex.split(text),
                "changes": step.changes,
                "why": f"{found.because}. {why}" if found.because and not step.changes else why,
                "tells": step.tells[0].upper() + step.tells[1:] + ".",
                "verdict": Judgement(
                    decision=verdict.decision, rung=verdict.rung, reason=verdict.reason
                ),
                "proposed_by": proposal.proposed_by,
            }
        )
    back = "Nothing of this may be read here; which namespace may you look at?"
    return base.model_copy(update={"ask": back})


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


def _move(
    step: Step, objective: Objective, found: Situation, desk: Desk
) -> tuple[Judged, Proposal]:
    """What the executor proposes, as far as the gate passes it; else the reference move."""
    rejections: list[Verdict] = []
    occasion = Occasion(desk.intake, SECONDS)
    for _ in range(MAX_REJECTIONS + 1):
        executor = ReferenceExecutor() if step.changes else desk.executor
        proposal = executor.propose(objective, found.facts, rejections, occasion)
        by = proposal.proposed_by
        if proposal.kind == "command":
            judged = desk.gate.judge(proposal.text, proposed_by=by)
            verdict = judged.verdict
            if judged.move is not None and verdict.decision == (
                "approve" if step.changes else "allow"
            ):
                stranger = "" if by == "playbook" else _stranger(judged.move, objective, desk)
                if not stranger:
                    return judged, proposal
                verdict = _repair(f"{stranger} is not known to exist.", "take a name of the facts")
            elif verdict.decision in ("allow", "approve"):
                verdict = _repair("Only reads were asked for.", objective.reference_move)
        else:
            verdict = _repair("A command was asked for, no manifest.", objective.reference_move)
        rejections.append(verdict)
        if by == "playbook":
            break
    return Judged(None, rejections[-1]), proposal


def _repair(message: str, hint: str) -> Verdict:
    return Verdict(decision="repair", rung="names", reason="not-asked", message=message, hint=hint)


def _stranger(move: Move, objective: Objective, desk: Desk) -> str:
    """A name of a model's move that neither the cluster nor the question has; empty when there is none.

    The gate lets pass what RBAC hides, and does not look at labels or containers.
    """
    reference = objective.reference_move
    said = {*tokens(desk.intake.incident.question or ""), *re.split(r"[\s/=,]+", reference)}
    view = desk.gate.view
    for target in move.targets:
        if target.name is None or target.name in said:
            continue
        kind = view.resolve(target.resource) if view is not None else None
        if view is None or kind is None:
            return target.name
        if target.name not in view.names(kind, move.namespace).names:
            return target.name
    known = view.namespaces().names if view is not None else frozenset()
    if move.namespace and move.namespace not in said | known:
        return move.namespace
    for flag in (*SELECTORS, "container"):
        value = move.flags.get(flag)
        if isinstance(value, str) and value not in reference:
            return value
    if view is None and move.command == ("logs",):
        return next((word for word in move.args if word not in said), "")
    return ""
