"""Cluster: a simulated cluster in a process of its own, as a real one would be.

python -m scripts.bench.cluster SPEC FOLDER OBJECTS    serves until its stdin is closed
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sandbox.simulator.store import Object, Store

ROOT = Path(__file__).parents[2]
COPIED = ("pods", "apps/deployments", "apps/replicasets", "services", "configmaps")
"""Kinds of which a bigger cluster has more."""


class Cluster(NamedTuple):
    """How to reach it."""

    kubeconfig: Path
    url: str
    token: str
    ca: str
    """PEM."""
    namespace: str
    labels: dict[str, str]
    """Those of the scenario's alert."""
    objects: int
    """How many it holds."""


@contextmanager
def serving(spec: str, folder: Path, objects: int = 0) -> Iterator[Cluster]:
    """A scenario, filled up with copies to `objects` objects, behind HTTPS in a child process."""
    argv = [sys.executable, "-m", "scripts.bench.cluster", spec, str(folder), str(objects)]
    with subprocess.Popen(
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("the simulated cluster has no pipes")
        try:
            line = child.stdout.readline()
            if not line:
                raise RuntimeError(f"the simulated cluster {spec} did not start")
            fields = json.loads(line)
            yield Cluster(**fields | {"kubeconfig": Path(fields["kubeconfig"])})
        finally:
            child.stdin.close()


def fill(store: Store, namespace: str, wanted: int) -> int:
    """Copy objects of the namespace until the store holds `wanted`; returns how many it holds."""
    originals = [obj for key in COPIED for obj in store.list(key, namespace)]
    count = sum(
        len(store.list(row.key)) for row in {row.key: row for row in store.resources()}.values()
    )
    serial = 0
    while originals and count < wanted:
        original = originals[serial % len(originals)]
        store.put(_copy(original, serial))
        serial += 1
        count += 1
    return count


def _copy(original: Object, serial: int) -> Object:
    kept = ("namespace", "labels", "annotations", "ownerReferences", "creationTimestamp")
    old: dict[str, Any] = original["metadata"]
    meta = {key: old[key] for key in kept if key in old}
    meta["name"] = f"{old['name'][:40]}-copy-{serial}"
    return {**original, "metadata": meta}


def main() -> None:
    """Serve until nobody holds the other end of stdin."""
    from sandbox.simulator.launch import launch

    spec, folder, objects = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    with launch(spec, folder) as running:
        instance, server = running.instance, running.server
        count = fill(running.engine.store, instance.namespace, objects)
        cluster = Cluster(
            running.kubeconfig,
            server.url,
            server.token,
            server.ca_pem,
            instance.namespace,
            instance.alert,
            count,
        )
        print(json.dumps(cluster._asdict(), default=str), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
