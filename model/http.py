"""HttpBackend: a model behind an OpenAI-compatible server (llama-server, vLLM, Ollama).

The servers' common ground is chat completions with a JSON schema. Grammars of kubectl moves are never sent:
only a llama-server built with llguidance reads them, it does not say whether it was, and one that was not
ends its process on them. Such answers come free and are parsed, judged and repaired like any text.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, Literal, Self, TypeVar

import httpx

from model.chatapi import (
    MAX_BODY,
    about_logprobs,
    about_schema,
    base_url,
    complaint,
    completion,
    is_local,
    models,
    parsed,
    response_formats,
    same_model,
    schema_of,
    short,
    some,
)
from model.prompt import chat
from model.protocol import BackendError, Completion, Grammar, Segment

PATIENCE_S = 60.0
"""Seconds for one answer when the caller names no deadline."""
CONNECT_S = 5.0
"""Seconds for a connection."""
ATTEMPTS = 3
"""Requests for one answer, where a server is busy or a connection breaks."""
PAUSE_S = 0.25
"""Seconds before the second attempt; twice as many before the third."""
BUSY = (408, 425, 429, 500, 502, 503, 504)
"""Statuses that another attempt may not meet."""
TEMPERATURE = 0.05
HIDDEN = "***"
"""Stands where a server says the key back."""
LISTENING = "is it running? llama-server listens on port 8080, vLLM on 8000, Ollama on 11434"
_TICK_S = 0.02
T = TypeVar("T")


class _Again(Exception):
    """One attempt failed, another one may not; `after` seconds when the server says so."""

    def __init__(self, text: str, after: float | None = None) -> None:
        super().__init__(text)
        self.after = after


class _Unwanted(Exception):
    """The server does not take an option of the request: `logprobs`, or a type of response format."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option


class _NotFound(BackendError):
    """404: no such model, or no such path."""


class HttpBackend:
    """See the module docstring. Calls from several threads do not queue up."""

    def __init__(
        self,
        url: str,
        model: str | None = None,
        *,
        name: Literal["nano", "magos", "custom"] = "custom",
        api_key: str | None = None,
        temperature: float = TEMPERATURE,
    ) -> None:
        """No connection is made yet.

        url: with or without `/v1` behind it. model: as the server knows it; None takes the first
        that it lists. api_key: sent to this server only. Raises BackendError for what is no URL or key.
        """
        self.name: str = name
        self.temperature = temperature
        self._model = model
        self._url = base_url(url)
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        self._key = (api_key or "").strip()
        if not (self._key.isascii() and (self._key.isprintable() or not self._key)):
            raise BackendError("OPENAI_API_KEY has characters that no key has")
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        self._client = httpx.Client(
            headers=headers,
            follow_redirects=False,  # a key must not follow a redirect
            trust_env=not is_local(self._url.host),  # no proxy in between on this machine
        )
        self._served: str | None = None
        self._refused: set[str] = set()

    @property
    def url(self) -> str:
        """The server's address, up to and including `/v1`."""
        return str(self._url)

    def complete(
        self,
        prompt: Sequence[Segment],
        grammar: Grammar | None,
        *,
        max_tokens: int = 256,
        temperature: float | None = None,
        cancel: threading.Event | None = None,
        deadline_s: float | None = None,
    ) -> Completion:
        """One answer. A `json` grammar is sent where the server takes one, a `lark` one never is.

        Raises BackendError when there is no usable answer within the deadline, GrammarError for a
        schema that is no JSON.
        """
        if not any(segment.text.strip() for segment in prompt):
            raise BackendError("the prompt is empty")
        body = {
            "messages": [message._asdict() for message in chat(prompt)],
            "max_tokens": max_tokens,
            "temperature": self.temperature if temperature is None else temperature,
            "stream": False,
        }
        schema = schema_of(grammar)

        def ask(ends_at: float, over: threading.Event) -> Completion:
            return self._answer(body, schema, ends_at, over)

        patience = PATIENCE_S if deadline_s is None else deadline_s
        answer = self._within(patience, cancel, ask)
        return Completion(text="", stopped="cancelled") if answer is None else answer

    def find_model(self, deadline_s: float = CONNECT_S) -> str:
        """The model that would answer, by the server's own list. Raises BackendError."""

        def ask(ends_at: float, over: threading.Event) -> list[str]:
            return models(self._get("/models", ends_at, over))

        there = self._within(deadline_s, None, ask) or []
        if not there:
            raise BackendError(f"{self.url} lists no model")
        model = self._model or there[0]
        if not any(same_model(name, model) for name in there):
            raise BackendError(f"{self.url} has no model {short(model)}; it has {some(there)}")
        return model

    def _within(
        self,
        seconds: float,
        cancel: threading.Event | None,
        ask: Callable[[float, threading.Event], T],
    ) -> T | None:
        """What `ask` returns, None when cancelled. Raises BackendError, also when the time is over."""
        ends_at = time.monotonic() + seconds
        outcome: list[T | BackendError] = []
        over = threading.Event()

        def work() -> None:
            try:
                outcome.append(ask(ends_at, over))
            except BackendError as error:
                outcome.append(error)
            except _Again as error:
                outcome.append(BackendError(str(error)))
            except Exception as error:  # whatever a client may raise must not be lost in a thread
                said = short(self._hidden(str(error)))
                outcome.append(BackendError(f"{self.url}: {type(error).__name__}: {said}"))

        # In a thread, since neither a slow name server nor one byte a second can be waited for.
        worker = threading.Thread(target=work, name="model-http", daemon=True)
        worker.start()
        while worker.is_alive():
            worker.join(_TICK_S)
            if cancel is not None and cancel.is_set():
                over.set()
                return None
            if time.monotonic() >= ends_at and worker.is_alive():
                over.set()
                raise BackendError(f"{self.url} gave no answer in time")
        answer = outcome[0]
        if isinstance(answer, BackendError):
            raise answer
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(
        self,
        body: dict[str, Any],
        schema: Any,
        ends_at: float,
        over: threading.Event,
    ) -> Completion:
        def attempt(why: Callable[[], Any]) -> Any:
            return _attempts(why, ends_at, over)

        model = self._model or self._served
        if model is None:
            listed = models(attempt(lambda: self._get("/models", ends_at, over)))
            if not listed:
                raise BackendError(f"{self.url} lists no model")
            model = self._served = listed[0]
        formats = response_formats(schema) if schema is not None else ()
        while True:
            taken = [form for form in formats if form["type"] not in self._refused]
            whole = body | {"model": model} | ({"response_format": taken[0]} if taken else {})
            if "logprobs" not in self._refused:
                whole |= {"logprobs": True, "top_logprobs": 1}
            try:
                answer = attempt(partial(self._post, whole, ends_at, over))
                break
            except _Unwanted as refusal:  # not asked for again, of this server
                self._refused.add(refusal.option)
            except _NotFound as error:
                raise self._without(model, error, ends_at, over) from error
        return completion(answer, self.url, self._model, must_be_json=bool(taken))

    def _without(
        self, model: str, error: BackendError, ends_at: float, over: threading.Event
    ) -> BackendError:
        """A 404 told better: the models that are there, when the server lists them."""
        try:
            there = models(self._get("/models", ends_at, over))
        except (BackendError, _Again):
            return error
        if not there or model in there:
            return error
        return BackendError(f"{self.url} has no model {short(model)}; it has {some(there)}")

    def _get(self, path: str, ends_at: float, over: threading.Event) -> Any:
        return self._request("GET", path, None, ends_at, over)

    def _post(self, body: Mapping[str, Any], ends_at: float, over: threading.Event) -> Any:
        return self._request("POST", "/chat/completions", body, ends_at, over)

    def _hidden(self, text: str) -> str:
        return text.replace(self._key, HIDDEN) if self._key else text

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        ends_at: float,
        over: threading.Event,
    ) -> Any:
        """The JSON of one answer. Raises BackendError, _Again, _Unwanted."""
        left = max(ends_at - time.monotonic(), 0.01)
        timeout = httpx.Timeout(left, connect=min(left, CONNECT_S))
        try:
            with self._client.stream(
                method, self.url + path, json=body, timeout=timeout
            ) as response:
                raw = bytearray()
                for chunk in response.iter_bytes():
                    raw += chunk
                    if len(raw) > MAX_BODY:
                        raise BackendError(f"{self.url} answers with more than {MAX_BODY:,} bytes")
                    if over.is_set() or time.monotonic() >= ends_at:
                        raise BackendError(f"{self.url} gave no answer in time")
        except httpx.TimeoutException as error:
            if isinstance(error, httpx.ConnectTimeout):
                raise BackendError(
                    f"{self.url} cannot be reached: no connection in time"
                ) from error
            raise BackendError(f"{self.url} gave no answer in time") from error
        except httpx.ConnectError as error:
            why = f"{self.url} cannot be reached: {short(str(error))}; {LISTENING}"
            raise _Again(why) from error
        except httpx.RemoteProtocolError as error:
            raise _Again(f"{self.url}: the answer was cut off ({short(str(error))})") from error
        except httpx.DecodingError as error:
            raise BackendError(f"{self.url}: the answer cannot be decoded") from error
        except httpx.HTTPError as error:
            raise _Again(f"{self.url}: {short(str(error)) or type(error).__name__}") from error
        text = self._hidden(raw.decode("utf-8", "replace"))
        if response.status_code == 200:
            return parsed(text, response.headers.get("content-type", ""), self.url)
        said = complaint(text)
        status = response.status_code
        if body is not None and status >= 400:
            if "logprobs" in body and about_logprobs(text):
                raise _Unwanted("logprobs")
            if "response_format" in body and about_schema(text):
                raise _Unwanted(body["response_format"]["type"])
        if status in BUSY:
            raise _Again(f"{self.url} answers {status}{said}", _seconds(response.headers))
        hint = {
            401: ": OPENAI_API_KEY is missing, wrong, or meant for another host",
            403: ": the key does not allow it",
            404: ": no such model, or not an OpenAI-compatible address, which ends in /v1",
        }.get(status, "")
        if status in range(300, 400):
            hint = ": it wants to lead elsewhere, which is not followed"
        kind = _NotFound if status == 404 and body is not None else BackendError
        raise kind(f"{self.url} answers {status}{said}{hint if not said else ''}")


def _seconds(headers: httpx.Headers) -> float | None:
    """`Retry-After`: a number of seconds, or a date (RFC 9110, 10.2.3). None for anything else."""
    value = headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return float(value) if len(value) < 7 else None
    try:
        at = parsedate_to_datetime(value)
        at = at.replace(tzinfo=at.tzinfo or UTC)  # `-0000` is UTC that claims no zone
        return max((at - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None  # what the standard library's reader raises for what is no date


def _attempts(ask: Callable[[], Any], ends_at: float, over: threading.Event) -> Any:
    pause = PAUSE_S
    for number in range(1, ATTEMPTS + 1):
        try:
            return ask()
        except _Again as problem:
            wait = pause if problem.after is None else max(problem.after, pause)
            if number == ATTEMPTS or time.monotonic() + wait >= ends_at:
                raise BackendError(str(problem)) from problem
            if over.wait(wait):
                raise BackendError("cancelled") from problem
            pause *= 2
    raise AssertionError("the last attempt returns or raises")
