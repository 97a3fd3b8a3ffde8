"""What containers are configured with: environment and volumes from other objects."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.simulator_physics.labs import (
    NS,
    container,
    events,
    lab,
    obj,
    pod,
    state,
    template,
    workload,
)


def config_env(**ref: Any) -> dict[str, Any]:
    env = [{"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "settings", **ref}}}]
    return workload("Deployment", pods=template(container(env=env)))


def test_a_missing_key_is_a_config_error_until_it_exists() -> None:
    settings = obj("ConfigMap", "settings", data={"modes": "x"})
    engine = lab(None, settings, config_env(key="mode"))
    engine.advance(40)
    text = f"couldn't find key mode in ConfigMap {NS}/settings"
    waiting = state(engine)["state"]["waiting"]
    assert waiting == {"reason": "CreateContainerConfigError", "message": text}
    assert pod(engine)["status"]["phase"] == "Pending"
    (failed,) = events(engine, "Failed")
    assert failed["message"] == f"Error: {text}"
    assert failed["count"] >= 3
    stored = engine.store.get("configmaps", NS, "settings")
    assert stored is not None
    engine.store.put({**stored, "data": {"mode": "x"}})
    engine.advance(30)
    assert state(engine)["ready"]


def test_a_missing_config_map_is_named_and_an_optional_one_is_not_missed() -> None:
    engine = lab(None, config_env(key="mode"))
    engine.advance(20)
    assert state(engine)["state"]["waiting"]["message"] == 'configmap "settings" not found'
    engine = lab(None, config_env(key="mode", optional=True))
    engine.advance(20)
    assert state(engine)["ready"]


@pytest.mark.parametrize(
    ("volume", "text"),
    [
        ({"secret": {"secretName": "tls"}}, 'secret "tls" not found'),
        ({"configMap": {"name": "cfg"}}, 'configmap "cfg" not found'),
        (
            {"configMap": {"name": "there", "items": [{"key": "b", "path": "b"}]}},
            "references non-existent config key: b",
        ),
    ],
)
def test_a_volume_that_cannot_be_set_up(volume: dict[str, Any], text: str) -> None:
    pods = template(volumes=[{"name": "v", **volume}])
    engine = lab(
        None, obj("ConfigMap", "there", data={"a": "1"}), workload("Deployment", pods=pods)
    )
    engine.advance(64.5)
    (failed,) = events(engine, "FailedMount")
    assert failed["message"] == f'MountVolume.SetUp failed for volume "v" : {text}'
    assert failed["count"] == 8
    assert state(engine)["state"] == {"waiting": {"reason": "ContainerCreating"}}
    assert "podIP" not in pod(engine)["status"]


def test_environment_comes_from_everywhere() -> None:
    from sandbox.simulator.kubelet.config import environment

    secret = obj("Secret", "keys", stringData={"token": "s3"})
    cm = obj("ConfigMap", "settings", data={"A": "1"})
    service = obj("Service", "my-db", spec={"ports": [{"port": 5432}]})
    env = [
        {"name": "B", "value": "$(X_A)-$(NOPE)"},
        {"name": "T", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}},
        {"name": "NS", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
        {"name": "NO", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a.b/c']"}}},
    ]
    source = [{"prefix": "X_", "configMapRef": {"name": "settings"}}]
    pods = template(container(env=env, envFrom=source))
    engine = lab(None, secret, cm, service, workload("Deployment", pods=pods))
    engine.advance(5)
    found = environment(engine, pod(engine), pod(engine)["spec"]["containers"][0])
    assert found["B"] == "1-$(NOPE)"
    assert (found["T"], found["NS"], found["APP"], found["NO"]) == ("s3", NS, "app", "")
    assert found["MY_DB_SERVICE_PORT"] == "5432"
    assert found["MY_DB_SERVICE_HOST"].startswith("10.96.")
