"""Volumes that cannot be mounted or attached, and configuration that a container lacks."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.statement import Statement

_VOLUME = re.compile(r'for volume "([^"]*)"')
_UNMOUNTED = re.compile(r"unmounted volumes=\[([^\]\s,]*)")
_FAILED_VOLUMES = re.compile(r"failed to process volumes=\[([^\]\s,]+)")
_MISSING = re.compile(r'\b(secret|configmap|persistentvolumeclaim)s? "([^"]+)" not found', re.I)
_MISSING_KEY = re.compile(
    r"(configmap )?references non-existent (?:config|secret) key: ([^\s,\]]+)", re.I
)
_ABSENT_KEY = re.compile(r"couldn't find key (\S+) in (ConfigMap|Secret) (?:[^\s/]+/)?([^\s,]+)")
_TRANSIENT = re.compile(
    r"failed to sync (?:configmap|secret) cache|object \"[^\"]*\"/\"[^\"]*\" not registered"
)
_KINDS = {
    "secret": "Secret",
    "configmap": "ConfigMap",
    "persistentvolumeclaim": "PersistentVolumeClaim",
}


def _volume(message: str) -> str:
    for pattern in (_VOLUME, _FAILED_VOLUMES, _UNMOUNTED):
        if found := pattern.search(message):
            return found.group(1)
    return ""


def missing_objects(message: str) -> list[tuple[str, str]]:
    """(kind, name) of every object that the message says is not found, in order, once each."""
    pairs = [(_KINDS[kind.lower()], name) for kind, name in _MISSING.findall(message)]
    return list(dict.fromkeys(pairs))


def mount(message: str) -> list[Statement]:
    """`mount.missing` for each object or key that is not there, else one `mount.error`.

    The kubelet's cache warming up (`failed to sync configmap cache`) passes by itself and states
    nothing.
    """
    volume = _volume(message)
    found: list[Statement] = []
    for kind, name in missing_objects(message):
        found.append(Statement("mount.missing", {"volume": volume, "kind": kind, "name": name}))
    for configmap, key in _MISSING_KEY.findall(message):
        kind = "ConfigMap" if configmap else "Secret"
        # The kubelet does not say which object; the volume of that name in the spec does.
        value: JsonValue = {"volume": volume, "kind": kind, "name": "", "key": key}
        found.append(Statement("mount.missing", value))
    if found or _TRANSIENT.search(message) or not message:
        return found
    return [Statement("mount.error", {"volume": volume, "message": message})]


def config(message: str) -> list[Statement]:
    """`config.missing` for each ConfigMap, Secret or key that the environment needs."""
    found: list[Statement] = []
    for key, kind, name in _ABSENT_KEY.findall(message):
        found.append(Statement("config.missing", {"kind": kind, "name": name, "key": key}))
    for kind, name in missing_objects(message):
        if kind != "PersistentVolumeClaim":
            found.append(Statement("config.missing", {"kind": kind, "name": name}))
    return found
