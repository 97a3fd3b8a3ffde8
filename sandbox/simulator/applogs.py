"""What containers printed, served from the kubelets' memory."""

from __future__ import annotations

from datetime import timedelta

from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet import programs
from sandbox.simulator.kubelet.records import ContainerRecord, Run
from sandbox.simulator.logs import LogAnswer, LogQuery


class PodLogs:
    """The LogSource of a simulated cluster.

    A kubelet keeps the log of a container's newest run only: while a crashed container stands
    terminated, `--previous` asks for one that is gone, and says so with a success status, as the
    recorded server does.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def log(self, query: LogQuery) -> LogAnswer:
        """The output of the container's current run, or of the one before it (`previous`)."""
        record = self._record(query.namespace, query.pod, query.container)
        if record is None or record.run is None:
            return LogAnswer(200, "")
        run, gone = _wanted(record, previous=query.previous)
        if run is None:
            return LogAnswer(200, "")
        if gone:
            text = f"unable to retrieve container logs for containerd://{run.id}"
            return LogAnswer(200, text)
        lines = programs.text(run, self._engine.now)
        if query.since_seconds is not None:
            start = self._engine.now - timedelta(seconds=query.since_seconds)
            lines = [item for item in lines if item[0] >= start]
        if query.tail is not None and query.tail >= 0:
            lines = lines[-query.tail :] if query.tail else []
        shown = [
            f"{at:%Y-%m-%dT%H:%M:%S.%f}000Z {line}" if query.timestamps else line
            for at, line in lines
        ]
        text = "".join(f"{line}\n" for line in shown)
        if query.limit_bytes is not None:
            text = text.encode()[: query.limit_bytes].decode(errors="ignore")
        return LogAnswer(200, text)

    def _record(self, namespace: str, pod: str, container: str) -> ContainerRecord | None:
        stored = self._engine.store.get("pods", namespace, pod)
        if stored is None:
            return None
        record = self._engine.pods.get(stored["metadata"]["uid"])
        return record.containers.get(container) if record else None


def _wanted(record: ContainerRecord, *, previous: bool) -> tuple[Run | None, bool]:
    """The run asked for, and whether its container has been removed."""
    if not previous:
        return record.run, False
    if record.phase == "running":
        return record.previous, False
    if record.phase == "ended" and not record.reason:
        return record.previous, True
    return record.run, False
