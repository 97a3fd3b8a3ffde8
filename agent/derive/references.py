"""References: missing variables, keys and objects, and the closest ones that do exist."""

from __future__ import annotations

from agent.derive.derivation import Derivation
from tools.fact import Fact
from tools.objects import ObjectRef
from tools.suggest import closest


def derive_references(derivation: Derivation) -> None:
    """State env.near_miss, key.near_miss, object.near_miss and reference.absent."""
    for fact in list(derivation.index.named("log.missing_env")):
        _missing_env(derivation, fact)
    for fact in list(derivation.index.named("mount.missing")):
        _name_volume(derivation, fact)
    for name in ("config.missing", "mount.missing"):
        for fact in list(derivation.index.named(name)):
            _missing_object(derivation, fact)
    for fact in list(derivation.index.named("log.waiting_for")):
        _absent(derivation, fact, fact.value)
    for fact in list(derivation.index.named("log.unreachable")):
        if isinstance(fact.value, dict):
            _absent(derivation, fact, fact.value.get("host"))


def env_sources(derivation: Derivation, ref: ObjectRef) -> list[tuple[str, str, Fact]]:
    """Variables that a container does get: (name, where from, fact). Values are never read."""
    index = derivation.index
    found: list[tuple[str, str, Fact]] = []
    names = index.fact(ref, "spec.env_names")
    if names is not None and isinstance(names.value, list):
        found += [(str(name), "env", names) for name in names.value]
    for source in index.items(ref, "spec.env_from"):
        if not isinstance(source, dict) or source.get("kind") != "ConfigMap":
            continue
        holder = ObjectRef(kind="ConfigMap", namespace=ref.namespace, name=str(source.get("name")))
        keys = index.fact(holder, "configmap.keys")
        if keys is not None and isinstance(keys.value, list):
            prefix = str(source.get("prefix") or "")
            found += [(prefix + str(key), str(holder), keys) for key in keys.value]
    return found


def _missing_env(derivation: Derivation, fact: Fact) -> None:
    missing = str(fact.value)
    for ref in _readers(derivation, fact.subject):
        sources = env_sources(derivation, ref)
        names = {name: (where, source) for name, where, source in sources}
        if missing in names:
            continue
        near = closest(missing, [name for name in names if name != missing], 1)
        if near:
            where, source = names[near[0]]
            value = {"missing": missing, "found": near[0], "source": where}
            derivation.state(fact.subject, "env.near_miss", value, [fact, source])
            return


def _readers(derivation: Derivation, subject: ObjectRef) -> list[ObjectRef]:
    """The container a log belongs to; every container of the pod or workload when it is not named."""
    if subject.container is not None:
        return [subject]
    owners = derivation.owners
    pods = [subject] if subject.kind == "Pod" else owners.pods.get(owners.root(subject), [])
    return [ref for pod in pods for ref in owners.containers.get(pod, [])]


def _name_volume(derivation: Derivation, fact: Fact) -> None:
    """The kubelet tells the volume that lacks a key, the pod's spec what that volume is made of."""
    value = fact.value if isinstance(fact.value, dict) else {}
    volumes = derivation.index.fact(fact.subject, "pod.volumes")
    if value.get("name") or volumes is None or not isinstance(volumes.value, list):
        return
    for volume in volumes.value:
        if isinstance(volume, dict) and volume.get("name") == value.get("volume"):
            named = value | {"kind": volume.get("kind"), "name": volume.get("ref")}
            derivation.state(fact.subject, "mount.missing", named, [fact, volumes])
            return


def _missing_object(derivation: Derivation, fact: Fact) -> None:
    index = derivation.index
    value = fact.value if isinstance(fact.value, dict) else {}
    kind, name, key = str(value.get("kind")), str(value.get("name")), value.get("key")
    holder = ObjectRef(kind=kind, namespace=fact.subject.namespace, name=name)
    if key:
        keys = index.fact(holder, "configmap.keys")
        if keys is not None and isinstance(keys.value, list):
            near = closest(str(key), [str(item) for item in keys.value], 1)
            if near:
                miss = {"missing": str(key), "found": near[0], "source": str(holder)}
                derivation.state(fact.subject, "key.near_miss", miss, [fact, keys])
        return
    listed = index.fact(holder.model_copy(update={"name": "*"}), "list.names")
    if listed is not None and isinstance(listed.value, list) and name not in listed.value:
        derivation.state(
            fact.subject, "reference.absent", {"kind": kind, "name": name}, [fact, listed]
        )
        near = closest(name, [str(item) for item in listed.value], 1)
        if near:
            miss = {"kind": kind, "missing": name, "found": near[0]}
            derivation.state(fact.subject, "object.near_miss", miss, [fact, listed])


def _absent(derivation: Derivation, fact: Fact, host: object) -> None:
    """Whether the host that a log names is a Service that does not exist."""
    if not isinstance(host, str) or not host:
        return
    parts = host.split(".")
    namespace = fact.subject.namespace
    if len(parts) > 1 and parts[1] not in (namespace, "svc"):
        if len(parts) < 3 or parts[2] != "svc":
            return  # an external name, or another namespace that was not listed
        namespace = parts[1]
    service = ObjectRef(kind="Service", namespace=namespace, name=parts[0])
    listed = derivation.index.fact(service.model_copy(update={"name": "*"}), "list.names")
    if listed is None or not isinstance(listed.value, list) or parts[0] in listed.value:
        return
    value = {"kind": "Service", "name": parts[0]}
    derivation.state(fact.subject, "reference.absent", value, [fact, listed])
    near = closest(parts[0], [str(name) for name in listed.value], 1)
    if near:
        miss = {"kind": "Service", "missing": parts[0], "found": near[0]}
        derivation.state(fact.subject, "object.near_miss", miss, [fact, listed])
