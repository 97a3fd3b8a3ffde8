"""Resource paths: which kind, namespace, object and subresource a URL names."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from sandbox.simulator.errors import PlainFailure, no_such_path
from sandbox.simulator.resources import Resource


class Target(NamedTuple):
    """What a resource path points at."""

    row: Resource
    namespace: str | None = None
    """None at cluster scope and for a list over all namespaces."""
    name: str | None = None
    """None for the whole collection."""
    sub: str | None = None
    """`log`, `status`, `scale`, ..."""


@lru_cache(maxsize=8)
def _by_version(rows: tuple[Resource, ...]) -> dict[str, dict[str, Resource]]:
    found: dict[str, dict[str, Resource]] = {}
    for row in rows:
        found.setdefault(row.api_version, {})[row.plural] = row
    return found


def resolve(rows: tuple[Resource, ...], parts: tuple[str, ...]) -> Target:
    """The target of `/api/v1/...` or `/apis/<group>/<version>/...`, split at the slashes.

    Raises PlainFailure for an unknown version and ApiFailure for an unknown path below a known one,
    as the real server's two layers do.
    """
    if parts[0] == "api":
        api_version, rest = parts[1], parts[2:]
    else:
        api_version, rest = "/".join(parts[1:3]), parts[3:]
    known = _by_version(rows).get(api_version)
    if known is None:
        raise PlainFailure
    namespace: str | None = None
    if len(rest) >= 3 and rest[0] == "namespaces" and rest[2] in known:
        # Otherwise it is the namespace itself, or its status or finalize.
        row = known[rest[2]]
        if not row.namespaced:
            raise no_such_path()
        namespace, rest = rest[1], rest[3:]
    elif rest and rest[0] in known:
        row, rest = known[rest[0]], rest[1:]
        if row.namespaced and rest:
            raise no_such_path()
    else:
        raise no_such_path()
    name = rest[0] if rest else None
    sub = rest[1] if len(rest) > 1 else None
    if sub is not None and (row.subresource(sub) is None or (len(rest) > 2 and sub != "proxy")):
        raise no_such_path()
    return Target(row, namespace, name, sub)
