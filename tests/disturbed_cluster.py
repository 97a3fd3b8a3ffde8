"""The recorded crash loop as a cluster whose logs, rights and kubeconfig can be spoilt."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.simulator.logs import LogAnswer, LogQuery
from tests.recorded_cluster import RecordedLogs
from tests.recording import load

RECORDING = load("crash-missing-env")
NAMESPACE = RECORDING.namespace
CAUSE = "config.env-missing"
CRASH = ("--alert", "KubePodCrashLooping", "-n", NAMESPACE)
"""What is asked about it."""


class Logs(RecordedLogs):
    """The recorded logs, changed, and something that happens when one is asked for."""

    def __init__(
        self,
        change: Callable[[str], str | bytes] = lambda text: text,
        happens: Callable[[], object] = lambda: None,
    ) -> None:
        super().__init__(RECORDING)
        self.change, self.happens = change, happens

    def log(self, query: LogQuery) -> LogAnswer:
        self.happens()
        text = super().log(query).text
        assert isinstance(text, str)
        # A kubelet that no longer has a log says so, and nothing else.
        return LogAnswer(200, text if text.startswith("unable to") else self.change(text))


def changed(kubeconfig: Path, target: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A copy of a kubeconfig with something wrong in it."""
    document = json.loads(kubeconfig.read_text())
    change(document)
    target.write_text(json.dumps(document))
    return target
