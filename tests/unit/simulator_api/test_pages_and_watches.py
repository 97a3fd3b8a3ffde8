"""Pages that stay consistent while the cluster changes, and watches that begin with a list."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.simulator import store as store_module
from sandbox.simulator.access import Access
from sandbox.simulator.api import Api
from sandbox.simulator.applogs import PodLogs
from sandbox.simulator.http import Request, parse_query
from sandbox.simulator.timeshift import TimeShift
from tests.live_cluster import CORE, Live

MAPS = f"{CORE}/configmaps"
WATCH_LIST = (
    "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
)


@pytest.fixture
def live() -> Live:
    live = Live()
    for name in "abcde":
        live.made(MAPS, {"metadata": {"name": name}, "data": {"k": "1"}})
    return live


def names(body: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in body["items"]]


def test_pages_show_one_moment(live: Live) -> None:
    first = live("GET", MAPS, query="limit=2").body
    assert names(first) == ["a", "b"]
    assert first["metadata"]["remainingItemCount"] == 5  # c, d, e and the two CA bundles
    live("DELETE", f"{MAPS}/c")
    live.made(MAPS, {"metadata": {"name": "bb"}})
    live("PUT", f"{MAPS}/d", {"metadata": {"name": "d"}, "data": {"k": "2"}})
    token = quote(first["metadata"]["continue"])
    second = live("GET", MAPS, query=f"limit=3&continue={token}").body
    assert names(second) == ["c", "d", "e"]
    assert second["items"][1]["data"] == {"k": "1"}
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_an_expired_token_brings_one_that_goes_on(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = live("GET", MAPS, query="limit=2").body
    monkeypatch.setattr(store_module, "LOG_LIMIT", 10)
    for number in range(15):
        live("PUT", f"{MAPS}/e", {"metadata": {"name": "e"}, "data": {"k": str(number)}})
    token = quote(first["metadata"]["continue"])
    answer = live("GET", MAPS, query=f"limit=2&continue={token}")
    assert (answer.code, answer.body["reason"]) == (410, "Expired")
    token = quote(answer.body["metadata"]["continue"])
    assert names(live("GET", MAPS, query=f"limit=2&continue={token}").body) == ["c", "d"]


def test_versions_of_a_list(live: Live) -> None:
    then = live("GET", MAPS).body["metadata"]["resourceVersion"]
    live("DELETE", f"{MAPS}/a")
    exact = live("GET", MAPS, query=f"resourceVersion={then}&resourceVersionMatch=Exact").body
    assert "a" in names(exact)
    assert "a" not in names(live("GET", MAPS, query=f"resourceVersion={then}").body)
    ahead = live("GET", MAPS, query="resourceVersion=99999")
    assert (ahead.code, ahead.body["reason"]) == (504, "Timeout")
    assert live("GET", MAPS, query="resourceVersionMatch=Exact").code == 422
    assert live("GET", MAPS, query="continue=nonsense").code == 400


class Watcher:
    """Reads a watch, a few events at a time."""

    def __init__(self, live: Live, query: str, path: str = MAPS) -> None:
        shift = TimeShift(live.engine.store.now, enabled=False)
        self.api = Api(
            live.engine, PodLogs(live.engine), token="t", access=Access(None, "jane"), shift=shift
        )
        headers = {"authorization": "Bearer t"}
        request = Request("GET", path, parse_query(query.encode()), headers)
        self.answer = self.api.handle(request)

    def read(self, number: int, between: Any = None) -> list[dict[str, Any]]:
        async def events() -> list[dict[str, Any]]:
            assert self.answer.stream is not None
            found: list[dict[str, Any]] = []
            stream = self.answer.stream()
            if between is not None:
                asyncio.get_running_loop().call_later(0.02, between)
            while len(found) < number:
                found.append(json.loads(await asyncio.wait_for(anext(stream), 5)))
            await stream.aclose()  # type: ignore[attr-defined]  # an async generator has it
            return found

        return asyncio.run(events())


@pytest.fixture
def changed(live: Live) -> Any:
    return lambda: live.made(MAPS, {"metadata": {"name": "new"}})


def test_a_watch_list_ends_its_list_with_a_bookmark(live: Live, changed: Any) -> None:
    events = Watcher(live, WATCH_LIST).read(9, changed)
    assert [event["type"] for event in events] == ["ADDED"] * 7 + ["BOOKMARK", "ADDED"]
    meta = events[7]["object"]["metadata"]
    assert meta["annotations"] == {"k8s.io/initial-events-end": "true"}
    assert events[7]["object"]["kind"] == "ConfigMap"
    assert events[8]["object"]["metadata"]["name"] == "new"


def test_a_watch_list_needs_its_match(live: Live) -> None:
    answer = Watcher(live, "watch=true&sendInitialEvents=true").answer
    assert answer.status == 422


def test_a_watch_of_one_object_in_a_namespace(live: Live, changed: Any) -> None:
    def both() -> None:
        changed()
        live("DELETE", f"{MAPS}/a")

    version = live.engine.store.version
    query = f"watch=true&resourceVersion={version}&fieldSelector=metadata.name%3Da"
    (event,) = Watcher(live, query).read(1, both)
    assert (event["type"], event["object"]["metadata"]["name"]) == ("DELETED", "a")


def test_a_watch_from_before_the_log_is_too_old(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "LOG_LIMIT", 5)
    live.made(MAPS, {"metadata": {"name": "new"}})
    (event,) = Watcher(live, "watch=true&resourceVersion=1").read(1)
    assert event["type"] == "ERROR"
    assert event["object"]["code"] == 410


def test_a_watch_outlives_a_log_full_of_other_kinds(
    live: Live, changed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "LOG_LIMIT", 5)
    watcher = Watcher(live, f"watch=true&resourceVersion={live.engine.store.version}")

    async def others() -> None:
        for number in range(20):
            live.made(f"{CORE}/serviceaccounts", {"metadata": {"name": f"sa{number}"}})
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        changed()

    async def read() -> dict[str, Any]:
        assert watcher.answer.stream is not None
        stream = watcher.answer.stream()
        coming = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        await others()
        line = await asyncio.wait_for(coming, 5)
        await stream.aclose()  # type: ignore[attr-defined]  # it is a generator
        found: dict[str, Any] = json.loads(line)
        return found

    assert asyncio.run(read())["object"]["metadata"]["name"] == "new"


def test_a_watch_ends_when_its_time_is_over(live: Live) -> None:
    async def read() -> int:
        watcher = Watcher(live, "watch=true&timeoutSeconds=1&resourceVersion=0")
        assert watcher.answer.stream is not None
        return sum([1 async for _ in watcher.answer.stream()])

    assert asyncio.run(read()) == 7
