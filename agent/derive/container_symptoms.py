"""What is visibly wrong with one container now, as one slug of symptoms.SEVERITY."""

from __future__ import annotations

from datetime import datetime

from agent.derive.moments import seconds_since
from agent.index import FactIndex
from tools.objects import ObjectRef

IMAGE_REASONS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
START_REASONS = frozenset({"StartError", "ContainerCannotRun"})
CREATE_REASONS = frozenset(
    {"CreateContainerError", "RunContainerError", "PostStartHookError", "StartError"}
)
STABLE_SECONDS = 60.0
"""A restarted container that has run this long, and twice as long as before, counts as recovered."""
LONG_START_SECONDS = 300.0
"""A first start that its startup probe has refused for this long is news, whatever the probe grants."""


def container_symptom(index: FactIndex, ref: ObjectRef, now: datetime | None) -> str | None:
    """What is wrong with one container, None when it runs well or ended well."""
    waiting = index.value(ref, "container.waiting.reason")
    if waiting in IMAGE_REASONS or (index.fact(ref, "pull.error") and waiting is not None):
        return "image"
    if waiting == "CreateContainerConfigError":
        return "config"
    reason = index.value(ref, "container.exit.reason")
    if waiting in CREATE_REASONS or (reason in START_REASONS and not _steady(index, ref, now)):
        return "start-error"
    if waiting == "CrashLoopBackOff" or _crashed(index, ref) or _flapping(index, ref, now):
        if index.fact(ref, "start.error") is not None:
            return "start-error"
        return "oom" if reason == "OOMKilled" else "crash-loop"
    running = index.value(ref, "container.state") == "running"
    if running and index.value(ref, "container.ready") is False and not is_init(index, ref):
        return None if _starting(index, ref, now) else "not-ready"
    return None


def _starting(index: FactIndex, ref: ObjectRef, now: datetime | None) -> bool:
    """In its first run, within the time that its startup probe grants, and not refused for long."""
    probe = index.mapping(ref, "spec.probe.startup")
    running = seconds_since(index, index.value(ref, "container.running.since"), now)
    if not probe or running is None or index.value(ref, "container.started") is not False:
        return False
    granted = [probe.get(name) for name in ("initial_delay", "period", "failure_threshold")]
    delay, period, threshold = (float(v) if isinstance(v, int) else 0.0 for v in granted)
    first = index.number(ref, "container.restarts") == 0
    if index.fact(ref, "probe.startup.failed") is not None:
        wrong_port = index.mapping(ref, "port.mismatch").get("what") == "startup"
        if wrong_port or running > LONG_START_SECONDS:
            return False
    return first and running < delay + period * threshold


def is_init(index: FactIndex, ref: ObjectRef) -> bool:
    """Whether it is an init container."""
    return bool(index.value(ref, "container.init", index.value(ref, "spec.init", False)))


def _crashed(index: FactIndex, ref: ObjectRef) -> bool:
    """Lies terminated with an error, waiting for its next start or for good."""
    terminated = index.value(ref, "container.state") == "terminated"
    return terminated and index.number(ref, "container.exit.code") != 0


def _steady(index: FactIndex, ref: ObjectRef, now: datetime | None) -> bool:
    """Runs now, and has for longer than a crash loop would let it."""
    if index.value(ref, "container.state") != "running":
        return False
    running = seconds_since(index, index.value(ref, "container.running.since"), now)
    before = float(index.number(ref, "container.exit.seconds"))
    if running is None:
        return index.value(ref, "container.ready") is True
    return running > max(STABLE_SECONDS, 2 * before) or index.number(ref, "container.restarts") <= 1


def _flapping(index: FactIndex, ref: ObjectRef, now: datetime | None) -> bool:
    """Runs at this moment, but only between two crashes."""
    if (
        index.number(ref, "container.restarts") < 1
        or index.fact(ref, "container.exit.code") is None
    ):
        return False
    if index.value(ref, "container.ready") is False:
        return index.number(ref, "container.exit.code") != 0
    return not _steady(index, ref, now)
