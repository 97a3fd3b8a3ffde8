"""Diagnosis: all that doctor looked at, in the order in which it looks, and what that allows."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from agent.doctor.check import Check
from agent.doctor.cluster import check_cluster, check_prometheus, check_simulator
from agent.doctor.model import check_model, check_weights
from agent.doctor.programs import check_commands, check_kind, check_program
from agent.settings import Settings
from tools.process import Program


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
    yield check_program(Program.kubectl, settings, "every investigation")
    yield from check_commands(settings)
    yield from check_cluster(settings)
    yield check_program(Program.promtool, settings, "metrics (PromQL) as evidence")
    yield check_prometheus(settings)
    yield check_simulator()
    yield check_model(settings)
    yield check_weights(settings)
    yield check_kind(settings)


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


def as_json(diagnosis: Diagnosis) -> str:
    """The diagnosis as indented JSON."""
    return json.dumps(diagnosis.to_json(), indent=2)
