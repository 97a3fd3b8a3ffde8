"""HttpBackend: a model behind an OpenAI-compatible server (llama-server, vLLM, Ollama).

The servers' common ground is chat completions with a JSON schema. Grammars of kubectl moves cannot be
sent to them all alike, so such answers come free and are parsed, judged and repaired like any text.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self

import httpx

from model.chatapi import (
    MAX_BODY,
    about_schema,
    base_url,
    complaint,
    completion,
    first_model,
    is_local,
    parsed,
    response_format,
    schema_of,
    short,
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
_TICK_S = 0.02


class _Again(Exception):
    """One attempt failed, another one may not."""


class _Free(Exception):
    """The server takes no schema."""


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
        that it lists. api_key: sent to this server only. Raises BackendError for what is no URL.
        """
        self.name: str = name
        self.temperature = temperature
        self._model = model
        self._url = base_url(url)
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        self._client = httpx.Client(
            headers=headers,
            follow_redirects=False,  # a key must not follow a redirect
            trust_env=not is_local(self._url.host),  # no proxy in between on this machine
        )
        self._served: str | None = None
        self._schemas = True

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
        ends_at = time.monotonic() + (PATIENCE_S if deadline_s is None else deadline_s)
        outcome: list[Completion | BackendError] = []
        over = threading.Event()

        def work() -> None:
            try:
                outcome.append(self._answer(body, schema, ends_at, over))
            except BackendError as error:
                outcome.append(error)
            except Exception as error:  # whatever a client may raise must not be lost in a thread
                outcome.append(BackendError(f"{self.url}: {type(error).__name__}: {error}"))

        # In a thread, since neither a slow name server nor one byte a second can be waited for.
        worker = threading.Thread(target=work, name="model-http", daemon=True)
        worker.start()
        while worker.is_alive():
            worker.join(_TICK_S)
            if cancel is not None and cancel.is_set():
                over.set()
                return Completion(text="", stopped="cancelled")
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
            listed = attempt(lambda: self._get("/models", ends_at, over))
            model = self._served = first_model(listed, self.url)
        body = body | {"model": model}
        if schema is not None and self._schemas:
            constrained = body | {"response_format": response_format(schema)}
            try:
                answer = attempt(lambda: self._post(constrained, ends_at, over, schema=True))
                return completion(answer, self.url, self._model, must_be_json=True)
            except _Free:
                self._schemas = False  # free text from now on
        answer = attempt(lambda: self._post(body, ends_at, over, schema=False))
        return completion(answer, self.url, self._model, must_be_json=False)

    def _get(self, path: str, ends_at: float, over: threading.Event) -> Any:
        return self._request("GET", path, None, ends_at, over, schema=False)

    def _post(
        self, body: Mapping[str, Any], ends_at: float, over: threading.Event, *, schema: bool
    ) -> Any:
        return self._request("POST", "/chat/completions", body, ends_at, over, schema=schema)

    def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        ends_at: float,
        over: threading.Event,
        *,
        schema: bool,
    ) -> Any:
        """The JSON of one answer. Raises BackendError, _Again, _Free."""
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
            raise _Again(f"{self.url} cannot be reached: {short(str(error))}") from error
        except httpx.RemoteProtocolError as error:
            raise _Again(f"{self.url}: the answer was cut off ({short(str(error))})") from error
        except httpx.DecodingError as error:
            raise BackendError(f"{self.url}: the answer cannot be decoded") from error
        except httpx.HTTPError as error:
            raise _Again(f"{self.url}: {short(str(error)) or type(error).__name__}") from error
        text = raw.decode("utf-8", "replace")
        if response.status_code == 200:
            return parsed(text, response.headers.get("content-type", ""), self.url)
        said = complaint(text)
        status = response.status_code
        if status in BUSY:
            raise _Again(f"{self.url} answers {status}{said}")
        if schema and status in (400, 404, 422, 501) and about_schema(text):
            raise _Free
        hint = {
            401: ": OPENAI_API_KEY is missing, wrong, or meant for another host",
            403: ": the key does not allow it",
            404: ": no such model, or not an OpenAI-compatible address",
        }.get(status, "")
        if status in range(300, 400):
            hint = ": it wants to lead elsewhere, which is not followed"
        raise BackendError(f"{self.url} answers {status}{said}{hint if not said else ''}")


def _attempts(ask: Callable[[], Any], ends_at: float, over: threading.Event) -> Any:
    pause = PAUSE_S
    for number in range(1, ATTEMPTS + 1):
        try:
            return ask()
        except _Again as problem:
            if number == ATTEMPTS or time.monotonic() + pause >= ends_at:
                raise BackendError(str(problem)) from problem
            if over.wait(pause):
                raise BackendError("cancelled") from problem
            pause *= 2
    raise AssertionError("the last attempt returns or raises")
