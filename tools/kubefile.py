"""The user's kubeconfig files: found, merged and read as kubectl does it. Nothing is resolved here.

kubectl's rules (they differ from the Python client's): the first file that names a cluster, user,
context or the current context wins; relative paths belong to the file that holds them; files of
KUBECONFIG that do not exist are skipped.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from tools.errors import ClusterError

NO_KUBECONFIG_HINT = (
    "give one with --kubeconfig FILE, or use the built-in simulator: "
    "--cluster sim:crash-missing-env"
)
PATH_KEYS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where Kubernetes mounts a pod's own credentials."""
MAX_LISTED = 8
"""Contexts named in an error message."""


@dataclass(frozen=True)
class KubeContext:
    """One context with its cluster and user stanza; paths in them are absolute."""

    name: str
    cluster: Mapping[str, Any]
    user: Mapping[str, Any]
    namespace: str = "default"
    user_name: str = ""
    user_file: Path | None = None
    """File that holds the user stanza: an OIDC refresh is written back there, as kubectl does."""


@dataclass
class KubeFile:
    """Several kubeconfig files, merged."""

    paths: list[Path]
    clusters: dict[str, dict[str, Any]] = field(default_factory=dict)
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    contexts: dict[str, dict[str, Any]] = field(default_factory=dict)
    user_files: dict[str, Path] = field(default_factory=dict)
    current: str = ""

    @property
    def place(self) -> str:
        """The files, for messages."""
        return ", ".join(str(path) for path in self.paths)


def locate(kubeconfig: Path | None, environ: Mapping[str, str]) -> list[Path]:
    """The files to read, in order; empty when there is none (then only in-cluster is left).

    Raises ClusterError(no-kubeconfig) when the user named files and none of them exists.
    """
    if kubeconfig is not None:
        path = kubeconfig.expanduser()
        if not path.exists():
            raise ClusterError(
                f"kubeconfig {path} does not exist", NO_KUBECONFIG_HINT, reason="no-kubeconfig"
            )
        return [path]
    listed = [part for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    if listed:
        paths = [Path(part).expanduser() for part in listed]
        found = [path for path in paths if path.exists()]
        if not found:
            raise ClusterError(
                f"KUBECONFIG names no file that exists: {os.pathsep.join(listed)}",
                NO_KUBECONFIG_HINT,
                reason="no-kubeconfig",
            )
        return found
    home = environ.get("HOME")
    default = Path(home) / ".kube" / "config" if home else None
    return [default] if default is not None and default.exists() else []


def in_cluster(environ: Mapping[str, str], folder: Path = SERVICE_ACCOUNT) -> KubeContext | None:
    """The context of the pod we run in, or None outside a cluster."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT")
    if not (host and port and (folder / "token").exists()):
        return None
    address = f"[{host}]" if ":" in host else host
    namespace = folder / "namespace"
    return KubeContext(
        name="in-cluster",
        cluster={
            "server": f"https://{address}:{port}",
            "certificate-authority": str(folder / "ca.crt"),
        },
        user={"tokenFile": str(folder / "token")},
        namespace=namespace.read_text().strip() if namespace.exists() else "default",
    )


def read(paths: Sequence[Path]) -> KubeFile:
    """Merge the files. Raises ClusterError(bad-kubeconfig) naming the file and what is wrong."""
    merged = KubeFile(list(paths))
    for path in paths:
        config = _load(path)
        merged.current = merged.current or str(config.get("current-context") or "")
        for section, key, target in (
            ("clusters", "cluster", merged.clusters),
            ("users", "user", merged.users),
            ("contexts", "context", merged.contexts),
        ):
            for name, stanza in _entries(path, config, section, key):
                if name not in target:
                    target[name] = _absolute(stanza, path.absolute().parent)
                    if section == "users":
                        merged.user_files[name] = path
    return merged


def select(file: KubeFile, context: str | None) -> KubeContext:
    """The named context, or the current one. Raises ClusterError(no-context | bad-kubeconfig)."""
    if not file.contexts:
        raise ClusterError(
            f"kubeconfig {file.place} has no contexts", NO_KUBECONFIG_HINT, reason="no-kubeconfig"
        )
    name = context or file.current
    if not name:
        raise ClusterError(
            f"kubeconfig {file.place} has no current context",
            f"choose one with --context: {_listing(file.contexts)}",
            reason="no-context",
        )
    stanza = file.contexts.get(name)
    if stanza is None:
        near = difflib.get_close_matches(name, file.contexts, n=1)
        meant = f'did you mean "{near[0]}"? ' if near else ""
        raise ClusterError(
            f'context "{name}" does not exist in {file.place}',
            f"{meant}available: {_listing(file.contexts)}",
            reason="no-context",
        )
    cluster = file.clusters.get(str(stanza.get("cluster")))
    if cluster is None or not cluster.get("server"):
        raise _bad(file.place, f'context "{name}" names no cluster with a server')
    user_name = str(stanza.get("user") or "")
    if user_name and user_name not in file.users:
        raise _bad(file.place, f'context "{name}" names user "{user_name}", which is not there')
    return KubeContext(
        name=name,
        cluster=cluster,
        user=file.users.get(user_name, {}),
        namespace=str(stanza.get("namespace") or "default"),
        user_name=user_name,
        user_file=file.user_files.get(user_name),
    )


def _load(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        config = yaml.load(text, Loader=yaml.CSafeLoader)
    except OSError as error:
        raise _bad(str(path), error.strerror or "cannot be read") from error
    except UnicodeDecodeError as error:
        raise _bad(str(path), "is not text") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        raise _bad(str(path), f"is not YAML{where}: {getattr(error, 'problem', error)}") from error
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise _bad(str(path), f"is not a kubeconfig but a {type(config).__name__}")
    return config


def _entries(
    path: Path, config: Mapping[str, Any], section: str, key: str
) -> list[tuple[str, dict[str, Any]]]:
    entries = config.get(section) or []
    if not isinstance(entries, list):
        raise _bad(str(path), f"{section} is not a list")
    result = []
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str | int):
            raise _bad(str(path), f"{section} has an entry without a name")
        stanza = entry.get(key) or {}
        if not isinstance(stanza, dict):
            raise _bad(str(path), f'{section} entry "{entry["name"]}" is not a map')
        result.append((str(entry["name"]), stanza))
    return result


def _absolute(stanza: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The stanza with its relative paths tied to the folder of its file."""
    result = dict(stanza)
    for key in PATH_KEYS:
        if isinstance(result.get(key), str) and result[key]:
            result[key] = str(folder / result[key])
    plugin = result.get("exec")
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command", "")):
        result["exec"] = {**plugin, "command": str(folder / str(plugin["command"]))}
    return result


def _listing(names: Mapping[str, Any]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - MAX_LISTED} more" if len(listed) > MAX_LISTED else ""
    return ", ".join(listed[:MAX_LISTED]) + more


def _bad(place: str, problem: str) -> ClusterError:
    return ClusterError(
        f"kubeconfig {place}: {problem}" if place else f"kubeconfig: {problem}",
        "mend the file, or give another one with --kubeconfig FILE",
        reason="bad-kubeconfig",
    )


def bad_kubeconfig(problem: str) -> ClusterError:
    """A ClusterError for a stanza that cannot be used."""
    return _bad("", problem)
