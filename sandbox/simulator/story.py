"""The story of a scenario: what an onlooker would have seen while the cluster broke."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sandbox.instance import ScenarioInstance
from sandbox.simulator.engine import Engine
from sandbox.simulator.launch import populate
from sandbox.simulator.store import Change, Object
from sandbox.simulator.tables_pods import pod_status

_SHOWN = {
    "apps/deployments", "apps/statefulsets", "apps/daemonsets", "batch/jobs", "batch/cronjobs",
    "services", "configmaps", "secrets", "persistentvolumeclaims", "resourcequotas",
}  # fmt: skip
"""Keys whose objects are announced when they appear, change or go."""


class Moment(NamedTuple):
    """Something that could be seen."""

    at: datetime
    """Virtual time."""
    about: str
    """Kind/name."""
    text: str
    """What was seen: a pod's status, `created`, an event's message."""
    warning: bool
    """It looks like trouble."""


class Onlooker:
    """Writes down what can be seen of a scenario's own objects while it is told."""

    def __init__(self, instance: ScenarioInstance) -> None:
        self._namespace = instance.namespace
        self._others = {str(item.manifest["metadata"]["name"]) for item in instance.neighbours}
        self._seen: dict[str, str] = {}
        self.moments: list[Moment] = []

    def watch(self, engine: Engine) -> None:
        """Look at a cluster from now on; what was written down about another one is forgotten."""
        self._seen, self.moments = {}, []
        version = engine.store.version

        def look() -> None:
            nonlocal version
            for change in engine.store.changes(version) or ():
                version = change.version
                self.moments.extend(self._read(change, engine.now))

        engine.store.subscribe(look)

    def _read(self, change: Change, now: datetime) -> Iterator[Moment]:
        obj = change.object
        meta = obj["metadata"]
        about = obj.get("involvedObject") or {"kind": obj["kind"], **meta}
        name = str(about.get("name", ""))
        if meta.get("namespace") != self._namespace or self._is_neighbour(name):
            return
        text = self._text(change, obj)
        key = f"{change.key}/{about.get('kind')}/{name}" + ("" if change.key == "pods" else text)
        if text and self._seen.get(key) != text:
            self._seen[key] = text
            yield Moment(now, f"{about['kind']}/{name}", text, _is_trouble(change.key, obj, text))

    def _text(self, change: Change, obj: Object) -> str:
        if change.type == "DELETED":
            return "deleted" if change.key in {*_SHOWN, "pods"} else ""
        if change.key == "pods":
            return pod_status(obj)
        if change.key == "events":
            return f"{obj['reason']}: {obj['message']}" if obj["type"] == "Warning" else ""
        if change.key not in _SHOWN or obj["metadata"]["name"] == "kube-root-ca.crt":
            return ""
        if change.previous is None:
            return "created"
        same = all(obj.get(part) == change.previous.get(part) for part in ("spec", "data"))
        return "" if same else f"changed (resourceVersion {obj['metadata']['resourceVersion']})"

    def _is_neighbour(self, name: str) -> bool:
        return any(name == other or name.startswith(f"{other}-") for other in self._others)


def story(instance: ScenarioInstance, at: datetime) -> list[Moment]:
    """Everything that could be seen of the scenario until its present `at`, oldest first."""
    onlooker = Onlooker(instance)
    populate(instance, at, onlooker.watch)
    return onlooker.moments


def _is_trouble(key: str, obj: Object, text: str) -> bool:
    fine = {
        "Running",
        "Completed",
        "Pending",
        "ContainerCreating",
        "PodInitializing",
        "Terminating",
    }
    if key == "pods":
        return text.partition(",")[0] not in fine and not text.startswith("Init:")
    return key == "events"
