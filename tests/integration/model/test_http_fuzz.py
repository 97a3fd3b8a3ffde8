"""A model server that answers anything at all: an answer or a BackendError, within the time given."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.http import HttpBackend
from model.prompt import render
from model.protocol import BackendError, Completion, Grammar, PromptState
from tests.chat_server import Reply, serving

pytestmark = pytest.mark.integration
PROMPT = render(PromptState(objective="Look at the pods."), "magos")
JSON = Grammar(syntax="json", text='{"type": "object"}')
DEADLINE_S = 0.2
"""Shorter than the pause between attempts, so that most replies cost nothing."""
LATE_S = 1.0
REPLIES = 4
EXAMPLES = 75
"""With REPLIES to each, 300 in all."""

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
parts = st.lists(st.fixed_dictionaries({"type": values, "text": values}), max_size=3)
messages = st.fixed_dictionaries(
    {}, optional={"content": values | parts, "tool_calls": values, "reasoning": values}
)
choices = st.fixed_dictionaries(
    {},
    optional={
        "message": values | messages,
        "finish_reason": values | st.just("length"),
        "logprobs": values | st.fixed_dictionaries({"content": st.lists(values, max_size=3)}),
    },
)
completions = st.fixed_dictionaries(
    {},
    optional={
        "choices": values | st.lists(choices, max_size=2),
        "model": values,
        "usage": values | st.fixed_dictionaries({"prompt_tokens": values}),
        "error": values | st.fixed_dictionaries({"message": values}),
        "data": values | st.lists(st.fixed_dictionaries({"id": values}), max_size=2),
    },
)
bodies = st.one_of(
    completions.map(lambda value: json.dumps(value).encode()),
    values.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=60),
    st.sampled_from([b"", b"<html>", b"data: {}", b"[" * 5000, b"5\r\nhello\r\n", b"\xff\xfe"]),
)
headers = st.lists(
    st.sampled_from(
        [
            b"Content-Length: 5",
            b"Content-Length: -1",
            b"Content-Length: 99999999999999999999",
            b"Content-Length: 3, 4",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: gzip, chunked",
            b"Content-Encoding: gzip",
            b"Content-Encoding: deflate",
            b"Content-Encoding: nonsense",
            b"Content-Type: text/html; charset=\xff",
            b"Content-Type: text/event-stream",
            b"Content-Type: application/json; charset=utf-16",
            b"Retry-After: 0",
            b"Retry-After: Wed, 21 Oct 2026 07:28:00 -9999",
            b"Location: http://127.0.0.1:1/",
            b"Connection: upgrade",
            b"Set-Cookie: a=b; Domain=.",
            b"X: \xe9",
            b"no colon at all",
            b": nameless",
            b"X-Long: " + b"y" * 70_000,
        ]
    ),
    max_size=3,
)
statuses = st.sampled_from([200, 200, 200, 200, 204, 301, 400, 401, 404, 422, 429, 500, 503])


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    if draw(st.integers(0, 9)) == 0:
        return Reply(draw(st.binary(max_size=80)))
    status = draw(statuses | st.integers(0, 1099))
    body, extra = draw(bodies), draw(headers)
    if not any(line.lower().startswith((b"content-length", b"transfer")) for line in extra):
        wrong = draw(st.sampled_from([0, 0, 0, 0, 0, -1, 7]))
        extra = [*extra, b"Content-Length: %d" % max(len(body) + wrong, 0)]
    head = b"\r\n".join([b"HTTP/1.1 %d x" % status, *extra, b"Connection: close"])
    slow = draw(st.integers(0, 39))
    return Reply(
        head + b"\r\n\r\n" + body,
        before_s=5.0 if slow == 0 else 0.0,
        drip_s=0.01 if slow == 1 else 0.0,
    )


def asked(backend: HttpBackend, grammar: Grammar | None) -> Completion | BackendError:
    try:
        return backend.complete(PROMPT, grammar, max_tokens=8, deadline_s=DEADLINE_S)
    except BackendError as error:
        return error


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.lists(replies(), min_size=REPLIES, max_size=REPLIES),
    st.sampled_from([None, "m1"]),
    st.sampled_from([None, JSON]),
)
def test_anything_is_an_answer_or_an_error_in_time(
    answers: list[Reply], model: str | None, grammar: Grammar | None
) -> None:
    with serving(*answers) as server, HttpBackend(server.url, model) as backend:
        for _ in answers:
            began = time.monotonic()
            said = asked(backend, grammar)
            assert time.monotonic() - began < DEADLINE_S + LATE_S
            if isinstance(said, BackendError):
                assert str(said).isprintable()
            else:
                assert said.text.strip() or said.stopped == "length"
        assert len(server.asked) >= REPLIES
