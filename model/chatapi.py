"""What OpenAI-compatible servers say and want to hear. Pure: no connection is made here."""

from __future__ import annotations

import ipaddress
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from model.protocol import BackendError, Completion, Grammar, GrammarError

MAX_BODY = 1 << 20
"""Bytes of an answer; a move has a few hundred."""
_SHOWN = 200
_LEAST = -1e4
"""Logarithm that stands for "impossible"; servers write -Infinity or -9999 for it."""
_ENDPOINT = re.compile(r"(?<=/v1)/(?:chat/completions|completions|models)/?$")
_MOST_NAMES = 5
_HOST = re.compile(r"\w[\w.-]*|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:%\w+)?")


def completion(answer: Any, url: str, asked: str | None, *, must_be_json: bool) -> Completion:
    """The completion in an answer. `asked`: the model that must have answered. Raises BackendError."""
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        text = _text(message.get("content"))
        finish = choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise BackendError(f"{url}: the answer is no chat completion") from None
    told = answer.get("model")
    if asked is not None and isinstance(told, str) and not same_model(told, asked):
        raise BackendError(f"{url} answered with the model {short(told)}, not {short(asked)}")
    if text is None:
        raise BackendError(f"{url}: the answer holds no text")
    cut = finish == "length"
    if not text.strip() and not cut:
        raise BackendError(f"{url}: the answer is empty{_instead(message)}")
    if must_be_json and not cut and not _is_json(text):
        raise BackendError(f"{url}: the answer does not follow the schema")
    usage = answer.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("prompt_tokens_details")
    sure = _probabilities(choice)
    read, written = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    return Completion(
        text=text.strip(),
        tokens=read + written,
        confidence=math.exp(math.fsum(sure) / len(sure)) if sure else None,
        min_probability=math.exp(min(sure)) if sure else None,
        prompt_tokens=read,
        reused_tokens=_count(details if isinstance(details, dict) else {}, "cached_tokens"),
        stopped="length" if cut else "done",
    )


def _text(content: Any) -> str | None:
    """The text of a message: a string, or the text parts of a list. None for anything else."""
    if not isinstance(content, list):
        return "" if content is None else content if isinstance(content, str) else None
    parts = [part.get("text") for part in content if isinstance(part, dict)]
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if texts or not content else None


def _instead(message: Mapping[str, Any]) -> str:
    """What a message without text holds."""
    if message.get("tool_calls") or message.get("function_call"):
        return ": it calls a tool, and none was offered"
    if message.get("reasoning_content") or message.get("reasoning"):
        return ": the model thought and said nothing"
    return ""


def _probabilities(choice: Mapping[str, Any]) -> list[float]:
    """Logarithms of the probabilities of the tokens that were chosen; empty where they are not told."""
    told = choice.get("logprobs")
    tokens = told.get("content") if isinstance(told, dict) else None
    found = []
    for token in tokens if isinstance(tokens, list) else ():
        value = token.get("logprob") if isinstance(token, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            return []  # half a list says nothing about the answer
        found.append(max(min(float(value), 0.0), _LEAST))
    return found


def base_url(url: str) -> httpx.URL:
    """The address up to `/v1`. Raises BackendError for what is none, or carries a password."""
    try:
        found = httpx.URL(_ENDPOINT.sub("", url.strip()).rstrip("/"))
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


def response_formats(schema: Any) -> tuple[dict[str, Any], ...]:
    """The ways to ask for JSON of a schema: OpenAI's, which most servers read, and llama-cpp-python's."""
    return (
        {
            "type": "json_schema",
            "json_schema": {"name": "move", "schema": schema, "strict": True},
        },
        {"type": "json_object", "schema": schema},
    )


def parsed(text: str, content_type: str, url: str) -> Any:
    """The JSON of a good answer. Raises BackendError."""
    if "html" in content_type or text.lstrip()[:1] == "<":
        raise BackendError(f"{url} answers with a web page: is that the address of a model?")
    if "event-stream" in content_type or text.startswith("data:"):
        raise BackendError(f"{url} answers with a stream, and none was asked for")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BackendError(f"{url}: the answer is not JSON, or was cut off") from None


def models(listed: Any) -> list[str]:
    """The names in `/v1/models`, as the server orders them."""
    rows = listed.get("data") if isinstance(listed, dict) else None
    names = (
        [row.get("id") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    )
    return [name for name in names if isinstance(name, str) and name]


def some(names: Sequence[str]) -> str:
    """A few of the names, on one line."""
    more = len(names) - _MOST_NAMES
    words = ", ".join(short(name) for name in names[:_MOST_NAMES])
    return f"{words} and {more} more" if more > 0 else words


def same_model(told: str, asked: str) -> bool:
    """Servers answer with a path, a tag or an alias of the model that was asked for."""
    one, other = told.lower(), asked.lower()
    return one == other or one in other or other in one


def about_schema(text: str) -> bool:
    """Whether a refusal is about the schema that was sent."""
    said = text.lower()
    return any(word in said for word in ("response_format", "json_schema", "schema", "grammar"))


def about_logprobs(text: str) -> bool:
    """Whether a refusal is about probabilities, which were asked for."""
    return "logprob" in text.lower() or "logits_all" in text


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
