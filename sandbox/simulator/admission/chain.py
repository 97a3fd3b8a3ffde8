"""The admission chain, in the server's order."""

from __future__ import annotations

from typing import NamedTuple

from sandbox.simulator import quotas
from sandbox.simulator.admission import (
    limits,
    namespaces,
    pods,
    podsecurity,
    priority,
    storage,
    webhooks,
)
from sandbox.simulator.admission.attributes import Attributes
from sandbox.simulator.defaults import defaulted
from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.resources import BY_KEY
from sandbox.simulator.store import Object


class Denied(NamedTuple):
    """The server said no."""

    message: str
    """As the server writes it, without `Error creating: `."""


def enter(engine: Engine, asked: Attributes) -> None:
    """NamespaceLifecycle, which comes before everything. Raises ApiFailure 403 and 404."""
    namespaces.check(engine, asked)


def mutated(engine: Engine, asked: Attributes) -> Object:
    """The object with what admission fills in; the one given is not changed. Raises ApiFailure."""
    if asked.creates("pods"):
        asked = asked._replace(obj=_new_pod(engine, asked))
    elif asked.creates("persistentvolumeclaims"):
        asked = asked._replace(obj=storage.with_class(engine, asked.obj))
    elif asked.creates("networking.k8s.io/ingresses"):
        asked = asked._replace(obj=storage.with_ingress_class(engine, asked.obj))
    elif asked.row.key == "scheduling.k8s.io/priorityclasses":
        priority.check_default(engine, asked)
    webhooks.call(engine, asked, "mutating")
    return asked.obj


def validated(engine: Engine, asked: Attributes) -> list[str]:
    """What refuses without changing; returns warnings for the client. Raises ApiFailure."""
    limits.check(engine, asked)
    if asked.row.key == "persistentvolumeclaims":
        storage.check_resize(engine, asked)
    warnings = podsecurity.check(engine, asked)
    webhooks.call(engine, asked, "validating")
    quotas.admit(engine, asked)
    return warnings


def settled(engine: Engine, asked: Attributes) -> None:
    """After the object is stored: quotas count it at once."""
    if asked.namespace and quotas.counts(asked.row):
        for quota in engine.store.list("resourcequotas", asked.namespace):
            quotas.refresh(engine, quota)


def create_pod(engine: Engine, pod: Object) -> Object | Denied:
    """Admit and store a controller's pod. `metadata.name` is set; the spec is the template's."""
    pod = defaulted(pod)
    asked = Attributes("CREATE", BY_KEY["pods"], pod, None)
    try:
        enter(engine, asked)
        asked = asked._replace(obj=mutated(engine, asked))
        validated(engine, asked)
    except ApiFailure as failure:
        return Denied(failure.message)
    stored = engine.create(asked.obj)
    settled(engine, asked)
    return stored


def _new_pod(engine: Engine, asked: Attributes) -> Object:
    """LimitRange defaults, service account, priority and tolerations."""
    pod = pods.owned(asked.obj)
    asked = asked._replace(obj=pod)
    account = pods.with_account(engine, asked)
    limits.fill(engine, asked)
    pods.with_token(engine, pod, account)
    priority.resolve(engine, asked)
    pods.with_tolerations(pod)
    pods.check_runtime_class(engine, asked)
    pod["status"] = {"phase": "Pending", "qosClass": pods.qos_class(pod["spec"])}
    return pod
