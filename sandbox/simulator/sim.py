"""`/sim/*`: what a real API server does not have: its clock, its history, its hidden world.

    GET  /sim/clock                               {mode, rate, now}
    PUT  /sim/clock     {mode, rate?}             change the pace: manual, auto, scaled
    POST /sim/advance   {seconds}                 let so much virtual time pass now
    POST /sim/snapshot                            {id}; the newest 32 are kept
    POST /sim/restore   {id}                      go back, time included
    POST /sim/inject    {world?, steps?, namespace?}   a merge patch of the hidden world, then steps

`now` is virtual, as objects are stored; objects are served with their times moved to the client's clock.
Forks are for programs that share the process (`Engine.fork`); over HTTP, snapshot, try, restore.
"""

from __future__ import annotations

import itertools
import json
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from sandbox.simulator.engine import Engine, EngineSnapshot
from sandbox.simulator.errors import ApiFailure, PlainFailure, bad_request, method_not_allowed
from sandbox.simulator.http import Request, Response, json_response
from sandbox.simulator.injection import inject
from sandbox.simulator.pace import Mode, Pace, Pacer
from sandbox.simulator.patching.merge import merged
from sandbox.simulator.settle import settle
from sandbox.simulator.world import World
from tools.errors import UsageError

KEPT = 32
"""Snapshots kept; older ones are forgotten."""
LONGEST = 30 * 86_400
"""Seconds that one request may advance: longer ones would block the server."""
PART = 3600.0
"""Seconds that are advanced at a time, before old events are removed again."""
FASTEST = 100_000.0
"""Highest rate of scaled time."""


class Sim:
    """The simulator's own endpoints over one engine."""

    def __init__(self, engine: Engine, pacer: Pacer) -> None:
        self._engine = engine
        self._pacer = pacer
        self._snapshots: dict[str, EngineSnapshot] = {}
        self._serial = itertools.count(1)

    def answer(self, parts: tuple[str, ...], request: Request) -> Response:
        """The answer to a request for `/sim/<parts>`. Raises ApiFailure and PlainFailure."""
        what = "/".join(parts)
        action = {
            "clock": self._clock,
            "advance": self._advance,
            "snapshot": self._snapshot,
            "restore": self._restore,
            "fork": self._fork,
            "inject": self._inject,
        }.get(what)
        if action is None:
            raise PlainFailure
        reads = ("GET", "HEAD") if what == "clock" else ()
        if request.method not in (*reads, "POST", "PUT"):
            raise method_not_allowed()
        body = {} if request.method in ("GET", "HEAD") else _body(request)
        return json_response(200, action(body))

    def _clock(self, body: dict[str, Any]) -> dict[str, Any]:
        if body:
            self._pacer.change(_pace(body))
        pace = self._pacer.pace
        return {"mode": pace.mode, "rate": pace.rate, "now": self._engine.now.isoformat()}

    def _advance(self, body: dict[str, Any]) -> dict[str, Any]:
        seconds = _number(body, "seconds")
        if not 0 <= seconds <= LONGEST:
            raise bad_request(f"seconds must be between 0 and {LONGEST}")
        # In parts: the engine takes too many calls in one for a runaway.
        for _ in range(int(seconds // PART)):
            settle(self._engine, PART)
        settle(self._engine, seconds % PART)
        return self._clock({})

    def _snapshot(self, body: dict[str, Any]) -> dict[str, Any]:
        id_ = f"snapshot-{next(self._serial)}"
        self._snapshots[id_] = self._engine.snapshot()
        while len(self._snapshots) > KEPT:
            del self._snapshots[next(iter(self._snapshots))]
        return {"id": id_, "now": self._engine.now.isoformat()}

    def _restore(self, body: dict[str, Any]) -> dict[str, Any]:
        snapshot = self._snapshots.get(str(body.get("id")))
        if snapshot is None:
            raise ApiFailure(404, "NotFound", f'snapshot "{body.get("id")}" not found')
        self._engine.restore(snapshot)
        self._pacer.settle()
        return self._clock({})

    def _fork(self, body: dict[str, Any]) -> dict[str, Any]:
        text = "forks exist in process only (Engine.fork); use /sim/snapshot and /sim/restore"
        raise ApiFailure(501, "NotImplemented", text)

    def _inject(self, body: dict[str, Any]) -> dict[str, Any]:
        unknown = set(body) - {"world", "steps", "namespace"}
        if unknown:
            raise bad_request(f"unknown fields: {', '.join(sorted(unknown))}")
        if "world" in body:
            whole = merged(self._engine.world.model_dump(mode="json"), body["world"])
            try:
                world = World.model_validate(whole)
            except ValidationError as error:
                raise bad_request(f"not a world: {error}") from error
            inject(self._engine, world)
        self._perform(body.get("steps", []), str(body.get("namespace", "default")))
        return self._clock({})

    def _perform(self, steps: Any, namespace: str) -> None:
        # Steps are the scenarios', which are built on this server.
        from sandbox.instance import Step
        from sandbox.simulator.steps import perform_all

        try:
            found = TypeAdapter(list[Step]).validate_python(steps)
            refused = perform_all(self._engine, found, namespace)
        except (ValidationError, UsageError) as error:
            raise bad_request(f"not a list of steps: {error}") from error
        if refused is not None:
            code = refused.code or 400
            raise ApiFailure(code, refused.reason or "BadRequest", refused.message)


def _pace(body: dict[str, Any]) -> Pace:
    modes: dict[Any, Mode] = {mode: mode for mode in get_args(Mode)}
    mode = modes.get(str(body.get("mode")))
    if mode is None:
        raise bad_request(f"mode must be one of {', '.join(modes)}")
    rate = _number(body, "rate") if "rate" in body else 1.0
    if not 0 < rate <= FASTEST:
        raise bad_request(f"rate must be above 0 and at most {FASTEST:g}")
    return Pace(mode, rate=rate)


def _number(body: dict[str, Any], field: str) -> float:
    value = body.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise bad_request(f"{field} must be a number")
    return float(value)


def _body(request: Request) -> dict[str, Any]:
    """A JSON object; an empty body is an empty one."""
    try:
        found = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise bad_request(f"the body is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise bad_request("the body must be a JSON object")
    return found
