"""Signatures: what single lines mean, and that the data file is sound."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.distil.signatures import CATEGORIES, Row, best, rows
from tools.registry import fact_kinds

NAMES = {"env", "key", "file", "host", "port", "path", "command"}


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_example_is_found_by_its_own_signature(row: Row) -> None:
    before = [row.example_before] if row.example_before else []
    found = best(row.example, before)
    assert found is not None
    assert (found.id, found.category) == (row.id, row.category)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_row_is_sound(row: Row) -> None:
    assert row.category in CATEGORIES
    assert len(row.match) > 0
    groups = {name for pattern in row.match for name in re.findall(r"\?P<(\w+)>", pattern)}
    assert groups <= NAMES


def test_ids_are_unique() -> None:
    ids = [row.id for row in rows()]
    assert len(ids) == len(set(ids))


def test_registry_lists_the_categories() -> None:
    doc = fact_kinds()["log.error"].doc
    assert set(doc.partition("category: ")[2].rstrip(".").split(", ")) == CATEGORIES


@pytest.mark.parametrize(
    "line",
    [
        "starting checkout 2.3.1",
        "listening on :8080",
        "GET /orders 200 3ms",
        "user not found",
        "session not found",
        "LOG_LEVEL is set",
        "DATABASE_URL is not set, using default",
        "HTTP_PROXY is optional",
        "no permission changes",
        "memory usage 40%",
        "waiting for service contacts-db",
        "TLS enabled",
        "authenticated as app",
        "read timeout: 30s",
        "",
    ],
)
def test_ordinary_lines_mean_nothing(line: str) -> None:
    assert best(line, []) is None


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("environment variable not found: DATABASE_URL", "env", "DATABASE_URL"),
        ("Missing required environment variables: API_KEY, API_URL", "env", "API_KEY"),
        ("$SMTP_HOST is not set", "env", "SMTP_HOST"),
        ("missing env var REDIS_URL", "env", "REDIS_URL"),
        ("env: PORT required", "env", "PORT"),
        ("process.env.TOKEN_URL is undefined", "env", "TOKEN_URL"),
        ("please set DATABASE_URL", "env", "DATABASE_URL"),
        ("config key 'db.host' is missing", "key", "db.host"),
        ('invalid config: missing required field "region"', "key", "region"),
        ("the following arguments are required: --db-url", "key", "db-url"),
        ("cat: can't open '/etc/x.conf': No such file or directory", "file", "/etc/x.conf"),
        ("stat /var/run/app.sock: no such file or directory", "file", "/var/run/app.sock"),
        ("config file /etc/app.yml does not exist", "file", "/etc/app.yml"),
        ("ping: db: Name or service not known", "host", "db"),
        ("wget: bad address 'orders:8080'", "host", "orders"),
        ("connect to mq:5672 failed: connection refused", "host", "mq"),
        ("Connection refused: redis/10.0.0.4:6379", "port", "6379"),
    ],
)
def test_names_in_lines(line: str, name: str, value: str) -> None:
    found = best(line, [])
    assert found is not None
    assert found.names[name] == value


@given(st.text(max_size=400), st.lists(st.text(max_size=60), max_size=3))
def test_any_text(message: str, before: list[str]) -> None:
    found = best(message, before)
    assert found is None or found.category in CATEGORIES
