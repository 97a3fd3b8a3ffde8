"""check: the rules that an object of its kind must keep.

One row per kind: what a new object must keep, and what a change may not do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object
from sandbox.simulator.validation import (
    batch,
    claims,
    config,
    definitions,
    limits,
    network,
    podspec,
    podupdate,
    policy,
    rbac,
    services,
    storage,
    workloads,
)
from sandbox.simulator.validation.customrules import custom
from sandbox.simulator.validation.fields import mapping
from sandbox.simulator.validation.meta import meta_update, object_meta
from sandbox.simulator.validation.problem import Problem

CreateRule = Callable[[Object], Iterator[Problem]]
UpdateRule = Callable[[Object, Object], Iterator[Problem]]


def _pod_template(obj: Object) -> Iterator[Problem]:
    yield from podspec.template(obj, "")


CREATE: dict[str, CreateRule] = {
    "ClusterRole": rbac.cluster_role,
    "ClusterRoleBinding": rbac.cluster_role_binding,
    "ConfigMap": config.config_map,
    "CronJob": batch.cron_job,
    "CustomResourceDefinition": definitions.definition,
    "DaemonSet": workloads.daemon_set,
    "Deployment": workloads.deployment,
    "Event": limits.event,
    "HorizontalPodAutoscaler": policy.autoscaler,
    "Ingress": network.ingress,
    "IngressClass": network.ingress_class,
    "Job": batch.job,
    "LimitRange": limits.limit_range,
    "NetworkPolicy": network.network_policy,
    "Node": limits.node,
    "PersistentVolume": storage.volume,
    "PersistentVolumeClaim": claims.claim,
    "Pod": podupdate.pod,
    "PodDisruptionBudget": policy.disruption_budget,
    "PodTemplate": _pod_template,
    "PriorityClass": policy.priority_class,
    "ReplicaSet": workloads.replica_set,
    "ReplicationController": workloads.controller,
    "ResourceQuota": limits.resource_quota,
    "Role": rbac.role,
    "RoleBinding": rbac.role_binding,
    "Secret": config.secret,
    "Service": services.service,
    "StatefulSet": workloads.stateful_set,
    "StorageClass": storage.storage_class,
}
"""Built-in kind -> the rules beyond metadata."""

UPDATE: dict[str, UpdateRule] = {
    "ClusterRoleBinding": rbac.binding_update,
    "ConfigMap": config.frozen,
    "CustomResourceDefinition": definitions.definition_update,
    "DaemonSet": workloads.selector_update,
    "Deployment": workloads.selector_update,
    "IngressClass": network.ingress_class_update,
    "Job": batch.job_update,
    "PersistentVolume": storage.volume_update,
    "PersistentVolumeClaim": claims.claim_update,
    "Pod": podupdate.pod_update,
    "PriorityClass": policy.priority_class_update,
    "ReplicaSet": workloads.selector_update,
    "ResourceQuota": limits.resource_quota_update,
    "RoleBinding": rbac.binding_update,
    "Secret": config.secret_update,
    "Service": services.service_update,
    "StatefulSet": workloads.stateful_set_update,
    "StorageClass": storage.storage_class_update,
}
"""Built-in kind -> what may not change beyond metadata."""


def check(row: Resource, new: Object, old: Object | None) -> list[Problem]:
    """Every problem of a new object, or of the change from `old` to `new`; empty when it is fine.

    `new` went through strict() and defaulted(). A change is not blamed for what was wrong before:
    stored objects may come from a recording that leaves things out.
    """
    if old is None:
        return _unique(_whole(row, new, None))
    found = list(meta_update(mapping(new, "metadata"), mapping(old, "metadata")))
    if not row.custom and row.kind in UPDATE:
        found += UPDATE[row.kind](new, old)
    if not _same(new, old):
        known = set(_whole(row, old, None))
        found += [problem for problem in _whole(row, new, old) if problem not in known]
    return _unique(found)


def _whole(row: Resource, obj: Object, old: Object | None) -> Iterator[Problem]:
    yield from object_meta(row, mapping(obj, "metadata"))
    if row.custom:
        if row.schema is not None:
            yield from custom(obj, row.schema, old)
    elif row.kind in CREATE:
        yield from CREATE[row.kind](obj)


def _same(new: Object, old: Object) -> bool:
    """Whether nothing but the status changed."""
    keys = (set(new) | set(old)) - {"status"}
    return all(new.get(key) == old.get(key) for key in keys)


def _unique(problems: Iterator[Problem] | list[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))
