"""Watches: the log of changes as a stream, filtered like a list, with bookmarks.

A stream starts from a resourceVersion, or from the present state (`0`, none, or WatchList's
sendInitialEvents), and ends after timeoutSeconds or when the server stops.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from sandbox.simulator.errors import bad_request, expired
from sandbox.simulator.http import JSON_TYPE, Request, Response, json_bytes
from sandbox.simulator.listoptions import check_watch
from sandbox.simulator.paths import Target
from sandbox.simulator.reads import PARTIAL, TABLE, Form, as_table, render
from sandbox.simulator.selection import Selection, select
from sandbox.simulator.store import Change, Store
from sandbox.simulator.table import partial
from sandbox.simulator.timeshift import TimeShift

Object = dict[str, Any]

DEFAULT_SECONDS = 1800
"""The real server picks 30 to 60 minutes when the client names no timeout."""
MAX_SECONDS = 3600
BOOKMARK_SECONDS = 60.0
_INITIAL_END = {"k8s.io/initial-events-end": "true"}


class Watch:
    """One client's watch."""

    def __init__(
        self,
        store: Store,
        shift: TimeShift,
        target: Target,
        request: Request,
        stopping: asyncio.Event,
    ) -> None:
        self._store = store
        self._shift = shift
        self._target = target
        self._stopping = stopping
        selection = select(
            target.row,
            request.query.get("labelSelector", ""),
            request.query.get("fieldSelector", ""),
        )
        self._selection: Selection = selection.only(target.name) if target.name else selection
        self._form = Form.of(request, PARTIAL)
        self._bookmarks = request.flag("allowWatchBookmarks")
        seconds = request.integer("timeoutSeconds")
        self._seconds = min(seconds or DEFAULT_SECONDS, MAX_SECONDS)
        text = request.query.get("resourceVersion", "")
        if text and not (text.isascii() and text.isdigit()):
            raise bad_request(f'Invalid value: "{text}": resourceVersion must be a number')
        self._since = int(text or 0)
        self._watch_list = request.flag("sendInitialEvents")
        check_watch(request)
        self._initial = self._watch_list or (
            not self._since and "sendInitialEvents" not in request.query
        )
        self._columns_sent = False

    def response(self) -> Response:
        """The answer whose body is the stream."""
        return Response(200, JSON_TYPE, stream=self.stream)

    async def stream(self) -> AsyncIterator[bytes]:
        """Watch events, one JSON document per line, until the time is over."""
        changed = asyncio.Event()
        loop = asyncio.get_running_loop()
        unsubscribe = self._store.subscribe(lambda: _wake(loop, changed))
        deadline = time.monotonic() + self._seconds
        try:
            at = self._since
            if self._initial:
                at = self._store.version
                for line in self._present(at):
                    yield line
            while not self._stopping.is_set():
                changed.clear()
                newest = self._store.version
                changes = self._store.changes(at, self._target.row.key)
                if changes is None:
                    yield self._line("ERROR", expired(f"too old resource version: {at}").status())
                    return
                for change in changes:
                    at = change.version
                    event = self._event(change)
                    if event is not None:
                        yield event
                at = max(at, newest)  # what others wrote is not gone through again
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                await _either(changed, self._stopping, min(left, BOOKMARK_SECONDS))
                if self._bookmarks and not changed.is_set() and not self._stopping.is_set():
                    yield self._bookmark(self._store.version, {})
        finally:
            unsubscribe()

    def _present(self, version: int) -> Iterator[bytes]:
        for obj in self._store.list(self._target.row.key, self._target.namespace):
            if self._selection.matches(obj):
                yield self._shown("ADDED", obj)
        if self._watch_list:
            yield self._bookmark(version, _INITIAL_END)

    def _event(self, change: Change) -> bytes | None:
        """A change as this watch sees it: leaving the selection is a deletion."""
        namespace = (change.object.get("metadata") or {}).get("namespace")
        if self._target.namespace and namespace != self._target.namespace:
            return None
        was = change.previous is not None and self._selection.matches(change.previous)
        now = change.type != "DELETED" and self._selection.matches(change.object)
        if not was and not now:
            return None
        if was and now:
            return self._shown("MODIFIED", change.object)
        return self._shown("ADDED" if now else "DELETED", change.object)

    def _shown(self, type_: str, obj: Object) -> bytes:
        row, wanted = self._target.row, self._form.wanted
        if wanted.as_kind == TABLE:
            version = str((obj.get("metadata") or {}).get("resourceVersion", ""))
            return self._line(
                type_, self._table([self._shift.render(obj)], {"resourceVersion": version})
            )
        if wanted.as_kind == PARTIAL:
            return self._line(type_, partial(self._shift.render(obj), wanted.version))
        return self._line(type_, render(self._shift, row, obj))

    def _table(self, objects: list[Object], metadata: Object) -> Object:
        headers, self._columns_sent = not self._columns_sent, True
        row = self._target.row
        return as_table(row, objects, metadata, self._shift, self._form, headers=headers)

    def _bookmark(self, version: int, annotations: dict[str, str]) -> bytes:
        row, wanted = self._target.row, self._form.wanted
        meta: Object = {"resourceVersion": str(version), "creationTimestamp": None}
        if annotations:
            meta["annotations"] = annotations
        obj: Object = {"kind": row.kind, "apiVersion": row.api_version, "metadata": meta}
        if wanted.as_kind == TABLE:
            return self._line("BOOKMARK", self._table([], {"resourceVersion": str(version)}))
        if wanted.as_kind == PARTIAL:
            obj = partial(obj, wanted.version)
        return self._line("BOOKMARK", obj)

    @staticmethod
    def _line(type_: str, obj: Object) -> bytes:
        return json_bytes({"type": type_, "object": obj}) + b"\n"


def _wake(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Set an event from whatever thread wrote to the store."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(event.set)


async def _either(first: asyncio.Event, second: asyncio.Event, seconds: float) -> None:
    """Wait until one of two events is set or the time is over."""
    tasks = [asyncio.ensure_future(first.wait()), asyncio.ensure_future(second.wait())]
    try:
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
