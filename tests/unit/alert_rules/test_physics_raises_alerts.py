"""Alerts whose causes lie below the workloads: the rules, as they are, fire on the metrics of the physics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox.prometheus.rules import load
from sandbox.simulator.engine import Engine
from tests.metric_history import STEP, History
from tests.promtool_rules import needs_promtool, rule_test, without_annotations
from tests.unit.alert_rules.test_scenarios_raise_their_alerts import wanted
from tests.unit.simulator_physics.labs import NS, container, lab, obj, template, workload
from tests.unit.simulator_physics.test_autoscaler import hpa
from tests.unit.simulator_physics.test_storage import claim, classes, user

pytestmark = needs_promtool


def raised(engine: Engine, folder: Path, alert: str, /, **labels: str) -> bool:
    """Whether an alert with these labels fires after nineteen minutes."""
    history = History(wanted())
    history.watch(engine)
    engine.advance(19 * 60)
    history.scrape(engine)
    matchers = {"alertname": alert, "alertstate": "firing", **labels}
    text = ",".join(f'{name}="{value}"' for name, value in matchers.items())
    test: dict[str, Any] = {
        "interval": f"{STEP}s",
        "input_series": history.input_series(),
        "promql_expr_test": [
            {
                "expr": f"count(ALERTS{{{text}}}) > bool 0",
                "eval_time": f"{history.length}s",
                "exp_samples": [{"labels": "{}", "value": 1}],
            }
        ],
    }
    outcome = rule_test(folder, without_annotations(load()), [test], f"{STEP}s")
    return outcome.ok


def throttled(cpu: str) -> Engine:
    limits = {"limits": {"cpu": "100m"}}
    world = {"apps": [{"image": "acme/app:1", "cpu": cpu}]}
    return lab(world, obj("Pod", "app", spec={"containers": [container(resources=limits)]}))


def test_a_starved_container_is_throttled(tmp_path: Path) -> None:
    where = {"namespace": NS, "pod": "app", "container": "app"}
    assert raised(throttled("400m"), tmp_path, "CPUThrottlingHigh", **where, severity="info")
    assert not raised(throttled("50m"), tmp_path, "CPUThrottlingHigh")


def filling(per_minute: str) -> Engine:
    write = {"path": "/data/db", "start": "100Mi", "per_minute": per_minute}
    world = {"apps": [{"image": "acme/app:1", "writes": [write]}], **classes()}
    return lab(world, claim(storageClassName="disk"), user())


def test_a_volume_that_is_full(tmp_path: Path) -> None:
    where = {"namespace": NS, "persistentvolumeclaim": "data", "severity": "critical"}
    assert raised(filling("300Mi"), tmp_path, "KubePersistentVolumeFillingUp", **where)
    assert not raised(filling("1Mi"), tmp_path, "KubePersistentVolumeFillingUp", **where)


def node_in(*troubles: dict[str, Any], manifests: Any = (), memory: str = "4Mi") -> Engine:
    nodes = [{"name": "node1"}, {"name": "node2", "troubles": list(troubles)}]
    apps = [{"image": "acme/app:1", "memory": memory}]
    engine = lab({"nodes": nodes, "apps": apps}, *manifests)
    engine.begin()
    return engine


def test_a_silent_kubelet(tmp_path: Path) -> None:
    for alert in ("KubeNodeNotReady", "KubeNodeUnreachable", "KubeletInstanceUnreachable"):
        engine = node_in({"kind": "silent", "after": 60})
        assert raised(engine, tmp_path, alert, node="node2"), alert
        assert not raised(node_in(), tmp_path, alert, node="node2"), alert


def test_a_node_under_pressure_evicts(tmp_path: Path) -> None:
    here = {"nodeSelector": {"kubernetes.io/hostname": "node2"}}
    pods = [obj("Pod", f"p{n}", spec={"containers": [container()], **here}) for n in range(4)]
    trouble = {"kind": "memory-pressure", "after": 300, "evicts": 3}
    engine = node_in(trouble, manifests=pods, memory="300Mi")
    where = {"node": "node2", "eviction_signal": "memory.available"}
    assert raised(engine, tmp_path, "KubeNodeEviction", **where)
    engine = node_in(trouble, manifests=pods, memory="300Mi")
    assert raised(engine, tmp_path, "KubeNodePressure", node="node2", condition="MemoryPressure")


def test_an_autoscaler_at_its_maximum(tmp_path: Path) -> None:
    resources = {"requests": {"cpu": "100m", "memory": "64Mi"}}
    world = {"metrics_server": True, "apps": [{"image": "acme/app:1", "cpu": "300m"}]}
    deployment = workload("Deployment", pods=template(container(resources=resources)))
    engine = lab(world, deployment, hpa(maxReplicas=2))
    assert raised(engine, tmp_path, "KubeHpaMaxedOut", horizontalpodautoscaler="app")
