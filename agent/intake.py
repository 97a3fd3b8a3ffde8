"""Intake: alert labels or words -> Incident with a scope whose names were held against the cluster."""

from __future__ import annotations

import re

from agent.case import Intake, Missing
from agent.incident import Alert, Incident, Scope
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
    r"(^|-)(kube-state-metrics|kubelet|node-exporter|prometheus|alertmanager|cadvisor|blackbox-exporter)(-|$)"
)
"""Names of scrape targets: labels with these say who measured, not what is wrong."""
OPTIONAL = frozenset({"service", "pod"})
"""Labels that Prometheus itself may have attached; absent objects under these are no news."""
QUESTION_KINDS = (
    "deployments",
    "statefulsets",
    "daemonsets",
    "services",
    "jobs",
    "cronjobs",
    "pods",
)
WORD = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)


def take_in(request: Request, view: ClusterView, default_namespace: str) -> Intake:
    """The incident of a request. Raises UsageError for a -n that contradicts the alert's namespace."""
    alert = request.alerts[0] if request.alerts else None
    trigger = "alert" if request.alerts else "question" if request.question else "scan"
    namespaces = _namespaces(request, alert, view, default_namespace)
    scope = Scope(
        namespaces=namespaces,
        all_namespaces=not namespaces,
        container=alert.labels.get("container") if alert else None,
    )
    incident = Incident(
        trigger=trigger, alerts=request.alerts, question=request.question, scope=scope
    )
    intake = Intake(incident=incident)
    known = view.namespaces()
    for namespace in namespaces:
        if _namespace_missing(view, namespace):
            ref = ObjectRef(kind="Namespace", name=namespace)
            intake.missing.append(Missing(object=ref, nearest=closest(namespace, known.names, 3)))
    if intake.missing:
        return intake
    if alert is not None:
        _label_objects(alert, namespaces, view, intake)
    elif request.question:
        scope.objects.extend(_question_objects(request.question, namespaces, view))
    _count(namespaces, view, intake)
    return intake


def _namespaces(
    request: Request, alert: Alert | None, view: ClusterView, default: str
) -> list[str]:
    labels = alert.labels if alert else {}
    labelled = labels.get("exported_namespace") or labels.get("namespace")
    if "namespace" in labels and not EXPORTER.search(labels.get("pod", "") + labels.get("job", "")):
        labelled = labels["namespace"]
    if request.namespace and labelled and request.namespace != labelled:
        raise UsageError(
            f"-n {request.namespace} contradicts the alert's namespace {labelled}",
            "leave out -n, or correct the label",
        )
    chosen = request.namespace or labelled
    if chosen:
        return [chosen]
    if request.all_namespaces or alert is not None:
        return []
    if request.question:
        named = [w.group() for w in WORD.finditer(request.question)]
        found = [word for word in named if word in view.namespaces().names]
        return found[:1] or [default]
    return [default]


def _namespace_missing(view: ClusterView, namespace: str) -> bool:
    return view.find("namespaces", None, namespace) is False


def _label_objects(alert: Alert, namespaces: list[str], view: ClusterView, intake: Intake) -> None:
    """Objects named by labels: those that exist go into the scope, the first that does not is news."""
    namespace = namespaces[0] if namespaces else None
    for label, kind_name in OBJECT_LABELS.items():
        name = alert.labels.get(label)
        if not name or EXPORTER.search(name):
            continue
        kind = view.resolve(kind_name)
        if kind is None or (kind.namespaced and namespace is None):
            continue
        ref = ObjectRef(kind=kind_name, namespace=namespace if kind.namespaced else None, name=name)
        exists = view.find(kind, namespace, name)
        if exists is not False:
            intake.incident.scope.objects.append(ref)
        elif label == "pod":
            _replaced_pod(ref, view, intake)
        elif label not in OPTIONAL:
            near = closest(name, view.names(kind, ref.namespace).names, 3)
            intake.missing.append(Missing(object=ref, nearest=near))


def _replaced_pod(ref: ObjectRef, view: ClusterView, intake: Intake) -> None:
    """A pod that is gone: its Deployment, StatefulSet or DaemonSet, found by its name, stands for it."""
    parts = ref.name.split("-")
    for kind_name, cut in (("Deployment", 2), ("StatefulSet", 1), ("DaemonSet", 1), ("Job", 1)):
        name = "-".join(parts[:-cut])
        kind = view.resolve(kind_name)
        if name and kind is not None and view.find(kind, ref.namespace, name):
            owner = ObjectRef(kind=kind_name, namespace=ref.namespace, name=name)
            if owner not in intake.incident.scope.objects:
                intake.incident.scope.objects.append(owner)
            return


def _question_objects(question: str, namespaces: list[str], view: ClusterView) -> list[ObjectRef]:
    """Objects of the scope that the question names word for word."""
    words = {match.group().lower() for match in WORD.finditer(question)}
    found: list[ObjectRef] = []
    for namespace in namespaces:
        for resource in QUESTION_KINDS:
            kind = view.resolve(resource)
            if kind is None:
                continue
            names = view.names(kind, namespace).names & words
            found += [
                ObjectRef(kind=kind.kind, namespace=namespace, name=name) for name in sorted(names)
            ]
    return found


def _count(namespaces: list[str], view: ClusterView, intake: Intake) -> None:
    """How many pods there are, so that a large namespace is read as a table first."""
    kind: ResourceKind | None = view.resolve("pods")
    if kind is None:
        return
    for namespace in namespaces:
        listed = view.names(kind, namespace)
        intake.counts[f"{namespace}/Pod"] = len(listed.names)
        if listed.denied:
            intake.blind_spots.append(f"RBAC hides the list of pods in namespace {namespace}.")
