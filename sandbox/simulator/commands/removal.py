"""kubectl delete, cordon, uncordon, drain."""

from __future__ import annotations

from sandbox.simulator.commands.invocation import Invocation
from sandbox.simulator.commands.session import Named, Refusal, Session
from sandbox.simulator.controllers.owned import controller_of
from sandbox.simulator.demand import terminal
from sandbox.simulator.store import Object
from tools.kubectl.shapes import seconds

WAIT = 60.0
"""Seconds for which a deletion is awaited; what is not gone by then is held by a finalizer."""
RETRY = 5.0
"""Seconds between two tries of an eviction that a budget forbids, as kubectl drain has them."""
PATIENCE = 120.0
"""Seconds after which a drain without --timeout is given up."""
_CASCADES = {"background": "Background", "foreground": "Foreground", "orphan": "Orphan"}
_MIRROR = "kubernetes.io/config.mirror"


def delete(session: Session, command: Invocation) -> None:
    """Delete objects and wait until they are gone. Raises Refusal."""
    chosen = session.chosen(command, command.words)
    options: Object = {"propagationPolicy": _CASCADES[command.text("cascade", "background")]}
    if command.on("now"):
        options["gracePeriodSeconds"] = 1
    if command.number("grace-period") is not None:
        options["gracePeriodSeconds"] = command.number("grace-period")
    uids = {}
    for what in chosen:
        found = session.find(what)
        if found is None and command.on("ignore-not-found"):
            continue
        session.delete(what, options)
        if found is not None:
            uids[what] = found["metadata"]["uid"]
    waited = 0.0
    while command.flags.get("wait") is not False and waited < WAIT and _left(session, uids):
        session.engine.advance(1.0)
        waited += 1.0


def cordon(session: Session, command: Invocation) -> None:
    """spec.unschedulable. Raises Refusal."""
    for name in command.words:
        session.patch(_node(session, name), {"spec": {"unschedulable": True}})


def uncordon(session: Session, command: Invocation) -> None:
    """No spec.unschedulable. Raises Refusal."""
    for name in command.words:
        session.patch(_node(session, name), {"spec": {"unschedulable": None}})


def drain(session: Session, command: Invocation) -> None:
    """Cordon a node and evict its pods. Raises Refusal."""
    cordon(session, command)
    pods = session.kind("pods")
    for node in command.words:
        found = session.everywhere(pods, {"fieldSelector": f"spec.nodeName={node}"})
        chosen = [pod for pod in found if _goes(pod, command, node)]
        for pod in chosen:
            _evict(session, pod, command)
        waited = 0.0
        while waited < WAIT and any(
            session.engine.store.get("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])
            for pod in chosen
        ):
            session.engine.advance(1.0)
            waited += 1.0


def _node(session: Session, name: str) -> Named:
    return Named(session.kind("nodes"), name.removeprefix("node/"))


def _left(session: Session, uids: dict[Named, str]) -> bool:
    for what, uid in uids.items():
        found = session.find(what)
        if found is not None and found["metadata"]["uid"] == uid:
            return True
    return False


def _goes(pod: Object, command: Invocation, node: str) -> bool:
    """Whether a drain evicts the pod. Raises Refusal when it must be told to."""
    meta = pod["metadata"]
    owner = controller_of(pod)
    if _MIRROR in meta.get("annotations", {}):
        return False
    if owner is not None and owner["kind"] == "DaemonSet" and not terminal(pod):
        if command.on("ignore-daemonsets"):
            return False
        why = "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"
    elif owner is None and not command.on("force") and not terminal(pod):
        why = "cannot delete Pods that declare no controller (use --force to override)"
    elif any("emptyDir" in volume for volume in pod["spec"].get("volumes", [])) and not command.on(
        "delete-emptydir-data"
    ):
        why = "cannot delete Pods with local storage (use --delete-emptydir-data to override)"
    else:
        return True
    raise Refusal(
        f'unable to drain node "{node}" due to error: {why}: {meta["namespace"]}/{meta["name"]}'
    )


def _evict(session: Session, pod: Object, command: Invocation) -> None:
    meta = pod["metadata"]
    name, namespace = meta["name"], meta["namespace"]
    body = {
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name, "namespace": namespace},
    }
    path = session.path(session.kind("pods"), name, namespace) + "/eviction"
    waited, patience = 0.0, PATIENCE
    if "timeout" in command.flags:
        patience = seconds(command.text("timeout"))
    while True:
        try:
            session.create(session.kind("pods"), body, path)
            return
        except Refusal as refusal:
            if refusal.code == 404:
                return
            if refusal.code != 429 or waited >= patience:
                raise
        session.engine.advance(RETRY)
        waited += RETRY
