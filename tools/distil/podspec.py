"""PodSpec: what a pod, or the template of a workload, says that shall run."""

from __future__ import annotations

import json

from pydantic import JsonValue

from tools.distil.item import Item
from tools.distil.podsecurity import hooks, mounts, security
from tools.distil.quantity import millicores, whole_bytes
from tools.distil.shapes import dig, integer, mapping, mappings, string_map, text, texts
from tools.objects import ObjectRef

_DEFAULT_TOLERATIONS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_TOKEN_VOLUME = "kube-api-access-"  # noqa: S105 - the prefix of a volume name
"""Volume that admission adds to every pod; its ConfigMap is the control plane's, not the user's."""


def podspec(item: Item, spec: dict[str, JsonValue], at: str) -> None:
    """State `pod.*` references and `spec.*` facts of the pod spec at path `at` of the item."""
    if volumes := _volumes(spec):
        item.say("pod.volumes", volumes, f"{at}.volumes")
    if selector := string_map(spec.get("nodeSelector")):
        item.say("pod.node_selector", selector, f"{at}.nodeSelector")
    if affinity := mapping(spec.get("affinity")):
        item.say("pod.affinity", affinity, f"{at}.affinity")
    if tolerations := _tolerations(spec):
        item.say("pod.tolerations", tolerations, f"{at}.tolerations")
    item.say_text("pod.dns_policy", spec.get("dnsPolicy"), f"{at}.dnsPolicy")
    if spec.get("hostNetwork") is True:
        item.say("pod.host_network", True, f"{at}.hostNetwork")
    item.say_text("pod.priority_class", spec.get("priorityClassName"), f"{at}.priorityClassName")
    item.say_text("pod.service_account", spec.get("serviceAccountName"), f"{at}.serviceAccountName")
    secrets: list[JsonValue] = [
        text(entry.get("name")) for _, entry in mappings(spec.get("imagePullSecrets"))
    ]
    if secrets:
        item.say("pod.pull_secrets", secrets, f"{at}.imagePullSecrets")
    for group in ("initContainers", "containers", "ephemeralContainers"):
        for n, container in mappings(spec.get(group)):
            _around(item, spec, container, f"{at}.{group}[{n}]", init=group == "initContainers")
            _container(item, container, f"{at}.{group}[{n}]", init=group == "initContainers")


def _volumes(spec: dict[str, JsonValue]) -> list[JsonValue]:
    found: list[JsonValue] = []
    for _, volume in mappings(spec.get("volumes")):
        name = text(volume.get("name"))
        if name.startswith(_TOKEN_VOLUME):
            continue
        sources = [volume, *(s for _, s in mappings(dig(volume, "projected", "sources")))]
        for source in sources:
            found += _references(name, source)
    return found


def _references(volume: str, source: dict[str, JsonValue]) -> list[JsonValue]:
    found: list[JsonValue] = []
    for field, kind, named in (
        ("configMap", "ConfigMap", "name"),
        ("secret", "Secret", "secretName"),
        ("persistentVolumeClaim", "PersistentVolumeClaim", "claimName"),
    ):
        body = mapping(source.get(field))
        # Under `projected` a secret is named by `name` instead of `secretName`.
        if ref := text(body.get(named)) or text(body.get("name")):
            keys: list[JsonValue] = [text(e.get("key")) for _, e in mappings(body.get("items"))]
            optional = body.get("optional") is True
            found.append(
                {"name": volume, "kind": kind, "ref": ref, "optional": optional, "keys": keys}
            )
    return found


def _tolerations(spec: dict[str, JsonValue]) -> list[JsonValue]:
    return [
        entry
        for _, entry in mappings(spec.get("tolerations"))
        if not (
            entry.get("key") in _DEFAULT_TOLERATIONS
            and entry.get("operator") == "Exists"
            and entry.get("effect") == "NoExecute"
        )
    ]


def _around(
    item: Item, spec: dict[str, JsonValue], raw: dict[str, JsonValue], at: str, *, init: bool
) -> None:
    """As whom a container runs, what it mounts, and what else runs around its program."""
    about = item.container(text(raw.get("name")))
    if init and raw.get("restartPolicy") == "Always":
        item.say("spec.sidecar", True, f"{at}.restartPolicy", about=about)
    if found := security(spec, raw):
        item.say("spec.security", found, f"{at}.securityContext", about=about)
    if listed := mounts(raw):
        item.say("spec.mounts", listed, f"{at}.volumeMounts", about=about)
    if told := hooks(raw):
        item.say("spec.hooks", told, f"{at}.lifecycle", about=about)


def _container(item: Item, raw: dict[str, JsonValue], at: str, *, init: bool) -> None:
    about = item.container(text(raw.get("name")))
    item.say_text("spec.image", raw.get("image"), f"{at}.image", about)
    item.say_text("spec.pull_policy", raw.get("imagePullPolicy"), f"{at}.imagePullPolicy", about)
    item.say("spec.init", init, at, about=about, quote=f"name: {about.container or ''}")
    command: list[JsonValue] = [*texts(raw.get("command")), *texts(raw.get("args"))]
    if command:
        item.say(
            "spec.command",
            command,
            f"{at}.command" if raw.get("command") else f"{at}.args",
            about=about,
        )
    if ports := _ports(raw):
        item.say("spec.ports", ports, f"{at}.ports", about=about)
    _environment(item, raw, at, about)
    _resources(item, raw, at, about)
    for probe in ("liveness", "readiness", "startup"):
        body = mapping(raw.get(f"{probe}Probe"))
        if body:
            value = probe_value(body)
            item.say(f"spec.probe.{probe}", value, f"{at}.{probe}Probe", about=about)


def _ports(raw: dict[str, JsonValue]) -> list[JsonValue]:
    return [
        {
            "name": text(port.get("name")),
            "port": integer(port.get("containerPort")),
            "protocol": text(port.get("protocol")) or "TCP",
        }
        for _, port in mappings(raw.get("ports"))
    ]


def _environment(item: Item, raw: dict[str, JsonValue], at: str, about: ObjectRef) -> None:
    names: list[JsonValue] = []
    refs: list[JsonValue] = []
    for _, entry in mappings(raw.get("env")):
        env = text(entry.get("name"))
        names.append(env)
        for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            if source := mapping(dig(entry, "valueFrom", field)):
                refs.append(
                    {
                        "env": env,
                        "kind": kind,
                        "name": text(source.get("name")),
                        "key": text(source.get("key")),
                        "optional": source.get("optional") is True,
                    }
                )
    if names:
        # The quote leaves values out: they are not facts, whatever they hold.
        quote = f"env: {json.dumps(names, ensure_ascii=False)}"
        item.say("spec.env_names", names, f"{at}.env", about=about, quote=quote)
    if refs:
        item.say("spec.env_refs", refs, f"{at}.env", about=about)
    if sources := _env_from(raw):
        item.say("spec.env_from", sources, f"{at}.envFrom", about=about)


def _env_from(raw: dict[str, JsonValue]) -> list[JsonValue]:
    found: list[JsonValue] = []
    for _, entry in mappings(raw.get("envFrom")):
        for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            if source := mapping(entry.get(field)):
                found.append(
                    {
                        "kind": kind,
                        "name": text(source.get("name")),
                        "prefix": text(entry.get("prefix")),
                        "optional": source.get("optional") is True,
                    }
                )
    return found


def _resources(item: Item, raw: dict[str, JsonValue], at: str, about: ObjectRef) -> None:
    for field, word in (("limits", "limit"), ("requests", "request")):
        body = mapping(dig(raw, "resources", field))
        for resource, parse in (("memory", whole_bytes), ("cpu", millicores)):
            amount = parse(body.get(resource))
            if amount is not None:
                path = f"{at}.resources.{field}.{resource}"
                quote = f"{resource}: {body.get(resource)}"
                item.say(f"spec.{word}.{resource}", amount, path, about=about, quote=quote)


def probe_value(body: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A probe in the registry's shape; `port` may be a number or the name of a containerPort."""
    value: dict[str, JsonValue] = {"type": "other"}
    for field, kind in (("httpGet", "http"), ("tcpSocket", "tcp"), ("grpc", "grpc")):
        if action := mapping(body.get(field)):
            value["type"] = kind
            port = action.get("port")
            value["port"] = port if isinstance(port, str) else integer(port)
            if path := text(action.get("path")):
                value["path"] = path
    if execute := mapping(body.get("exec")):
        value["type"] = "exec"
        value["command"] = [*texts(execute.get("command"))]
    for field, name in (
        ("initialDelaySeconds", "initial_delay"),
        ("periodSeconds", "period"),
        ("timeoutSeconds", "timeout"),
        ("failureThreshold", "failure_threshold"),
    ):
        number = integer(body.get(field))
        if number is not None:
            value[name] = number
        elif name == "initial_delay":
            value[name] = 0
    return value
