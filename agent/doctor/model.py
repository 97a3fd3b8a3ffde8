"""Who would write the moves, and which model files and programs for them are here."""

from __future__ import annotations

import importlib.util
import shutil
from typing import TYPE_CHECKING

from agent import modelfiles
from agent.doctor.check import Check, Status
from agent.settings import Settings
from tools.errors import UsageError

if TYPE_CHECKING:
    from agent.executors.choose import Resolved


def check_model(settings: Settings) -> Check:
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


def check_weights(settings: Settings) -> Check:
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
