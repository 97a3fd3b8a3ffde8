"""Rows of the workload kinds: deployments, replica sets, jobs and their relatives."""

from __future__ import annotations

from datetime import datetime

from sandbox.simulator.durations import human, parse, since
from sandbox.simulator.selectors import label_selector_text
from sandbox.simulator.table import (
    NONE,
    UNSET,
    Cells,
    Object,
    Printer,
    age,
    columns,
    containers_of,
    format_labels,
    name_of,
)

_WIDE = "Containers|Images|Selector"


def _parts(obj: Object) -> tuple[Object, Object]:
    return obj.get("spec") or {}, obj.get("status") or {}


def _wide(spec: Object) -> Cells:
    names, images = containers_of(spec.get("template") or {})
    return [names, images, label_selector_text(spec.get("selector")) or NONE]


def _deployment(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    return [
        name_of(obj),
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age(obj, now),
        *_wide(spec),
    ]


def _replica_set(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    return [
        name_of(obj),
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age(obj, now),
        *_wide(spec),
    ]


def _replication_controller(obj: Object, now: datetime) -> Cells:
    spec = obj.get("spec") or {}
    return [*_replica_set(obj, now)[:-1], format_labels(spec.get("selector"))]


def _stateful_set(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [name_of(obj), ready, age(obj, now), *_wide(spec)[:2]]


def _daemon_set(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    pod = (spec.get("template") or {}).get("spec") or {}
    return [
        name_of(obj),
        status.get("desiredNumberScheduled", 0),
        status.get("currentNumberScheduled", 0),
        status.get("numberReady", 0),
        status.get("updatedNumberScheduled", 0),
        status.get("numberAvailable", 0),
        format_labels(pod.get("nodeSelector")),
        age(obj, now),
        *_wide(spec),
    ]


# First match wins: a job that failed while being deleted still reads Failed.
_JOB_WORDS = (
    ("Complete", "Complete"),
    ("Failed", "Failed"),
    ("", "Terminating"),
    ("Suspended", "Suspended"),
    ("FailureTarget", "FailureTarget"),
    ("SuccessCriteriaMet", "SuccessCriteriaMet"),
)


def _job_status(obj: Object) -> str:
    conditions = (obj.get("status") or {}).get("conditions") or []
    true = {item.get("type") for item in conditions if item.get("status") == "True"}
    if (obj.get("metadata") or {}).get("deletionTimestamp"):
        true.add("")
    return next((word for kind, word in _JOB_WORDS if kind in true), "Running")


def _job(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    succeeded = status.get("succeeded", 0)
    parallelism = spec.get("parallelism", 0)
    if spec.get("completions") is not None:
        done = f"{succeeded}/{spec['completions']}"
    elif parallelism > 1:
        done = f"{succeeded}/1 of {parallelism}"
    else:
        done = f"{succeeded}/1"
    return [
        name_of(obj),
        _job_status(obj),
        done,
        _job_duration(status, now),
        age(obj, now),
        *_wide(spec),
    ]


def _job_duration(status: Object, now: datetime) -> str:
    start = parse(status.get("startTime") or "")
    if start is None:
        return ""
    end = parse(status.get("completionTime") or "") or now
    return human((end - start).total_seconds())


def _cron_job(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    last = status.get("lastScheduleTime")
    suspend = spec.get("suspend")
    return [
        name_of(obj),
        spec.get("schedule", ""),
        spec.get("timeZone") or NONE,
        UNSET if suspend is None else str(bool(suspend)),
        len(status.get("active") or []),
        since(last, now) if last else NONE,
        age(obj, now),
        *_wide((spec.get("jobTemplate") or {}).get("spec") or {}),
    ]


def _percent(current: object, target: object) -> str:
    now = f"{current}%" if current is not None else "<unknown>"
    return f"{now}/{target}%" if target is not None else f"{now}/<auto>"


_METRIC_SOURCES = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}


def _metric(spec: Object, status: Object) -> str:
    source = _METRIC_SOURCES.get(str(spec.get("type")))
    if source is None:
        return "<unknown type>"
    wanted, found = spec.get(source) or {}, status.get(source) or {}
    target, current = wanted.get("target") or {}, found.get("current") or {}
    if source in ("resource", "containerResource"):
        name = f"{wanted.get('name')}: "
        if target.get("averageValue") is None:
            utilization = current.get("averageUtilization")
            return name + _percent(utilization, target.get("averageUtilization"))
        return f"{name}{current.get('averageValue', '<unknown>')}/{target['averageValue']}"
    if target.get("averageValue") is not None:
        text = f"{current.get('averageValue', '<unknown>')}/{target['averageValue']}"
        return text if source == "pods" else f"{text} (avg)"
    return f"{current.get('value', '<unknown>')}/{target.get('value')}"


def _metrics(spec: Object, status: Object) -> str:
    wanted = spec.get("metrics") or []
    found = [*(status.get("currentMetrics") or []), *([{}] * len(wanted))]
    shown = [_metric(item, found[at]) for at, item in enumerate(wanted)]
    if len(shown) > 2:
        return f"{', '.join(shown[:2])} + {len(shown) - 2} more..."
    return ", ".join(shown) or NONE


def _autoscaler(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    target = spec.get("scaleTargetRef") or {}
    least = spec.get("minReplicas")
    return [
        name_of(obj),
        f"{target.get('kind')}/{target.get('name')}",
        _metrics(spec, status),
        UNSET if least is None else str(least),
        spec.get("maxReplicas", 0),
        status.get("currentReplicas", 0),
        age(obj, now),
    ]


def _disruption_budget(obj: Object, now: datetime) -> Cells:
    spec, status = _parts(obj)
    return [
        name_of(obj),
        str(spec.get("minAvailable", "N/A")),
        str(spec.get("maxUnavailable", "N/A")),
        status.get("disruptionsAllowed", 0),
        age(obj, now),
    ]


def _revision(obj: Object, now: datetime) -> Cells:
    owners = (obj.get("metadata") or {}).get("ownerReferences") or []
    owner = next((item for item in owners if item.get("controller")), None)
    shown = NONE
    if owner:
        group = str(owner.get("apiVersion", "")).rpartition("/")[0]
        kind = str(owner.get("kind", "")).lower()
        shown = f"{kind}.{group}/{owner.get('name')}" if group else f"{kind}/{owner.get('name')}"
    return [name_of(obj), shown, obj.get("revision", 0), age(obj, now)]


_INTS = {"desired": "integer", "current": "integer", "ready": "integer"}
_REPLICAS = columns("Name|Desired|Current|Ready|Age", _WIDE, **_INTS)

PRINTERS: dict[str, Printer] = {
    "apps/deployments": Printer(
        columns("Name|Ready|Up-to-date|Available|Age", _WIDE),
        _deployment,
    ),
    "apps/replicasets": Printer(_REPLICAS, _replica_set),
    "replicationcontrollers": Printer(_REPLICAS, _replication_controller),
    "apps/statefulsets": Printer(columns("Name|Ready|Age", "Containers|Images"), _stateful_set),
    "apps/daemonsets": Printer(
        columns(
            "Name|Desired|Current|Ready|Up-to-date|Available|Node Selector|Age",
            _WIDE,
            up_to_date="integer",
            available="integer",
            **_INTS,
        ),
        _daemon_set,
    ),
    "batch/jobs": Printer(columns("Name|Status|Completions|Duration|Age", _WIDE), _job),
    "batch/cronjobs": Printer(
        columns(
            "Name|Schedule|Timezone|Suspend|Active|Last Schedule|Age",
            _WIDE,
            suspend="boolean",
            active="integer",
        ),
        _cron_job,
    ),
    "autoscaling/horizontalpodautoscalers": Printer(
        columns("Name|Reference|Targets|MinPods|MaxPods|Replicas|Age"), _autoscaler
    ),
    "policy/poddisruptionbudgets": Printer(
        columns(
            "Name|Min Available|Max Unavailable|Allowed Disruptions|Age",
            allowed_disruptions="integer",
        ),
        _disruption_budget,
    ),
    "apps/controllerrevisions": Printer(
        columns("Name|Controller|Revision|Age", revision="integer"), _revision
    ),
}
