"""ConfigMaps, Secrets and ServiceAccounts."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.decoded import decoded
from sandbox.simulator.validation.fields import Json, has, mapping, text
from sandbox.simulator.validation.problem import Problem, bad, forbidden, required, too_long

LIMIT = 1 << 20
"""Bytes of all values together."""

DOCKER_CONFIG = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}
"""Secret type -> the key that holds its JSON."""

_FROZEN = "field is immutable when `immutable` is set"
_ACCOUNT = "kubernetes.io/service-account.name"


def config_map(obj: Json) -> Iterator[Problem]:
    """A ConfigMap."""
    plain, binary = mapping(obj, "data"), mapping(obj, "binaryData")
    size = 0
    for key, value in plain.items():
        yield from (bad(f"data[{key}]", key, said) for said in names.config_key(key))
        if key in binary:
            said_of = "duplicate of key present in binaryData"
            yield bad(f"data[{key}]", key, said_of)
        size += len(value.encode(errors="replace")) if isinstance(value, str) else 0
    for key, value in binary.items():
        yield from (bad(f"binaryData[{key}]", key, said) for said in names.config_key(key))
        size += len(decoded(value))
    if size > LIMIT:
        yield too_long("", LIMIT)


def frozen(new: Json, old: Json) -> Iterator[Problem]:
    """What `immutable: true` forbids."""
    if old.get("immutable") is not True:
        return
    if new.get("immutable") is not True:
        yield forbidden("immutable", _FROZEN)
    for key in ("data", "binaryData"):
        if mapping(new, key) != mapping(old, key):
            yield forbidden(key, _FROZEN)


def secret(obj: Json) -> Iterator[Problem]:
    """A Secret: its keys, its size, and what its type asks for."""
    data = mapping(obj, "data")
    size = 0
    for key, value in data.items():
        yield from (bad(f"data[{key}]", key, said) for said in names.config_key(key))
        size += len(decoded(value))
    if size > LIMIT:
        yield too_long("data", LIMIT)
    kind = text(obj, "type")
    if kind in DOCKER_CONFIG:
        yield from _docker(data, DOCKER_CONFIG[kind])
    elif kind == "kubernetes.io/tls":
        for key in ("tls.crt", "tls.key"):
            if key not in data:
                yield required(f"data[{key}]")
    elif kind == "kubernetes.io/basic-auth":
        if not {"username", "password"} & set(data):
            yield required("data[username]")
            yield required("data[password]")
    elif kind == "kubernetes.io/ssh-auth":
        if not decoded(data.get("ssh-privatekey")):
            yield required("data[ssh-privatekey]")
    elif kind == "kubernetes.io/service-account-token":
        account = text(mapping(obj, "metadata", "annotations"), _ACCOUNT)
        if not account:
            yield required(f"metadata.annotations[{_ACCOUNT}]")


def _docker(data: Json, key: str) -> Iterator[Problem]:
    if key not in data:
        yield required(f"data[{key}]")
        return
    try:
        json.loads(decoded(data[key]))
    except (ValueError, RecursionError):
        content = decoded(data[key]).lstrip()
        first = content[:1].decode(errors="replace")
        said = (
            f"invalid character '{first}' looking for beginning of value"
            if first and first not in '{["-0123456789tfn'
            else "unexpected end of JSON input"
        )
        yield bad(f"data[{key}]", "<secret contents redacted>", said)


def secret_update(new: Json, old: Json) -> Iterator[Problem]:
    """The type stays; an immutable secret stays as a whole."""
    if has(old, "type") and new.get("type") != old.get("type"):
        yield bad("type", new.get("type"), names.IMMUTABLE)
    yield from frozen(new, old)
