"""Kinds that make pods."""

from __future__ import annotations

from sandbox.simulator.defaults.parts import Json, child, each, fill, fill_empty, present
from sandbox.simulator.defaults.pods import pod_spec
from sandbox.simulator.store import Object

NO_LIMIT = 2**31 - 1
"""A Job with backoffLimitPerIndex has no other limit."""


def _template(spec: Json) -> None:
    pod_spec(child(spec, "template", "spec"))


def pod_template(obj: Object) -> None:
    """A PodTemplate, whose template is not in a spec."""
    _template(obj)


def deployment(obj: Object) -> None:
    """A Deployment."""
    spec = child(obj, "spec")
    fill(spec, progressDeadlineSeconds=600, replicas=1, revisionHistoryLimit=10)
    strategy = child(spec, "strategy")
    fill_empty(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        fill(child(strategy, "rollingUpdate"), maxSurge="25%", maxUnavailable="25%")
    _template(spec)


def replica_set(obj: Object) -> None:
    """A ReplicaSet."""
    spec = child(obj, "spec")
    fill(spec, replicas=1)
    _template(spec)


def controller(obj: Object) -> None:
    """A ReplicationController: its template's labels are its own and its selector."""
    spec = child(obj, "spec")
    fill(spec, replicas=1)
    if present(spec, "template") is None:
        return
    own = dict(present(child(spec, "template", "metadata"), "labels") or {})
    if own:
        fill_empty(spec, selector=own)
        fill_empty(child(obj, "metadata"), labels=dict(own))
    _template(spec)


def stateful_set(obj: Object) -> None:
    """A StatefulSet."""
    spec = child(obj, "spec")
    retention = child(spec, "persistentVolumeClaimRetentionPolicy")
    fill_empty(retention, whenDeleted="Retain", whenScaled="Retain")
    fill_empty(spec, podManagementPolicy="OrderedReady")
    fill(spec, replicas=1, revisionHistoryLimit=10)
    update = child(spec, "updateStrategy")
    fill_empty(update, type="RollingUpdate")
    if update["type"] == "RollingUpdate":
        fill(child(update, "rollingUpdate"), partition=0)
    _template(spec)
    for claim in each(spec, "volumeClaimTemplates"):
        fill_empty(claim, apiVersion="v1", kind="PersistentVolumeClaim")
        fill(child(claim, "spec"), volumeMode="Filesystem")
        fill(claim, status={"phase": "Pending"})


def daemon_set(obj: Object) -> None:
    """A DaemonSet."""
    spec = child(obj, "spec")
    fill(spec, revisionHistoryLimit=10)
    update = child(spec, "updateStrategy")
    fill_empty(update, type="RollingUpdate")
    if update["type"] == "RollingUpdate":
        fill(child(update, "rollingUpdate"), maxSurge=0, maxUnavailable=1)
    _template(spec)


def job(obj: Object) -> None:
    """A Job. Only one that says nothing of parallelism has a number of completions."""
    spec = child(obj, "spec")
    per_index = spec.get("backoffLimitPerIndex") is not None
    fill(
        spec,
        backoffLimit=NO_LIMIT if per_index else 6,
        completionMode="NonIndexed",
        manualSelector=False,
        podReplacementPolicy="Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed",
        suspend=False,
    )
    if spec.get("parallelism") is None:
        fill(spec, completions=1)
    fill(spec, parallelism=1)
    _template(spec)
    labels = present(child(spec, "template", "metadata"), "labels")
    if labels:
        fill_empty(child(obj, "metadata"), labels=dict(labels))


def cron_job(obj: Object) -> None:
    """A CronJob. Of its Jobs only the pods are filled in beforehand."""
    spec = child(obj, "spec")
    fill_empty(spec, concurrencyPolicy="Allow")
    fill(spec, failedJobsHistoryLimit=1, successfulJobsHistoryLimit=3, suspend=False)
    pod_spec(child(spec, "jobTemplate", "spec", "template", "spec"))
