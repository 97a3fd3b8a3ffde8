"""The official Python client elects leaders: Leases with optimistic locking."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.simulator.server import ApiServer
from tests.python_client import NS, client, connected, expected

pytestmark = pytest.mark.integration


def test_one_leader_at_a_time(server: ApiServer, tmp_path: Path) -> None:
    """Candidates renew one Lease with optimistic locking; nobody writes over another."""
    terms: list[str] = []
    holding: list[str] = []
    failures: list[BaseException] = []

    def stand(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        try:
            with connected(server, folder) as api:
                campaign(client.CoordinationV1Api(api), name)
        except BaseException as error:  # a thread's failure must fail the test
            failures.append(error)
            raise

    def campaign(leases: Any, name: str) -> None:
        while len(terms) < 12:
            lease = lease_of(leases, name)
            if lease.spec.holder_identity:
                time.sleep(0.002)
                continue
            lease.spec.holder_identity = name
            lease.spec.renew_time = datetime.now(UTC)
            if not replaced(leases, lease):
                continue
            holding.append(name)
            assert holding == [name]
            terms.append(name)
            holding.remove(name)
            mine = leases.read_namespaced_lease("lock", NS)
            assert mine.spec.holder_identity == name
            mine.spec.holder_identity = ""
            mine.spec.lease_transitions = (mine.spec.lease_transitions or 0) + 1
            assert replaced(leases, mine)

    threads = [threading.Thread(target=stand, args=(f"c{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    with connected(server, tmp_path) as api:
        lease = client.CoordinationV1Api(api).read_namespaced_lease("lock", NS)
    assert lease.spec.lease_transitions == len(terms)


def lease_of(leases: Any, name: str) -> Any:
    """The lock, made by whoever comes first."""
    try:
        return leases.read_namespaced_lease("lock", NS)
    except client.ApiException as error:
        expected(error, 404)
    meta = client.V1ObjectMeta(name="lock")
    spec = client.V1LeaseSpec(lease_duration_seconds=15)
    try:
        leases.create_namespaced_lease(NS, client.V1Lease(metadata=meta, spec=spec))
    except client.ApiException as error:
        expected(error, 409)
    return leases.read_namespaced_lease("lock", NS)


def replaced(leases: Any, lease: Any) -> bool:
    """Whether nobody else had written in between."""
    try:
        leases.replace_namespaced_lease("lock", NS, lease)
    except client.ApiException as error:
        expected(error, 409)
        return False
    return True
