"""What programs write: full volumes, read-only file systems, missing rights, local storage limits.

How full a persistent volume is outlives pods, so the engine remembers it by claim; what a pod writes
elsewhere is gone with the pod (emptyDir) or with the container (its own file system).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.simulator.apps import Write
from sandbox.simulator.clock import seconds
from sandbox.simulator.engine import Engine
from sandbox.simulator.kubelet.profiles import is_root, profile, setting
from sandbox.simulator.kubelet.records import Run, WriteFailure
from sandbox.simulator.quantity import size
from sandbox.simulator.store import Object

FIRST_WRITE = 0.2
"""Seconds after start at which a program first writes."""
OPEN_PROVISIONER = "rancher.io/local-path"
"""Makes folders that everybody may write; a disk's fresh file system belongs to root."""
_READ_ONLY = ("configMap", "secret", "projected", "downwardAPI")
_ERRORS = {
    "full": "no space left on device",
    "denied": "permission denied",
    "read-only": "read-only file system",
}


class Level(NamedTuple):
    """How full something is, and how fast it fills."""

    used: float
    """Bytes at `at`."""
    at: datetime
    rate: float
    """Bytes a second since then."""

    def now(self, when: datetime) -> float:
        """Bytes at a later time."""
        return self.used + self.rate * max((when - self.at).total_seconds(), 0.0)


class Space(NamedTuple):
    """A persistent volume's space, as a kubelet reports it."""

    capacity: int
    """Bytes."""
    used: int
    """Bytes."""

    @property
    def available(self) -> int:
        """Bytes left."""
        return self.capacity - self.used


class _Target(NamedTuple):
    """Where a path is."""

    key: tuple[str, ...]
    """Under which the engine remembers how full it is."""
    claim: Object | None = None
    volume: Mapping[str, Any] | None = None
    """The pod's volume; None: the container's own file system."""
    read_only: bool = False


def begin(engine: Engine, pod: Object, container: Mapping[str, Any], run: Run) -> None:
    """Start a run's writes, and foresee the first that fails."""
    app = profile(engine, container)
    for write in app.writes:
        target = _target(engine, pod, container, write.path, run)
        if _forbidden(engine, pod, container, target, write) is not None:
            continue
        old = engine.memory.get(target.key)
        used = float(size(write.start)) if old is None else old.now(engine.now)
        rate = size(write.per_minute) / 60
        level = Level(used, engine.now, rate + (0.0 if old is None else old.rate))
        engine.memory[target.key] = _capped(engine, level, target)
        run.writing.append((target.key, rate))
    review(engine, pod, container, run)


def end(engine: Engine, run: Run) -> None:
    """Stop a run's writes."""
    for key, rate in run.writing:
        old = engine.memory.get(key)
        if old is not None:
            left = max(old.rate - rate, 0.0)
            engine.memory[key] = Level(old.now(engine.now), engine.now, left)
    run.writing.clear()


def review(engine: Engine, pod: Object, container: Mapping[str, Any], run: Run) -> None:
    """Foresee the first write that fails, as things stand now (a volume may have grown)."""
    if run.hung_from is not None:
        return
    found: list[WriteFailure] = []
    age = (engine.now - run.started).total_seconds()
    for write in profile(engine, container).writes:
        target = _target(engine, pod, container, write.path, run)
        error = _forbidden(engine, pod, container, target, write)
        at: float | None = max(age, FIRST_WRITE) if error is not None else None
        if error is None:
            error, at = "full", _full_at(engine, target, age)
        if at is None:
            continue
        problem = f"{write.path}: {_ERRORS[error]}"
        lines = [
            line.replace("{error}", _ERRORS[error]).replace("{path}", write.path)
            for line in write.log
        ] or [f'level=fatal msg="write failed" err="open {problem}"']
        found.append(WriteFailure(at, tuple(lines), write.exit))
    first = min(found, key=lambda item: item.at, default=None)
    over = first is not None and run.ends is not None and first.at >= run.ends
    run.fails = None if over else first  # a program that ends before fails no more


def fail(run: Run) -> None:
    """What a program does whose write fails: complain, and exit or hang."""
    failure = run.fails
    if failure is None:
        return
    run.fails = None
    run.lines = [item for item in run.lines if item[0] < failure.at]
    run.lines += [(failure.at, line) for line in failure.lines]
    if failure.exit is None:
        run.hung_from, run.ports, run.ends = failure.at, frozenset(), None
        return
    run.ends, run.exit_code = failure.at, failure.exit
    run.reason = "Completed" if failure.exit == 0 else "Error"


def space(engine: Engine, claim: Object) -> Space | None:
    """How full a bound claim's volume is; None while it has none."""
    capacity = (claim.get("status") or {}).get("capacity", {}).get("storage")
    if capacity is None:
        return None
    level = engine.memory.get(("volume", claim["metadata"]["uid"]))
    used = 0 if level is None else int(level.now(engine.now))
    return Space(size(capacity), min(used, size(capacity)))


def _target(
    engine: Engine, pod: Object, container: Mapping[str, Any], path: str, run: Run
) -> _Target:
    """The volume whose mount is the longest prefix of a path, else the container's file system."""
    best: Mapping[str, Any] | None = None
    for mount in container.get("volumeMounts", []):
        point = mount["mountPath"].rstrip("/")
        inside = path == point or path.startswith(point + "/")
        if inside and (best is None or len(mount["mountPath"]) > len(best["mountPath"])):
            best = mount
    if best is None:
        sealed = bool((container.get("securityContext") or {}).get("readOnlyRootFilesystem"))
        return _Target(("disk", run.id), read_only=sealed)
    volume = next(v for v in pod["spec"].get("volumes", []) if v["name"] == best["name"])
    sealed = bool(best.get("readOnly")) or any(kind in volume for kind in _READ_ONLY)
    meta, source = pod["metadata"], volume.get("persistentVolumeClaim")
    if source is not None:
        sealed = sealed or bool(source.get("readOnly"))
        name = source["claimName"]
        claim = engine.store.get("persistentvolumeclaims", meta["namespace"], name)
        if claim is not None:
            return _Target(("volume", claim["metadata"]["uid"]), claim, volume, sealed)
    return _Target(("empty", meta["uid"], volume["name"]), None, volume, sealed)


def _forbidden(
    engine: Engine, pod: Object, container: Mapping[str, Any], target: _Target, write: Write
) -> str | None:
    """`read-only` or `denied` when the system refuses the write whatever space there is."""
    if target.read_only:
        return "read-only"
    app = profile(engine, container)
    if is_root(app, pod, container) is not False:
        return None
    if target.volume is None:
        # an image prepares its own folders for its own user only
        changed = app.runs_as_root is True and app.user is None
        return "denied" if changed and not write.path.startswith("/tmp/") else None  # noqa: S108 - a path inside a container
    if "emptyDir" in target.volume:
        return None
    if "hostPath" in target.volume:
        return "denied"
    if target.claim is None or _open_to_all(engine, target.claim):
        return None
    return None if setting(pod, {}, "fsGroup") is not None else "denied"


def _open_to_all(engine: Engine, claim: Object) -> bool:
    """Whether the volume's provisioner lets everybody write."""
    name = claim["spec"].get("storageClassName") or ""
    found = engine.store.get("storage.k8s.io/storageclasses", None, name)
    return found is not None and found.get("provisioner") == OPEN_PROVISIONER


def _full_at(engine: Engine, target: _Target, age: float) -> float | None:
    """Seconds after start at which a persistent volume is full; only those fill up here."""
    level = engine.memory.get(target.key)
    found = None if target.claim is None else space(engine, target.claim)
    if level is None or found is None:
        return None
    if found.available <= 0:
        return max(age, FIRST_WRITE)
    return None if level.rate <= 0 else age + found.available / level.rate


def _capped(engine: Engine, level: Level, target: _Target) -> Level:
    found = None if target.claim is None else space(engine, target.claim)
    return level if found is None else level._replace(used=min(level.used, found.capacity))


def next_failure(run: Run) -> datetime | None:
    """When the first write fails."""
    return None if run.fails is None else run.started + seconds(run.fails.at)
