"""Server: requests to an OpenAI-compatible server, each within its time, and what its refusals mean."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx

from model.chatapi import (
    MAX_BODY,
    about_logprobs,
    about_schema,
    base_url,
    complaint,
    is_local,
    parsed,
    short,
)
from model.protocol import BackendError
from model.retry import Again, retry_after

CONNECT_S = 5.0
"""Seconds for a connection."""
BUSY = (408, 425, 429, 500, 502, 503, 504)
"""Statuses that another attempt may not meet."""
HIDDEN = "***"
"""Stands where a server says the key back."""
LISTENING = "is it running? llama-server listens on port 8080, vLLM on 8000, Ollama on 11434"
CERTIFICATE = "SSL_CERT_FILE names the certificates to trust"
KEY = ": OPENAI_API_KEY is missing, wrong, or not for the host of OPENAI_BASE_URL, the only one that gets it"
_TICK_S = 0.02
T = TypeVar("T")


class Unwanted(Exception):
    """The server does not take an option of the request: `logprobs`, or a type of response format."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option


class NotFound(BackendError):
    """404: no such model, or no such path."""


class Server:
    """See the module docstring."""

    def __init__(self, url: str, api_key: str | None = None) -> None:
        """No connection is made yet. Raises BackendError for what is no URL or key."""
        address = base_url(url)
        self.url = str(address)
        """The server's address, up to and including `/v1`."""
        headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
        self._key = (api_key or "").strip()
        if not (self._key.isascii() and (self._key.isprintable() or not self._key)):
            raise BackendError("OPENAI_API_KEY has characters that no key has")
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        try:
            trusted = httpx.create_ssl_context()
        except OSError as error:
            raise BackendError(f"SSL_CERT_FILE or SSL_CERT_DIR cannot be used: {error}") from error
        self._client = httpx.Client(
            headers=headers,
            follow_redirects=False,  # a key must not follow a redirect
            trust_env=not is_local(address.host),  # no proxy in between on this machine
            verify=trusted,  # but SSL_CERT_FILE everywhere
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def within(
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
            except Again as error:
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

    def get(self, path: str, ends_at: float, over: threading.Event) -> Any:
        """The JSON behind a path. Raises BackendError, Again."""
        return self._request("GET", path, None, ends_at, over)

    def post(self, body: Mapping[str, Any], ends_at: float, over: threading.Event) -> Any:
        """The JSON of one chat completion. Raises BackendError, Again, Unwanted."""
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
            hint = CERTIFICATE if "CERTIFICATE_VERIFY" in str(error) else LISTENING
            why = f"{self.url} cannot be reached: {short(str(error))}; {hint}"
            raise Again(why) from error
        except httpx.RemoteProtocolError as error:
            raise Again(f"{self.url}: the answer was cut off ({short(str(error))})") from error
        except httpx.DecodingError as error:
            raise BackendError(f"{self.url}: the answer cannot be decoded") from error
        except httpx.HTTPError as error:
            raise Again(f"{self.url}: {short(str(error)) or type(error).__name__}") from error
        text = self._hidden(raw.decode("utf-8", "replace"))
        if response.status_code == 200:
            return parsed(text, response.headers.get("content-type", ""), self.url)
        said = complaint(text)
        status = response.status_code
        if body is not None and status >= 400:
            if "logprobs" in body and about_logprobs(text):
                raise Unwanted("logprobs")
            if "response_format" in body and about_schema(text):
                raise Unwanted(body["response_format"]["type"])
        if status in BUSY:
            raise Again(f"{self.url} answers {status}{said}", retry_after(response.headers))
        hint = {
            401: KEY,
            403: KEY,
            404: ": no such model, or not an OpenAI-compatible address, which ends in /v1",
        }.get(status, "")
        if status in range(300, 400):
            hint = ": it wants to lead elsewhere, which is not followed"
        kind = NotFound if status == 404 and body is not None else BackendError
        if said and status not in (401, 403):
            hint = ""  # the server knows better; but not where our key comes from
        raise kind(f"{self.url} answers {status}{said}{hint}")
