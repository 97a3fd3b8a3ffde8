"""The newer physics keeps the engine's promises: a fork goes the same way, and a run repeats itself."""

from __future__ import annotations

import json
from typing import Any

from sandbox.simulator.clock import Clock
from sandbox.simulator.engine import Engine
from tests.unit.simulator_physics.labs import container, lab, obj, template, workload
from tests.unit.simulator_physics.test_autoscaler import hpa
from tests.unit.simulator_physics.test_connections import pod, service
from tests.unit.simulator_physics.test_cron import cron
from tests.unit.simulator_physics.test_storage import claim, classes

WORLD = {
    **classes(attached=True, expandable=True),
    "metrics_server": True,
    "apps": [
        {"image": "acme/app:1", "load": "300m", "leak": "20Mi", "post_start": 0},
        {
            "image": "acme/client:1",
            "requires": [{"connect": "db:5432", "unhealthy": ["/"]}],
            "writes": [{"path": "/data/x", "per_minute": "400Mi"}],
        },
    ],
}


def cluster() -> Engine:
    mounts = [{"name": "v", "mountPath": "/data"}]
    probe = {"httpGet": {"path": "/", "port": 80}}
    one = container(image="acme/client:1", ports=[{"containerPort": 80}], volumeMounts=mounts,
                    readinessProbe=probe)  # fmt: skip
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]
    resources = {"requests": {"cpu": "100m"}, "limits": {"memory": "100Mi"}}
    engine = lab(
        WORLD,
        pod("db"),
        service("db"),
        claim(storageClassName="disk"),
        pod("client", one, volumes=volumes),
        workload("Deployment", pods=template(container(resources=resources))),
        hpa(),
        cron(),
        obj("NetworkPolicy", "p", "networking.k8s.io/v1", spec={"podSelector": {}, "egress": [{}],
            "policyTypes": ["Egress"]}),
    )  # fmt: skip
    engine.advance(200)
    return engine


def dump(engine: Engine) -> str:
    keys: list[Any] = sorted({row.key for row in engine.store.resources()})
    return json.dumps([engine.store.list(key) for key in keys], sort_keys=True)


def test_a_fork_goes_the_same_way_and_a_run_repeats_itself() -> None:
    engine = cluster()
    clock = Clock(engine.now)
    other = engine.fork(engine.store.fork(clock.now), clock)
    for each in (engine, other):
        each.advance(300)
        each.store.delete("services", "lab", "db")
        each.advance(300)
    assert dump(engine) == dump(other)
    again = cluster()
    again.advance(300)
    again.store.delete("services", "lab", "db")
    again.advance(300)
    assert dump(again) == dump(engine)
