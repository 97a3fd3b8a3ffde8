"""Admission webhooks: those that cannot be reached stop the writes they stand for.

A webhook whose service has endpoints is taken to allow everything: what its program would say is
unknown. matchConditions are taken to hold.
"""

from __future__ import annotations

from typing import Any, Literal

from sandbox.simulator.admission.attributes import Attributes
from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import ApiFailure, bad_request
from sandbox.simulator.selectors import label_selector_matches
from sandbox.simulator.store import Object

_KEYS = {
    "mutating": "admissionregistration.k8s.io/mutatingwebhookconfigurations",
    "validating": "admissionregistration.k8s.io/validatingwebhookconfigurations",
}
_EXEMPT = frozenset(
    {
        *_KEYS.values(),
        "authentication.k8s.io/tokenreviews",
        "authorization.k8s.io/subjectaccessreviews",
    }
)
DEFAULT_TIMEOUT = 10
"""timeoutSeconds of a webhook that names none."""


def call(engine: Engine, asked: Attributes, phase: Literal["mutating", "validating"]) -> None:
    """Call the webhooks that a write concerns.

    Raises ApiFailure 500 in the server's words when one cannot be reached and its failurePolicy is
    Fail, 400 when one has side effects and the write is a dry run.
    """
    configurations = engine.store.list(_KEYS[phase])
    if not configurations or asked.row.key in _EXEMPT:
        return
    for configuration in configurations:
        for hook in configuration.get("webhooks") or []:
            if not _concerns(engine, hook, asked):
                continue
            if asked.dry_run and hook.get("sideEffects") not in ("None", "NoneOnDryRun"):
                text = f'admission webhook "{hook.get("name")}" does not support dry run'
                raise bad_request(text)
            why = _unreachable(engine, hook)
            if why and hook.get("failurePolicy", "Fail") == "Fail":
                raise _failure(f'failed calling webhook "{hook.get("name")}": {why}')


def _failure(why: str) -> ApiFailure:
    message = f"Internal error occurred: {why}"
    return ApiFailure(500, "InternalError", message, {"causes": [{"message": why}]})


def _concerns(engine: Engine, hook: Object, asked: Attributes) -> bool:
    if not any(_matches(rule, asked) for rule in hook.get("rules") or []):
        return False
    shown = (asked.obj,) if asked.old is None else (asked.obj, asked.old)
    if not any(_selected(hook.get("objectSelector"), obj) for obj in shown):
        return False
    if asked.row.key == "namespaces":
        return _selected(hook.get("namespaceSelector"), asked.obj)
    if not asked.namespace:
        return True
    namespace = engine.store.get("namespaces", None, asked.namespace)
    return _selected(hook.get("namespaceSelector"), namespace or {})


def _matches(rule: Object, asked: Attributes) -> bool:
    row = asked.row
    scope = rule.get("scope", "*")
    if scope == ("Cluster" if row.namespaced else "Namespaced"):
        return False
    resource = f"{row.plural}/{asked.sub}" if asked.sub else row.plural
    wild = {"*/*", f"{row.plural}/*", f"*/{asked.sub}"} if asked.sub else {"*", "*/*"}
    return (
        bool({"*", asked.operation} & set(rule.get("operations") or []))
        and bool({"*", row.group} & set(rule.get("apiGroups") or []))
        and bool({"*", row.version} & set(rule.get("apiVersions") or []))
        and bool({resource, *wild} & set(rule.get("resources") or []))
    )


def _selected(selector: Any, obj: Object) -> bool:
    labels = (obj.get("metadata") or {}).get("labels") or {}
    return not selector or label_selector_matches(selector, labels)


def _unreachable(engine: Engine, hook: Object) -> str:
    """Why a call fails, in the words of the server's HTTP client; empty when it does not."""
    client = hook.get("clientConfig") or {}
    service = client.get("service")
    timeout = hook.get("timeoutSeconds") or DEFAULT_TIMEOUT
    if not service:
        return ""
    namespace, name = str(service.get("namespace")), str(service.get("name"))
    path = "/" + str(service.get("path") or "").lstrip("/")
    url = f"https://{name}.{namespace}.svc:{service.get('port') or 443}{path}?timeout={timeout}s"
    if engine.store.get("services", namespace, name) is None:
        why = f'service "{name}" not found'
    elif not _has_endpoints(engine, namespace, name):
        why = f'no endpoints available for service "{name}"'
    else:
        return ""
    return f'failed to call webhook: Post "{url}": {why}'


def _has_endpoints(engine: Engine, namespace: str, name: str) -> bool:
    for item in engine.store.list("discovery.k8s.io/endpointslices", namespace):
        labels = item["metadata"].get("labels") or {}
        if labels.get("kubernetes.io/service-name") != name:
            continue
        for endpoint in item.get("endpoints") or []:
            if (endpoint.get("conditions") or {}).get("ready") is not False:
                return True
    return False
