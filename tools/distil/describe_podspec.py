"""The pod spec in `kubectl describe`: of a pod, or of a workload's template."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.describe_values import labels, pairs, present, probe, toleration
from tools.distil.located import Draft, Path
from tools.distil.outline import Node

_KEY_REF = re.compile(
    r"^<set to the key '([^']{1,253})' (?:of config map|in secret) '([^']{1,253})'>"
    r"(?:\s+Optional: (true|false))?$"
)
_ENV_FROM = re.compile(
    r"^(\S{1,253})\s+(ConfigMap|Secret)(?: with prefix '([^']{0,253})')?(?:\s+Optional: (true|false))?$"
)
_PORT = re.compile(r"^(\d{1,5})/(TCP|UDP|SCTP) \(([a-z0-9-]{1,63})\)$")
_MOUNT = re.compile(r"^(/\S{0,4000}) from ([a-z0-9-]{1,63}) \((rw|ro)\b")
GROUPS = {
    "Init Containers": "initContainers",
    "Containers": "containers",
    "Ephemeral Containers": "ephemeralContainers",
}
"""Headings of containers -> fields of the pod spec."""


def podspec(draft: Draft, top: Node, at: Path, text: list[str]) -> None:
    """Draft the pod spec that `top` shows, at the path `at`."""
    if (account := top.get("Service Account")) and account.shown:
        draft.put((*at, "serviceAccountName"), account.shown, account.lines)
    selector = top.get("Node-Selectors") or top.get("Node-Selector")
    if selector is not None:
        found = pairs(selector.value) if "," in selector.value else labels(selector)
        draft.put((*at, "nodeSelector"), found, selector.block)
    if (tolerations := top.get("Tolerations")) is not None:
        entries: list[JsonValue] = [toleration(e.text) for e in tolerations.texts()]
        kept: list[JsonValue] = [entry for entry in entries if entry]
        draft.put((*at, "tolerations"), kept, tolerations.block)
    if (volumes := top.get("Volumes")) is not None:
        draft.put((*at, "volumes"), _volumes(volumes), volumes.block)
    for heading, field in GROUPS.items():
        node = top.get(heading)
        for n, child in enumerate(node.children if node else []):
            _container(draft, child, (*at, field, n), text)


def _volumes(node: Node) -> list[JsonValue]:
    found: list[JsonValue] = []
    for child in node.children:
        kind = present(child.get("Type")).partition(" ")[0]
        optional = present(child.get("Optional")) == "true"
        volume: dict[str, JsonValue] = {"name": child.key or child.text.rstrip(":")}
        if kind == "PersistentVolumeClaim":
            volume["persistentVolumeClaim"] = {"claimName": present(child.get("ClaimName"))}
        elif kind == "Secret":
            name = present(child.get("SecretName"))
            volume["secret"] = {"secretName": name, "optional": optional}
        elif kind == "ConfigMap":
            volume["configMap"] = {"name": present(child.get("Name")), "optional": optional}
        elif kind == "Projected":
            volume["projected"] = {"sources": _sources(child)}
        found.append(volume)
    return found


def _sources(node: Node) -> list[JsonValue]:
    """Sources of a projected volume: a name each, with its Optional on the line after it."""
    found: list[JsonValue] = []
    for entry, after in zip(node.children, [*node.children[1:], None], strict=True):
        optional = after is not None and after.key.endswith("Optional") and after.value == "true"
        body: dict[str, JsonValue] = {"name": entry.shown, "optional": optional}
        if entry.key == "ConfigMapName":
            found.append({"configMap": body})
        elif entry.key == "SecretName":
            found.append({"secret": body})
    return found


def _container(draft: Draft, node: Node, at: Path, text: list[str]) -> None:
    draft.put((*at, "name"), node.key, node.lines)
    draft.mark(at, node.lines)
    if (image := node.get("Image")) and image.shown:
        draft.put((*at, "image"), image.shown, image.lines)
    if (policy := node.get("Restart Policy")) and policy.shown:
        draft.put((*at, "restartPolicy"), policy.shown, policy.lines)
    for key, field in (("Command", "command"), ("Args", "args")):
        if (words := node.get(key)) and words.end > words.line:
            draft.put((*at, field), _words(words, text), words.block)
    ports = node.get("Ports") or node.get("Port")
    if ports and (found_ports := _ports(ports.shown)):
        draft.put((*at, "ports"), found_ports, ports.lines)
    _environment(draft, node, at)
    for key, field in (("Limits", "limits"), ("Requests", "requests")):
        block = node.get(key)
        for entry in block.children if block else []:
            if entry.key in ("cpu", "memory"):
                draft.put((*at, "resources", field, entry.key), entry.shown, entry.lines)
    block = node.get("Mounts")
    shown = [_MOUNT.match(entry.text) for entry in block.children] if block else []
    if block and (mounts := [_mount(found) for found in shown if found]):
        draft.put((*at, "volumeMounts"), mounts, block.block)
    for key in ("Liveness", "Readiness", "Startup"):
        found = node.get(key)
        if found and (body := probe(" ".join(found.value.split()))):
            draft.put((*at, f"{key.lower()}Probe"), body, found.lines)


def _mount(found: re.Match[str]) -> JsonValue:
    return {"mountPath": found[1], "name": found[2], "readOnly": found[3] == "ro"}


def _words(node: Node, text: list[str]) -> list[JsonValue]:
    """Arguments, one a line; an argument of several lines cannot be told from several."""
    margin = node.indent + 2
    return [
        line[margin:] if line[:margin].isspace() else line for line in text[node.line : node.end]
    ]


def _ports(value: str) -> list[JsonValue]:
    """The ports, when each is shown with its name; older kubectl leaves the names out.

    Ports without names would look as if no probe or Service could refer to them by name.
    """
    found: list[JsonValue] = []
    for part in value.split(", "):
        port = _PORT.match(part.strip())
        if port is None:
            return []
        found.append({"containerPort": int(port[1]), "protocol": port[2], "name": port[3]})
    return found


def _environment(draft: Draft, node: Node, at: Path) -> None:
    block = node.get("Environment")
    found: list[JsonValue] = []
    for entry in block.children if block else []:
        variable: dict[str, JsonValue] = {"name": entry.key}
        if ref := _KEY_REF.match(entry.value):
            field = "secretKeyRef" if " in secret '" in entry.value else "configMapKeyRef"
            source: JsonValue = {"key": ref[1], "name": ref[2], "optional": ref[3] == "true"}
            variable["valueFrom"] = {field: source}
        if entry.key:
            found.append(variable)
    if block is not None:
        draft.put((*at, "env"), found, block.block)
    whole = node.get("Environment Variables from")
    sources: list[JsonValue] = []
    for entry in whole.children if whole else []:
        if ref := _ENV_FROM.match(entry.text):
            field = "configMapRef" if ref[2] == "ConfigMap" else "secretRef"
            body: dict[str, JsonValue] = {"name": ref[1], "optional": ref[4] == "true"}
            sources.append({field: body} | ({"prefix": ref[3]} if ref[3] else {}))
    if whole is not None:
        draft.put((*at, "envFrom"), sources, whole.block)
