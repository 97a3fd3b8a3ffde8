"""kubectl create and expose: objects made from flags."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from sandbox.simulator.commands.invocation import Invocation, pair
from sandbox.simulator.commands.session import Refusal, Session
from sandbox.simulator.store import Object


def create(session: Session, command: Invocation) -> None:
    """`create KIND [SUBKIND] NAME`. Raises Refusal, UsageError."""
    make = MAKERS.get(command.path[1:])
    if make is None or not command.words:
        raise command.mistake("no generator for it")
    plural, body = make(session, command)
    metadata = {"name": command.words[0], **body.pop("metadata", {})}
    session.create(session.kind(plural), {"metadata": metadata, **body})


def expose(session: Session, command: Invocation) -> None:
    """A Service for a workload's pods. Raises Refusal, UsageError."""
    what = session.one(command)
    obj = session.get(what)
    spec = obj["spec"]
    if what.row.kind == "Service":
        selector = spec.get("selector")
    elif what.row.kind == "Pod":
        selector = obj["metadata"].get("labels")
    else:
        selector = spec["selector"].get("matchLabels")
    if "selector" in command.flags:
        selector = command.pairs("selector")
    port = command.number("port")
    if port is None:
        pod = spec.get("template", obj)["spec"]
        declared = [p["containerPort"] for c in pod["containers"] for p in c.get("ports", [])]
        if not declared:
            raise Refusal("couldn't find port via --port flag or introspection")
        port = int(declared[0])
    target = command.text("target-port", str(port))
    entry: Object = {"port": port, "protocol": command.text("protocol", "TCP")}
    entry["targetPort"] = int(target) if target.isdecimal() else target
    body: Object = {"selector": selector, "ports": [entry]}
    if "type" in command.flags:
        body["type"] = command.text("type")
    if "cluster-ip" in command.flags:
        body["clusterIP"] = command.text("cluster-ip")
    metadata: Object = {"name": command.text("name", what.name)}
    if obj["metadata"].get("labels"):
        metadata["labels"] = obj["metadata"]["labels"]
    session.create(session.kind("services"), {"metadata": metadata, "spec": body})


def _literals(command: Invocation) -> dict[str, str]:
    if "from-file" in command.flags or "from-env-file" in command.flags:
        raise command.mistake("it reads files")
    return dict(pair(item) for item in command.lists.get("from-literal", ()))


def _configmap(session: Session, command: Invocation) -> tuple[str, Object]:
    return "configmaps", {"data": _literals(command)}


def _secret(session: Session, command: Invocation) -> tuple[str, Object]:
    data = {key: _encoded(value) for key, value in _literals(command).items()}
    return "secrets", {"type": command.text("type", "Opaque"), "data": data}


def _registry_secret(session: Session, command: Invocation) -> tuple[str, Object]:
    user, password = command.text("docker-username"), command.text("docker-password")
    login = {"username": user, "password": password}
    if "docker-email" in command.flags:
        login["email"] = command.text("docker-email")
    login["auth"] = _encoded(f"{user}:{password}")
    server = command.text("docker-server", "https://index.docker.io/v1/")
    config = json.dumps({"auths": {server: login}}, separators=(",", ":"))
    return "secrets", {
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": _encoded(config)},
    }


def _plain(plural: str) -> Callable[[Session, Invocation], tuple[str, Object]]:
    return lambda session, command: (plural, {})


def _role(session: Session, command: Invocation) -> tuple[str, Object]:
    groups: dict[str, list[str]] = {}
    for word in command.items("resource"):
        word, _, sub = word.partition("/")
        row = session.kind(word)
        plural = f"{row.plural}/{sub}" if sub else row.plural
        groups.setdefault(row.group, []).append(plural)
    names = command.items("resource-name")
    rules: list[Object] = []
    for group, plurals in groups.items():
        rule: Object = {
            "apiGroups": [group],
            "resources": plurals,
            "verbs": command.items("verb"),
        }
        rules.append({**rule, "resourceNames": names} if names else rule)
    plural = "clusterroles" if command.path[1] == "clusterrole" else "roles"
    return plural, {"rules": rules}


def _binding(session: Session, command: Invocation) -> tuple[str, Object]:
    group = "rbac.authorization.k8s.io"
    kind = "ClusterRole" if "clusterrole" in command.flags else "Role"
    subjects: list[Object] = []
    for flag, what in (("user", "User"), ("group", "Group")):
        subjects += [{"kind": what, "apiGroup": group, "name": n} for n in command.items(flag)]
    for item in command.items("serviceaccount"):
        namespace, _, name = item.partition(":")
        subjects.append({"kind": "ServiceAccount", "namespace": namespace, "name": name})
    role = {"apiGroup": group, "kind": kind, "name": command.text(kind.lower())}
    plural = f"{command.path[1]}s"
    return plural, {"roleRef": role, "subjects": subjects}


def _quota(session: Session, command: Invocation) -> tuple[str, Object]:
    spec: Object = {"hard": command.pairs("hard")}
    if "scopes" in command.flags:
        spec["scopes"] = command.text("scopes").split(",")
    return "resourcequotas", {"spec": spec}


def _job(session: Session, command: Invocation) -> tuple[str, Object]:
    if "from" in command.flags:
        source = session.named([command.text("from")])[0]
        obj = session.get(source)
        template = obj["spec"]["jobTemplate"]
        owner = {
            "apiVersion": obj["apiVersion"],
            "kind": obj["kind"],
            "name": source.name,
            "uid": obj["metadata"]["uid"],
            "controller": True,
        }
        meta = {
            **template.get("metadata", {}),
            "annotations": {
                **template.get("metadata", {}).get("annotations", {}),
                "cronjob.kubernetes.io/instantiate": "manual",
            },
            "ownerReferences": [owner],
        }
        return "jobs", {"metadata": meta, "spec": template["spec"]}
    container: Object = {"name": command.words[0], "image": command.text("image")}
    if command.program:
        container["command"] = list(command.program)
    pod = {"restartPolicy": "Never", "containers": [container]}
    return "jobs", {"spec": {"template": {"spec": pod}}}


def _cronjob(session: Session, command: Invocation) -> tuple[str, Object]:
    container: Object = {"name": command.words[0], "image": command.text("image")}
    if command.program:
        container["command"] = list(command.program)
    pod = {"restartPolicy": command.text("restart", "OnFailure"), "containers": [container]}
    job = {"metadata": {"name": command.words[0]}, "spec": {"template": {"spec": pod}}}
    return "cronjobs", {"spec": {"schedule": command.text("schedule"), "jobTemplate": job}}


def _deployment(session: Session, command: Invocation) -> tuple[str, Object]:
    labels = {"app": command.words[0]}
    containers: list[Object] = []
    for image in command.items("image"):
        name = image.rpartition("/")[2].partition(":")[0].partition("@")[0]
        containers.append({"name": name, "image": image})
    if command.program:
        containers[0]["command"] = list(command.program)
    if command.number("port") is not None:
        containers[0]["ports"] = [{"containerPort": command.number("port")}]
    spec = {
        "replicas": command.number("replicas") or 1,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
    }
    return "deployments", {"metadata": {"labels": labels}, "spec": spec}


def _service(session: Session, command: Invocation) -> tuple[str, Object]:
    kinds = {"clusterip": "ClusterIP", "nodeport": "NodePort", "loadbalancer": "LoadBalancer"}
    labels = {"app": command.words[0]}
    spec: Object = {"type": kinds.get(command.path[2], "ExternalName"), "selector": labels}
    if spec["type"] == "ExternalName":
        spec["externalName"] = command.text("external-name")
    ports: list[Object] = []
    for item in command.items("tcp"):
        port, _, target = item.partition(":")
        name = item.replace(":", "-") if target else port
        value: int | str = int(target or port) if (target or port).isdecimal() else target
        entry: Object = {"name": name, "port": int(port), "protocol": "TCP", "targetPort": value}
        ports.append(entry)
    if ports:
        spec["ports"] = ports
    if "clusterip" in command.flags:
        spec["clusterIP"] = command.text("clusterip")
    return "services", {"metadata": {"labels": labels}, "spec": spec}


def _priorityclass(session: Session, command: Invocation) -> tuple[str, Object]:
    body: Object = {"value": command.number("value") or 0}
    body["preemptionPolicy"] = command.text("preemption-policy", "PreemptLowerPriority")
    if command.on("global-default"):
        body["globalDefault"] = True
    return "priorityclasses", body


def _budget(session: Session, command: Invocation) -> tuple[str, Object]:
    spec: Object = {"selector": {"matchLabels": command.pairs("selector")}}
    for flag, field in (("min-available", "minAvailable"), ("max-unavailable", "maxUnavailable")):
        if flag in command.flags:
            text = command.text(flag)
            spec[field] = int(text) if text.isdecimal() else text
    return "poddisruptionbudgets", {"spec": spec}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


MAKERS: dict[tuple[str, ...], Callable[[Session, Invocation], tuple[str, Object]]] = {
    ("configmap",): _configmap,
    ("secret", "generic"): _secret,
    ("secret", "docker-registry"): _registry_secret,
    ("serviceaccount",): _plain("serviceaccounts"),
    ("namespace",): _plain("namespaces"),
    ("role",): _role,
    ("clusterrole",): _role,
    ("rolebinding",): _binding,
    ("clusterrolebinding",): _binding,
    ("quota",): _quota,
    ("job",): _job,
    ("cronjob",): _cronjob,
    ("deployment",): _deployment,
    ("service", "clusterip"): _service,
    ("service", "nodeport"): _service,
    ("service", "loadbalancer"): _service,
    ("service", "externalname"): _service,
    ("priorityclass",): _priorityclass,
    ("poddisruptionbudget",): _budget,
}
"""Generators by the path behind `create`."""
