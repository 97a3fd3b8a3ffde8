"""The real kubectl's help, harvested and compared with the packed tree."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.kubectl import treecache
from tools.kubectl.tree import CommandTree
from tools.ladder import Ladder

pytestmark = [pytest.mark.integration, pytest.mark.slow]

STABLE = (
    "get",
    "describe",
    "logs",
    "events",
    "delete",
    "scale",
    "top",
    "rollout",
    "set",
    "create",
    "wait",
)


def test_harvest_of_the_kubectl_here(kubectl: Path, tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "KUBECONFIG": "/dev/null", "PATH": "/nonexistent"}
    asked: list[tuple[str, ...]] = []

    def run_help(path: tuple[str, ...]) -> str:
        asked.append(path)
        argv = ["options"] if path == ("options",) else [*path, "--help"]
        return subprocess.run(
            [kubectl, *argv],
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    tree, source = treecache.load(kubectl, tmp_path / "cache", run_help)
    assert source == "harvested"
    assert len(asked) == len(tree) + 1  # and the global options
    packed = CommandTree.packed()
    assert len(tree) > 95
    for name in STABLE:
        command, known = tree.command((name,)), packed.command((name,))
        assert command is not None
        assert known is not None
        assert set(command.children) == set(known.children)
    for path in (("get",), ("logs",), ("rollout", "status"), ("set", "image")):
        command, known = tree.command(path), packed.command(path)
        assert command is not None
        assert known is not None
        shared = set(command.flags) & set(known.flags)
        assert len(shared) > 0.9 * len(known.flags)
        for name in shared - {"cache-dir"}:
            assert command.flags[name] == known.flags[name]

    again, source = treecache.load(kubectl, tmp_path / "cache", lambda path: "")
    assert source == "cache"
    assert again.to_json() == tree.to_json()
    ladder = Ladder(again, CommandTree.packed("promtool"), Ladder.packed().policy)
    assert ladder.judge("kubectl get pods -n shop -o json").verdict.decision == "allow"
    hint = ladder.judge("kubectl get pods --outptu=json").verdict.hint
    assert hint == "did you mean --output? try: kubectl get pods -o json"
