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

from sandbox.simulator.engine import still
from sandbox.simulator.server import ApiServer
from sandbox.simulator.store import Object, Store

ROOT = Path(__file__).parents[2]
CROWD = "crowd"
"""Instead of a scenario: the recorded crash loop among 2,000 healthy pods (tests/crowded_cluster.py)."""
CROWDED = "storefront"
"""Its namespace."""
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
    count = _count(store)
    serial = 0
    while originals and count < wanted:
        original = originals[serial % len(originals)]
        store.put(_copy(original, serial))
        serial += 1
        count += 1
    return count


def _count(store: Store) -> int:
    return sum(len(store.list(key)) for key in {row.key for row in store.resources()})


def _copy(original: Object, serial: int) -> Object:
    kept = ("namespace", "labels", "annotations", "ownerReferences", "creationTimestamp")
    old: dict[str, Any] = original["metadata"]
    meta = {key: old[key] for key in kept if key in old}
    meta["name"] = f"{old['name'][:40]}-copy-{serial}"
    return {**original, "metadata": meta}


def main() -> None:
    """Serve until nobody holds the other end of stdin."""
    spec, folder, objects = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    if spec == CROWD:
        _serve_crowd(folder)
    else:
        _serve_scenario(spec, folder, objects)


def _serve_scenario(spec: str, folder: Path, objects: int) -> None:
    from sandbox.simulator.launch import launch

    with launch(spec, folder) as running:
        instance = running.instance
        count = fill(running.engine.store, instance.namespace, objects)
        _say(running.server, running.kubeconfig, instance.namespace, instance.alert, count)


def _serve_crowd(folder: Path) -> None:
    from tests.crowded_cluster import CrowdedLogs, crowded_store

    store = crowded_store()
    with ApiServer(still(store), CrowdedLogs(), move_times=False) as server:
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(server.kubeconfig_text(CROWDED), encoding="utf-8")
        kubeconfig.chmod(0o600)
        labels = {"alertname": "KubePodCrashLooping", "namespace": CROWDED}
        _say(server, kubeconfig, CROWDED, labels, _count(store))


def _say(
    server: ApiServer, kubeconfig: Path, namespace: str, labels: dict[str, str], count: int
) -> None:
    """Tell the parent process, then wait for it to be done."""
    cluster = Cluster(kubeconfig, server.url, server.token, server.ca_pem, namespace, labels, count)
    print(json.dumps(cluster._asdict(), default=str), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
