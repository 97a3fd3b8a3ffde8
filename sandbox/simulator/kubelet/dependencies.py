"""What a program needs from its surroundings: whether it is there, and what is said when it is not."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.simulator import certificates
from sandbox.simulator.apps import Requirement
from sandbox.simulator.clock import seconds
from sandbox.simulator.conditions import is_ready
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet import config, grants
from sandbox.simulator.kubelet.profiles import profile
from sandbox.simulator.kubelet.records import Outage, Run
from sandbox.simulator.network.reach import connect
from sandbox.simulator.selectors import map_selector_matches
from sandbox.simulator.store import Object

RETRY = 10.0
"""Seconds between two complaints of a program that can live without something."""
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:[^@/\s]*@)?"
    r"(?P<host>\[[0-9a-fA-F:]+\]|[^:/?#\s]+)(?::(?P<port>\d+))?(?:[/?#].*)?$"
)
_PORTS = {
    "amqp": 5672,
    "http": 80,
    "https": 443,
    "mongodb": 27017,
    "mysql": 3306,
    "postgres": 5432,
    "postgresql": 5432,
    "redis": 6379,
}
"""What a client connects to when its URL names no port."""
_HOUR = re.compile(r"current time \S+")
MISSING = "missing"
"""The problem with an environment variable, a file or a Service: nothing more to say."""


def problem(
    engine: Engine,
    pod: Object,
    container: Mapping[str, Any],
    wanted: Requirement,
    env: Mapping[str, str],
) -> str | None:
    """What is wrong with something that may change while a program runs; None when all is well."""
    namespace = pod["metadata"]["namespace"]
    if wanted.connect is not None:
        target = address(wanted.connect, env)
        if target is None:
            return "dial tcp: missing address"
        failure = connect(engine, pod, target, wanted.scheme)
        return None if failure is None else failure.text
    if wanted.certificate is not None:
        return _pair(engine, pod, container, wanted.certificate)
    if wanted.may is not None:
        return grants.refusal(engine, pod, wanted.may)
    if wanted.service is not None:
        found = engine.store.get("services", namespace, wanted.service) is not None
        return None if found else MISSING
    if wanted.endpoint is not None:
        return None if _has_endpoint(engine, namespace, wanted.endpoint) else MISSING
    return None


def address(text: str, env: Mapping[str, str]) -> str | None:
    """host:port of an address or URL with environment variables; None when it has no host or port."""
    filled = _VARIABLE.sub(lambda found: env.get(found[1] or found[2], ""), text).strip()
    found = _ADDRESS.match(filled)
    if found is None:
        return None
    port = found["port"] or _PORTS.get((found["scheme"] or "").partition("+")[0])
    return f"{found['host']}:{port}" if port else None


def said(wanted: Requirement, error: str, env: Mapping[str, str]) -> list[str]:
    """The lines of a program that misses something."""
    if wanted.log or error == MISSING:
        # as logfmt and %q write it: what stands between double quotes has its own escaped
        quoted = error.replace('"', '\\"')
        return [
            line.replace('"{error}"', f'"{quoted}"').replace("{error}", error)
            for line in wanted.log
        ]
    if wanted.certificate is not None:
        return [
            f'level=fatal msg="cannot load TLS key pair" dir={wanted.certificate} err="{error}"'
        ]
    if wanted.may is not None:
        return [f'level=error msg="request to the API server failed" err={json.dumps(error)}']
    target = address(wanted.connect or "", env) or ""
    if wanted.scheme == "https":
        return [f'level=error msg="request failed" err="Get \\"https://{target}/\\": {error}"']
    return [f'level=error msg="cannot connect" target={target} err="{error}"']


def same(one: str | None, other: str | None) -> bool:
    """Whether two problems are one: the hour in a certificate's error tells nothing new."""
    if one is None or other is None:
        return one is other
    return _HOUR.sub("", one) == _HOUR.sub("", other)


def soft(engine: Engine, container: Mapping[str, Any]) -> bool:
    """Whether a program needs something that it can live without for a while."""
    return any(wanted.unhealthy for wanted in profile(engine, container).requires)


def review(engine: Engine, pod: Object, container: Mapping[str, Any], run: Run) -> bool:
    """Note what a running program misses now; True when that has changed."""
    age = (engine.now - run.started).total_seconds()
    if age < run.listens_from or run.waits_for is not None:
        return False
    changed = False
    for index, wanted in enumerate(profile(engine, container).requires):
        if not wanted.unhealthy:
            continue
        error = problem(engine, pod, container, wanted, run.env)
        lasting = next(
            (item for item in run.outages if item.until is None and item.requirement == index),
            None,
        )
        if same(lasting.error if lasting else None, error):
            continue
        changed = True
        if lasting is not None:
            lasting.until = age
        if error is not None:
            every, lines = wanted.wait or RETRY, tuple(said(wanted, error, run.env))
            paths = tuple(wanted.unhealthy)
            run.outages.append(Outage(index, error, age, None, every, lines, paths))
    return changed


def next_change(
    engine: Engine, pod: Object, container: Mapping[str, Any], run: Run
) -> datetime | None:
    """When something that a program can live without changes by itself.

    That is when it begins to listen, and when a certificate ends.
    """
    if not soft(engine, container):
        return None
    opens = run.started + seconds(run.listens_from)
    moments = [opens] if opens > engine.now else []
    for wanted in profile(engine, container).requires:
        if wanted.unhealthy and wanted.certificate is not None:
            path = f"{wanted.certificate.rstrip('/')}/tls.crt"
            text = config.text_at(engine, pod, container, path)
            end = None if text is None else certificates.ends(text)
            if end is not None and end + seconds(1) > engine.now:
                moments.append(end + seconds(1))
    return min(moments, default=None)


def unhealthy(run: Run, path: str) -> bool:
    """Whether a path answers 503 now."""
    return any(item.until is None and path in item.unhealthy for item in run.outages)


def _pair(engine: Engine, pod: Object, container: Mapping[str, Any], folder: str) -> str | None:
    texts = []
    for name in ("tls.crt", "tls.key"):
        path = f"{folder.rstrip('/')}/{name}"
        text = config.text_at(engine, pod, container, path)
        if text is None:
            return f"open {path}: no such file or directory"
        texts.append(text)
    return certificates.pair_problem(texts[0], texts[1], engine.now)


def _has_endpoint(engine: Engine, namespace: str, name: str) -> bool:
    service = engine.store.get("services", namespace, name)
    return service is not None and any(
        map_selector_matches(service["spec"].get("selector", {}), pod["metadata"].get("labels", {}))
        and is_ready(pod)
        for pod in engine.store.list("pods", namespace)
    )
