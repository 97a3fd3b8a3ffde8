"""The cluster rungs: names (kinds, namespaces, objects) and access (RBAC), as verdicts.

Each returns None when it has nothing against the move, else a `repair` verdict with a hint. What
RBAC hides is not held against a move: then nobody knows, and kubectl's own answer will tell.
"""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.cluster import ClusterView
from sandbox.discovery import ResourceKind
from sandbox.namelist import NameList
from sandbox.needs import Need, Unknown
from tools.move import Move
from tools.objects import ObjectRef
from tools.suggest import closest, ending
from tools.verdict import Risk, Verdict

SUGGESTIONS = 3
"""Names in a hint: enough to choose from, few enough for a small model's prompt."""
_WORKLOADS = ("deployments", "statefulsets", "daemonsets", "jobs", "cronjobs", "pods", "services")
"""Kinds that are mistaken for one another, as they often share names."""
_EMPTY_NAMES = 5
"""Names shown as examples when none is like the wanted one."""


def names(
    move: Move,
    wanted: Iterable[Need | Unknown],
    view: ClusterView,
    asked: frozenset[ObjectRef],
    risk: Risk,
) -> Verdict | None:
    """Rung names. Absence of an object in `asked` may be observed, so it passes."""
    found = list(wanted)
    for need in found:
        if isinstance(need, Unknown):
            return _unknown_kind(need.word, view, risk)
    if move.namespace is not None:
        missing = _namespace(move.namespace, view, asked, risk)
        if missing is not None:
            return missing
    for need in [need for need in found if isinstance(need, Need)]:
        if need.kind.is_secret and move.kind != "names":
            return Verdict(
                decision="refuse",
                rung="names",
                reason="secret-read",
                message="Secrets are never read, whatever the spelling.",
                hint="look at the object that uses the Secret: `kubectl describe pod NAME`",
                risk="forbidden",
            )
        missing = _object(move, need, view, asked, risk)
        if missing is not None:
            return missing
    return None


def _unknown_kind(word: str, view: ClusterView, risk: Risk) -> Verdict | None:
    catalogue = view.catalogue
    if not catalogue.kinds:  # discovery is closed to this identity: nobody knows
        return None
    group = word.partition(".")[2]
    if group == "metrics.k8s.io":
        message, hint = "This cluster has no metrics API.", "use `kubectl describe` instead of top"
        return _repair("unknown-kind", message, hint, risk)
    plain = word.partition(".")[0]
    near = closest(plain, catalogue.words(), SUGGESTIONS)
    end = ending(plain, catalogue.words())
    near = near or ([end] if end else [])
    hint = f"did you mean {', '.join(near)}?" if near else "kubectl api-resources lists all kinds"
    absent = [name for name in catalogue.absent_groups if group and group in name]
    if absent:
        hint = f"the server of {absent[0]} does not answer"
    return _repair("unknown-kind", f"This cluster has no kind `{word}`.", hint, risk)


def _namespace(
    namespace: str, view: ClusterView, asked: frozenset[ObjectRef], risk: Risk
) -> Verdict | None:
    if ObjectRef(kind="Namespace", name=namespace) in asked:
        return None
    if view.find("namespaces", None, namespace) is not False:
        return None
    hint = _nearest(namespace, view.namespaces(), "namespaces")
    return _repair("no-namespace", f"There is no namespace {namespace}.", hint, risk)


def _object(
    move: Move, need: Need, view: ClusterView, asked: frozenset[ObjectRef], risk: Risk
) -> Verdict | None:
    if need.name is None or need.verb == "create" or _may_be_absent(move):
        return None
    kind, namespace, name = _measured(need, view)
    if ObjectRef(kind=kind.kind, namespace=namespace, name=name) in asked:
        return None
    if move.command == ("describe",) and _is_prefix(name, view.names(kind, namespace)):
        return None  # kubectl describe takes the start of a name
    if view.find(kind, namespace, name) is not False:
        return None
    where = f" in namespace {namespace}" if namespace else ""
    hint = _elsewhere(kind, namespace, name, view) or _nearest(
        name, view.names(kind, namespace), kind.plural
    )
    message = f"There is no {kind.kind} {name}{where}."
    return _repair("not-found", message, hint, risk)


def _may_be_absent(move: Move) -> bool:
    """Whether the command says itself that the object need not be there."""
    wait = move.command == ("wait",) and move.flags.get("for") in ("create", "delete")
    return wait or move.command == ("apply",) or move.flags.get("ignore-not-found") is True


def _measured(need: Need, view: ClusterView) -> tuple[ResourceKind, str | None, str]:
    """The object itself: `top pod x` reads metrics, but it is pod x that must exist."""
    kind = need.kind
    if kind.group == "metrics.k8s.io":
        kind = view.resolve(kind.plural) or kind
    return kind, need.namespace, need.name or ""


def _is_prefix(name: str, listed: NameList) -> bool:
    return name in listed.names or any(known.startswith(name) for known in listed.names)


def _elsewhere(kind: ResourceKind, namespace: str | None, name: str, view: ClusterView) -> str:
    """Another kind of object that has exactly this name: the kind was wrong, not the name."""
    if not kind.namespaced:
        return ""
    for resource in _WORKLOADS:
        other = view.resolve(resource)
        if other is not None and other != kind and name in view.names(other, namespace).names:
            return f"did you mean {other.singular}/{name}?"
    return ""


def _nearest(name: str, listed: NameList, plural: str) -> str:
    near = closest(name, listed.names, SUGGESTIONS)
    if near:
        return f"did you mean {', '.join(near)}?"
    if not listed.names:
        return f"there are no {plural} here" if listed.complete else f"list the {plural} first"
    some = sorted(listed.names)[:_EMPTY_NAMES]
    more = len(listed.names) - len(some)
    return f"{plural} here: {', '.join(some)}" + (f" and {more} more" if more else "")


def access(wanted: Iterable[Need | Unknown], view: ClusterView, risk: Risk) -> Verdict | None:
    """Rung access: the namespace's rules for reads, an access review for writes and for -A.

    A list of several kinds passes when any of them may be listed: kubectl prints those, and its error
    about the others is an observation.
    """
    needed = [need for need in wanted if isinstance(need, Need)]
    denied = [need for need in needed if _denied(need, view, writes=risk.startswith("write"))]
    lists = all(need.verb == "list" for need in needed)
    if not denied or (lists and len(denied) < len(needed)):
        return None
    return _forbidden(denied, risk)


def _denied(need: Need, view: ClusterView, *, writes: bool) -> bool:
    kind = need.kind
    if writes or (kind.namespaced and need.namespace is None):
        allowed = view.can(need.verb, kind, need.namespace, need.name, need.subresource)
        return allowed is False
    rules = view.rules(need.namespace or "default")
    return rules.denies(need.verb, kind.group, need.resource, need.name)


def _forbidden(denied: list[Need], risk: Risk) -> Verdict:
    need = denied[0]
    where = f"in namespace {need.namespace}" if need.namespace else "in all namespaces"
    where = where if need.kind.namespaced else "cluster-wide"
    alike = [other for other in denied if other.verb == need.verb]
    names = [n.resource + (f".{n.kind.group}" if n.kind.group else "") for n in alike]
    what = f"{need.verb} {', '.join(dict.fromkeys(names))}"
    return Verdict(
        decision="repair",
        rung="access",
        reason="forbidden",
        message=f"RBAC does not allow {what} {where}.",
        hint=f"RBAC does not allow {what} {where}: look at another kind or namespace",
        risk=risk,
    )


def _repair(reason: str, message: str, hint: str, risk: Risk) -> Verdict:
    return Verdict(
        decision="repair", rung="names", reason=reason, message=message, hint=hint, risk=risk
    )
