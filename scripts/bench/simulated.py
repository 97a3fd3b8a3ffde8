"""Simulated: how fast the simulator starts, answers and forks."""

from __future__ import annotations

import http.client
import multiprocessing
import ssl
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from sandbox.scenario import ids
from sandbox.simulator.clock import Clock
from sandbox.simulator.launch import launch
from scripts.bench import cluster
from scripts.bench.child import measured
from scripts.bench.cluster import ROOT, Cluster
from scripts.bench.plan import Plan, Tick
from scripts.bench.row import Goal, Row
from scripts.bench.samples import Samples

SCENARIO = "crash-missing-env"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
ALONE = """
import sys
from pathlib import Path
from sandbox.simulator.launch import launch
launch(sys.argv[1], Path(sys.argv[2]))
"""
"""Ends without stopping the server, so that only the start is measured."""
AHEAD = 1.0
"""Seconds until all clients begin together."""


def measure(plan: Plan, tick: Tick) -> list[Row]:
    """Rows on start, requests per second, snapshot and fork."""
    with tempfile.TemporaryDirectory(prefix="magos-bench-") as folder:
        tick("simulator start")
        home = Path(folder)
        rows = _starts(plan, home)
        with cluster.serving(f"sim:{SCENARIO}", home / "cluster") as served:
            for clients in (1, 2):
                tick(f"requests of {clients} client{'s' * (clients > 1)}")
                rows.append(_requests(served, clients, plan.seconds))
        tick("snapshot and fork")
        rows.append(_fork(plan, home))
    return rows


def _starts(plan: Plan, home: Path) -> list[Row]:
    warm = Samples()
    for scenario in ids():
        began = time.perf_counter()
        running = launch(f"sim:{scenario}@{plan.seeds[0]}", home / "started")
        warm.seconds.append(time.perf_counter() - began)
        running.stop()
    argv = [sys.executable, "-c", ALONE, f"sim:{SCENARIO}", str(home / "alone")]
    alone = Samples(
        measured(home, argv, {"PYTHONPATH": str(ROOT)}).seconds for _ in range(plan.starts)
    )
    return [
        Row(
            "simulator_start",
            "simulator: start in a new process (Python included), median",
            alone.median,
            "s",
            Goal(1, "s"),
            alone.note(),
        ),
        Row(
            "simulator_start_warm",
            "  start in a running process, median over the scenarios",
            1000 * warm.median,
            "ms",
            note=f"{len(warm.seconds)} scenarios, worst {1000 * max(warm.seconds):.0f} ms",
        ),
    ]


def _requests(served: Cluster, clients: int, seconds: float) -> Row:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(clients, context) as pool:
        list(pool.map(time.sleep, [0.2] * clients))  # the processes are up when the clock starts
        at = time.time() + AHEAD
        futures = [pool.submit(gets, served, at, seconds) for _ in range(clients)]
        total = sum(future.result() for future in futures)
    one = clients == 1
    return Row(
        f"simulator_requests_{clients}",
        "simulator: GETs per second, one client"
        if one
        else "  two clients (on two cores they take the server's share)",
        total / seconds,
        "/s",
        Goal(800, "/s", at_least=True) if one else None,
        f"HTTPS, keep-alive, server in its own process; pods, one pod, a table, events; {seconds:g} s",
    )


def gets(served: Cluster, at: float, seconds: float) -> int:
    """How many GETs one client with one connection gets answered from `at` on."""
    context = ssl.create_default_context(cadata=served.ca)
    address = served.url.partition("//")[2]
    connection = http.client.HTTPSConnection(address, context=context)
    base = f"/api/v1/namespaces/{served.namespace}"
    apps = f"/apis/apps/v1/namespaces/{served.namespace}/deployments"
    bearer = {"Authorization": f"Bearer {served.token}"}

    def get(path: str, accept: str = "application/json") -> bytes:
        connection.request("GET", path, headers=bearer | {"Accept": accept})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"GET {path}: {answer.status}")
        return body

    pods = get(f"{base}/pods?limit=1")
    name = pods.decode().partition('"name":"')[2].partition('"')[0]
    asked = ((f"{base}/pods",), (f"{base}/pods/{name}",), (apps, TABLE), (f"{base}/events",))
    time.sleep(max(at - time.time(), 0))
    count, until = 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        get(*asked[count % len(asked)])
        count += 1
    connection.close()
    return count


def _fork(plan: Plan, home: Path) -> Row:
    """Store and control plane together, as a rehearsal needs them."""
    running = launch(f"sim:healthy@{plan.seeds[0]}", home / "forked")
    try:
        engine = running.engine
        count = cluster.fill(engine.store, running.instance.namespace, plan.objects)
        samples = Samples()
        for _ in range(plan.rounds):
            engine.advance(0)  # notice what the last fork's parent wrote; not part of the fork
            samples.time(lambda: engine.fork(engine.store.fork(), Clock(engine.now)))
    finally:
        running.stop()
    return Row(
        "simulator_fork",
        "simulator: snapshot and fork, median",
        1000 * samples.median,
        "ms",
        Goal(10, "ms"),
        f"{count} objects; {samples.note(1000, 'ms')}",
    )
