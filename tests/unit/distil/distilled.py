"""Distilled facts in the form that tests compare: what the recordings' JSON moves state."""

from __future__ import annotations

import json
from typing import Any

from pydantic import JsonValue

from tests.recording import Command, load, move_of
from tools.distil import distil
from tools.fact import Fact
from tools.move import Move, Target
from tools.output import Output

JSON_MOVES = (
    "get pods -o json",
    "get deploy,rs,sts,job -o json",
    "get svc,endpointslices,cm,pvc,resourcequota -o json",
    "get events -o json",
)


def of(command: Command) -> list[Fact]:
    """Facts of one recorded command."""
    return distil(move_of(command.argv), command.output)


def stated(name: str) -> list[Fact]:
    """Facts of all JSON moves of a recording."""
    recording = load(name)
    return [fact for text in JSON_MOVES for fact in of(recording.command(text))]


def get_move(
    resource: str, *, output: str = "json", namespace: str | None = "shop", **more: Any
) -> Move:
    """A `get` of whole lists."""
    targets = tuple(Target(resource=part) for part in resource.split(","))
    flags: dict[str, str | bool | list[str]] = {"output": output, **more.pop("flags", {})}
    return Move(
        id="m7",
        kind="kubectl",
        command=("get",),
        targets=targets,
        flags=flags,
        namespace=namespace,
        text=f"kubectl get {resource} -o {output}",
        **more,
    )


def answered(doc: object, stderr: str = "", exit_code: int = 0) -> Output:
    """A document as kubectl prints it."""
    return Output(exit_code=exit_code, stdout=json.dumps(doc, indent=4), stderr=stderr)


def facts_of(*objects: dict[str, Any], resource: str = "pods") -> list[Fact]:
    """Facts of these objects in one list."""
    doc = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
    return distil(get_move(resource), answered(doc))


def thing(kind: str, name: str, **more: Any) -> dict[str, Any]:
    """A namespaced object; `metadata` adds to its metadata."""
    meta = {"name": name, "namespace": "shop", **more.pop("metadata", {})}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta, **more}


def values(facts: list[Fact], name: str) -> dict[str, JsonValue]:
    """Values of all facts of this name, by printed subject."""
    return {str(fact.subject): fact.value for fact in facts if fact.name == name}


def step_into(doc: Any, path: str) -> Any:
    """The value at a JSON path; LookupError when the path leads nowhere."""
    rest = path
    while rest:
        if rest.startswith('["'):
            key, end = json.JSONDecoder().raw_decode(rest[1:])
            doc, rest = doc[key], rest[end + 2 :]
        elif rest.startswith("["):
            index, _, rest = rest[1:].partition("]")
            doc = doc[int(index)]
        else:
            rest = rest.removeprefix(".")
            end = min((rest.find(mark) for mark in ".[" if mark in rest), default=len(rest))
            doc, rest = doc[rest[:end]], rest[end:]
    return doc
