"""intake: the incident, its names held against the cluster."""

from __future__ import annotations

from agent.state import RunState
from agent.workbench import Workbench


def intake(bench: Workbench, state: RunState) -> RunState:
    """Resolve the incident and say which cluster this is."""
    found, cluster = bench.take_in()
    incident = found.incident
    bench.trajectory.write(
        "incident",
        {
            "trigger": incident.trigger,
            "alerts": [alert.name for alert in incident.alerts],
            "namespaces": list(incident.scope.namespaces),
            "question": incident.question,
            "target": cluster.context or cluster.server,
            "intake": found.model_dump(mode="json"),
            "cluster": cluster.model_dump(mode="json"),
        },
    )
    return {
        "intake": found.model_dump(mode="json"),
        "cluster": cluster.model_dump(mode="json"),
        "objectives": [],
        "records": [],
        "degraded": list(bench.degraded),
        "executor_tokens": 0,
        "elapsed_ms": bench.elapsed_ms(),
    }
