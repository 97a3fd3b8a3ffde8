"""Changes: the moves that a grammar offers only when the objective's verbs name them.

Not offered at all: patch (see manifests.py), create but for `job --from`, expose, drain, taint and the
`set` commands that change identities or selectors.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from agent.grammars.builder import Builder
from agent.grammars.values import SETTING, TAG, words
from model.grammar.expression import Choice, Expression, Pattern, Sequence, Words
from sandbox.discovery import ResourceKind
from tools.kubectl.tree import Path_

SCALED = ("deployments", "statefulsets", "replicasets")
ROLLED = ("deployments", "statefulsets", "daemonsets")
TEMPLATED = ("deployments", "statefulsets", "daemonsets", "cronjobs")
LABELLED = ("pods", "deployments", "statefulsets", "daemonsets", "services", "nodes")


def changeable(build: Builder) -> tuple[str, ...]:
    """Namespaces in which a move may change something."""
    protected = build.policy.protected_namespaces
    return tuple(name for name in build.inventory.namespaces if name not in protected)


def _objects(build: Builder, before: str, kind: ResourceKind, verb: str = "patch") -> Expression:
    return Choice(
        tuple(
            Sequence((before, build.names(kind, name), f" -n {name}"))
            for name in changeable(build)
            if build.inventory.may(verb, kind, name)
        )
    )


def _on(
    build: Builder, path: Path_, plurals: tuple[str, ...], required: tuple[str, ...] = ()
) -> None:
    """`COMMAND KIND/NAME -n NAMESPACE` and the command's flags."""
    found = [
        _objects(build, f"{' '.join(path)} {build.spelt(kind)[1]}/", kind)
        for kind in build.kinds(*plurals)
    ]
    place = build.place(path, named=True)
    build.say(
        place, Choice(tuple(found)), required=required, without=("output", "resource-version")
    )


def scale(build: Builder) -> None:
    """To a number of replicas within the policy's bounds."""
    _on(build, ("scale",), SCALED, required=("replicas",))


def rollout(verb: str) -> Callable[[Builder], None]:
    """undo, restart, pause, resume."""
    plurals = ("deployments",) if verb in ("pause", "resume") else ROLLED
    return lambda build: _on(build, ("rollout", verb), plurals)


def delete(build: Builder) -> None:
    """One object of a kind that comes back or has ended."""
    found = [
        _objects(build, f"delete {build.spelt(kind)[1]} ", kind, "delete")
        for kind in build.kinds(*sorted(build.policy.deletable))
    ]
    build.say(build.place(("delete",), named=True), Choice(tuple(found)), without=("output",))


def autoscale(build: Builder) -> None:
    """A HorizontalPodAutoscaler for a workload."""
    _on(build, ("autoscale",), ("deployments", "statefulsets"), required=("max",))


def _with_containers(
    build: Builder, path: Path_
) -> Iterator[tuple[str, tuple[str, ...], Words, str]]:
    """(start, containers, names, namespace) of workloads with the same containers."""
    for kind in build.kinds(*TEMPLATED):
        for namespace in changeable(build):
            if not build.inventory.may("patch", kind, namespace):
                continue
            groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
            for name in build.inventory.names.get((kind.full_name, namespace), ()):
                known = build.inventory.containers.get((kind.plural, namespace, name), ())
                groups[known].append(name)
            for containers, names in groups.items():
                if containers:
                    start = f"{' '.join(path)} {build.spelt(kind)[1]}/"
                    yield start, containers, words(names), namespace


def set_image(build: Builder) -> None:
    """A container's image: one that was seen, or another tag of its repository."""
    path = ("set", "image")
    for start, containers, names, namespace in _with_containers(build, path):
        found: list[Expression] = []
        for container in containers:
            seen = build.inventory.images.get((namespace, container), ())
            repositories = {image.rpartition(":")[0] for image in seen if _tagged(image)}
            images: list[Expression] = [words(image for image in seen if not _tagged(image))]
            images += [Sequence((f"{name}:", TAG)) for name in sorted(repositories)]
            found.append(Sequence((f" {container}=", Choice(tuple(images)))))
        line = Sequence((start, names, Choice(tuple(found)), f" -n {namespace}"))
        build.say(build.place(path, named=True), line, without=("output",))


def _tagged(image: str) -> bool:
    """`repository:tag`; the tag of such an image may be another one."""
    name, colon, tag = image.rpartition(":")
    return bool(colon) and "/" not in tag and "@" not in name


def set_resources(build: Builder) -> None:
    """Requests or limits of one container."""
    path = ("set", "resources")
    for start, containers, names, namespace in _with_containers(build, path):
        place = build.place(path, named=True, containers=containers)
        line = Sequence((start, names, f" -n {namespace}"))
        for needed in ("limits", "requests"):
            build.say(place, line, required=("containers", needed), without=("output",))


def set_env(build: Builder) -> None:
    """One variable of a container; none that changes how programs are started."""
    path = ("set", "env")
    name = Pattern("[A-Z][A-Z0-9_]{0,50}", _either(build.policy.forbidden_env))
    for start, containers, names, namespace in _with_containers(build, path):
        place = build.place(path, named=True, containers=containers)
        line = Sequence((start, names, " ", name, "=", SETTING, f" -n {namespace}"))
        build.say(place, line, required=("containers",), only=())


def metadata(verb: str) -> Callable[[Builder], None]:
    """Label and annotate: a key that was seen, or a plain one, with a plain value."""

    def write(build: Builder) -> None:
        protected = build.policy.protected_key_prefixes
        seen = [key for key in build.inventory.labels if not key.startswith(protected)]
        key = Choice((words(seen), Pattern("[a-z][a-z0-9-]{0,30}[a-z0-9]", _starts(protected))))
        for kind in build.kinds(*LABELLED):
            for namespace in changeable(build) if kind.namespaced else ():
                if build.inventory.may("patch", kind, namespace):
                    line = Sequence(
                        (
                            f"{verb} {build.spelt(kind)[1]}/",
                            build.names(kind, namespace),
                            " ",
                            key,
                            "=",
                            Pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,60}[A-Za-z0-9]"),
                            f" -n {namespace}",
                        )
                    )
                    build.say(build.place((verb,), named=True), line, only=("overwrite",))

    return write


def node(verb: str) -> Callable[[Builder], None]:
    """Cordon and uncordon one node."""

    def write(build: Builder) -> None:
        for kind in build.kinds("nodes"):
            start = Sequence((f"{verb} ", build.names(kind, None)))
            build.say(build.place((verb,), named=True), start)

    return write


def create_job(build: Builder) -> None:
    """A run of a CronJob, now, under the name of the CronJob and a number."""
    for kind in build.kinds("cronjobs"):
        for namespace in changeable(build):
            for name in build.inventory.names.get((kind.full_name, namespace), ()):
                runs = words(f"{name[:50].rstrip('-.')}-{number}" for number in range(1, 10))
                line = Sequence(("create job ", runs, f" -n {namespace} --from=cronjob/{name}"))
                build.say(build.place(("create", "job"), named=True), line, only=())


def _either(globs: tuple[str, ...]) -> str:
    """A regular expression of shell-like patterns, any case."""
    return "|".join(glob.replace("*", ".*") for glob in globs)


def _starts(prefixes: tuple[str, ...]) -> str:
    return "|".join(prefix.replace(".", "[.]") + ".*" for prefix in prefixes)


WRITES: dict[Path_, Callable[[Builder], None]] = {
    ("scale",): scale,
    ("rollout", "undo"): rollout("undo"),
    ("rollout", "restart"): rollout("restart"),
    ("rollout", "pause"): rollout("pause"),
    ("rollout", "resume"): rollout("resume"),
    ("delete",): delete,
    ("autoscale",): autoscale,
    ("set", "image"): set_image,
    ("set", "resources"): set_resources,
    ("set", "env"): set_env,
    ("label",): metadata("label"),
    ("annotate",): metadata("annotate"),
    ("cordon",): node("cordon"),
    ("uncordon",): node("uncordon"),
    ("create", "job"): create_job,
}
"""Commands that change something -> what writes their grammar."""
