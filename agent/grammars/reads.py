"""Reads: every way in which a move may look, as grammar commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from agent.grammars.builder import Builder, outside
from agent.grammars.fields import top_fields
from agent.grammars.logs import logs
from agent.grammars.values import VERBS
from agent.grammars.words import words
from model.grammar.expression import Choice, Sequence, Words
from sandbox.discovery import ResourceKind
from tools.kubectl.policy import SHARED_KINDS

LISTS = (
    ("services", "endpointslices"),
    ("deployments", "services", "endpointslices"),
    ("deployments", "statefulsets", "daemonsets", "jobs"),
    ("deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs"),
    ("deployments", "replicasets", "pods"),
    ("roles", "rolebindings"),
    ("resourcequotas", "limitranges"),
    ("validatingwebhookconfigurations", "mutatingwebhookconfigurations"),
    ("persistentvolumeclaims", "persistentvolumes"),
)
"""Kinds that are worth listing together."""
ROLLED = ("deployments", "statefulsets", "daemonsets")
WAITED = ("pods", "deployments", "jobs")
LIST_FLAGS = ("selector", "field-selector", "sort-by", "sum")
"""Flags that say something about several objects only."""
ONE_ONLY = ("subresource",)
"""Flags of `get` that need a name."""
SYSTEM_LABELS = ("k8s-app=kube-dns", "k8s-app=metrics-server")


def get(build: Builder) -> None:
    """Lists, one object, the state of the cluster's own services."""
    path = ("get",)
    inventory = build.inventory
    without: tuple[str, ...] = (*ONE_ONLY, "field-selector")
    place = build.place(path)
    inside, beyond = _listed(build, everywhere=False), _listed(build, everywhere=True)
    where: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for namespace in inventory.namespaces:
        may = [
            w for w, ks in inside.items() if all(inventory.may("list", k, namespace) for k in ks)
        ]
        where[tuple(may)].append(namespace)
    for lists, namespaces in where.items():
        line = Sequence(("get ", words(lists), " -n ", words(namespaces)))
        build.say(place, line, without=without)
    if inventory.everywhere:
        build.say(place, Sequence(("get ", words(inside), " -A")), without=without)
    may = [w for w, ks in beyond.items() if all(inventory.may("list", k, None) for k in ks)]
    build.say(place, Sequence(("get ", words(may))), without=without)
    without = ONE_ONLY
    for kind in build.kinds("pods"):
        start = Sequence((f"get {build.spelt(kind)[0]}", build.where(kind)))
        build.say(build.place(path, kind), start, without=without)
    for kind in build.kinds("events"):
        for namespace in inventory.namespaces:
            if inventory.may("list", kind, namespace):
                build.say(
                    build.place(path, kind, namespace),
                    f"get events -n {namespace}",
                    without=without,
                )
        if inventory.everywhere:
            build.say(place, "get events -A", without=(*without, "field-selector"))
    for kind in inventory.kinds:
        one = build.named(f"get {build.spelt(kind)[1]} ", kind)
        build.say(build.place(path, kind, named=True), one, without=LIST_FLAGS)
    _system(build)


def _listed(build: Builder, *, everywhere: bool) -> dict[str, list[ResourceKind]]:
    """Words for lists, of kinds outside namespaces or of those inside, and the kinds that they mean."""
    found = {
        build.spelt(kind)[0]: [kind]
        for kind in build.inventory.kinds
        if outside(kind) == everywhere
        and (kind.plural not in ("pods", "events") or "." in kind.full_name)
    }
    for group in LISTS:
        kinds = build.kinds(*group)
        if len(kinds) == len(group) and all(map(outside, kinds)) == everywhere:
            found[",".join(build.spelt(kind)[0] for kind in kinds)] = kinds
    return found


def _system(build: Builder) -> None:
    """What tells whether the cluster's own services run, outside the run's namespaces."""
    kinds = build.kinds(*sorted(SHARED_KINDS))
    for namespace in build.inventory.system:
        may = [kind.plural for kind in kinds if build.inventory.may("list", kind, namespace)]
        groups = (["deployments", "services", "endpointslices"], ["services", "endpointslices"])
        together = [",".join(group) for group in groups if set(group) <= set(may)]
        lists = words([*(build.spelt(kind)[0] for kind in kinds if kind.plural in may), *together])
        label = words(SYSTEM_LABELS)
        where = Choice((f" -n {namespace}", Sequence((f" -n {namespace} -l ", label))))
        start = Sequence(("get ", lists, where))
        build.say(build.place(("get",)), start, without=(*ONE_ONLY, *LIST_FLAGS))
        for kind in kinds:
            if not build.inventory.may("get", kind, namespace):
                continue
            one = Sequence(
                (f"get {build.spelt(kind)[1]} ", build.names(kind, namespace), f" -n {namespace}")
            )
            build.say(build.place(("get",), kind, named=True), one, without=LIST_FLAGS)


def describe(build: Builder) -> None:
    """One object; kinds whose description would read Secrets are left out."""
    readers = build.policy.secret_readers.get("describe", {})
    found = [
        build.named(f"describe {build.spelt(kind)[1]} ", kind)
        for kind in build.inventory.kinds
        if kind.plural not in readers
    ]
    place = build.place(("describe",), named=True)
    build.say(place, Choice(tuple(found)), without=("selector",))


def events(build: Builder) -> None:
    """`kubectl events`, of a namespace or of one object."""
    for namespace in build.inventory.namespaces:
        place = build.place(("events",), namespace=namespace)
        build.say(place, f"events -n {namespace}")
    if build.inventory.everywhere:
        build.say(build.place(("events",)), "events -A", without=("for",))


def top(build: Builder) -> None:
    """Use of pods and nodes, where there is a metrics API."""
    if not build.inventory.metrics:
        return
    for kind in build.kinds("pods"):
        one = build.named("top pod ", kind)
        build.say(build.place(("top", "pod"), kind, named=True), one, without=LIST_FLAGS)
        build.say(build.place(("top", "pod"), kind), Sequence(("top pod", build.where())))
    for kind in build.kinds("nodes"):
        one = build.named("top node ", kind)
        build.say(build.place(("top", "node"), kind, named=True), one, without=LIST_FLAGS)
        build.say(build.place(("top", "node"), kind), "top node")


def rollout(build: Builder) -> None:
    """Status and history of what can be rolled out."""
    for verb in ("status", "history"):
        found = [
            build.named(f"rollout {verb} {build.spelt(kind)[1]}/", kind)
            for kind in build.kinds(*ROLLED)
        ]
        build.say(build.place(("rollout", verb), named=True), Choice(tuple(found)))


def wait(build: Builder) -> None:
    """For a condition that objects of the kind have."""
    for kind in build.kinds(*WAITED):
        start = build.named(f"wait {build.spelt(kind)[1]} ", kind)
        place = build.place(("wait",), kind, named=True)
        build.say(place, start, required=("for",), without=LIST_FLAGS)


def auth(build: Builder) -> None:
    """What this identity may do."""
    kinds = words(sorted({build.spelt(kind)[0] for kind in build.inventory.kinds}))
    where = Sequence((" -n ", Words(build.inventory.namespaces)))
    can = ("auth", "can-i")
    build.say(
        build.place(can),
        Sequence(("auth can-i ", words(VERBS), " ", kinds, where)),
        without=("list",),
    )
    build.say(
        build.place(can),
        Sequence(("auth can-i", where)),
        required=("list",),
        without=("subresource",),
    )
    build.say(build.place(("auth", "whoami")), "auth whoami")


def explain(build: Builder) -> None:
    """A kind, or a field at its top."""
    found = []
    for kind in build.inventory.kinds:
        word = build.spelt(kind)[1]
        if "." in word:
            continue
        found.append(word)
        found += [f"{word}.{name}" for name in top_fields(kind.group, kind.kind)]
    build.say(build.place(("explain",)), Sequence(("explain ", words(found))))


def _alone(command: str) -> Callable[[Builder], None]:
    """A command without objects: what the cluster offers."""
    return lambda build: build.say(build.place((command,)), command)


READS: dict[str, Callable[[Builder], None]] = {
    "get": get,
    "describe": describe,
    "logs": logs,
    "events": events,
    "top": top,
    "rollout": rollout,
    "wait": wait,
    "auth": auth,
    "explain": explain,
    **{word: _alone(word) for word in ("api-resources", "api-versions", "version", "cluster-info")},
}
"""First word of a command -> what writes its grammar."""
