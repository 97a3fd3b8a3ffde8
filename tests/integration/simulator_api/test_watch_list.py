"""WatchList over raw HTTPS: what informers of newer clients send instead of a list and a watch."""

from __future__ import annotations

import http.client
import json
import ssl
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.simulator.server import ApiServer
from tests.simulated_api import crd

pytestmark = pytest.mark.integration

QUERY = (
    "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
)
MAPS = "/api/v1/namespaces/default/configmaps"
END = {"k8s.io/initial-events-end": "true"}
PARTIAL = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"


def connect(server: ApiServer) -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cadata=server.ca_pem)
    return http.client.HTTPSConnection(urlsplit(server.url).netloc, context=context, timeout=10)


def ask(server: ApiServer, method: str, path: str, body: Any = None) -> Any:
    with closing(connect(server)) as connection:
        headers = {
            "Authorization": f"Bearer {server.token}",
            "Content-Type": "application/merge-patch+json"
            if method == "PATCH"
            else "application/json",
        }
        connection.request(method, path, body and json.dumps(body), headers)
        return json.loads(connection.getresponse().read())


class Stream:
    """An open watch."""

    def __init__(self, server: ApiServer, path: str, accept: str = "application/json") -> None:
        self.connection = connect(server)
        headers = {"Authorization": f"Bearer {server.token}", "Accept": accept}
        self.connection.request("GET", path, headers=headers)
        self._answer = self.connection.getresponse()
        assert self._answer.status == 200, self._answer.read()

    def next(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self._answer.readline())
        return event

    def initial(self) -> tuple[list[str], str]:
        """Names of what was there, and the version it was there at."""
        names: list[str] = []
        while True:
            event = self.next()
            meta = event["object"]["metadata"]
            if event["type"] == "BOOKMARK":
                assert meta["annotations"] == END
                return names, meta["resourceVersion"]
            assert event["type"] == "ADDED"
            names.append(meta["name"])

    def close(self) -> None:
        self.connection.close()


@pytest.mark.parametrize("accept", ["application/json", PARTIAL])
def test_the_present_then_a_bookmark_then_what_happens(server: ApiServer, accept: str) -> None:
    for name in "ab":
        ask(server, "POST", MAPS, {"metadata": {"name": name, "labels": {"x": name}}})
    with closing(Stream(server, f"{MAPS}?{QUERY}", accept)) as stream:
        names, version = stream.initial()
        listed = ask(server, "GET", MAPS)
        assert names == [item["metadata"]["name"] for item in listed["items"]]
        ask(server, "POST", MAPS, {"metadata": {"name": "c"}})
        ask(server, "PATCH", f"{MAPS}/a", {"metadata": {"labels": {"y": "z"}}})
        ask(server, "DELETE", f"{MAPS}/b")
        seen = [stream.next() for _ in range(3)]
        assert [(event["type"], event["object"]["metadata"]["name"]) for event in seen] == [
            ("ADDED", "c"), ("MODIFIED", "a"), ("DELETED", "b"),
        ]  # fmt: skip
        versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in seen]
        assert int(version) < versions[0] < versions[1] < versions[2]
    # The bookmark's version is one to watch from.
    with closing(Stream(server, f"{MAPS}?watch=1&resourceVersion={version}")) as again:
        assert [again.next()["type"] for _ in range(3)] == ["ADDED", "MODIFIED", "DELETED"]


def test_an_empty_collection_and_a_selection(server: ApiServer) -> None:
    with closing(Stream(server, f"{MAPS}?{QUERY}&labelSelector=x%3Dy&resourceVersion=0")) as stream:
        assert stream.initial()[0] == []
        ask(server, "POST", MAPS, {"metadata": {"name": "other"}})
        ask(server, "POST", MAPS, {"metadata": {"name": "mine", "labels": {"x": "y"}}})
        assert stream.next()["object"]["metadata"]["name"] == "mine"
        ask(server, "PATCH", f"{MAPS}/mine", {"metadata": {"labels": {"x": "z"}}})
        assert stream.next()["type"] == "DELETED"  # it left the selection


def test_a_custom_kind_and_refusals(server: ApiServer) -> None:
    definition = crd()
    definition["spec"]["versions"][0] |= {
        "storage": True,
        "schema": {
            "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        },
    }
    ask(server, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
    widget = {"apiVersion": "foo.dev/v1", "kind": "Widget", "metadata": {"name": "w"}}
    ask(server, "POST", "/apis/foo.dev/v1/widgets", widget)
    with closing(Stream(server, f"/apis/foo.dev/v1/widgets?{QUERY}")) as stream:
        assert stream.initial()[0] == ["w"]
    refusal = ask(server, "GET", f"{MAPS}?watch=1&sendInitialEvents=true")
    assert (refusal["code"], refusal["reason"]) == (422, "Invalid")
