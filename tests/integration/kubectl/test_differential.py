"""Accepted reads, run by the real kubectl: it asks for what the move says, and for nothing else.

pytest tests/integration/kubectl/test_differential.py --diff-moves 2000
"""

from __future__ import annotations

import queue
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests.api_probe import ALL, ApiProbe, Asked, served
from tests.random_moves import read_line
from tools.kubectl import command
from tools.kubectl.resources import lookup
from tools.ladder import Ladder
from tools.move import Move

WORKERS = 2
REVIEWS = frozenset({"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"})
RELATED = {
    "rollout": {"replicasets", "controllerrevisions", "pods"},
    "logs": {"pods", "pods/log"},
    "top": {"pods", "nodes"},
    "cluster-info": {"services"},
    "describe": {
        "events",
        "pods",
        "replicasets",
        "endpointslices",
        "endpoints",
        "controllerrevisions",
    }
    | {"resourcequotas", "limitranges", "leases", "persistentvolumes", "jobs", "services"},
    "events": {"events"},
}
"""What kubectl reads beside the named object to answer a command."""

pytestmark = pytest.mark.integration


class Seat(NamedTuple):
    """One worker's server and environment."""

    probe: ApiProbe
    env: dict[str, str]


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[queue.SimpleQueue[Seat]]:
    free: queue.SimpleQueue[Seat] = queue.SimpleQueue()
    with ExitStack() as stack:
        for number in range(WORKERS):
            home = tmp_path / str(number)
            home.mkdir()
            probe = stack.enter_context(ApiProbe())
            (home / "kubeconfig").write_text(probe.kubeconfig())
            env = {
                "HOME": str(home),
                "KUBECONFIG": str(home / "kubeconfig"),
                "PATH": "/nonexistent",
            }
            free.put(Seat(probe, {**env, "KUBERC": "off", "KUBECTL_KUBERC": "false"}))
        yield free


def _expected(move: Move) -> tuple[set[str], set[str | None]]:
    """Plural names and namespaces that the move may touch."""
    kinds = [lookup(target.resource) for target in move.targets]
    resources = {kind.plural for kind in kinds if kind} | RELATED.get(move.command[0], set())
    if any(target.resource == "all" for target in move.targets):
        resources |= set(ALL)
    namespaces: set[str | None] = {None} if move.all_namespaces else {move.namespace or "fallback"}
    if move.command[0] == "cluster-info":
        namespaces = {"kube-system"}
    return resources, namespaces


def _complaints(move: Move, asked: list[Asked]) -> list[str]:
    resources, namespaces = _expected(move)
    found = []
    for request in asked:
        if request.method == "POST" and request.resource in REVIEWS and move.command[0] == "auth":
            continue
        kind = lookup(request.resource.partition("/")[0])
        if request.method != "GET":
            found.append(f"not a read: {request}")
        if request.resource not in resources or kind is None:
            found.append(f"another kind: {request}")
        elif kind.namespaced and request.namespace not in namespaces:
            found.append(f"another namespace: {request}")
    if any(request.resource.startswith("secrets") for request in asked):
        found.append("a Secret was read")
    return found


def _run(kubectl: Path, seats: queue.SimpleQueue[Seat], move: Move) -> list[str]:
    seat = seats.get()
    try:
        seat.probe.asked.clear()
        seat.probe.other.clear()
        done = subprocess.run(
            [kubectl, *command.build_argv(move)],
            env=seat.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        complaints = _complaints(move, list(seat.probe.asked))
        strange = [path for path in seat.probe.other if "/openapi" not in path]
        complaints += [f"another path: {path}" for path in strange]
        first = next((t for t in move.targets if t.name), None)
        if first and move.command[0] in ("get", "describe", "logs"):
            names = {request.name for request in seat.probe.asked}
            if first.name not in names:
                complaints.append(f"{first.name} was not asked for: {done.stderr}")
        if "unknown" in done.stderr and "flag" in done.stderr:
            complaints.append(done.stderr)
        return [f"{move.text}: {complaint}" for complaint in complaints]
    finally:
        seats.put(seat)


def test_kubectl_does_what_the_move_says(
    kubectl: Path, seats: queue.SimpleQueue[Seat], pytestconfig: pytest.Config
) -> None:
    rng = Random(11)
    ladder = Ladder.packed()
    moves = []
    for _ in range(pytestconfig.getoption("--diff-moves")):
        move, verdict = ladder.judge(read_line(rng))
        assert move is not None, verdict
        moves.append(move)
    with ThreadPoolExecutor(WORKERS) as pool:
        complaints = [
            c for found in pool.map(lambda m: _run(kubectl, seats, m), moves) for c in found
        ]
    assert not complaints, "\n".join(complaints[:20])


def test_describing_any_kind_reads_no_secret(kubectl: Path, seats: queue.SimpleQueue[Seat]) -> None:
    ladder = Ladder.packed()
    moves = []
    refused = set()
    for kind in served():
        if kind.group == "metrics.k8s.io":
            continue
        line = f"kubectl describe {kind.plural}.{kind.group}/x".replace("./", "/")
        move = ladder.judge(f"{line} -n shop" if kind.namespaced else line).move
        if move is None:
            refused.add(kind.plural)
        else:
            moves.append(move)
    assert refused == {"secrets", "serviceaccounts"}
    with ThreadPoolExecutor(WORKERS) as pool:
        complaints = [
            c for found in pool.map(lambda m: _run(kubectl, seats, m), moves) for c in found
        ]
    assert not [complaint for complaint in complaints if "Secret" in complaint]


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["get", "secrets", "-n", "shop"], "a Secret was read"),
        (["get", "pods", "-n", "other"], "another namespace"),
        (["get", "services", "-n", "shop"], "another kind"),
        (["delete", "pod", "web-1", "-n", "shop", "--wait=false"], "not a read"),
    ],
)
def test_the_comparison_objects(
    kubectl: Path, seats: queue.SimpleQueue[Seat], argv: list[str], complaint: str
) -> None:
    move = Ladder.packed().judge("kubectl get pods -n shop").move
    assert move is not None
    seat = seats.get()
    subprocess.run([kubectl, *argv], env=seat.env, capture_output=True, timeout=60, check=False)
    assert complaint in "\n".join(_complaints(move, list(seat.probe.asked)))
