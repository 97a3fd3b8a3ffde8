"""Asked: what the user asked for, turned into the Request of a run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from agent.alerts import check_namespace, from_file, from_flags, namespace_of, utf8
from agent.request import Request
from agent.settings import Settings
from tools.errors import UsageError

LONGEST_QUESTION = 2000
"""Characters; a question is a sentence or two."""
CLUSTER = re.compile(r"sim:([a-z0-9][a-z0-9-]*|.+\.yaml)(@\d{1,9})?")


class Asked(NamedTuple):
    """The flags that describe the incident and where to look, as given."""

    question: str | None = None
    alerts: Sequence[str] = ()
    labels: Sequence[str] = ()
    alert_file: str | None = None
    namespace: str | None = None
    all_namespaces: bool = False
    context: str | None = None
    kubeconfig: Path | None = None
    cluster: str | None = None

    def request(self, settings: Settings) -> Request:
        """The request; what the flags leave open is taken from the settings. Raises UsageError."""
        question = utf8(" ".join((self.question or "").split())) or None
        if question is not None and len(question) > LONGEST_QUESTION:
            raise UsageError(f"the question is longer than {LONGEST_QUESTION} characters")
        if self.namespace is not None and self.all_namespaces:
            raise UsageError("-n and -A contradict each other", "give one of them")
        if self.labels and self.alert_file and not self.alerts:
            raise UsageError(
                "--label goes with --alert; the alerts of --alert-file have their own labels",
                "add --alert NAME or leave --label out",
            )
        alerts = from_flags(self.alerts, self.labels)
        if self.alert_file is not None:
            alerts += from_file(self.alert_file)
        check_namespace(self.namespace, alerts)
        cluster = self._cluster(settings)
        namespace = self.namespace
        decided = any(namespace_of(alert) for alert in alerts) or cluster or self.all_namespaces
        if namespace is None and not decided:
            namespace = settings.namespace
            check_namespace(namespace, [])
        return Request(
            alerts=alerts,
            question=question,
            namespace=namespace,
            all_namespaces=self.all_namespaces,
            kubeconfig=None if cluster else settings.kubeconfig,
            context=None if cluster else settings.context,
            cluster=cluster,
            planner=settings.planner,
            executor=settings.executor,
            grammar=settings.grammar,
            budgets=settings.budgets,
        )

    def _cluster(self, settings: Settings) -> str | None:
        """The simulated cluster to look at; --context and --kubeconfig beat one from a file."""
        real = self.context is not None or self.kubeconfig is not None
        if self.cluster is not None and real:
            raise UsageError(
                "--cluster is a simulated cluster; --context and --kubeconfig are for real ones",
                "give one or the other",
            )
        cluster = None if real else settings.cluster
        if cluster is not None and not CLUSTER.fullmatch(cluster):
            raise UsageError(
                f"--cluster {cluster!r} is not sim:SCENARIO[@SEED]",
                "for example sim:crash-missing-env (`magos-agent demo --list` shows all), or the path of"
                " a scenario file: sim:./mine.yaml",
            )
        return cluster
