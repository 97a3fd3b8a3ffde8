"""Recorded kubectl commands run again, and where the answers differ."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any, NamedTuple

from tests.conformance.backends import Backend, Cluster
from tests.conformance.normal import Normal
from tests.recording import Command, Recording


class Difference(NamedTuple):
    """A command that was answered otherwise."""

    recording: str
    command: str
    lines: tuple[str, ...]
    """What differs, as a diff: `-` recorded, `+` seen."""


class Result(NamedTuple):
    """The agreement of one recording."""

    commands: int
    differences: list[Difference]


def compare(
    backend: Backend,
    recording: Recording,
    home: Path,
    binary: Path,
    *,
    every: int = 1,
    first: int = 0,
) -> Result:
    """Run each `every`-th recorded command from `first` on, and compare exit code, stdout and stderr."""
    home.mkdir(parents=True, exist_ok=True)
    # What kubectl refuses by itself says nothing about a server.
    asked = [command for command in recording.commands if "unknown flag" not in command.stderr]
    commands = asked[first::every]
    normal = Normal(_prefixes(recording))
    found: list[Difference] = []
    with backend.told(recording, home, binary) as cluster:
        names = _counterparts(recording, cluster, binary, normal)
        for command in commands:
            ours = cluster.run(binary, [names.get(word, word) for word in command.argv[1:]])
            lines = _diff(
                _shown(command.exit, command.stdout, command.stderr, normal),
                _shown(ours.returncode, ours.stdout, ours.stderr, normal),
            )
            if lines:
                found.append(Difference(recording.id, command.text, lines))
    return Result(len(commands), found)


def _shown(exit_code: int, stdout: str, stderr: str, normal: Normal) -> list[str]:
    return [f"exit {exit_code}", *normal.output(stdout), *normal.lines(stderr)]


def _diff(recorded: list[str], seen: list[str]) -> tuple[str, ...]:
    lines = difflib.unified_diff(recorded, seen, n=0, lineterm="")
    return tuple(line for line in lines if not line.startswith(("---", "+++", "@@")))


def _prefixes(recording: Recording) -> set[str]:
    """Names of the recording's objects with a drawn end, without it."""
    found = {"kube-api-access"}
    for obj in _objects(recording.command("get pods -o json")):
        found.add(str(obj["metadata"].get("generateName", "")).rstrip("-"))
    text = "get svc,endpointslices,cm,pvc,resourcequota -o json"
    for obj in _objects(recording.command(text)):
        if obj["kind"] in ("EndpointSlice", "Service"):
            found.add(str(obj["metadata"]["name"]).rsplit("-", 1)[0])
            found.add(str(obj["metadata"]["name"]))
    return found - {""}


def _counterparts(
    recording: Recording, cluster: Cluster, binary: Path, normal: Normal
) -> dict[str, str]:
    """Recorded pod name -> name of the pod here that is like it."""
    ours = cluster.run(binary, ["get", "pods", "-n", recording.namespace, "-o", "json"])
    here = json.loads(ours.stdout)["items"] if ours.returncode == 0 else []
    found: dict[str, str] = {}
    for pod in _objects(recording.command("get pods -o json")):
        wanted = _likeness(pod, normal)
        twin = next((item for item in here if _likeness(item, normal) == wanted), None)
        if twin is not None:
            here.remove(twin)
            found[pod["metadata"]["name"]] = twin["metadata"]["name"]
    return found


def _likeness(pod: dict[str, Any], normal: Normal) -> tuple[str, str]:
    return normal.text(pod["metadata"]["name"]), pod.get("status", {}).get("phase", "")


def _objects(command: Command) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(command.stdout)["items"]
    return items
