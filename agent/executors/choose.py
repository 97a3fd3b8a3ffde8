"""Choose: which executor `--executor` names, opened; the one place that knows them all.

`auto` takes magos where it was pulled, and says so when there is none; everything that is named
explicitly must be there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlsplit

from agent import modelfiles
from agent.executors.modelled import ModelExecutor
from agent.executors.protocol import Executor, ReferenceExecutor
from agent.executors.thresholds import Thresholds
from agent.executors.vocabulary import LiveVocabulary
from agent.settings import Settings
from agent.target import Target
from model.catalogue import MAGOS, nano_file
from model.errors import ModelFileError
from model.prompt import Style, style_of
from model.protocol import Backend, BackendError, StyleError
from tools.errors import UsageError

if TYPE_CHECKING:
    from model.http import HttpBackend
    from model.llama import LlamaBackend

NO_MODEL = "no executor model: the playbook's own reference moves were used"
WORDS = ("auto", "none", "nano", "magos")
MAGIC = b"GGUF"
VENDOR = "https://api.openai.com/v1"
"""What OPENAI_API_KEY is for when OPENAI_BASE_URL is not set."""
EXAMPLE = "http://HOST:PORT/v1"
LOADS = "is the file whole, and of a model that llama.cpp runs? magos-agent doctor tells whether that is here"
OTHER_PROMPTS = (
    "take weights that were made for this version of magos-agent, or go on with --executor none"
)
Name = Literal["nano", "magos", "custom"]


class Resolved(NamedTuple):
    """What a word, path or URL stands for here; plain, so that it can be handed to other processes."""

    kind: Literal["none", "file", "url"]
    place: str = ""
    """Path or URL."""
    name: Name = "custom"
    note: str = ""
    """Why there is no model, when `auto` found none that works."""


class Opened(NamedTuple):
    """A model ready to answer, or none."""

    backend: Backend | None
    style: Style = "magos"
    notes: tuple[str, ...] = ()
    """For the report's `degraded`."""
    thresholds: Thresholds = Thresholds()
    """When its moves are not taken."""

    def executor(self, target: Target, grammar: bool, cancel: threading.Event) -> Executor:
        """The executor for a run on this target."""
        if self.backend is None:
            return ReferenceExecutor()
        vocabulary = LiveVocabulary(target) if grammar else None
        return ModelExecutor(
            self.backend, vocabulary, style=self.style, cancel=cancel, thresholds=self.thresholds
        )


def resolve(value: str, settings: Settings) -> Resolved:
    """What `value` names. Raises UsageError when it is not there; for `auto` that is a note."""
    if value == "none":
        return Resolved("none", note=NO_MODEL)
    if value == "auto":
        return _auto(settings)
    if value == "magos":
        return Resolved("file", str(_magos(settings)), "magos")
    if value == "nano":
        packaged = nano_file()
        if packaged is None:
            raise UsageError(
                "--executor nano: this version has no nano weights",
                "name a GGUF file of yours, or magos: magos-agent model pull",
            )
        return Resolved("file", str(packaged), "nano")
    if "://" in value:
        return Resolved("url", value)
    path = Path(value).expanduser()
    _check_model(path)
    published = {file.file for file in MAGOS.files}
    return Resolved("file", str(path.absolute()), "magos" if path.name in published else "custom")


@contextmanager
def opened(
    value: str | Resolved, settings: Settings, *, threads: int | None = None
) -> Iterator[Opened]:
    """The model, loaded, and closed at the end. Raises UsageError when it cannot be used."""
    meant = resolve(value, settings) if isinstance(value, str) else value
    if meant.kind == "none":
        yield Opened(None, notes=(meant.note,) if meant.note else ())
        return
    forgiving = value == "auto"
    backend: LlamaBackend | HttpBackend
    style: Style = "magos"
    try:
        if meant.kind == "url":
            backend = server(meant, settings)
        else:
            backend, style = _file(meant, settings, threads)
    except BackendError as error:
        if not forgiving:
            hint = LOADS if meant.kind == "file" else f"an address looks like {EXAMPLE}"
            hint = OTHER_PROMPTS if isinstance(error, StyleError) else hint
            raise UsageError(f"--executor: {error}", hint) from error
        yield Opened(None, notes=(f"{NO_MODEL} ({error})",))
        return
    least = Thresholds(settings.llama.min_confidence, settings.llama.min_probability)
    try:
        yield Opened(backend, style, thresholds=least)
    finally:
        backend.close()


def _auto(settings: Settings) -> Resolved:
    books = modelfiles.library(settings)
    try:
        found = modelfiles.best(books)
    except ModelFileError as error:
        return Resolved("none", note=f"{NO_MODEL} ({error.message})")
    if found is None:
        return Resolved("none", note=NO_MODEL)
    return Resolved("file", str(found), "nano" if found == nano_file() else "magos")


def _magos(settings: Settings) -> Path:
    books = modelfiles.library(settings)
    try:
        for each in modelfiles.known(books):
            if each.state in ("here", "damaged"):
                return books.path(modelfiles.key(each.file, each.revision))
    except ModelFileError as error:
        raise UsageError(f"--executor magos: {error.message}", error.hint) from error
    raise UsageError(
        f"--executor magos: {MAGOS.title} has not been pulled",
        "get it with: magos-agent model pull",
    )


def _check_model(path: Path) -> None:
    """Raises UsageError for what is no GGUF file."""
    try:
        with path.open("rb") as file:
            begins = file.read(len(MAGIC))
    except FileNotFoundError:
        raise UsageError(
            f"--executor {path}: there is no such file",
            f"{', '.join(WORDS)}, a GGUF file, or the URL of a model server ({EXAMPLE})",
        ) from None
    except OSError as error:
        raise UsageError(
            f"--executor {path}: {error.strerror}", "name a GGUF file that may be read"
        ) from error
    if begins != MAGIC:
        raise UsageError(
            f"--executor {path}: {'this is no GGUF file' if begins else 'the file is empty'}",
            "convert it with llama.cpp, or pull one: magos-agent model pull",
        )


def _file(meant: Resolved, settings: Settings, threads: int | None) -> tuple[LlamaBackend, Style]:
    """The model of a file, and how its prompts are written. Raises BackendError."""
    from model.llama import LlamaBackend  # numpy and llama.cpp: only where they are wanted

    local = settings.llama
    backend = LlamaBackend(Path(meant.place), meant.name, local.context, threads or local.threads)
    try:
        return backend, style_of(backend.metadata)
    except StyleError as error:
        backend.close()
        raise StyleError(f"{meant.place}: {error}") from None


def server(meant: Resolved, settings: Settings) -> HttpBackend:
    """The server that a URL names, not yet connected. Raises BackendError for what is no address."""
    from model.http import HttpBackend

    openai = settings.openai
    own = _origin(meant.place) == _origin(openai.base_url or VENDOR)
    key = openai.api_key.get_secret_value() if openai.api_key is not None and own else None
    return HttpBackend(meant.place, openai.model if own else None, api_key=key)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: a key is for these, not for every path that looks alike."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
        return parts.scheme, parts.hostname, port
    except ValueError:
        return "", url, None
