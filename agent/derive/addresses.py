"""Addresses: the variable that names a host a container cannot reach, and what it should say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.derive.derivation import Derivation
from tools.fact import Fact
from tools.objects import ObjectRef
from tools.redact.mask import MASKED


def derive_addresses(derivation: Derivation) -> None:
    """State address.right of containers whose log names a host, where the right address is known."""
    for fact in list(derivation.index.named("log.unreachable")):
        if fact.subject.container is not None and isinstance(fact.value, dict):
            _state(derivation, fact)


def _state(derivation: Derivation, unreachable: Fact) -> None:
    for wrong, right, sources in _corrections(derivation, unreachable):
        # Whole names only: db is neither my-db nor db-replica, and port 80 is not 8080.
        name = re.compile(rf"(?<![\w.-]){re.escape(wrong)}(?![\w-])")
        for variable, value, template in _variables(derivation, unreachable.subject):
            if MASKED.search(value):
                continue  # written back, it would say <redacted>
            better = name.sub(right.replace("\\", r"\\"), value)
            if better != value:
                stated = {"env": variable, "value": value, "right": better}
                told = [unreachable, template, *sources]
                derivation.state(unreachable.subject, "address.right", stated, told)
                return


def _corrections(
    derivation: Derivation, unreachable: Fact
) -> Iterator[tuple[str, str, list[Fact | None]]]:
    """What is wrong in the address, and what it should be, with the facts that say so."""
    index, subject = derivation.index, unreachable.subject
    miss = index.fact(subject, "host.miss")
    if miss is not None and isinstance(miss.value, dict) and miss.value["what"] == "namespace":
        name = miss.value["service"]
        wrong, right = (f"{name}.{miss.value[key]}" for key in ("wanted", "found"))
        yield wrong, right, [miss]
    near = index.fact(subject, "object.near_miss")
    if near is not None and isinstance(near.value, dict) and near.value["kind"] == "Service":
        yield str(near.value["missing"]), str(near.value["found"]), [near]
    value = unreachable.value if isinstance(unreachable.value, dict) else {}
    host, port = str(value.get("host")), value.get("port")
    for service in index.objects("Service"):
        address = index.fact(service, "service.address")
        named = host.split(".")[0] == service.name and service.namespace == subject.namespace
        if not named and (address is None or address.value != host):
            continue
        ports = index.fact(service, "service.ports")
        known = {
            entry["port"]
            for entry in index.items(service, "service.ports")
            if isinstance(entry, dict) and entry.get("protocol", "TCP") == "TCP"
        }
        if port is not None and len(known) == 1 and port not in known:
            short = f"{service.name}.{service.namespace}"
            for at in (service.name, host, short, f"{short}.svc", f"{short}.svc.cluster.local"):
                yield f"{at}:{port}", f"{at}:{next(iter(known))}", [address, ports]


def _variables(derivation: Derivation, container: ObjectRef) -> Iterator[tuple[str, str, Fact]]:
    """The variables that the pod template gives a container by their value."""
    root = derivation.owners.root(container)
    template = derivation.index.fact(root, "workload.template")
    spec = template.value if template is not None and isinstance(template.value, dict) else {}
    for group in ("containers", "initContainers"):
        listed = spec.get(group)
        for body in listed if isinstance(listed, list) else []:
            if not isinstance(body, dict) or body.get("name") != container.container:
                continue
            env = body.get("env")
            for entry in env if isinstance(env, list) else []:
                if template is not None and isinstance(entry, dict) and entry.get("value"):
                    yield str(entry["name"]), str(entry["value"]), template
