"""A valid Report for tests of everything that reads one."""

from __future__ import annotations

from typing import Any

from agent.incident import Alert, Scope
from agent.report import Report
from agent.reportparts import (
    Change,
    ClusterInfo,
    Finding,
    Impact,
    IncidentInfo,
    ManagedBy,
    MoveRecord,
    MoveVerdict,
    Remedy,
    RemedyMove,
    RootCause,
    RuledOut,
    TimelineEntry,
    Usage,
)
from tools.fact import Evidence, Fact
from tools.objects import ObjectRef

RUN_ID = "20261123-034512-k7q2"
CART = ObjectRef(kind="Deployment", namespace="shop", name="cart")
POD = ObjectRef(kind="Pod", namespace="shop", name="cart-7d9f-x2x2", container="cart")


def facts() -> list[Fact]:
    """An exit code, a log line and one fact derived from both."""
    return [
        Fact(
            id="m1.4",
            subject=POD,
            name="container.exit.code",
            value=1,
            evidence=[Evidence(move="m1", lines=(12, 12), quote='"exitCode": 1')],
        ),
        Fact(
            id="m2.1",
            subject=POD,
            name="log.missing_env",
            value="DATABASE_URL",
            evidence=[Evidence(move="m2", lines=(3, 4), quote="KeyError: 'DATABASE_URL'")],
        ),
        Fact(
            id="m1.5",
            subject=POD,
            name="spec.limit.memory",
            value=134217728,
            unit="bytes",
            evidence=[Evidence(move="m1", path="items[0].spec", quote="memory: 128Mi")],
        ),
    ]


def moves() -> list[MoveRecord]:
    """Three moves: two that evidence refers to, one that the gate stopped."""
    allow = MoveVerdict(decision="allow", rung="names", reason="ok")
    refuse = MoveVerdict(decision="refuse", rung="policy", reason="secret-read")
    return [
        MoveRecord(
            id="m1",
            kind="kubectl",
            text="kubectl get pods -n shop -o json",
            proposed_by="playbook",
            verdict=allow,
            exit_code=0,
            duration_ms=120,
            facts=["m1.4", "m1.5"],
            artefact="artefacts/m1.txt",
        ),
        MoveRecord(
            id="m2",
            kind="kubectl",
            text="kubectl logs cart-7d9f-x2x2 -n shop -c cart --previous",
            proposed_by="playbook",
            verdict=allow,
            exit_code=0,
            duration_ms=80,
            facts=["m2.1"],
            artefact="artefacts/m2.txt",
        ),
        MoveRecord(
            id="m3",
            kind="kubectl",
            text="kubectl get secret cart -n shop -o yaml",
            proposed_by="nano",
            verdict=refuse,
        ),
    ]


def remedy() -> Remedy:
    """A command with a placeholder, a patch file, and the way back."""
    return Remedy(
        summary="Give container cart the variable DATABASE_URL.",
        moves=[
            RemedyMove(
                text="kubectl set env deployment/cart -n shop -c cart DATABASE_URL=<value>",
                manifest="spec:\n  template: {}\n",
            ),
            RemedyMove(
                text="kubectl patch deployment cart -n shop --patch-file startup-probe.yaml",
                manifest="spec:\n  paused: false\n",
            ),
        ],
        undo=["kubectl rollout undo deployment/cart -n shop"],
    )


def report(**changes: Any) -> Report:
    """A root cause with everything filled; `changes` replace fields."""
    values: dict[str, Any] = {
        "run_id": RUN_ID,
        "started_at": "2026-11-23T03:45:12Z",
        "finished_at": "2026-11-23T03:45:14Z",
        "cluster": ClusterInfo(
            context="prod-eu", server="https://10.0.0.1:6443", server_version="v1.36.2"
        ),
        "incident": IncidentInfo(
            trigger="alert",
            alerts=[Alert(labels={"alertname": "KubePodCrashLooping", "namespace": "shop"})],
            scope=Scope(namespaces=["shop"]),
        ),
        "verdict": "root_cause",
        "summary": "Deployment shop/cart: container cart exits 1 because DATABASE_URL is not set.",
        "root_cause": RootCause(
            id="config.env-missing",
            family="config",
            summary="Deployment shop/cart: container cart exits 1 because DATABASE_URL is not set;"
            " ConfigMap cart-config has DATABASE_URI.",
            object=CART,
            confidence=0.95,
            evidence=["m1.4", "m2.1"],
        ),
        "impact": Impact(
            ready=0,
            desired=2,
            since="2026-11-23T03:30:00Z",
            service_endpoints=["cart: 0 ready"],
            summary="Deployment shop/cart serves nothing.",
        ),
        "changed": [
            Change(
                at="2026-11-23T03:29:00Z",
                what="env DATABASE_URL removed from container cart",
                object=CART,
                revision=4,
            )
        ],
        "managed_by": ManagedBy(tool="Argo CD", source="cart"),
        "other_findings": [
            Finding(
                object=ObjectRef(kind="Deployment", namespace="shop", name="ads"),
                symptom="image-pull",
                summary="The image cannot be pulled.",
                evidence=["m1.5"],
            )
        ],
        "ruled_out": [
            RuledOut(
                id="memory.limit-too-low", why="No container was OOM-killed.", evidence=["m1.5"]
            )
        ],
        "timeline": [TimelineEntry(at="2026-11-23T03:30:00Z", what="cart crashed", fact="m1.4")],
        "facts": facts(),
        "moves": moves(),
        "remedy": remedy(),
        "next_steps": [
            "Read the whole log: kubectl logs cart-7d9f-x2x2 -n shop -c cart --previous",
            "Ask who owns ConfigMap cart-config.",
        ],
        "blind_spots": ["Events older than an hour are gone."],
        "degraded": ["no model: the playbook's own moves were used"],
        "usage": Usage(moves=2, wall_ms=1234),
    }
    return Report(**{**values, **changes})
