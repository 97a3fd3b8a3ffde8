"""Jobs and CronJobs. After pkg/apis/batch/validation."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation import cron, names
from sandbox.simulator.validation.fields import Json, has, mapping, number, text
from sandbox.simulator.validation.podspec import template
from sandbox.simulator.validation.problem import (
    Problem,
    bad,
    required,
    unsupported,
)
from sandbox.simulator.validation.selectors import fits, label_selector
from sandbox.simulator.validation.workloads import immutable, not_negative

CONCURRENCY = ("Allow", "Forbid", "Replace")
COMPLETION = ("Indexed", "NonIndexed")
REPLACEMENT = ("Failed", "TerminatingOrFailed")
CRONJOB_NAME = 52
"""Characters, so that the names of its Jobs fit in 63."""
OWN_LABEL = "batch.kubernetes.io/controller-uid"
_FIXED = ("selector", "podFailurePolicy", "completionMode", "backoffLimitPerIndex", "successPolicy")
_COUNTS = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)


def job(obj: Json) -> Iterator[Problem]:
    """A Job."""
    spec = mapping(obj, "spec")
    yield from _job_spec(spec, "spec")
    selector = spec.get("selector")
    if selector is None:
        if spec.get("manualSelector") is True:
            yield required("spec.selector")
        return  # the server makes one
    yield from label_selector(selector, "spec.selector")
    chosen = mapping(selector, "matchLabels")
    generated = OWN_LABEL in chosen or "controller-uid" in chosen
    if not generated and spec.get("manualSelector") is not True:
        yield bad("spec.selector", selector, "`selector` not auto-generated")
    own = mapping(spec, "template", "metadata", "labels")
    if not fits(selector, own):
        said = "`selector` does not match template `labels`"
        yield bad("spec.template.metadata.labels", own or None, said)


def _job_spec(spec: Json, path: str) -> Iterator[Problem]:
    yield from not_negative(spec, path, *_COUNTS)
    mode = text(spec, "completionMode")
    if mode and mode not in COMPLETION:
        yield unsupported(f"{path}.completionMode", mode, COMPLETION)
    if mode == "Indexed" and not has(spec, "completions"):
        said = "when completion mode is Indexed"
        yield required(f"{path}.completions", said)
    replacement = text(spec, "podReplacementPolicy")
    if replacement and replacement not in REPLACEMENT:
        yield unsupported(f"{path}.podReplacementPolicy", replacement, REPLACEMENT)
    yield from template(spec, path)
    policy = text(mapping(spec, "template", "spec"), "restartPolicy")
    where = f"{path}.template.spec.restartPolicy"
    if policy == "Always":
        yield required(where, 'valid values: "OnFailure", "Never"')
    elif policy not in ("OnFailure", "Never"):
        yield unsupported(where, policy, ("OnFailure", "Never"))
    elif policy != "Never" and has(spec, "podFailurePolicy"):
        said = 'only "Never" is supported when podFailurePolicy is specified'
        yield bad(where, policy, said)


def job_update(new: Json, old: Json) -> Iterator[Problem]:
    """The template stays, unless the Job was suspended and never started."""
    after, before = mapping(new, "spec"), mapping(old, "spec")
    if number(after, "completions") != number(before, "completions"):
        if text(before, "completionMode") != "Indexed":
            yield bad("spec.completions", after.get("completions"), names.IMMUTABLE)
        elif after.get("completions") != after.get("parallelism"):
            said = f"{names.IMMUTABLE} when not modified in tandem with spec.parallelism"
            yield bad("spec.completions", after.get("completions"), said)
    yield from immutable(new, old, _FIXED[0])
    waiting = before.get("suspend") is True and not has(mapping(old, "status"), "startTime")
    if not waiting or _fixed_part(after) != _fixed_part(before):
        yield from immutable(new, old, "template")
    yield from immutable(new, old, *_FIXED[1:])


def _fixed_part(spec: Json) -> Json:
    """The template without what a suspended Job may still change: placement and resources."""
    found = mapping(spec, "template")
    inner = {
        key: value
        for key, value in mapping(found, "spec").items()
        if key not in ("nodeSelector", "affinity", "tolerations", "schedulingGates")
    }
    kept = mapping(found, "metadata")
    meta = {key: kept[key] for key in kept if key not in ("labels", "annotations")}
    return {**found, "spec": inner, "metadata": meta}


def cron_job(obj: Json) -> Iterator[Problem]:
    """A CronJob."""
    name = text(mapping(obj, "metadata"), "name")
    if len(name) > CRONJOB_NAME:
        said = f"must be no more than {CRONJOB_NAME} characters"
        yield bad("metadata.name", name, said)
    spec = mapping(obj, "spec")
    schedule, zone = text(spec, "schedule"), spec.get("timeZone")
    if not schedule:
        yield required("spec.schedule")
    else:
        yield from _schedule(schedule)
    if isinstance(zone, str):
        yield from _zone(zone)
    yield from not_negative(spec, "spec", "startingDeadlineSeconds")
    policy = text(spec, "concurrencyPolicy")
    if not policy:
        yield required("spec.concurrencyPolicy")
    elif policy not in CONCURRENCY:
        yield unsupported("spec.concurrencyPolicy", policy, CONCURRENCY)
    yield from _job_spec(mapping(spec, "jobTemplate", "spec"), "spec.jobTemplate.spec")
    inner = mapping(spec, "jobTemplate", "spec")
    if has(inner, "selector"):
        said = "`selector` will be auto-generated"
        yield bad("spec.jobTemplate.spec.selector", inner["selector"], said)
    if inner.get("manualSelector") is True:
        where = "spec.jobTemplate.spec.manualSelector"
        yield unsupported(where, True, ("nil", "false"))
    yield from not_negative(spec, "spec", "successfulJobsHistoryLimit", "failedJobsHistoryLimit")


def _schedule(schedule: str) -> Iterator[Problem]:
    try:
        cron.check_schedule(schedule)
    except cron.ScheduleError as error:
        yield bad("spec.schedule", schedule, str(error))
    if "TZ" in schedule:
        said = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        yield bad("spec.schedule", schedule, said)


def _zone(zone: str) -> Iterator[Problem]:
    if not zone:
        yield bad("spec.timeZone", zone, "timeZone must be nil or non-empty string")
    elif zone.lower() == "local":
        yield bad(
            "spec.timeZone",
            zone,
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
        )
