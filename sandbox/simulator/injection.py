"""Another hidden world for a cluster that runs: dependencies fail, programs change, nodes break."""

from __future__ import annotations

from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet import programs
from sandbox.simulator.kubelet.pod import places
from sandbox.simulator.kubelet.profiles import profile
from sandbox.simulator.world import World


def inject(engine: Engine, world: World) -> None:
    """Replace the hidden world and have everything that depends on it looked at again, at once.

    Programs whose profile changed go on under the new one. Nodes are not made or removed: the world's
    nodes are matched to Node objects by name, and new troubles count from the engine's epoch.
    """
    before, engine.world = engine.world, world
    for pod in engine.store.list("pods"):
        record = engine.pods.get(pod["metadata"]["uid"])
        if record is None or record.ended:
            continue
        for place in places(engine, pod):
            container, spec = record.containers[place.spec["name"]], place.spec
            command = " ".join([*spec.get("command", []), *spec.get("args", [])])
            what = (spec.get("image", ""), command, spec["name"])
            if container.phase == "running" and container.run is not None:
                if before.app(*what) != world.app(*what):
                    app = profile(engine, spec)
                    programs.adopt(spec, container.run, app, engine.now)
                container.due = engine.now
    engine.wake()
    for node in engine.store.list("nodes"):
        engine.call("node", "", node["metadata"]["name"])
