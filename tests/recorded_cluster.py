"""A recording as a cluster: its objects, events and logs, served verbatim by the simulated API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.simulator.logs import LogAnswer, LogQuery
from sandbox.simulator.store import Store
from tests.recording import Recording

_TIME = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z"')


class RecordedLogs:
    """A LogSource that answers what `kubectl logs` showed."""

    def __init__(self, recording: Recording) -> None:
        self._text: dict[tuple[str, str, bool], str] = {}
        for command in recording.matching("logs"):
            words = command.argv
            if "-c" in words and command.exit == 0:
                container = words[words.index("-c") + 1]
                self._text[words[2], container, "--previous" in words] = command.stdout

    def log(self, query: LogQuery) -> LogAnswer:
        """The recorded text; empty where nothing was recorded."""
        return LogAnswer(200, self._text.get((query.pod, query.container, query.previous), ""))


def objects(recording: Recording) -> Iterator[dict[str, Any]]:
    """Every object recorded as JSON, events included, in the order recorded."""
    for command in recording.commands:
        if command.exit == 0 and command.stdout.startswith("{") and "json" in command.argv:
            document = json.loads(command.stdout)
            yield from document.get("items", [document])


def moment(recording: Recording) -> datetime:
    """When it was recorded, within seconds: just after the newest time in its objects."""
    times = _TIME.findall(json.dumps(list(objects(recording))))
    return datetime.fromisoformat(max(times)).replace(tzinfo=UTC) + timedelta(seconds=1)


def recorded_store(recording: Recording) -> Store:
    """A store that holds the recording, its clock standing still at that moment."""
    at = moment(recording)
    store = Store(lambda: at)
    # The namespaces themselves were not recorded; kubectl asks for one when an object is missing.
    for name in ("default", "kube-system", recording.namespace):
        store.put(
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                "spec": {"finalizers": ["kubernetes"]},
                "status": {"phase": "Active"},
            }
        )
    store.load(objects(recording))
    return store
