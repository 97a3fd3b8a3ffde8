"""Changes: the moves that a grammar offers only when the objective's verbs name them.

Not offered: `create` but for `job --from`, whose objects a manifest says under their schema, and
`set serviceaccount`, which changes an identity. Changes of nodes are in nodes.py, patches in patches.py.
"""

from __future__ import annotations

from collections.abc import Callable

from agent.grammars.builder import Builder
from agent.grammars.nodes import NODE_WRITES
from agent.grammars.patches import patch
from agent.grammars.places import changeable, metadata_key, workloads
from agent.grammars.reads import ROLLED
from agent.grammars.values import LABEL, SETTING, TAG, label_words
from agent.grammars.words import words
from model.grammar.expression import Choice, Expression, Maybe, Pattern, Sequence
from sandbox.discovery import ResourceKind
from tools.kubectl.tree import Path_

SCALED = ("deployments", "statefulsets", "replicasets")
LABELLED = ("pods", "deployments", "statefulsets", "daemonsets", "services", "nodes")


def _objects(build: Builder, before: str, kind: ResourceKind, verb: str = "patch") -> Expression:
    return Choice(
        tuple(
            Sequence((before, build.names(kind, name), f" -n {name}"))
            for name in changeable(build)
            if build.inventory.may(verb, kind, name)
        )
    )


def _one(
    build: Builder, command: str, kind: ResourceKind, namespace: str, *said: Expression
) -> Sequence:
    """`COMMAND KIND/NAME ... -n NAMESPACE`."""
    start = f"{command} {build.spelt(kind)[1]}/"
    return Sequence((start, build.names(kind, namespace), *said, f" -n {namespace}"))


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


def set_image(build: Builder) -> None:
    """A container's image: one that was seen, or another tag of its repository."""
    path = ("set", "image")
    for start, containers, names, namespace, _ in workloads(build, path):
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
    for start, containers, names, namespace, _ in workloads(build, path):
        place = build.place(path, named=True, containers=containers)
        line = Sequence((start, names, f" -n {namespace}"))
        for needed in ("limits", "requests"):
            build.say(place, line, required=("containers", needed), without=("output",))


def set_env(build: Builder) -> None:
    """One variable of a container; none that changes how programs are started."""
    path = ("set", "env")
    name = Pattern("[A-Z][A-Z0-9_]{0,50}", _either(build.policy.forbidden_env))
    for start, containers, names, namespace, _ in workloads(build, path):
        place = build.place(path, named=True, containers=containers)
        line = Sequence((start, names, " ", name, "=", SETTING, f" -n {namespace}"))
        build.say(place, line, required=("containers",), only=())


def metadata(verb: str) -> Callable[[Builder], None]:
    """Label and annotate: a key that was seen, or a plain one, with a plain value."""

    def write(build: Builder) -> None:
        key = metadata_key(build)
        for kind in build.kinds(*LABELLED):
            for namespace in changeable(build) if kind.namespaced else ():
                if build.inventory.may("patch", kind, namespace):
                    line = _one(build, verb, kind, namespace, " ", key, "=", LABEL)
                    build.say(build.place((verb,), named=True), line, only=("overwrite",))

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


def expose(build: Builder) -> None:
    """A Service for a Deployment, under a name of its own."""
    path = ("expose",)
    for kind in build.kinds("deployments"):
        name = Pattern("[a-z][a-z0-9-]{0,40}[a-z0-9]")
        for namespace in changeable(build):
            line = Sequence(
                (
                    f"expose {build.spelt(kind)[1]}/",
                    build.names(kind, namespace),
                    f" -n {namespace} --name=",
                    name,
                )
            )
            only = ("protocol", "target-port")
            build.say(build.place(path, named=True), line, required=("port",), only=only)


def set_selector(build: Builder) -> None:
    """A Service's selector, of labels that were seen."""
    pair = label_words(build.inventory)
    pairs = Sequence((pair, Maybe(Sequence((",", pair)))))
    for kind in build.kinds("services"):
        for namespace in changeable(build):
            line = _one(build, "set selector", kind, namespace, " ", pairs)
            build.say(build.place(("set", "selector"), named=True), line, only=())


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
    ("set", "selector"): set_selector,
    ("expose",): expose,
    ("create", "job"): create_job,
    ("patch",): patch,
    **NODE_WRITES,
}
"""Commands that change something -> what writes their grammar."""
