"""A run that is killed after some nodes: python killed_run.py STATE_DIR KUBECONFIG|sim:ID NODES [RUN_ID].

Used by tests; the executor is the one of MAGOS_EXECUTOR.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from agent import engine, graph
from agent.incident import Alert
from agent.request import Request
from agent.runs import RunStore
from agent.settings import load
from agent.state import RunState
from agent.workbench import Workbench

Node = Callable[[Workbench, RunState], RunState]


def die_after(most: int, nodes: dict[str, Node]) -> None:
    """Let so many nodes run; kill -9 this process when the next begins, after the last one's checkpoint."""
    seen = []

    def wrap(name: str, node: Node) -> Node:
        def run(bench: Workbench, state: RunState) -> RunState:
            seen.append(name)
            if len(seen) > most:
                os.kill(os.getpid(), signal.SIGKILL)
            return node(bench, state)

        return run

    for name in list(nodes):
        nodes[name] = wrap(name, nodes[name])


def main() -> None:
    state, target, most, *run = sys.argv[1:]
    runs, settings = RunStore(Path(state)), load({})
    die_after(int(most), graph.NODES)
    if run:
        engine.resume(run[0], runs, settings, lambda event: None, threading.Event())
        return
    labels = {"alertname": "KubePodCrashLooping"}
    request = Request(alerts=[Alert(labels=labels)], executor=settings.executor)
    if target.startswith("sim:"):
        request = request.model_copy(update={"cluster": target})
    else:
        alerts = [Alert(labels=labels | {"namespace": "storefront"})]
        request = request.model_copy(update={"kubeconfig": Path(target), "alerts": alerts})
    engine.investigate(request, runs, settings, lambda event: None, threading.Event())


if __name__ == "__main__":
    main()
