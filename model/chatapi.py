"""What OpenAI-compatible servers say and want to hear. Pure: no connection is made here."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from typing import Any

import httpx

from model.protocol import BackendError, Completion, Grammar, GrammarError

MAX_BODY = 1 << 20
"""Bytes of an answer; a move has a few hundred."""
_SHOWN = 200
_HOST = re.compile(r"\w[\w.-]*|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:%\w+)?")


def completion(answer: Any, url: str, asked: str | None, *, must_be_json: bool) -> Completion:
    """The completion in an answer. `asked`: the model that must have answered. Raises BackendError."""
    try:
        choice = answer["choices"][0]
        text = choice["message"]["content"]
        finish = choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise BackendError(f"{url}: the answer is no chat completion") from None
    told = answer.get("model")
    if asked is not None and isinstance(told, str) and not _same_model(told, asked):
        raise BackendError(f"{url} answered with the model {short(told)}, not {short(asked)}")
    if text is None:
        text = ""
    if not isinstance(text, str):
        raise BackendError(f"{url}: the answer holds no text")
    cut = finish == "length"
    if must_be_json and not cut and not _is_json(text):
        raise BackendError(f"{url}: the answer does not follow the schema")
    usage = answer.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("prompt_tokens_details")
    read, written = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    return Completion(
        text=text.strip(),
        tokens=read + written,
        prompt_tokens=read,
        reused_tokens=_count(details if isinstance(details, dict) else {}, "cached_tokens"),
        stopped="length" if cut else "done",
    )


def base_url(url: str) -> httpx.URL:
    """The address up to `/v1`. Raises BackendError for what is none, or carries a password."""
    try:
        found = httpx.URL(url.strip().rstrip("/"))
    except httpx.InvalidURL as error:
        raise BackendError(f"{url!r} is no URL: {error}") from error
    if found.scheme not in ("http", "https") or not _HOST.fullmatch(found.host):
        raise BackendError(f"{url!r} is no http:// or https:// address")
    if found.userinfo or found.query or found.fragment:
        raise BackendError("a model's address has no password, query or fragment in it")
    return found.copy_with(path="/v1") if found.path in ("", "/") else found


def is_local(host: str) -> bool:
    """Whether this is the machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def schema_of(grammar: Grammar | None) -> Any:
    """The JSON schema of a grammar, None when it has none. Raises GrammarError."""
    if grammar is None or grammar.syntax != "json":
        return None
    try:
        return json.loads(grammar.text)
    except (ValueError, RecursionError) as error:
        raise GrammarError(f"not a JSON schema: {error}") from error


def response_format(schema: Any) -> dict[str, Any]:
    """As OpenAI has it; llama-server, vLLM and Ollama read the same."""
    return {
        "type": "json_schema",
        "json_schema": {"name": "move", "schema": schema, "strict": True},
    }


def parsed(text: str, content_type: str, url: str) -> Any:
    """The JSON of a good answer. Raises BackendError."""
    if "html" in content_type or text.lstrip()[:1] == "<":
        raise BackendError(f"{url} answers with a web page: is that the address of a model?")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BackendError(f"{url}: the answer is not JSON, or was cut off") from None


def first_model(listed: Any, url: str) -> str:
    """The first name of `/v1/models`. Raises BackendError."""
    try:
        name = listed["data"][0]["id"]
    except (KeyError, IndexError, TypeError):
        name = None
    if not isinstance(name, str) or not name:
        raise BackendError(f"{url} lists no model")
    return name


def _same_model(told: str, asked: str) -> bool:
    """Servers answer with a path, a tag or an alias of the model that was asked for."""
    one, other = told.lower(), asked.lower()
    return one == other or one in other or other in one


def about_schema(text: str) -> bool:
    """Whether a refusal is about the schema that was sent."""
    said = text.lower()
    return any(word in said for word in ("response_format", "json_schema", "schema", "grammar"))


def complaint(text: str) -> str:
    """`: what the server says`, when it says it as JSON."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    error = said.get("error", said) if isinstance(said, dict) else said
    message = error.get("message") if isinstance(error, dict) else error
    return f": {short(message)}" if isinstance(message, str) and message else ""


def short(text: str) -> str:
    """A server's words on one line, at most 200 characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _count(numbers: Mapping[str, Any], key: str) -> int:
    value = numbers.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
