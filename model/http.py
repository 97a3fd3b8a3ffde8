"""HttpBackend: a model behind an OpenAI-compatible server (llama-server, vLLM, Ollama).

The servers' common ground is chat completions with a JSON schema. Grammars of kubectl moves are never sent:
only a llama-server built with llguidance reads them, it does not say whether it was, and one that was not
ends its process on them. Such answers come free and are parsed, judged and repaired like any text.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, Self

from model.catalogue import MAGOS
from model.chatapi import completion, models, response_formats, same_model, schema_of, short, some
from model.prompt import chat
from model.protocol import BackendError, Completion, Grammar, Segment
from model.retry import Again, attempts
from model.server import CONNECT_S, NotFound, Server, Unwanted

PATIENCE_S = 60.0
"""Seconds for one answer when the caller names no deadline."""


class HttpBackend:
    """See the module docstring. Calls from several threads do not queue up."""

    def __init__(
        self,
        url: str,
        model: str | None = None,
        *,
        name: Literal["nano", "magos", "custom"] = "custom",
        api_key: str | None = None,
        temperature: float = MAGOS.sampling.temperature,
    ) -> None:
        """No connection is made yet.

        url: with or without `/v1` behind it. model: as the server knows it; None takes the first
        that it lists. api_key: sent to this server only. Raises BackendError for what is no URL or key.
        """
        self.name: str = name
        self.temperature = temperature
        self._model = model
        self._server = Server(url, api_key)
        self._served: str | None = None
        self._refused: set[str] = set()

    @property
    def url(self) -> str:
        """The server's address, up to and including `/v1`."""
        return self._server.url

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
        answer = self._server.within(patience, cancel, ask)
        return Completion(text="", stopped="cancelled") if answer is None else answer

    def find_model(self, deadline_s: float = CONNECT_S) -> str:
        """The model that would answer, by the server's own list. Raises BackendError."""
        there = self._server.within(deadline_s, None, self._models) or []
        model = self._model or there[0]
        if not any(same_model(name, model) for name in there):
            raise BackendError(f"{self.url} has no model {short(model)}; it has {some(there)}")
        return model

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

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
        model = self._model or self._served
        if model is None:
            listed = attempts(partial(self._models, ends_at, over), ends_at, over)
            model = self._served = listed[0]
        formats = response_formats(schema) if schema is not None else ()
        while True:
            taken = [form for form in formats if form["type"] not in self._refused]
            whole = body | {"model": model} | ({"response_format": taken[0]} if taken else {})
            if "logprobs" not in self._refused:
                whole |= {"logprobs": True, "top_logprobs": 1}
            try:
                post = partial(self._server.post, whole, ends_at, over)
                answer = attempts(post, ends_at, over)
                break
            except Unwanted as refusal:  # not asked for again, of this server
                self._refused.add(refusal.option)
            except NotFound as error:
                raise self._without(model, error, ends_at, over) from error
        return completion(answer, self.url, self._model, must_be_json=bool(taken))

    def _without(
        self, model: str, error: BackendError, ends_at: float, over: threading.Event
    ) -> BackendError:
        """A 404 told better: the models that are there, when the server lists them."""
        try:
            there = self._models(ends_at, over)
        except (BackendError, Again):
            return error
        if model in there:
            return error
        return BackendError(f"{self.url} has no model {short(model)}; it has {some(there)}")

    def _models(self, ends_at: float, over: threading.Event) -> list[str]:
        """At least one name. Raises BackendError, Again."""
        there = models(self._server.get("/models", ends_at, over))
        if not there:
            raise BackendError(f"{self.url} lists no model")
        return there
