"""Target: the cluster a run looks at, opened: a kubeconfig's context or a simulated cluster."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tools.runner import Runner

from agent.case import Intake
from agent.hands import LiveHands
from agent.report import ClusterInfo
from agent.request import Request
from agent.runs import RunFolder
from agent.settings import Settings
from sandbox.cluster import ClusterView
from sandbox.gate import Gate
from tools.kubeconfig import ClusterAccess, open_access
from tools.kubectl import treecache
from tools.kubectl.policy import Policy, PolicyScope
from tools.kubectl.tree import CommandTree
from tools.ladder import Ladder
from tools.process import Program, best_kubectl, find
from tools.redact import Redactor


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
    degraded: list[str] = field(default_factory=list)

    def scope(self, intake: Intake) -> PolicyScope:
        """Where moves may look: the run's namespaces, or everywhere for a cluster-wide incident."""
        scope = intake.incident.scope
        return PolicyScope(None if scope.all_namespaces else frozenset(scope.namespaces))

    def gate(self, intake: Intake) -> Gate:
        """The gate for the scope that intake found."""
        asked = frozenset(intake.incident.scope.objects)
        return Gate(self.ladder, self.view, self.scope(intake), asked=asked)

    def hands(self, intake: Intake) -> LiveHands:
        """What runs moves in that scope."""
        return LiveHands(self._runner(self.scope(intake)), self.view, self.cancel)

    def _runner(self, scope: PolicyScope) -> Runner:
        return Runner(
            self.kubectl,
            self.access,
            self.ladder,
            scope,
            self.folder,
            prometheus_url=self.settings.prometheus_url,
            redactor=Redactor(self.access.api.secrets()),
        )

    def harvest_behind(self) -> None:
        """Harvest this kubectl's own command tree beside the run, for the next one to start with."""
        runner = self._runner(PolicyScope(None))
        cache = self.settings.cache_dir
        threading.Thread(
            target=treecache.load, args=(self.kubectl, cache, runner.help), daemon=True
        ).start()


@contextmanager
def open_target(
    request: Request, settings: Settings, run: RunFolder, cancel: threading.Event
) -> Iterator[Target]:
    """Open the cluster of a request; closes and removes all credentials at the end.

    Raises ClusterError, ProgramError (no kubectl) or UsageError (unknown scenario).
    """
    binary = find(Program.kubectl, settings.environ.get("PATH", ""))
    with tempfile.TemporaryDirectory(prefix="magos-") as scratch:
        folder = Path(scratch)
        if request.cluster:
            from sandbox.simulator.launch import launch

            at = run.meta.virtual_time
            moment = datetime.fromisoformat(at) if at else datetime.now(UTC)
            if at is None:
                run.update(virtual_time=moment.isoformat())
            with launch(request.cluster, folder, at=moment) as running:
                labels = running.instance.alert
                asked = _with_scenario(request, running.instance.namespace, labels)
                with open_access(running.kubeconfig, None, folder, {}) as access:
                    name = request.cluster
                    yield _target(asked, settings, access, binary, folder, cancel, name)
        else:
            with open_access(
                request.kubeconfig, request.context, folder, settings.environ
            ) as access:
                yield _target(request, settings, access, binary, folder, cancel, None)


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
    simulated: str | None,
) -> Target:
    view = ClusterView(access.api)
    version = view.version
    kubectl = best_kubectl(binary, version)
    tree, source = treecache.quick(kubectl, settings.cache_dir)
    info = ClusterInfo(
        context=simulated or access.context,
        server=access.server,
        server_version=version,
        simulated=simulated is not None,
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
    )
    if simulated:
        target.degraded.append("simulated cluster: nothing here is proof about a real one")
    if source == "packed":
        target.degraded.append("kubectl's commands from the packed tree, its own is being read")
        target.harvest_behind()
    return target
