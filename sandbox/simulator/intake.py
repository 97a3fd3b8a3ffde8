"""Taking a manifest in: what happens to an object between the request and the store."""

from __future__ import annotations

import copy

from sandbox.simulator import bootstrap
from sandbox.simulator.admission import Denied, create_pod
from sandbox.simulator.controllers.claims import create_claim
from sandbox.simulator.defaults import applied, defaulted
from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import rng, uid
from sandbox.simulator.store import Object
from tools.errors import UsageError


def apply(engine: Engine, manifest: Object, namespace: str) -> Object:
    """Create an object as `kubectl apply -n namespace` would. Raises UsageError when refused."""
    row = engine.store.resource_of(manifest)
    if not row.namespaced:
        obj = applied(manifest, None)
        return engine.create(defaulted(obj))
    namespace = manifest.get("metadata", {}).get("namespace", namespace)
    bootstrap.namespace(engine, namespace)
    obj = defaulted(applied(manifest, namespace))
    match obj["kind"]:
        case "Pod":
            answer = create_pod(engine, obj)
            if isinstance(answer, Denied):
                raise UsageError(f"the simulated cluster refuses a pod: {answer.message}")
            return answer
        case "PersistentVolumeClaim":
            return create_claim(engine, obj)
        case "Service":
            _address(engine, obj)
        case "Job":
            _select(engine, obj)
        case "ResourceQuota":
            hard = obj["spec"].get("hard", {})
            obj["status"] = {"hard": hard, "used": dict.fromkeys(hard, "0")}
    return engine.create(obj)


def _address(engine: Engine, service: Object) -> None:
    """A cluster IP from 10.96.0.0/16, unless the Service is headless or has one."""
    spec = service["spec"]
    if spec["type"] == "ExternalName":
        return
    meta = service["metadata"]
    draw = rng(engine.seed, "service", meta["namespace"], meta["name"])
    address = spec.setdefault(
        "clusterIP", f"10.96.{draw.randrange(1, 255)}.{draw.randrange(1, 255)}"
    )
    spec["clusterIPs"] = [address]


def _select(engine: Engine, job: Object) -> None:
    """The labels and the selector with the Job's uid that the server generates."""
    meta = job["metadata"]
    meta["uid"] = uid(engine.seed, "Job", meta["namespace"], meta["name"])
    labels = {
        "batch.kubernetes.io/controller-uid": meta["uid"],
        "batch.kubernetes.io/job-name": meta["name"],
        "controller-uid": meta["uid"],
        "job-name": meta["name"],
    }
    template = job["spec"]["template"].setdefault("metadata", {})
    template["labels"] = {**copy.deepcopy(template.get("labels", {})), **labels}
    # the server copies the template's labels onto the Job
    meta["labels"] = {**template["labels"], **meta.get("labels", {})}
    own = "batch.kubernetes.io/controller-uid"
    job["spec"].setdefault("selector", {"matchLabels": {own: meta["uid"]}})
