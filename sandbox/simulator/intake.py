"""Taking a manifest in: what happens to an object between the request and the store."""

from __future__ import annotations

from sandbox.simulator import bootstrap
from sandbox.simulator.defaults import applied
from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.store import Object
from sandbox.simulator.writes import Writer
from tools.errors import UsageError


def apply(engine: Engine, manifest: Object, namespace: str) -> Object:
    """Create an object as `kubectl apply -n namespace` would. Raises UsageError when refused.

    The manifest's namespace is made when it is not there.
    """
    row = engine.store.resource_of(manifest)
    where: str | None = None
    if row.namespaced:
        where = str(manifest.get("metadata", {}).get("namespace", namespace))
        bootstrap.namespace(engine, where)
    try:
        return Writer(engine).create(row, where, applied(manifest, where))
    except ApiFailure as failure:
        raise UsageError(
            f"the simulated cluster refuses a manifest: {failure.message}"
        ) from failure
