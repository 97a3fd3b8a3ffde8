"""Doctor: what is here, what that allows, how to get what is missing. Changes nothing."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from agent import harvesting, modelfiles
from agent.settings import Settings
from tools import process
from tools.errors import ClusterError, MagosError, ProgramError, UsageError
from tools.process import Program

if TYPE_CHECKING:
    from agent.executors.choose import Resolved
    from sandbox.cluster import ClusterView

Status = Literal["ok", "warn", "missing"]
NEEDED_READS: tuple[tuple[str, str], ...] = (
    ("", "pods"),
    ("", "pods/log"),
    ("", "events"),
    ("", "services"),
    ("", "configmaps"),
    ("", "persistentvolumeclaims"),
    ("", "resourcequotas"),
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("apps", "statefulsets"),
    ("apps", "daemonsets"),
    ("batch", "jobs"),
    ("batch", "cronjobs"),
    ("discovery.k8s.io", "endpointslices"),
)
"""API group and resource of what playbooks look at; what RBAC hides becomes a blind spot."""
RBAC_HINT = "grant get and list, for example with the ClusterRole `view`"
SECONDS = 10.0
"""For each program that is started to ask its version."""


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    status: Status
    """ok; warn: works, but less; missing: what `allows` names does not work."""
    detail: str
    """What was found."""
    allows: str
    """What it is for."""
    fix: str = ""
    """How to mend it; empty when there is nothing to mend."""


class Diagnosis(NamedTuple):
    """All checks, and what can be done with what is here."""

    checks: list[Check]

    @property
    def can_run(self) -> bool:
        """Whether any investigation works: kubectl, a place for runs, and some cluster."""
        bad = {check.name for check in self.checks if check.status == "missing"}
        return not bad & {"kubectl", "state"} and not {"cluster", "simulator"} <= bad

    def to_json(self) -> dict[str, object]:
        """The document of -o json."""
        checks = [check._asdict() for check in self.checks]
        return {"schema": "magos.doctor/v1", "can_run": self.can_run, "checks": checks}


def diagnose(settings: Settings, on_check: Callable[[Check], None] | None = None) -> Diagnosis:
    """Look at everything; `on_check` hears of each check as it is done."""
    checks: list[Check] = []
    for check in _checks(settings):
        checks.append(check)
        if on_check is not None:
            on_check(check)
    return Diagnosis(checks)


def _checks(settings: Settings) -> Iterator[Check]:
    yield _configuration(settings)
    yield _state(settings)
    yield _program(Program.kubectl, settings, "every investigation")
    yield from _commands(settings)
    yield from _cluster(settings)
    yield _program(Program.promtool, settings, "metrics (PromQL) as evidence")
    yield _prometheus(settings)
    yield _simulator()
    yield _model(settings)
    yield _weights(settings)
    yield _kind(settings)


def _configuration(settings: Settings) -> Check:
    files = ", ".join(map(str, settings.files)) or "no file, defaults and environment only"
    if settings.unknown_variables:
        return Check("settings", "warn", "; ".join(settings.unknown_variables), "configuration")
    return Check("settings", "ok", files, "configuration")


def _state(settings: Settings) -> Check:
    """Whether runs can be kept. Permission bits do not tell (read-only mounts), so it is tried."""
    place = settings.state_dir
    made: list[Path] = []
    try:
        for folder in reversed([place, *place.parents]):
            if not folder.exists():
                folder.mkdir(mode=0o700)
                made.append(folder)
        with tempfile.TemporaryDirectory(dir=place, prefix="doctor-"):
            return Check("state", "ok", str(place), "runs, resume, replay, report")
    except OSError as error:
        fix = "set MAGOS_STATE_DIR to a folder that you may write to"
        return Check("state", "missing", f"{place}: {error.strerror}", "every investigation", fix)
    finally:
        for folder in reversed(made):
            with suppress(OSError):  # another run may have begun to use it
                folder.rmdir()


def _commands(settings: Settings) -> Iterator[Check]:
    """The commands and flags that the gate knows; those of an unknown kubectl are read now."""
    try:
        binary = process.find(Program.kubectl, settings.environ.get("PATH"))
    except ProgramError:
        return
    kubectl = process.best_kubectl(binary, None)
    source = harvesting.harvest_now(kubectl, settings.cache_dir)
    said = {"cache": "as read before", "harvested": "read now", "packed": "as packed"}
    yield Check("commands", "ok", f"{kubectl.name}: {said[source]}", "the gate's tree rung")


def _program(program: Program, settings: Settings, allows: str) -> Check:
    """Where a program is and its version; a missing promtool is less than a missing kubectl."""
    try:
        path = process.find(program, settings.environ.get("PATH"))
        detail = f"{path} {_version(program, path)}".strip()
    except ProgramError as error:
        status: Status = "missing" if program is Program.kubectl else "warn"
        return Check(program.value, status, error.message, allows, error.hint)
    siblings = process.dispatcher_siblings(path) if program is Program.kubectl else {}
    if siblings:
        versions = ", ".join(f"1.{minor}" for _, minor in sorted(siblings))
        detail += f" (a dispatcher over {versions}; the one nearest to the server is used)"
    return Check(program.value, "ok", detail, allows)


def _version(program: Program, path: Path) -> str:
    """The version a program tells, or an empty string. Raises ProgramError when it cannot start."""
    words = ["version", "--client"] if program is Program.kubectl else ["--version"]
    with tempfile.TemporaryDirectory() as folder:
        answer = process.start(
            program,
            [str(path), *words],
            env={"HOME": folder, "PATH": "", "LANG": "C.UTF-8", "KUBECONFIG": os.devnull},
            cwd=Path(folder),
            timeout=SECONDS,
            cap_bytes=4096,
        )
    found = re.search(r"\d+\.\d+\.\d+\S*", answer.stdout + answer.stderr)
    return found[0].rstrip(",") if found else ""


def _cluster(settings: Settings) -> Iterator[Check]:
    """Can the API server be reached, and what may this identity read there."""
    from sandbox.cluster import ClusterView
    from tools.kubeconfig import open_access

    allows = "investigations of your own cluster"
    with tempfile.TemporaryDirectory() as folder:
        try:
            access = open_access(
                settings.kubeconfig, settings.context, Path(folder), settings.environ
            )
        except ClusterError as error:
            yield Check("cluster", "missing", error.message, allows, error.hint)
            return
        with access:
            view = ClusterView(access.api)
            namespace = settings.namespace or access.namespace or "default"
            try:
                version = view.version + (" (simulated)" if view.simulated else "")
                denied = _denied(view, namespace)
            except MagosError as error:
                yield Check("cluster", "missing", error.message, allows, error.hint)
                return
    where = f"context {access.context} · {access.server} {version}"
    yield Check("cluster", "ok", where, allows)
    reads = f"reading namespace {namespace}"
    if denied:
        yield Check("rbac", "warn", f"may not read {', '.join(denied)}", reads, RBAC_HINT)
    else:
        yield Check("rbac", "ok", f"may read all that playbooks look at in {namespace}", reads)


def _denied(view: ClusterView, namespace: str) -> list[str]:
    """The resources that playbooks look at and this identity certainly may not read."""
    rules = view.rules(namespace)
    denied = [
        f"{resource}.{group}" if group else resource
        for group, resource in NEEDED_READS
        if rules.denies("get" if "/" in resource else "list", group, resource)
    ]
    nodes = view.resolve("nodes")
    if nodes is not None and view.can("list", nodes, None) is False:
        denied.append("nodes")
    return denied


def _prometheus(settings: Settings) -> Check:
    allows = "metrics (PromQL) as evidence"
    if settings.prometheus_url is None:
        fix = "set PROMETHEUS_URL, or prometheus_url in the config file"
        return Check("prometheus", "warn", "no URL; metrics are left out", allows, fix)
    return Check("prometheus", "ok", settings.prometheus_url, allows)


def _simulator() -> Check:
    allows = "demo and --cluster sim:SCENARIO, without a cluster"
    from sandbox import scenario
    from sandbox.simulator.launch import launch

    names = scenario.ids()
    if not names:
        return Check("simulator", "missing", "no scenarios are installed", allows, "reinstall")
    try:
        with tempfile.TemporaryDirectory() as folder, launch(f"sim:{names[0]}", Path(folder)):
            return Check("simulator", "ok", f"starts; {len(names)} scenarios", allows)
    except MagosError as error:
        return Check("simulator", "missing", error.message, allows, error.hint)
    except OSError as error:
        fix = "allow programs to listen on 127.0.0.1"
        return Check("simulator", "missing", f"cannot start: {error.strerror}", allows, fix)


def _model(settings: Settings) -> Check:
    """Who would write the moves of a run now. The model is found, not loaded."""
    from agent.executors.choose import NO_MODEL, resolve

    allows = "planning and moves; no model is needed"
    try:
        meant = resolve(settings.executor, settings)
    except UsageError as error:
        return Check("model", "warn", error.message, allows, error.hint)
    if meant.kind == "url":
        return _model_server(meant, settings, allows)
    if meant.note.startswith(f"{NO_MODEL} ("):  # one was pulled, and cannot be used
        return Check("model", "warn", meant.note, allows, "magos-agent model verify tells more")
    moves = meant.place or "the playbooks' own moves"
    words = f"planner {settings.planner} (playbooks), executor {settings.executor} ({moves})"
    return Check("model", "ok", words, allows)


def _model_server(meant: Resolved, settings: Settings, allows: str) -> Check:
    """Whether the server answers, and with which model. It is asked for its list, nothing else."""
    from agent.executors.choose import server
    from model.protocol import BackendError

    try:
        with server(meant, settings) as backend:
            model = backend.find_model()
    except BackendError as error:
        fix = "MAGOS_EXECUTOR=http://HOST:PORT/v1 of a model server that is running; see docs/models.md"
        return Check("model", "warn", str(error), allows, fix)
    words = f"planner {settings.planner} (playbooks), executor {model} at {backend.url}"
    return Check("model", "ok", words, allows)


def _weights(settings: Settings) -> Check:
    """Model files and what runs them. The files are not read: `model verify` does that."""
    from model.catalogue import MAGOS, nano_file
    from model.errors import ModelFileError

    allows = "moves proposed by a local model; playbooks need none"
    try:
        found = modelfiles.known(modelfiles.library(settings))
    except ModelFileError as error:
        return Check("weights", "warn", error.message, allows, error.hint)
    words = [
        f"{MAGOS.title} {item.file.quantisation} {item.revision} {item.state}"
        for item in found
        if item.state != "not pulled"
    ] or [f"{MAGOS.title} not pulled"]
    words.append("nano here" if nano_file() else "nano not packaged in this version")
    lacking = [
        title
        for title, package in (("llama.cpp", "llama_cpp"), ("llguidance", "llguidance"))
        if importlib.util.find_spec(package) is None
    ]
    words.append(f"{' and '.join(lacking)} not installed" if lacking else "llama.cpp here")
    fixes = []
    if not any(item.state == "here" for item in found):
        fixes.append("magos-agent model pull")
    if lacking:
        compiler = any(shutil.which(name) for name in ("c++", "g++", "clang++"))
        fixes.append("" if compiler else "install a C++ compiler, such as g++")
        fixes.append("pip install 'magos-agent[local]'")
    status: Status = "warn" if fixes else "ok"
    return Check("weights", status, "; ".join(words), allows, "; ".join(filter(None, fixes)))


def _kind(settings: Settings) -> Check:
    """Both are for later rehearsals; nothing of this version needs them."""
    allows = "rehearsing fixes in a throw-away cluster (a later version)"
    path = settings.environ.get("PATH")
    found = [name for name in ("kind", "docker") if shutil.which(name, path=path)]
    if len(found) == 2:
        return Check("sandbox", "ok", "kind and docker are here", allows)
    lacking = " and ".join(name for name in ("kind", "docker") if name not in found)
    return Check("sandbox", "warn", f"{lacking} not found", allows, process.HINTS[Program.kind])


def as_json(diagnosis: Diagnosis) -> str:
    """The diagnosis as indented JSON."""
    return json.dumps(diagnosis.to_json(), indent=2)
