"""What log lines say of DNS servers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.distil.resolvers import resolver

GO = "dial tcp: lookup orders-db on 10.96.0.10:53: "


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (GO + "no such host", ("10.96.0.10", "nxdomain")),
        (GO + "server misbehaving", ("10.96.0.10", "servfail")),
        (GO + "read udp 10.244.0.3:41233->10.96.0.10:53: i/o timeout", ("10.96.0.10", "timeout")),
        (
            GO + "read udp 10.244.0.3:41233->10.96.0.10:53: read: connection refused",
            ("10.96.0.10", "refused"),
        ),
        ("lookup a on [fd00:10:96::a]:53: no such host", ("fd00:10:96::a", "nxdomain")),
        ("Error: getaddrinfo ENOTFOUND orders-db", ("", "nxdomain")),
        ("Error: getaddrinfo EAI_AGAIN orders-db", ("", "timeout")),
        ("socket.gaierror: [Errno -3] Temporary failure in name resolution", ("", "unavailable")),
        ("cannot resolve orders-db", None),
    ],
)
def test_resolver(line: str, answer: tuple[str, str] | None) -> None:
    found = resolver(line)
    assert (found and (found["address"], found["answer"])) == answer


@given(st.text(max_size=300))
def test_any_line(line: str) -> None:
    found = resolver(line)
    assert found is None or set(found) == {"address", "answer"}
