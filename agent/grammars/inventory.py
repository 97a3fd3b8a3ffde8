"""Inventory: the live names that a grammar may use, gathered from the cluster view and the facts read.

Names that RBAC hides are not here, so no move can name them; names that the incident itself gives are.
Secrets never are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from agent.grammars.seen import look
from sandbox.cluster import ClusterView
from sandbox.discovery import Catalogue, ResourceKind
from sandbox.rules import Rules
from tools.fact import Fact
from tools.kubectl.policy import SHARED_KINDS, PolicyScope
from tools.kubectl.resources import builtins
from tools.kubectl.shapes import DNS_LABEL, DNS_NAME, RBAC_KINDS, RBAC_NAME, RESOURCE
from tools.kubectl.targets import SECRET
from tools.objects import ObjectRef

NAMED = (
    *("pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs"),
    *("services", "endpointslices", "ingresses", "networkpolicies", "configmaps"),
    *("persistentvolumeclaims", "horizontalpodautoscalers", "poddisruptionbudgets"),
    *("resourcequotas", "limitranges", "serviceaccounts", "roles", "rolebindings"),
    *("nodes", "namespaces", "persistentvolumes", "storageclasses", "priorityclasses"),
)
"""Built-in kinds whose objects are listed for names; each costs one request per namespace and run."""
MOST_NAMES = 2000
"""Names of one kind and namespace in a grammar."""


@dataclass(frozen=True)
class Inventory:
    """See the module docstring. Pure data; an empty one makes grammars without any name."""

    kinds: tuple[ResourceKind, ...]
    """Every kind of the cluster that a move may read, in the server's order."""
    spelling: Mapping[str, tuple[str, str]]
    """Full name -> (word for a list, word for one object): the shortest that mean this kind."""
    namespaces: tuple[str, ...] = ()
    """Namespaces that moves may name."""
    everywhere: bool = False
    """Whether `-A` is in scope."""
    cluster_scoped: bool = True
    """Whether kinds outside namespaces are in scope."""
    system: tuple[str, ...] = ()
    """Namespaces of the cluster's own services, of which only SHARED_KINDS are read."""
    names: Mapping[tuple[str, str | None], tuple[str, ...]] = field(default_factory=dict)
    """(full name of a kind, namespace) -> object names, sorted."""
    containers: Mapping[tuple[str, str, str], tuple[str, ...]] = field(default_factory=dict)
    """(plural, namespace, object) -> its containers, for pods and what has a pod template."""
    images: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """(namespace, container) -> images seen under this container's name."""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Label key -> values seen."""
    metrics: bool = True
    """Whether the cluster has the metrics API that `top` asks."""
    rules: Mapping[str, Rules] = field(default_factory=dict)
    """Namespace -> what this identity may do there; what is absent is not known."""

    def kind(self, resource: str) -> ResourceKind | None:
        """The kind of this full name or built-in plural."""
        return self._by_word.get(resource)

    @cached_property
    def _by_word(self) -> dict[str, ResourceKind]:
        found: dict[str, ResourceKind] = {}
        for kind in self.kinds:
            found.setdefault(kind.plural, kind)
        return found | {kind.full_name: kind for kind in self.kinds}

    def may(
        self, verb: str, kind: ResourceKind, namespace: str | None, subresource: str = ""
    ) -> bool:
        """False when RBAC is known to forbid it."""
        rules = self.rules.get(namespace or "default")
        resource = f"{kind.plural}/{subresource}" if subresource else kind.plural
        return rules is None or not rules.denies(verb, kind.group, resource)


def gather(
    view: ClusterView,
    scope: PolicyScope,
    facts: Iterable[Fact],
    *,
    asked: Iterable[ObjectRef] = (),
    focus: Iterable[str] = (),
    resources: Iterable[str] = (),
) -> Inventory:
    """The inventory of this moment; the view caches its lists, so that the next one costs little.

    asked: objects that may be looked up though they may be absent. focus: namespaces whose objects
    are listed when the scope has no namespaces of its own. resources: further kinds (any spelling)
    whose objects are listed, such as those of the objective. Raises ClusterError.
    """
    catalogue = view.catalogue
    wanted = list(asked)
    kinds = readable(catalogue, scope)
    existing = _namespaces(view, scope, wanted)
    listed = existing if scope.namespaces is not None else tuple(n for n in focus if n in existing)
    extra = {kind.full_name for word in resources if (kind := catalogue.resolve(word)) is not None}
    system = tuple(sorted(scope.system & (view.namespaces().names or scope.system)))
    rules = {name: view.rules(name) for name in {*listed, *system, "default"}}
    names: dict[tuple[str, str | None], tuple[str, ...]] = {}
    for kind in kinds:
        if kind.full_name not in extra and not (kind.plural in NAMED and _builtin(kind)):
            continue
        if "list" not in kind.verbs:
            continue
        places = (*listed, *(system if _shared(kind) else ())) if kind.namespaced else (None,)
        for place in places:
            names[kind.full_name, place] = _names(view, kind, place, wanted)
    seen = look(facts)
    return Inventory(
        kinds=kinds,
        spelling=spelling(kinds, catalogue),
        namespaces=existing,
        everywhere=scope.namespaces is None,
        cluster_scoped=scope.cluster_scoped,
        system=tuple(name for name in system if name not in existing),
        names=names,
        containers=seen.containers,
        images=seen.images,
        labels=seen.labels,
        metrics=catalogue.resolve("pods.metrics.k8s.io") is not None,
        rules=rules,
    )


def offline() -> Inventory:
    """Without a cluster: the built-in kinds, and no names."""
    kinds = tuple(
        ResourceKind(r.group, "v1", r.plural, r.singular, r.kind, r.namespaced, r.shorts)
        for r in builtins()
        if r.plural not in SECRET
    )
    return Inventory(kinds=kinds, spelling=spelling(kinds, Catalogue(kinds)), everywhere=True)


def readable(catalogue: Catalogue, scope: PolicyScope) -> tuple[ResourceKind, ...]:
    """Kinds that the policy lets moves read, Secrets and oddly named ones left out."""
    return tuple(
        kind
        for kind in catalogue.kinds
        if not {kind.plural, kind.singular} & SECRET
        and RESOURCE.fullmatch(kind.plural)
        and kind.group != "metrics.k8s.io"
        and (kind.namespaced or scope.cluster_scoped)
        and {"get", "list"} <= kind.verbs
    )


def spelling(kinds: Iterable[ResourceKind], catalogue: Catalogue) -> dict[str, tuple[str, str]]:
    """The words that mean each kind: plain ones, with the group only where another kind has them."""
    found = {}
    for kind in kinds:
        plural = kind.plural if catalogue.resolve(kind.plural) == kind else kind.full_name
        one = kind.singular if catalogue.resolve(kind.singular) == kind else plural
        found[kind.full_name] = (plural, one if RESOURCE.fullmatch(one) else plural)
    return found


def _namespaces(view: ClusterView, scope: PolicyScope, asked: list[ObjectRef]) -> tuple[str, ...]:
    if scope.namespaces is None:
        found = view.namespaces().names
    else:
        named = {ref.name for ref in asked if ref.kind == "Namespace"}
        found = frozenset(
            name
            for name in scope.namespaces
            if name in named or view.find("namespaces", None, name) is not False
        )
    return tuple(sorted(name for name in found if DNS_LABEL.fullmatch(name)))


def _names(
    view: ClusterView, kind: ResourceKind, namespace: str | None, asked: list[ObjectRef]
) -> tuple[str, ...]:
    shape = RBAC_NAME if kind.plural in RBAC_KINDS else DNS_NAME
    named = {
        ref.name
        for ref in asked
        if ref.kind == kind.kind and ref.namespace == namespace and ref.name != "*"
    }
    found = sorted({*view.names(kind, namespace).names, *named})
    return tuple(n for n in found if shape.fullmatch(n) and n not in SECRET)[:MOST_NAMES]


def _builtin(kind: ResourceKind) -> bool:
    return "." not in kind.group or kind.group.endswith(".k8s.io")


def _shared(kind: ResourceKind) -> bool:
    return kind.plural in SHARED_KINDS and _builtin(kind)
