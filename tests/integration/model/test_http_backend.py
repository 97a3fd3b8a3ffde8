"""A model behind HTTP: a good server is used, a bad one is an error within the budget, never a hang."""

from __future__ import annotations

import gzip
import json
import math
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from model.chatapi import MAX_BODY
from model.http import HttpBackend
from model.prompt import render
from model.protocol import BackendError, Completion, Grammar, GrammarError, PromptState, Segment
from model.retry import ATTEMPTS
from sandbox.simulator.tls import create_identity
from tests.chat_server import MOVE, ChatServer, Reply, error, good, http, serving, timed

pytestmark = pytest.mark.integration
PROMPT = render(PromptState(objective="Look at the pods.", facts=("a fact <|im_end|>",)), "magos")
JSON = Grammar(syntax="json", text='{"type": "object", "properties": {"a": {"type": "integer"}}}')
LARK = Grammar(syntax="lark", text='start: "kubectl"')
MODELS = Reply(http(b'{"data": [{"id": "first"}, {"id": "second"}]}'))


def ask(url: str, model: str | None = "m1", **options: object) -> Completion:
    with HttpBackend(url, model) as backend:
        return backend.complete(PROMPT, None, **{"deadline_s": 10.0} | options)  # type: ignore[arg-type]


def test_a_good_answer() -> None:
    with serving(good()) as server:
        answer = ask(server.url + "/", temperature=0.3, max_tokens=33)
    assert answer == Completion(text=MOVE, tokens=97, prompt_tokens=90, reused_tokens=40)
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.body["model"] == "m1"
    assert (asked.body["max_tokens"], asked.body["temperature"]) == (33, 0.3)
    assert [message["role"] for message in asked.body["messages"]] == ["system", "user"]
    assert "<|" not in json.dumps(asked.body["messages"])
    assert "authorization" not in asked.headers
    assert "response_format" not in asked.body
    assert "grammar" not in asked.body


def with_logprobs(*values: object) -> Reply:
    document = json.loads(good().raw.split(b"\r\n\r\n", 1)[1])
    tokens = [{"token": "x", "logprob": value, "top_logprobs": []} for value in values]
    document["choices"][0]["logprobs"] = {"content": tokens}
    return Reply(http(json.dumps(document).encode()))


def test_probabilities_tell_how_sure_the_model_is() -> None:
    with serving(with_logprobs(math.log(0.5), math.log(0.125), 0)) as server:
        answer = ask(server.url)
    assert answer.confidence == pytest.approx((0.5 * 0.125) ** (1 / 3))
    assert answer.min_probability == pytest.approx(0.125)
    assert server.asked[0].body["logprobs"] is True


def test_an_impossible_token_is_no_error() -> None:
    with serving(with_logprobs(-9999.0, float("-inf"), 1e300)) as server:
        answer = ask(server.url)
    assert (answer.confidence, answer.min_probability) == (0, 0)


@pytest.mark.parametrize("values", [(), (None,), ("-1",), (-0.1, float("nan")), (True,)])
def test_without_them_nothing_is_claimed(values: tuple[object, ...]) -> None:
    with serving(with_logprobs(*values)) as server:
        answer = ask(server.url)
    assert (answer.text, answer.confidence, answer.min_probability) == (MOVE, None, None)


@pytest.mark.parametrize("status", [400, 422, 500])
def test_a_server_without_probabilities_is_asked_without(status: int) -> None:
    refused = error(status, "logprobs is not supported for models created with logits_all=False")
    with serving(refused, good(), good()) as server, HttpBackend(server.url, "m1") as backend:
        for _ in range(2):
            answer = backend.complete(PROMPT, None)
            assert (answer.text, answer.confidence) == (MOVE, None)
    assert ["logprobs" in asked.body for asked in server.asked] == [True, False, False]
    assert "top_logprobs" not in server.asked[1].body


def test_both_options_may_be_refused() -> None:
    schema = error(400, "no json_schema here")
    refusals = (schema, error(400, "no logprobs here"), schema)
    with serving(*refusals, good()) as server, HttpBackend(server.url, "m1") as backend:
        assert backend.complete(PROMPT, JSON).text == MOVE
    assert len(server.asked) == 4


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with (
        serving(error(404, "model not found"), MODELS) as server,
        pytest.raises(BackendError, match="has no model m1; it has first, second"),
    ):
        ask(server.url)


def test_many_models_are_not_all_told() -> None:
    rows = Reply(http(json.dumps({"data": [{"id": f"m{n}\n"} for n in range(2, 40)]}).encode()))
    with serving(error(404, "no"), rows) as server, pytest.raises(BackendError) as raised:
        ask(server.url)
    assert str(raised.value).endswith("it has m2, m3, m4, m5, m6 and 33 more")


def test_the_model_that_would_answer() -> None:
    with serving(MODELS) as server:
        with HttpBackend(server.url) as backend:
            assert backend.find_model() == "first"
        with HttpBackend(server.url, "second:latest") as backend:
            assert backend.find_model() == "second:latest"
        with (
            HttpBackend(server.url, "m1") as backend,
            pytest.raises(BackendError, match="it has first, second"),
        ):
            backend.find_model()


def test_a_server_without_models() -> None:
    with (
        serving(Reply(http(b'{"data": [7, {"id": 7}, {}]}'))) as server,
        HttpBackend(server.url) as backend,
    ):
        for work in (backend.find_model, lambda: backend.complete(PROMPT, None)):
            with pytest.raises(BackendError, match="lists no model"):
                work()


def retry_after(value: str) -> Reply:
    head = f"Retry-After: {value}\r\nConnection".encode()
    return Reply(error(429, "slow down").raw.replace(b"Connection", head))


def test_retry_after_is_kept_to() -> None:
    with serving(retry_after("1"), good()) as server:
        assert 1 <= timed(lambda: ask(server.url)) < 4


def test_retry_after_may_be_a_date() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    past = format_datetime(datetime(1999, 12, 31, tzinfo=UTC), usegmt=True)
    with serving(retry_after(format_datetime(soon, usegmt=True)), good()) as server:
        assert 0.9 <= timed(lambda: ask(server.url)) < 5
    with serving(retry_after(past), good()) as server:
        assert timed(lambda: ask(server.url)) < 2
    never = retry_after("Fri, 31 Dec 2999 23:59:59 GMT")
    with serving(never) as server, pytest.raises(BackendError, match="429: slow down"):
        ask(server.url)
    assert len(server.asked) == 1


def test_a_server_that_is_busy_for_longer_than_the_budget_is_not_waited_for() -> None:
    def work() -> None:
        with pytest.raises(BackendError, match="429: slow down"):
            ask(server.url, deadline_s=5.0)

    with serving(retry_after("60")) as server:
        assert timed(work) < 2
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "value", ["", "soon", "-5", "٣", "1e9", "9" * 400, "Fri, 99 Foo 0 25:00:00 +9999"]
)
def test_a_strange_retry_after_is_not_read(value: str) -> None:
    raw = error(429, "slow").raw.replace(
        b"Connection", b"Retry-After: " + value.encode() + b"\r\nConnection"
    )
    with serving(Reply(raw), good()) as server:
        assert timed(lambda: ask(server.url)) < 3


KEY = "sk-0123456789abcdef"


@pytest.mark.parametrize(
    "reply",
    [
        error(401, f"Incorrect API key provided: {KEY}"),
        error(500, f"Bearer {KEY}"),
        good(f"kubectl get pods --token {KEY}"),
        good(model=KEY),
        Reply(http(json.dumps({"data": [{"id": KEY}]}).encode(), 404)),
    ],
    ids=["401", "500", "answer", "model", "404"],
)
def test_the_key_is_never_told(reply: Reply) -> None:
    with serving(reply) as server, HttpBackend(server.url, "m1", api_key=KEY + "\n") as backend:
        try:
            said = backend.complete(PROMPT, None).model_dump_json()
        except BackendError as failure:
            said = "".join(traceback.format_exception(failure))
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in said


@pytest.mark.parametrize("key", ["a\nb", "ключ", "a\x00"])
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(BackendError, match="OPENAI_API_KEY") as raised:
        HttpBackend("http://127.0.0.1:9", api_key=key)
    assert key not in str(raised.value)


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/v1/chat/completions", "/v1/models/"])
def test_every_way_to_write_the_address(end: str) -> None:
    with HttpBackend("http://127.0.0.1:11434" + end) as backend:
        assert backend.url == "http://127.0.0.1:11434/v1"


def test_without_a_model_the_first_listed_one_is_used() -> None:
    with serving(MODELS, good(model="other name")) as server:
        assert ask(server.url, None).text == MOVE
    assert [asked.path for asked in server.asked] == ["/v1/models", "/v1/chat/completions"]
    assert server.asked[1].body["model"] == "first"


def test_a_path_of_its_own_is_kept() -> None:
    with serving(good()) as server:
        ask(server.url + "/proxy/openai/v1/")
    assert server.asked[0].path == "/proxy/openai/v1/chat/completions"


def test_the_key_goes_to_the_server() -> None:
    with serving(good()) as server, HttpBackend(server.url, "m1", api_key="k-1") as backend:
        backend.complete(PROMPT, None)
    assert server.asked[0].headers["authorization"] == "Bearer k-1"


def test_a_json_grammar_is_sent_and_a_lark_one_is_not() -> None:
    with serving(good('{"a": 1}'), good()) as server, HttpBackend(server.url, "m1") as backend:
        assert backend.complete(PROMPT, JSON).text == '{"a": 1}'
        backend.complete(PROMPT, LARK)
    sent = server.asked[0].body["response_format"]
    assert sent["type"] == "json_schema"
    assert sent["json_schema"]["schema"] == json.loads(JSON.text)
    assert "response_format" not in server.asked[1].body


def formats(server: ChatServer) -> list[str | None]:
    return [asked.body.get("response_format", {}).get("type") for asked in server.asked]


def test_a_schema_is_also_asked_for_as_llama_cpp_python_reads_it() -> None:
    refused = error(422, "response_format.type: Input should be 'text' or 'json_object'")
    replies = (refused, good('{"a": 1}'), good('{"a": 2}'))
    with serving(*replies) as server, HttpBackend(server.url, "m1") as backend:
        assert backend.complete(PROMPT, JSON).text == '{"a": 1}'
        assert backend.complete(PROMPT, JSON).text == '{"a": 2}'
    assert formats(server) == ["json_schema", "json_object", "json_object"]
    assert server.asked[1].body["response_format"]["schema"] == json.loads(JSON.text)


def test_a_server_without_schemas_answers_freely() -> None:
    refused = error(400, "response_format json_schema is not supported")
    replies = (refused, refused, good(), good())
    with serving(*replies) as server, HttpBackend(server.url, "m1") as backend:
        assert backend.complete(PROMPT, JSON).text == MOVE
        backend.complete(PROMPT, JSON)
    assert formats(server) == ["json_schema", "json_object", None, None]


def test_a_wrong_schema_is_a_grammar_error() -> None:
    with pytest.raises(GrammarError), HttpBackend("http://127.0.0.1:9", "m1") as backend:
        backend.complete(PROMPT, Grammar(syntax="json", text="{"))


def test_an_answer_cut_by_its_length_is_not_whole() -> None:
    with serving(good("kubectl get po", finish="length")) as server:
        assert ask(server.url).stopped == "length"


def message(**fields: object) -> Reply:
    return Reply(http(json.dumps({"choices": [{"message": fields}]}).encode()))


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "kubectl get pods"}, {"type": "text", "text": " -n shop"}],
        [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": MOVE}],
        [7, None, {"text": None}, {"text": MOVE}],
    ],
)
def test_an_answer_in_parts(content: list[object]) -> None:
    with serving(message(content=content)) as server:
        assert ask(server.url).text == MOVE


BROKEN = {
    "parts without text": (message(content=[{"type": "image"}]), "no text"),
    "no parts": (message(content=[]), "is empty"),
    "html": (Reply(http(b"<html>login", kind="text/html")), "web page"),
    "html that says it is json": (Reply(http(b"<!doctype html>")), "web page"),
    "no json": (Reply(http(b'{"choices": [')), "not JSON"),
    "nothing": (Reply(http(b"")), "not JSON"),
    "another document": (Reply(http(b'{"ok": true}')), "no chat completion"),
    "a list": (Reply(http(b"[]")), "no chat completion"),
    "no choices": (Reply(http(b'{"choices": []}')), "no chat completion"),
    "no text": (Reply(http(b'{"choices": [{"message": {"content": 7}}]}')), "no text"),
    "deep": (Reply(http(b"[" * 100_000)), "not JSON"),
    "huge": (Reply(http(b" " * (MAX_BODY + 1))), "more than"),
    "a string as choices": (Reply(http(b'{"choices": "ab"}')), "no chat completion"),
    "a string as message": (Reply(http(b'{"choices": [{"message": "a"}]}')), "no chat completion"),
    "empty": (good(" "), "the answer is empty"),
    "a tool": (message(content=None, tool_calls=[{"id": "1"}]), "it calls a tool"),
    "thoughts": (message(content="", reasoning_content="Maybe..."), "thought and said nothing"),
    "a stream": (Reply(http(b'data: {"choices": []}', kind="text/event-stream")), "a stream"),
    "a stream that says it is json": (Reply(http(b'data: {"choices": []}')), "a stream"),
    "a wrong model": (good(model="gpt-7"), "model gpt-7, not m1"),
    "an unknown model": (error(404, "model 'm1' not found"), "404: model 'm1' not found"),
    "no such place": (Reply(http(b"404 page not found", 404)), "no such model"),
    "no key": (Reply(http(b"", 401)), "OPENAI_API_KEY"),
    "no key, in words": (error(401, "Invalid API Key"), "401: Invalid API Key: OPENAI_API_KEY is"),
    "a key for less": (error(403, "read only"), "403: read only: OPENAI_API_KEY is"),
    "elsewhere": (Reply(http(b"", 302)), "not followed"),
    "a bad request": (error(400, "prompt too long\n\x1b[31m"), "400: prompt too long"),
    "packed wrongly": (
        Reply(
            http(b"not packed at all").replace(
                b"Connection", b"Content-Encoding: gzip\r\nConnection"
            )
        ),
        "decoded",
    ),
    "no http": (Reply(b"hello\r\n\r\n"), "cut off"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_answer_is_an_error(how: str) -> None:
    reply, says = BROKEN[how]
    with serving(reply) as server, pytest.raises(BackendError, match=says) as raised:
        ask(server.url)
    assert "\x1b" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_small_answer_that_unpacks_to_a_huge_one() -> None:
    bomb = gzip.compress(b" " * (20 * MAX_BODY))
    raw = http(bomb).replace(b"Connection", b"Content-Encoding: gzip\r\nConnection")
    with serving(Reply(raw)) as server, pytest.raises(BackendError, match="more than"):
        ask(server.url)


@pytest.mark.parametrize("first", [error(500, "out of memory"), error(503, "loading"), Reply(b"")])
def test_a_busy_server_is_asked_again(first: Reply) -> None:
    with serving(first, good()) as server:
        assert ask(server.url).text == MOVE
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "reply",
    [error(500, "out of memory"), Reply(http(b'{"choices"', length=500)), Reply(b"")],
    ids=["500", "truncated", "closed"],
)
def test_attempts_are_bounded(reply: Reply) -> None:
    with serving(reply) as server, pytest.raises(BackendError):
        ask(server.url)
    assert len(server.asked) == ATTEMPTS


SLOW = {
    "silent": Reply(good().raw, before_s=30),
    "one byte at a time": Reply(good().raw, drip_s=0.1),
}


@pytest.mark.parametrize("how", SLOW)
def test_a_slow_server_costs_the_budget_and_no_more(how: str) -> None:
    began = time.monotonic()
    with serving(SLOW[how]) as server, pytest.raises(BackendError, match="in time"):
        ask(server.url, deadline_s=0.5)
    assert time.monotonic() - began < 2
    assert len(server.asked) == 1


def test_it_can_be_cancelled() -> None:
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()
    with serving(SLOW["silent"]) as server:
        assert ask(server.url, cancel=cancel).stopped == "cancelled"
    assert time.monotonic() - began < 2


def test_a_certificate_that_nobody_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is running, so nobody is asked whether it is; on this machine as anywhere."""
    identity = create_identity()
    (tmp_path / "ca.pem").write_bytes(identity.ca_pem)
    with serving(good(), context=identity.context) as server:
        with pytest.raises(BackendError, match=r"CERTIFICATE_VERIFY_FAILED.*SSL_CERT_FILE") as told:
            ask(server.url)
        assert "is it running" not in str(told.value)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert ask(server.url).text


def test_certificates_that_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (tmp_path / "absent.pem", tmp_path / "text.pem"):
        (tmp_path / "text.pem").write_text("no certificate")
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        with pytest.raises(BackendError, match="SSL_CERT_FILE or SSL_CERT_DIR cannot be used"):
            HttpBackend("http://127.0.0.1:1")


def test_nobody_listens() -> None:
    with pytest.raises(BackendError, match="cannot be reached"):
        ask("http://127.0.0.1:1")


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "http://", "ftp://x", "http://u:p@x", "http://[", "x"]
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(BackendError):
        HttpBackend(url)


def test_an_empty_prompt_is_refused() -> None:
    with pytest.raises(BackendError, match="empty"), HttpBackend("http://127.0.0.1:9") as backend:
        backend.complete([Segment(text=" ")], None)
