"""Probes: what they ask, what the program answers, and what the kubelet makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.simulator.clock import seconds
from sandbox.simulator.curves import limit
from sandbox.simulator.kubelet import dependencies
from sandbox.simulator.kubelet.place import Place
from sandbox.simulator.kubelet.profiles import profile
from sandbox.simulator.kubelet.records import ContainerRecord, Probe, Run
from sandbox.simulator.usage import slowness

KINDS = ("startup", "liveness", "readiness")
LATENCY = 1.0
"""Seconds after start plus initialDelaySeconds at which the first probe lands, about."""
TIRED = 40
"""After so many failures in a row nobody hears a readiness probe (the spam filter); ask rarely."""
RARELY = 300.0
"""Seconds between asks then: as often as the filter lets an event through."""


class Answer(NamedTuple):
    """The outcome of one probe."""

    ok: bool
    text: str
    final: bool
    """The program will answer the same for the rest of its run."""


def begin(spec: Mapping[str, Any], record: ContainerRecord, now: datetime) -> None:
    """Reset the probes for a new run."""
    record.probes.clear()
    record.passed_startup = "startupProbe" not in spec
    record.ready = record.passed_startup and "readinessProbe" not in spec
    record.killing = None
    kinds = ("startup",) if not record.passed_startup else ("liveness", "readiness")
    _schedule(spec, record, kinds, now)


def ask(place: Place, record: ContainerRecord, run: Run) -> bool:
    """Ask the probes that are due; True when the container must be killed."""
    now = place.engine.now
    for kind in KINDS:
        probe = record.probes.get(kind)
        if probe is None or probe.next_at > now:
            continue
        spec = place.spec[f"{kind}Probe"]
        answer = _answer(place, spec, run)
        if answer.ok:
            probe.failures, probe.successes = 0, probe.successes + 1
            _succeeded(place, record, kind, probe, answer)
            continue
        probe.failures, probe.successes = probe.failures + 1, 0
        text = f"{kind.capitalize()} probe failed: {answer.text}"
        place.say("Warning", "Unhealthy", text)
        if probe.failures >= spec["failureThreshold"]:
            if kind != "readiness":
                return True
            record.ready = False
        pause = RARELY if kind == "readiness" and probe.failures > TIRED else spec["periodSeconds"]
        probe.next_at = now + seconds(pause)
    return False


def hurry(place: Place, record: ContainerRecord) -> None:
    """Ask again within a period: what the program answers has changed."""
    if not record.passed_startup:
        return
    for kind in ("liveness", "readiness"):
        spec = place.spec.get(f"{kind}Probe")
        if spec is None:
            continue
        probe = record.probes.setdefault(kind, Probe(next_at=place.engine.now))
        soon = place.later(spec["periodSeconds"] / 2, "hurry", kind, spread=1.0)
        probe.next_at = place.engine.now + soon


def _succeeded(
    place: Place, record: ContainerRecord, kind: str, probe: Probe, answer: Answer
) -> None:
    spec = place.spec[f"{kind}Probe"]
    now = place.engine.now
    if probe.successes >= spec["successThreshold"]:
        if kind == "readiness":
            record.ready = True
        if kind == "startup":
            del record.probes[kind]
            record.passed_startup = True
            record.ready = "readinessProbe" not in place.spec
            _schedule(place.spec, record, ("liveness", "readiness"), now)
            return
        if answer.final:
            del record.probes[kind]
            return
    probe.next_at = now + seconds(spec["periodSeconds"])


def _schedule(
    spec: Mapping[str, Any], record: ContainerRecord, kinds: tuple[str, ...], now: datetime
) -> None:
    for kind in kinds:
        probe = spec.get(f"{kind}Probe")
        if probe is not None:
            delay = probe.get("initialDelaySeconds", 0) + LATENCY
            record.probes[kind] = Probe(next_at=now + seconds(delay))


def _answer(place: Place, probe: Mapping[str, Any], run: Run) -> Answer:
    """What the program says to a probe now."""
    age = (place.engine.now - run.started).total_seconds()
    listening = age >= run.listens_from and run.hung_from is None
    slow = _slow(place, probe, run) if listening else None
    if slow is not None:
        ip = place.pod["status"].get("podIP", "")
        return Answer(False, slow.replace("{ip}", ip), final=False)
    if "exec" in probe or ("grpc" in probe and not run.ports):
        ok = listening and run.waits_for is None
        return Answer(ok, "command failed", final=ok)
    ip = place.pod["status"].get("podIP", "")
    where = probe.get("httpGet") or probe.get("tcpSocket") or probe["grpc"]
    port = port_number(place.spec, where["port"])
    if port is None:
        text = f'strconv.Atoi: parsing "{where["port"]}": invalid syntax'
        return Answer(False, text, final=True)
    address = f"{ip}:{port}"
    open_ = listening and port in run.ports
    refused = f"dial tcp {address}: connect: connection refused"
    if "httpGet" not in probe:
        return Answer(open_, refused, final=listening)
    path = where.get("path", "/")
    url = f"{where.get('scheme', 'HTTP').lower()}://{address}{path}"
    if not open_:
        return Answer(False, f'Get "{url}": {refused}', final=listening)
    code = 503 if dependencies.unhealthy(run, path) else run.http.get(path, 200)
    steady = not varies(place)
    return Answer(code < 400, f"HTTP probe failed with statuscode: {code}", final=steady)


def varies(place: Place) -> bool:
    """Whether a program may get slow or hang while it runs, so that one good answer says little."""
    app = profile(place.engine, place.spec)
    if app.hangs is not None:
        return True
    return limit(place.spec, "cpu") is not None and (
        app.load is not None or app.cpu_peak is not None
    )


def _slow(place: Place, probe: Mapping[str, Any], run: Run) -> str | None:
    """The complaint about an answer that takes longer than the probe's timeout."""
    app = profile(place.engine, place.spec)
    hung = app.hangs is not None and place.engine.now >= run.started + seconds(app.hangs)
    if limit(place.spec, "cpu") is None and app.response < probe["timeoutSeconds"] and not hung:
        return None
    took = app.response * slowness(place.engine, place.pod, place.spec, run)
    if hung:
        took = float("inf")
    if took < probe["timeoutSeconds"] or "tcpSocket" in probe:
        return None  # the kernel, not the program, accepts a TCP connection
    if "exec" in probe:
        return f"command timed out: {probe['timeoutSeconds']}s"
    if "grpc" in probe:
        return f"timeout: health rpc did not complete within {probe['timeoutSeconds']}s"
    where = probe["httpGet"]
    url = f"{where.get('scheme', 'HTTP').lower()}://{{ip}}:{port_number(place.spec, where['port'])}"
    return (
        f'Get "{url}{where.get("path", "/")}": context deadline exceeded '
        "(Client.Timeout exceeded while awaiting headers)"
    )


def port_number(spec: Mapping[str, Any], port: int | str) -> int | None:
    """A probe's or hook's port as a number; None for a name that the container does not declare."""
    if isinstance(port, int):
        return port
    for declared in spec.get("ports", []):
        if declared.get("name") == port:
            return int(declared["containerPort"])
    return None
