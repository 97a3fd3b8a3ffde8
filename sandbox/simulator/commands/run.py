"""Carrying out a kubectl command line against a simulated cluster, in process."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.simulator.commands import creating, editing, removal, rollout, setting
from sandbox.simulator.commands.invocation import Invocation, read
from sandbox.simulator.commands.session import Session
from sandbox.simulator.engine import Engine

Command = Callable[[Session, Invocation], None]

_COMMANDS: dict[tuple[str, ...], Command] = {
    ("set", "image"): setting.image,
    ("set", "env"): setting.env,
    ("set", "resources"): setting.resources,
    ("set", "serviceaccount"): setting.serviceaccount,
    ("set", "selector"): setting.selector,
    ("rollout", "restart"): rollout.restart,
    ("rollout", "undo"): rollout.undo,
    ("rollout", "pause"): rollout.pause,
    ("rollout", "resume"): rollout.resume,
    ("rollout", "status"): rollout.status,
    ("scale",): editing.scale,
    ("autoscale",): editing.autoscale,
    ("patch",): editing.patch,
    ("label",): editing.label,
    ("annotate",): editing.annotate,
    ("taint",): editing.taint,
    ("delete",): removal.delete,
    ("cordon",): removal.cordon,
    ("uncordon",): removal.uncordon,
    ("drain",): removal.drain,
    ("expose",): creating.expose,
}
"""Commands by path; everything below `create` comes on top."""


def carried_out(path: Sequence[str]) -> bool:
    """Whether scenarios may use the command of this path."""
    return tuple(path) in _COMMANDS or (
        path[:1] == ("create",) and tuple(path[1:]) in creating.MAKERS
    )


def run(engine: Engine, command: str, namespace: str) -> None:
    """Do what `kubectl -n namespace COMMAND` does.

    Raises Refusal (the server's or kubectl's no), UsageError (not a command of scenarios).
    """
    invocation = read(command)
    place = invocation.text("namespace", namespace)
    session = Session(engine, place)
    if invocation.path[:1] == ("create",):
        creating.create(session, invocation)
        return
    carry_out = _COMMANDS.get(invocation.path)
    if carry_out is None:
        raise invocation.mistake("no such command here")
    carry_out(session, invocation)
