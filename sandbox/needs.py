"""Needs: which API requests a kubectl move will make, as far as kinds, names and RBAC care.

Pure look-up over the cluster's catalogue. Source: kubectl's own requests, recorded per command.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.discovery import Catalogue, ResourceKind
from tools.move import Move, Target

_WRITES: dict[str, str] = {
    "scale": "patch",
    "set": "patch",
    "label": "patch",
    "annotate": "patch",
    "patch": "patch",
    "cordon": "patch",
    "uncordon": "patch",
    "drain": "patch",
    "taint": "patch",
    "delete": "delete",
    "apply": "patch",
    "create": "create",
    "expose": "create",
    "autoscale": "create",
}
_MADE = {"expose": "services", "autoscale": "horizontalpodautoscalers"}
"""Kinds that a command makes beside the one it names."""
_NO_OBJECT = frozenset(
    {"explain", "api-resources", "api-versions", "version", "cluster-info", "auth"}
)


@dataclass(frozen=True)
class Need:
    """One request: a verb on a kind, or on one object of it."""

    verb: str
    """RBAC verb: get, list, patch, ..."""
    kind: ResourceKind
    """What it is about."""
    namespace: str | None
    """None for cluster-scoped kinds and for all namespaces."""
    name: str | None = None
    """Object name; None for a list."""
    subresource: str = ""
    """`log` or `scale`."""

    @property
    def resource(self) -> str:
        """As RBAC spells it: `pods/log`."""
        return f"{self.kind.plural}/{self.subresource}" if self.subresource else self.kind.plural


@dataclass(frozen=True)
class Unknown:
    """A resource word that no kind of this cluster has."""

    word: str


def needs(move: Move, catalogue: Catalogue, namespace: str) -> list[Need | Unknown]:
    """What a move will ask the server, in order. `namespace` is the one used without -n."""
    command = move.command[0]
    if command in _NO_OBJECT:
        return []
    if command == "events":
        return _needs_of(Target(resource="events"), "list", move, catalogue, namespace)
    found: list[Need | Unknown] = []
    for target in move.targets:
        if command == "top":
            target = target.model_copy(update={"resource": f"{_top(target)}.metrics.k8s.io"})
        if move.command == ("names",):
            verb = "list"
        elif move.command[:2] in (("rollout", "history"), ("rollout", "status")):
            verb = "get"
        else:
            verb = _WRITES.get(command) or ("patch" if command == "rollout" else "")
        found += _needs_of(target, verb, move, catalogue, namespace)
    if command == "logs":
        if not move.targets:
            found += _needs_of(Target(resource="pods"), "list", move, catalogue, namespace)
        found += _logs(move, catalogue, namespace)
    if command in _MADE:
        found += _needs_of(Target(resource=_MADE[command]), "create", move, catalogue, namespace)
    return found


def _top(target: Target) -> str:
    return "nodes" if target.resource.startswith("no") else "pods"


def _needs_of(
    target: Target, verb: str, move: Move, catalogue: Catalogue, namespace: str
) -> list[Need | Unknown]:
    kind = catalogue.resolve(target.resource)
    kinds = (kind,) if kind is not None else catalogue.category(target.resource)
    if not kinds:
        return [Unknown(target.resource)]
    verb = verb or ("get" if target.name else "list")
    name = None if verb == "list" else target.name
    subresource = "scale" if move.command == ("scale",) and "scale" in kinds[0].subresources else ""
    return [Need(verb, found, _where(found, move, namespace), name, subresource) for found in kinds]


def _where(kind: ResourceKind, move: Move, namespace: str) -> str | None:
    if not kind.namespaced or move.all_namespaces:
        return None
    return move.namespace or namespace


def _logs(move: Move, catalogue: Catalogue, namespace: str) -> list[Need | Unknown]:
    """Logs also read the log subresource: of the pod named, or of whichever pods there are."""
    pods = catalogue.resolve("pods")
    if pods is None:
        return []
    named = move.targets[0].name if move.targets else None
    is_pod = bool(move.targets) and catalogue.resolve(move.targets[0].resource) == pods
    where = _where(pods, move, namespace)
    return [Need("get", pods, where, named if is_pod else None, "log")]
