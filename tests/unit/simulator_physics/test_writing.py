"""What programs write: full disks, missing rights, local storage limits; users, hooks, certificates."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from sandbox.simulator import certificates
from sandbox.simulator.engine import Engine
from sandbox.simulator.intake import apply
from sandbox.simulator.kubelet.disks import space
from tests.unit.simulator_physics.labs import (
    NS,
    START,
    container,
    lab,
    log,
    messages,
    obj,
    pod,
    state,
)
from tests.unit.simulator_physics.test_storage import claim, classes, found, user

FULL = 'level=fatal msg="write failed" err="open /data/db: no space left on device"'


def world(**app: Any) -> dict[str, Any]:
    return {"apps": [{"image": "acme/app:1", **app}]}


def bare(one: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return obj("Pod", "app", spec={"containers": [one or container()], **spec})


def writer(path: str = "/data/db", **fields: Any) -> dict[str, Any]:
    return {"writes": [{"path": path, **fields}]}


def test_a_volume_fills_up_over_restarts_until_it_is_enlarged() -> None:
    app = world(**writer(start="100Mi", per_minute="300Mi"))
    engine = lab({**app, **classes(expandable=True)}, claim(storageClassName="disk"), user())
    engine.advance(120)
    half = space(engine, found(engine))
    assert half is not None
    assert 0.5 < half.used / half.capacity < 0.8
    engine.advance(240)
    assert state(engine)["restartCount"] >= 1
    assert log(engine).strip() == FULL
    full = space(engine, found(engine))
    assert full is not None
    assert full.available == 0
    item = found(engine)
    requests = {"requests": {"storage": "50Gi"}}
    engine.store.put({**item, "spec": {**item["spec"], "resources": requests}})
    engine.advance(400)
    assert log(engine) == ""
    assert state(engine)["state"].get("running")


def test_a_program_that_hangs_when_its_disk_is_full_fails_its_probe() -> None:
    app = world(
        listens=[80], **writer(start="2Gi", exit=None, log=["cannot write {path}: {error}"])
    )
    engine = lab({**app, **classes()}, claim(storageClassName="disk"))
    one = user()
    one["spec"]["containers"][0]["readinessProbe"] = {"tcpSocket": {"port": 80}}
    apply(engine, one, NS)
    engine.advance(60)
    assert log(engine).strip() == "cannot write /data/db: no space left on device"
    assert state(engine)["restartCount"] == 0
    assert not state(engine)["ready"]


@pytest.mark.parametrize(
    ("context", "pod_context", "app", "error"),
    [
        ({"readOnlyRootFilesystem": True}, {}, writer("/var/cache/x"), "read-only file system"),
        ({"readOnlyRootFilesystem": True}, {}, writer("/data/x"), ""),
        ({"runAsUser": 1000}, {}, writer("/data/x"), "permission denied"),
        ({"runAsUser": 1000}, {"fsGroup": 1000}, writer("/data/x"), ""),
        ({}, {}, {**writer("/data/x"), "runs_as_root": False}, "permission denied"),
        ({"runAsUser": 1000}, {}, {**writer("/var/cache/x"), "runs_as_root": True},
         "permission denied"),
        ({}, {"runAsUser": 0}, {**writer("/data/x"), "runs_as_root": False}, ""),
    ],
)  # fmt: skip
def test_rights(
    context: dict[str, Any], pod_context: dict[str, Any], app: dict[str, Any], error: str
) -> None:
    engine = lab({**world(**app), **classes()}, claim(storageClassName="disk"))
    one = user(securityContext=pod_context)
    one["spec"]["containers"][0]["securityContext"] = context
    apply(engine, one, NS)
    engine.advance(30)
    assert error in log(engine)
    assert bool(log(engine)) == bool(error)


@pytest.mark.parametrize(
    ("context", "app", "text"),
    [
        ({"runAsNonRoot": True}, {"runs_as_root": True},
         "container has runAsNonRoot and image will run as root (pod: "),
        ({"runAsNonRoot": True}, {"user": "nginx"}, "image has non-numeric user (nginx), cannot"),
        ({"runAsNonRoot": True, "runAsUser": 0}, {}, "container's runAsUser breaks non-root policy"),
        ({"runAsNonRoot": True, "runAsUser": 7}, {"runs_as_root": True}, ""),
        ({"runAsNonRoot": True}, {}, ""),
    ],
)  # fmt: skip
def test_containers_that_must_not_be_root(
    context: dict[str, Any], app: dict[str, Any], text: str
) -> None:
    engine = lab(world(**app), bare(container(securityContext=context)))
    engine.advance(30)
    waiting = state(engine)["state"].get("waiting", {})
    assert waiting.get("reason", "") == ("CreateContainerConfigError" if text else "")
    assert text in waiting.get("message", "")


def test_local_storage_limits_evict() -> None:
    app = world(**writer("/tmp/x", start="10Mi", per_minute="60Mi"))
    limits = {"limits": {"ephemeral-storage": "50Mi"}}
    engine = lab(app, bare(container(resources=limits)))
    engine.advance(30)
    assert pod(engine)["status"]["phase"] == "Running"
    engine.advance(60)
    assert pod(engine)["status"]["phase"] == "Failed"
    assert pod(engine)["status"]["reason"] == "Evicted"
    text = 'Container app exceeded its local ephemeral storage limit "50Mi". '
    assert pod(engine)["status"]["message"] == text
    mounts = [{"name": "tmp", "mountPath": "/tmp"}]
    volumes = [{"name": "tmp", "emptyDir": {"sizeLimit": "20Mi"}}]
    engine = lab(app, bare(container(volumeMounts=mounts), volumes=volumes))
    engine.advance(60)
    text = 'Usage of EmptyDir volume "tmp" exceeds the limit "20Mi". '
    assert messages(engine, "Evicted") == [text]


def test_a_failing_post_start_hook_kills_its_container_again_and_again() -> None:
    hook = {"postStart": {"exec": {"command": ["/bin/warm-up"]}}}
    engine = lab(world(post_start=1), bare(container(lifecycle=hook)))
    engine.advance(60)
    assert state(engine)["restartCount"] >= 1
    assert messages(engine, "FailedPostStartHook") == ["PostStartHook failed"]
    assert state(engine)["state"]["waiting"]["reason"] in ("PostStartHookError", "CrashLoopBackOff")
    engine = lab(world(), bare(container(lifecycle=hook)))
    engine.advance(60)
    assert state(engine)["ready"]


def test_a_sidecar_that_never_starts_holds_the_pod_up() -> None:
    sidecar = container(
        "mesh",
        image="acme/mesh:1",
        restartPolicy="Always",
        startupProbe={"httpGet": {"path": "/", "port": 15021}, "failureThreshold": 3},
    )
    one = bare(initContainers=[sidecar])
    apps = {"apps": [{"image": "acme/mesh:1", "listens": [15020]}]}
    engine = lab(apps, one)
    engine.advance(120)
    assert pod(engine)["status"]["phase"] == "Pending"
    assert state(engine)["state"]["waiting"]["reason"] == "PodInitializing"
    assert state(engine, "initContainerStatuses")["restartCount"] >= 1
    engine = lab({"apps": [{"image": "acme/mesh:1", "listens": [15021]}]}, one)
    engine.advance(120)
    assert pod(engine)["status"]["phase"] == "Running"
    assert state(engine, "initContainerStatuses")["started"]


def test_a_sidecar_that_crashes_later_leaves_its_pod_running_but_unready() -> None:
    sidecar = container("mesh", image="acme/mesh:1", restartPolicy="Always")
    apps = {"apps": [{"image": "acme/mesh:1", "exits": {"after": 20, "code": 1}}]}
    engine = lab(apps, bare(initContainers=[sidecar]))
    engine.advance(48)
    assert pod(engine)["status"]["phase"] == "Running"
    ready = {item["type"]: item["status"] for item in pod(engine)["status"]["conditions"]}
    assert ready["Initialized"] == "True"
    assert ready["Ready"] == "False"
    assert state(engine)["ready"]


def test_a_sidecar_ends_with_the_work_of_its_pod() -> None:
    sidecar = container("mesh", image="acme/mesh:1", restartPolicy="Always")
    done = {"apps": [{"image": "acme/app:1", "exits": {"after": 20}}]}
    engine = lab(done, bare(initContainers=[sidecar], restartPolicy="Never"))
    engine.advance(10)
    assert state(engine, "initContainerStatuses")["state"].get("running")
    engine.advance(30)
    assert pod(engine)["status"]["phase"] == "Succeeded"
    ended = state(engine, "initContainerStatuses")["state"]["terminated"]
    assert ended["reason"] == "Completed"


def secret(certificate: str, key: str) -> dict[str, Any]:
    data = {"tls.crt": certificate, "tls.key": key}
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in data.items()}
    return obj("Secret", "tls", type="kubernetes.io/tls", data=encoded)


def pair(days: float, seed: str = "s") -> tuple[str, str]:
    day = timedelta(days=1)
    return certificates.make("web.lab", START - 90 * day, START + days * day, seed, ["web"])


def server(engine_world: dict[str, Any], certificate: str, key: str) -> Engine:
    mounts = [{"name": "tls", "mountPath": "/tls", "readOnly": True}]
    volumes = [{"name": "tls", "secret": {"secretName": "tls"}}]
    one = bare(container(volumeMounts=mounts), volumes=volumes)
    engine = lab(engine_world, secret(certificate, key), one)
    engine.advance(30)
    return engine


def test_certificates_are_functions_of_their_arguments() -> None:
    assert pair(5) == pair(5)
    assert pair(5) != pair(5, "other")
    assert pair(5)[0] != pair(6)[0]
    certificate, key = pair(5)
    assert certificates.pair_problem(certificate, key, START) is None
    assert certificates.pair_problem(certificate, pair(5, "o")[1], START) == certificates.MISMATCH
    assert certificates.pair_problem("x", key, START) == (
        "tls: failed to find any PEM data in certificate input"
    )
    assert certificates.ends(certificate) == START + timedelta(days=5)
    assert certificates.client_problem(certificate, "web", START) is None
    assert certificates.client_problem(certificate, "api", START) == (
        "tls: failed to verify certificate: x509: certificate is valid for web.lab, web, not api"
    )
    early = START - timedelta(days=400)
    assert "is before 2026-08-25T02:00:00Z" in str(
        certificates.client_problem(certificate, "web", early)
    )


def test_a_program_with_an_expired_certificate_exits() -> None:
    app = world(requires=[{"certificate": "/tls", "log": ["fatal: {error}"], "exit": 1}])
    engine = server(app, *pair(-1))
    now = engine.now
    assert state(engine)["restartCount"] >= 1
    assert log(engine).startswith(
        "fatal: x509: certificate has expired or is not yet valid: current time 2026-11-23T02:0"
    )
    assert now > START
    engine = server(app, pair(30)[0], pair(30, "other")[1])
    assert log(engine).strip() == "fatal: tls: private key does not match public key"
    engine = server(app, *pair(30))
    assert state(engine)["ready"]
    assert log(engine) == ""


def test_a_certificate_that_ends_while_its_program_runs() -> None:
    wanted = {"certificate": "/tls", "unhealthy": ["/ready"]}
    app = world(requires=[wanted], listens=[80])
    mounts = [{"name": "tls", "mountPath": "/tls"}]
    probe = {"httpGet": {"path": "/ready", "port": 80}}
    one = bare(
        container(volumeMounts=mounts, readinessProbe=probe),
        volumes=[{"name": "tls", "secret": {"secretName": "tls"}}],
    )
    engine = lab(app, secret(*pair(600 / 86400)), one)
    engine.advance(300)
    assert state(engine)["ready"]
    engine.advance(400)
    assert not state(engine)["ready"]
    assert 5 < len(log(engine).splitlines()) < 20  # a line every ten seconds
    engine.store.put({**secret(*pair(30)), "metadata": {"name": "tls", "namespace": NS}})
    engine.advance(60)
    assert state(engine)["ready"]


def test_a_pre_stop_hook_whose_program_does_not_exist_is_told() -> None:
    from sandbox.simulator.deletion import delete

    hook = {"preStop": {"exec": {"command": ["/bin/drain"]}}}
    engine = lab(world(binaries=["/bin/app"]), bare(container(lifecycle=hook)))
    engine.advance(20)
    delete(engine, pod(engine))
    engine.advance(40)
    assert messages(engine, "FailedPreStopHook") == ["PreStopHook failed"]
    assert engine.store.list("pods", NS) == []
