"""Which program a container runs, and as whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.simulator.apps import App
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet import literals
from sandbox.simulator.store import Object


def profile(engine: Engine, container: Mapping[str, Any]) -> App:
    """The profile of a container's program; without one, what its command itself says."""
    image, words = (
        container.get("image", ""),
        (*container.get("command", []), *container.get("args", [])),
    )
    found = engine.world.app(image, " ".join(words), container["name"])
    return found or literals.app(image, words) or App(image=image)


def setting(pod: Object, container: Mapping[str, Any], name: str) -> Any:
    """A securityContext field that a container may override; None when neither has it."""
    own = (container.get("securityContext") or {}).get(name)
    return own if own is not None else (pod["spec"].get("securityContext") or {}).get(name)


def refused_user(app: App, pod: Object, container: Mapping[str, Any]) -> str | None:
    """Why the kubelet will not start a container that must not run as root; None when it will."""
    if not setting(pod, container, "runAsNonRoot"):
        return None
    meta = pod["metadata"]
    who = (
        f'(pod: "{meta["name"]}_{meta["namespace"]}({meta["uid"]})", '
        f"container: {container['name']})"
    )
    user = setting(pod, container, "runAsUser")
    if user is not None:
        return f"container's runAsUser breaks non-root policy {who}" if user == 0 else None
    if app.user is not None:
        return (
            f"container has runAsNonRoot and image has non-numeric user ({app.user}), "
            f"cannot verify user is non-root {who}"
        )
    if app.runs_as_root:
        return f"container has runAsNonRoot and image will run as root {who}"
    return None


def is_root(app: App, pod: Object, container: Mapping[str, Any]) -> bool | None:
    """Whether the process is root; None when neither pod nor profile says."""
    user = setting(pod, container, "runAsUser")
    if user is not None:
        return bool(user == 0)
    return False if app.user is not None else app.runs_as_root
