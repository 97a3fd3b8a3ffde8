"""The retry table for reads, by what kubectl really writes."""

from __future__ import annotations

import pytest

from tools.output import Output
from tools.retry import Action, classify

CASES: list[tuple[str, Action]] = [
    ("Error from server (TooManyRequests): the server has received too many requests", "retry"),
    ("Error from server: etcdserver: leader changed", "retry"),
    ("Error from server: etcdserver: no leader", "retry"),
    ("Error from server: raft proposal dropped", "retry"),
    (
        "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host?",
        "retry",
    ),
    ("Unable to connect to the server: dial tcp: lookup x on 10.0.0.2:53: no such host", "retry"),
    ("Unable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout", "retry"),
    ("Unable to connect to the server: net/http: TLS handshake timeout", "retry"),
    ("Unable to connect to the server: EOF", "retry"),
    ("error: http2: server sent GOAWAY and closed the connection", "retry"),
    ("Unable to connect to the server: context deadline exceeded", "retry"),
    ("Error from server (InternalError): an error on the server", "retry"),
    ("Error from server (ServiceUnavailable): the server is currently unable", "retry"),
    ("Error from server (Timeout): the server was unable to return a response", "retry"),
    ("Error from server (Expired): The provided continue parameter is too old", "retry"),
    ("error: You must be logged in to the server (Unauthorized)", "unauthorized"),
    (
        "error: You must be logged in to the server (the server has asked for the client to "
        "provide credentials)",
        "unauthorized",
    ),
    (
        'Error from server (Forbidden): pods is forbidden: User "x" cannot list resource "pods"',
        "forbidden",
    ),
    ('Error from server (NotFound): pods "no-such-pod" not found', "not-found"),
    (
        'error: error from server (NotFound): pods "x" not found in namespace "shop"',
        "not-found",
    ),
    ('Error from server (BadRequest): container "app" is waiting to start', "final"),
    ("Error from server (Conflict): the object has been modified", "final"),
    ("error: Metrics API not available", "final"),
    ('error: the server doesn\'t have a resource type "podz"', "final"),
    ("error: timed out waiting for the condition", "final"),
    (
        "Unable to connect to the server: tls: failed to verify certificate: x509: unknown CA",
        "final",
    ),
]


@pytest.mark.parametrize(("stderr", "action"), CASES, ids=[text[:48] for text, _ in CASES])
def test_reads(stderr: str, action: Action) -> None:
    assert classify(Output(exit_code=1, stdout="", stderr=stderr)).action == action


def test_success_whatever_stderr_warns_of() -> None:
    output = Output(exit_code=0, stdout="x", stderr="Warning: connection refused")
    assert classify(output).action == "ok"


def test_killed_is_final() -> None:
    assert classify(Output(exit_code=None, stdout="", stderr="", timed_out=True)).action == "final"


def test_no_is_an_answer() -> None:
    assert classify(Output(exit_code=1, stdout="no\n", stderr="")).action == "ok"


def test_forbidden_part_of_a_list_is_told() -> None:
    stderr = (
        'Error from server (Forbidden): secrets is forbidden\nError from server (NotFound): a "b"'
    )
    assert classify(Output(exit_code=1, stdout="x", stderr=stderr)).action == "forbidden"


def test_server_says_when() -> None:
    stderr = "Error from server (TooManyRequests): busy, please retry after 7s"
    assert classify(Output(exit_code=1, stdout="", stderr=stderr)).retry_after == 7
