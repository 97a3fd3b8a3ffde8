"""Intake: alert labels or words -> Incident with a scope whose names were held against the cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping

from agent.case import Intake, Missing
from agent.incident import Incident, Scope
from agent.question import home_of, named_objects, namespace_with
from agent.request import Request
from sandbox.cluster import ClusterView
from sandbox.discovery import ResourceKind
from tools.errors import UsageError
from tools.objects import ObjectRef
from tools.suggest import closest

OBJECT_LABELS = {
    "pod": "Pod",
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "job_name": "Job",
    "cronjob": "CronJob",
    "persistentvolumeclaim": "PersistentVolumeClaim",
    "horizontalpodautoscaler": "HorizontalPodAutoscaler",
    "poddisruptionbudget": "PodDisruptionBudget",
    "resourcequota": "ResourceQuota",
    "service": "Service",
    "node": "Node",
}
"""Alert label -> kind, the most specific first. `container` narrows a pod down."""
EXPORTER = re.compile(
    r"(^|[-/])(kube-state-metrics|kubelet|node-exporter|prometheus|alertmanager|cadvisor|blackbox-exporter)(-|$)"
)
"""Names of scrape targets: labels with these may say who measured, not what is wrong."""
TARGET_LABELS = ("pod", "service", "container")
"""Labels, beside job, that Prometheus attaches for the scrape target."""
OPTIONAL = frozenset({"service", "pod"})
"""Labels that Prometheus itself may have attached; absent objects under these are no news."""
POD_OWNERS = (("Deployment", 2), ("StatefulSet", 1), ("DaemonSet", 1), ("Job", 1), ("CronJob", 2))
"""Kinds that name their pods after themselves, and how many words they append."""
MAX_REVIEWED = 20
"""Namespaces whose rights are looked up one by one where a list of all pods is not allowed."""
MAX_OPEN = 4
"""Of these, namespaces that are looked at: each takes four moves before any candidate is known."""


def take_in(request: Request, view: ClusterView, default_namespace: str) -> Intake:
    """The incident of a request. Raises UsageError for a -n that contradicts the alert's namespace."""
    alerts = sorted(request.alerts, key=lambda alert: alert.status == "resolved")
    labels = own_labels(alerts[0].labels) if alerts else {}
    home = _home(request, labels, view, default_namespace)
    if home is None and alerts and not request.all_namespaces:
        home = _labelled_home(labels, view)
    trigger = "alert" if alerts else "question" if request.question else "scan"
    everywhere = request.all_namespaces or home is None
    scope = Scope(
        namespaces=[] if everywhere or home is None else [home],
        all_namespaces=everywhere,
        container=labels.get("container"),
    )
    incident = Incident(trigger=trigger, alerts=alerts, question=request.question, scope=scope)
    intake = Intake(incident=incident)
    if home is not None and view.find("namespaces", None, home) is False:
        ref = ObjectRef(kind="Namespace", name=home)
        near = closest(home, view.namespaces().names, 3)
        intake.missing.append(Missing(object=ref, nearest=near))
        return intake
    if everywhere:
        _narrow(view, home or default_namespace, intake)
    if alerts:
        _label_objects(labels, home, view, intake)
    elif request.question:
        scope.objects.extend(named_objects(request.question, scope.namespaces, view))
        if not scope.objects:
            where = ", ".join(scope.namespaces) or "the cluster"
            intake.blind_spots.append(
                f"No word of the question names an object in {where}; all of it was looked over."
            )
    _count(scope.namespaces, view, intake)
    return intake


def own_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that say what is wrong, without those that say who measured it.

    Where an exporter's own labels collide with those of what it measured, Prometheus keeps the latter
    as exported_pod, exported_namespace and so on (unless honor_labels is set).
    """
    found = {key: value for key, value in labels.items() if value}
    job = found.get("job", "")
    own = [label for label in TARGET_LABELS if _is_exporter(found.get(label, ""), job)]
    measured = bool(own) or _is_exporter(job, job)
    for label in own:
        del found[label]
    for label, value in labels.items():
        plain = label.removeprefix("exported_")
        if plain != label and value and (measured or plain not in found):
            found[plain] = value
    return found


def _is_exporter(value: str, job: str) -> bool:
    """Whether a label names the scrape target: it is called like an exporter, and like the job."""
    match = EXPORTER.search(value)
    return match is not None and (not job or match[2] in job)


def _home(
    request: Request, labels: Mapping[str, str], view: ClusterView, default: str
) -> str | None:
    """The one namespace that a request is about; None for a cluster-wide one."""
    labelled = labels.get("namespace")
    written = [alert.labels.get("namespace") for alert in request.alerts[:1]] + [labelled]
    if request.namespace and labelled and request.namespace not in written:
        raise UsageError(
            f"-n {request.namespace} contradicts the alert's namespace {labelled}",
            "leave out -n, or correct the label",
        )
    if request.namespace or labelled:
        return request.namespace or labelled
    if request.all_namespaces or request.alerts:
        return None
    if request.question:
        return home_of(request.question, default, view)
    return default


def _labelled_home(labels: Mapping[str, str], view: ClusterView) -> str | None:
    """The namespace of the object that an alert without namespace names, when there is one."""
    for label, kind_name in OBJECT_LABELS.items():
        kind = view.resolve(kind_name)
        if label in labels and kind is not None and kind.namespaced:
            found = namespace_with(kind, {labels[label]}, view)
            if found is not None:
                return found
    return None


def _narrow(view: ClusterView, default: str, intake: Intake) -> None:
    """A cluster-wide scope becomes the namespaces whose pods the identity may list, if not all."""
    pods = view.resolve("pods")
    if pods is None or view.can("list", pods, None) is not False:
        return
    known = sorted(view.namespaces().names - {default})
    may = [
        namespace
        for namespace in [default, *known][:MAX_REVIEWED]
        if view.rules(namespace).allows("list", pods.group, pods.plural)
    ]
    intake.blind_spots.append("RBAC does not allow list pods in all namespaces.")
    if not may:
        return
    scope = intake.incident.scope
    scope.namespaces, scope.all_namespaces = may[:MAX_OPEN], False
    only = f"Only {', '.join(scope.namespaces)} could be looked at, not the whole cluster."
    intake.blind_spots.append(only)


def _label_objects(
    labels: Mapping[str, str], namespace: str | None, view: ClusterView, intake: Intake
) -> None:
    """Objects named by labels: those that exist go into the scope; absent ones are news."""
    for label, kind_name in OBJECT_LABELS.items():
        name = labels.get(label)
        if not name:
            continue
        kind = view.resolve(kind_name)
        if kind is None:
            continue
        if kind.namespaced and namespace is None:
            # Looked for in every namespace before, see _labelled_home.
            everywhere = view.names(kind, None)
            if label not in OPTIONAL and everywhere.complete:
                near = closest(name, everywhere.names, 3)
                intake.missing.append(
                    Missing(object=ObjectRef(kind=kind_name, name=name), nearest=near)
                )
            continue
        ref = ObjectRef(kind=kind_name, namespace=namespace if kind.namespaced else None, name=name)
        exists = view.find(kind, namespace, name)
        if exists is not False:
            intake.incident.scope.objects.append(ref)
        elif label == "pod":
            if not _replaced_pod(ref, view, intake):
                intake.blind_spots.append(
                    f"{ref} does not exist (any more); its namespace was looked over."
                )
        elif label not in OPTIONAL:
            near = closest(name, view.names(kind, ref.namespace).names, 3)
            intake.missing.append(Missing(object=ref, nearest=near))


def _replaced_pod(ref: ObjectRef, view: ClusterView, intake: Intake) -> bool:
    """A pod that is gone: the workload that made it, found by its name, stands for it, if any."""
    parts = ref.name.split("-")
    for kind_name, cut in POD_OWNERS:
        name = "-".join(parts[:-cut])
        kind = view.resolve(kind_name)
        if name and kind is not None and view.find(kind, ref.namespace, name):
            owner = ObjectRef(kind=kind_name, namespace=ref.namespace, name=name)
            if owner not in intake.incident.scope.objects:
                intake.incident.scope.objects.append(owner)
            return True
    return False


def _count(namespaces: list[str], view: ClusterView, intake: Intake) -> None:
    """How many pods there are, so that a large namespace is read as a table first."""
    kind: ResourceKind | None = view.resolve("pods")
    if kind is None:
        return
    for namespace in namespaces:
        listed = view.names(kind, namespace)
        intake.counts[f"{namespace}/Pod"] = len(listed.names)
        if listed.denied:
            intake.blind_spots.append(f"RBAC does not allow list pods in namespace {namespace}.")
