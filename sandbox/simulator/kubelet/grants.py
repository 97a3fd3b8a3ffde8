"""What RBAC lets a pod's ServiceAccount do, and the API server's words when it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.simulator.access import Ask, Rule
from sandbox.simulator.engine import Engine
from sandbox.simulator.store import Object

_RBAC = "rbac.authorization.k8s.io"


def refusal(engine: Engine, pod: Object, wish: str) -> str | None:
    """The server's `message` when a pod may not do what it wishes; None when it may.

    A wish is `VERB RESOURCE`, with `.GROUP` and `/NAME` where they matter: `list pods`,
    `get configmaps/NAME`, `update leases.coordination.k8s.io`. It is about the pod's own namespace.
    """
    namespace = pod["metadata"]["namespace"]
    account = pod["spec"].get("serviceAccountName", "default")
    verb, _, what = wish.partition(" ")
    kind, _, name = what.partition("/")
    resource, _, group = kind.partition(".")
    ask = Ask(verb=verb, group=group, resource=resource, namespace=namespace, name=name)
    if any(rule.allows(ask) for rule in _rules(engine, namespace, account)):
        return None
    about = f'{kind} "{name}"' if name else kind
    return (
        f'{about} is forbidden: User "system:serviceaccount:{namespace}:{account}" cannot {verb} '
        f'resource "{resource}" in API group "{group}" in the namespace "{namespace}"'
    )


def _rules(engine: Engine, namespace: str, account: str) -> Iterator[Rule]:
    """The rules of all roles that are bound to a ServiceAccount and hold in its namespace."""
    bindings = [
        *engine.store.list(f"{_RBAC}/rolebindings", namespace),
        *engine.store.list(f"{_RBAC}/clusterrolebindings"),
    ]
    for binding in bindings:
        home = binding["metadata"].get("namespace")
        subjects = binding.get("subjects") or []
        if not any(_names(subject, home, namespace, account) for subject in subjects):
            continue
        role = binding["roleRef"]
        if role["kind"] == "Role":
            found = engine.store.get(f"{_RBAC}/roles", namespace, role["name"])
        else:
            found = engine.store.get(f"{_RBAC}/clusterroles", None, role["name"])
        for rule in (found or {}).get("rules") or []:
            yield Rule(
                verbs=tuple(rule.get("verbs") or ()),
                groups=tuple(rule.get("apiGroups") or ()),
                resources=tuple(rule.get("resources") or ()),
                names=tuple(rule.get("resourceNames") or ()),
            )


def _names(subject: Mapping[str, Any], home: str | None, namespace: str, account: str) -> bool:
    """Whether a subject of a binding is that ServiceAccount, or a group that holds it."""
    if subject["kind"] == "ServiceAccount":
        where = subject.get("namespace") or home
        return bool(subject["name"] == account and where == namespace)
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    if subject["kind"] == "Group":
        return subject["name"] in (*groups, "system:authenticated")
    return bool(subject["name"] == f"system:serviceaccount:{namespace}:{account}")
