"""Recorded kubectl commands against the recorded objects, served by the simulator.

By default every fourth command of each recording; MAGOS_CONFORMANCE=full (the whole of it, about
a minute) prints the agreement of each recording.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from sandbox.simulator.engine import still
from sandbox.simulator.server import ApiServer
from tests import real_kubectl
from tests.recorded_cluster import RecordedLogs, recorded_store
from tests.recording import Command, index, load

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not real_kubectl.binaries(), reason="no kubectl on PATH"),
]

FULL = os.environ.get("MAGOS_CONFORMANCE") == "full"
GOAL = 0.95

_AGE = re.compile(
    r"(?<![\w.-])(<invalid>|<unknown>|\d+y(\d+d)?|\d+d(\d+h)?|\d+h(\d+m)?|\d+m(\d+s)?|\d+s)(?![\w.%-])"
)

# Commands that cannot agree, with the reason.
EXPLAINED = {
    ("crash-missing-env", "describe configmaps"): "kubectl prints data keys in random order",
    (
        "secret-volume-missing",
        "get deploy,rs,sts,job,svc,cm,pvc,quota,endpointslices,secrets",
    ): "the Secret was not recorded as JSON",
    ("pvc-pending", "describe persistentvolumeclaims"): "an event was counted once more meanwhile",
}


def shown(text: str, command: Command) -> str:
    """Normalised output; kubectl describes the keys of a ConfigMap in random order."""
    if command.text.startswith("describe configmaps"):
        return "\n".join(sorted(normal(text).split("\n")))
    return normal(text)


def normal(text: str) -> str:
    """Without ages and column widths, which follow from them."""
    text = re.sub(r"[ \t]+", " ", _AGE.sub("AGE", text))
    return re.sub(r" +\n", "\n", re.sub(r"-{2,}", "--", text))


def reads(commands: list[Command]) -> list[Command]:
    """The commands that read the cluster; unknown flags never reach a server."""
    return [
        command
        for command in commands
        if "--dry-run=server" not in command.argv and "unknown flag" not in command.stderr
    ]


@pytest.mark.parametrize("name", list(index()))
def test_recorded_reads_agree(name: str, tmp_path: Path) -> None:
    binary = real_kubectl.best()
    assert binary is not None
    recording = load(name)
    commands = reads(recording.commands)
    if not FULL:
        # Another quarter in each recording, so that together they cover every command.
        commands = commands[list(index()).index(name) % 4 :: 4]
    differences = []
    with ApiServer(
        still(recorded_store(recording)), RecordedLogs(recording), move_times=False
    ) as server:
        for command in commands:
            ours = real_kubectl.run(
                binary, server, tmp_path, recording.namespace, *command.argv[1:]
            )
            if (
                ours.returncode != command.exit
                or shown(ours.stdout, command) != shown(command.stdout, command)
                or normal(ours.stderr) != normal(command.stderr)
            ):
                differences.append(
                    (command.text, command.stdout + command.stderr, ours.stdout + ours.stderr)
                )
    agreement = 1 - len(differences) / len(commands)
    print(f"{name}: {agreement:.1%} of {len(commands)}")
    unexplained = [item for item in differences if (name, item[0]) not in EXPLAINED]
    assert not unexplained
    if FULL:
        assert agreement >= GOAL
