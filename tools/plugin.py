"""exec credential plug-ins, run by the official Python client with the user's own environment.

The client's loader logs a failed plug-in and goes on as an anonymous user, so it is asked for the
plug-in alone, and every failure is a ClusterError.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from tools.errors import ClusterError
from tools.kubefile import KubeContext, bad_kubeconfig

PLUGIN_SECONDS = 60.0
"""A credential plug-in that has not answered by then counts as failed."""


class Issued(NamedTuple):
    """What an exec plug-in or an identity provider handed out."""

    token: str | None
    certificate: str | None
    key: str | None
    expires_at: datetime | None


def run(context: KubeContext, environ: Mapping[str, str]) -> Issued:
    """Run the exec plug-in through the official client, with the user's own environment."""
    from kubernetes.config.config_exception import ConfigException
    from kubernetes.config.exec_provider import ExecProvider
    from kubernetes.config.kube_config import ConfigNode

    stanza = context.user["exec"]
    if not isinstance(stanza, dict) or not stanza.get("command"):
        raise bad_kubeconfig("its exec stanza names no command")
    command = str(stanza["command"])
    _require(command, stanza, environ)
    try:
        node: Any = ConfigNode  # the client has no types
        maker: Any = ExecProvider
        provider = maker(node("exec", stanza), None, node("cluster", dict(context.cluster)))
        added = {str(item["name"]): str(item["value"]) for item in stanza.get("env") or []}
        provider.env = {**environ, **added}
    except (ConfigException, KeyError, TypeError) as error:
        raise bad_kubeconfig(f"its exec stanza: {error}") from error
    status = _run_bounded(provider.run, command)
    token, certificate = status.get("token"), status.get("clientCertificateData")
    if not token and not (certificate and status.get("clientKeyData")):
        raise _failed(command, "it returned neither a token nor a client certificate")
    return Issued(
        str(token).strip() if token else None,
        certificate,
        status.get("clientKeyData"),
        _timestamp(status.get("expirationTimestamp"), command),
    )


def _require(command: str, stanza: Mapping[str, Any], environ: Mapping[str, str]) -> None:
    """Raise ClusterError(plugin-missing), with the stanza's own install hint, when it is absent."""
    path = environ.get("PATH") or os.defpath
    if shutil.which(command, path=path) is not None:
        return
    hint = " ".join(str(stanza.get("installHint") or "").split())
    where = "does not exist or cannot be run" if os.sep in command else "is not on PATH"
    raise ClusterError(
        f"the kubeconfig's credential plug-in {command} {where}",
        hint or f"install {command}, or use a kubeconfig with a token",
        reason="plugin-missing",
    )


def _run_bounded(run: Callable[[], Any], command: str) -> Mapping[str, Any]:
    """The plug-in's status; its own thread, because the client gives it no time limit."""
    from kubernetes.config.config_exception import ConfigException

    box: list[Any] = []

    def work() -> None:
        try:
            box.append(run())
        except (ConfigException, OSError, ValueError, TypeError) as error:
            box.append(error)

    thread = threading.Thread(target=work, name="credential-plugin", daemon=True)
    thread.start()
    thread.join(PLUGIN_SECONDS)
    if not box:
        raise _failed(command, f"it did not answer within {PLUGIN_SECONDS:.0f} s")
    if isinstance(box[0], Exception):
        raise _failed(command, first_line(str(box[0]))) from box[0]
    if not isinstance(box[0], Mapping):
        raise _failed(command, "its answer has no status")
    return box[0]


def first_line(text: str) -> str:
    """`exec: process returned 3. <stderr>` without the client's prefix, first line only."""
    lines = text.removeprefix("exec: ").strip().splitlines() or ["no reason given"]
    return lines[0][:300]


def _failed(command: str, why: str) -> ClusterError:
    return ClusterError(
        f"the kubeconfig's credential plug-in {Path(command).name} failed: {why}",
        "run the plug-in's login, or `kubectl get --raw /version`, and try again",
        reason="plugin-failed",
    )


def _timestamp(text: object, command: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise _failed(command, f"its expirationTimestamp is {text!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
