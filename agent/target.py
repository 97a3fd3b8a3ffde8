"""Target: the cluster a run looks at, opened: a kubeconfig's context or a simulated cluster."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from agent.case import Intake
from agent.hands import LiveHands
from agent.harvesting import Harvest, is_packed
from agent.reportparts import ClusterInfo
from agent.request import Request
from agent.runs import RunFolder
from agent.settings import Settings
from sandbox.cluster import ClusterView
from sandbox.gate import Gate
from tools.errors import ProgramError, UsageError
from tools.kubeconfig import ClusterAccess, open_access
from tools.kubectl import treecache
from tools.kubectl.policy import Policy, PolicyScope
from tools.kubectl.tree import CommandTree
from tools.ladder import Ladder
from tools.process import Program, best_kubectl, find
from tools.redact import Redactor
from tools.runner import Runner

SYSTEM = frozenset({"kube-system"})
"""Where the cluster's own DNS and metrics server run."""


@dataclass
class Target:
    """Everything that a run needs of one cluster."""

    access: ClusterAccess
    view: ClusterView
    info: ClusterInfo
    kubectl: Path
    ladder: Ladder
    folder: Path
    """Private scratch folder, removed at the end."""
    cancel: threading.Event
    settings: Settings
    request: Request
    """As asked for, with what a scenario adds (namespace, alert labels)."""
    redactor: Redactor
    """One for the run, so that a secret keeps its mask."""
    promtool: Path | None = None
    """None when it is not installed, or there is no Prometheus to ask."""
    degraded: list[str] = field(default_factory=list)

    def scope(self, intake: Intake) -> PolicyScope:
        """Where moves may look: the run's namespaces, or everywhere for a cluster-wide incident.

        Whether the cluster's DNS and metrics are up may always be seen: every namespace needs them.
        """
        scope = intake.incident.scope
        own = None if scope.all_namespaces else frozenset(scope.namespaces)
        return PolicyScope(own, system=SYSTEM)

    def gate(self, intake: Intake) -> Gate:
        """The gate for the scope that intake found."""
        asked = frozenset(intake.incident.scope.objects)
        return Gate(
            self.ladder,
            self.view,
            self.scope(intake),
            asked=asked,
            namespace=self.access.namespace,
            prometheus=self.promtool is not None,
        )

    def hands(self, intake: Intake) -> LiveHands:
        """What runs moves in that scope."""
        runner = Runner(
            self.kubectl,
            self.access,
            self.ladder,
            self.scope(intake),
            self.folder,
            promtool=self.promtool,
            prometheus_url=self.settings.prometheus_url,
            redactor=self.redactor,
        )
        return LiveHands(runner, self.view, self.cancel)


@contextmanager
def open_target(
    request: Request, settings: Settings, run: RunFolder, cancel: threading.Event
) -> Iterator[Target]:
    """Open the cluster of a request; closes and removes all credentials at the end.

    Raises ClusterError, ProgramError (no kubectl) or UsageError (unknown scenario).
    """
    binary = find(Program.kubectl, settings.environ.get("PATH", ""))
    with ExitStack() as stack:
        folder = stack.enter_context(run.scratch())
        if request.cluster:
            from sandbox.simulator.launch import launch

            at = run.meta.virtual_time
            moment = datetime.fromisoformat(at) if at else datetime.now(UTC)
            if at is None:
                run.update(virtual_time=moment.isoformat())
            running = stack.enter_context(launch(request.cluster, folder, at=moment))
            instance = running.instance
            request = _with_scenario(request, instance.namespace, instance.alert)
            access = open_access(running.kubeconfig, None, folder, {})
        else:
            access = open_access(request.kubeconfig, request.context, folder, settings.environ)
        stack.enter_context(access)
        _same_cluster(request, run, access)
        redactor = Redactor(key=run.mask_key())
        yield _target(request, settings, access, binary, folder, cancel, redactor, stack)


def _same_cluster(request: Request, run: RunFolder, access: ClusterAccess) -> None:
    """Remember the cluster of a new run; a resumed one must not go on in another."""
    before = run.meta
    if before.server and before.server != access.server and not request.cluster:
        raise UsageError(
            f"run {run.run_id} looked at {before.server}, the kubeconfig now leads to {access.server}",
            f"go back to its context: kubectl config use-context {before.target}",
        )
    run.update(server=access.server, target=request.cluster or access.context)


def _with_scenario(request: Request, namespace: str, labels: dict[str, str]) -> Request:
    """Fill in what the scenario knows: its alert when nothing was asked, else its namespace."""
    from agent.incident import Alert

    if not request.alerts and not request.question and request.namespace is None:
        return request.model_copy(update={"alerts": [Alert(labels=labels)]})
    alerts = request.alerts
    if alerts and request.namespace is None and set(alerts[0].labels) <= {"alertname"}:
        # Only a name was given; the scenario's own labels say where.
        own = labels | {"alertname": alerts[0].name}
        alerts = [alerts[0].model_copy(update={"labels": own}), *alerts[1:]]
        return request.model_copy(update={"alerts": alerts})
    if request.namespace is None and not any("namespace" in alert.labels for alert in alerts):
        return request.model_copy(update={"namespace": namespace})
    return request


def _target(
    request: Request,
    settings: Settings,
    access: ClusterAccess,
    binary: Path,
    folder: Path,
    cancel: threading.Event,
    redactor: Redactor,
    stack: ExitStack,
) -> Target:
    view = ClusterView(access.api)
    version = view.version
    kubectl = best_kubectl(binary, version)
    tree, source = treecache.quick(kubectl, settings.cache_dir)
    info = ClusterInfo(
        context=request.cluster or access.context,
        server=access.server,
        server_version=version,
        simulated=request.cluster is not None or view.simulated,
        kubeconfig=str(request.kubeconfig.absolute()) if request.kubeconfig else None,
    )
    target = Target(
        access=access,
        view=view,
        info=info,
        kubectl=kubectl,
        ladder=Ladder(tree, CommandTree.packed("promtool"), Policy.load()),
        folder=folder,
        cancel=cancel,
        settings=settings,
        request=request,
        redactor=redactor,
        promtool=_promtool(settings),
    )
    if info.simulated:
        target.degraded.append("simulated cluster: nothing here is proof about a real one")
    if source == "packed" and not is_packed(kubectl, tree):
        note = f"kubectl's commands as of {tree.version}; `magos-agent doctor` reads those of {kubectl.name}"
        target.degraded.append(note)
        stack.enter_context(Harvest(kubectl, settings.cache_dir))
    return target


def _promtool(settings: Settings) -> Path | None:
    """promtool, when there is a Prometheus to ask and it is installed."""
    if settings.prometheus_url is None:
        return None
    try:
        return find(Program.promtool, settings.environ.get("PATH", ""))
    except ProgramError:
        return None
