"""What else is in a varied cluster: nodes, healthy neighbours and harmless oddities."""

from __future__ import annotations

from random import Random
from typing import Any

from sandbox.variation import image
from sandbox.words import POOLS


def nodes(rng: Random, spread: tuple[int, int] = (1, 4)) -> list[dict[str, Any]]:
    """Machines of one make, named as one provider names them."""
    number = rng.randint(*spread)
    cpu = rng.choice([2, 4, 8])
    style = rng.choice(["worker-{n}", "node-{l}", "ip-10-0-{a}-{b}", "pool-1-{h}", "k8s-{n:02}"])
    made = []
    for index in range(number):
        name = style.format(
            n=index + 1,
            l="abcdefgh"[index],
            a=rng.randrange(1, 60),
            b=rng.randrange(2, 250),
            h="".join(rng.choice("bcdfghjkmnpqrstvwxz2456789") for _ in range(5)),
        )
        labels = {"topology.kubernetes.io/zone": f"eu-central-1{'abc'[index % 3]}"}
        memory = f"{cpu * rng.choice([2, 4])}Gi"
        made.append({"name": name, "cpu": str(cpu), "memory": memory, "labels": labels})
    return made


def bystanders(
    rng: Random, number: int, taken: set[str]
) -> tuple[list[tuple[float, dict[str, Any]]], list[dict[str, Any]]]:
    """Healthy neighbours: (age in seconds, manifest) pairs, and profiles for their programs."""
    found: list[tuple[float, dict[str, Any]]] = []
    apps: list[dict[str, Any]] = []
    for _ in range(number):
        name = rng.choice([word for word in POOLS["service"] if word not in taken])
        taken.add(name)
        reference = image(name, rng)
        age = float(rng.randrange(1500, 90_000))
        oddity = rng.choice(["plain", "plain", "probed", "slow-start", "restarted-once"])
        if oddity == "slow-start":
            age = float(rng.randrange(1500, 3300))
        apps.append(_profile(reference, oddity, rng))
        for manifest in _workload(name, reference, oddity, rng):
            found.append((age, manifest))
    if number and rng.random() < 0.4:
        name = rng.choice([word for word in POOLS["job"] if word not in taken])
        taken.add(name)
        reference = image(name, rng)
        lines = ["start", f"processed {rng.randrange(100, 9000)} rows", "done"]
        exits = {"after": float(rng.randrange(3, 40)), "code": 0, "log": lines[1:]}
        apps.append({"image": reference, "log": lines[:1], "exits": exits})
        found.append((float(rng.randrange(900, 20_000)), _finished_job(name, reference)))
    return found, apps


def _profile(reference: str, oddity: str, rng: Random) -> dict[str, Any]:
    port = 8080
    app: dict[str, Any] = {"image": reference, "listens": [port]}
    app["ready_log"] = [f"listening on :{port}"]
    if oddity == "slow-start":
        app["startup"] = float(rng.randrange(12, 25))
    if oddity == "restarted-once":
        line = "ERROR lost connection to the message broker, shutting down"
        app["exits"] = {"after": float(rng.randrange(30, 300)), "code": 1, "log": [line], "runs": 1}
    return app


def _workload(name: str, reference: str, oddity: str, rng: Random) -> list[dict[str, Any]]:
    """A Deployment, and most times a Service for it."""
    container: dict[str, Any] = {
        "name": name,
        "image": reference,
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    }
    if oddity in ("probed", "slow-start"):
        container["readinessProbe"] = {"httpGet": {"path": "/healthz", "port": 8080}}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {
        "replicas": rng.choice([1, 1, 2]),
        "selector": {"matchLabels": labels},
        "template": template,
    }
    made: list[dict[str, Any]] = [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "labels": labels},
            "spec": spec,
        }
    ]
    if rng.random() < 0.7:
        ports = [{"port": 80, "targetPort": 8080}]
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}
        made.append({**service, "spec": {"selector": labels, "ports": ports}})
    return made


def _finished_job(name: str, reference: str) -> dict[str, Any]:
    resources = {"requests": {"cpu": "10m", "memory": "16Mi"}}
    container = {"name": "run", "image": reference, "resources": resources}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 2, "template": template},
    }
