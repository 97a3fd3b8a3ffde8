"""Every scenario is what it says: it breaks, right fixes heal it, wrong ones do not; in process."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.proof import prove
from sandbox.scenario import ids, load

pytestmark = pytest.mark.integration

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", ids())
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_scenario_holds(name: str, seed: int) -> None:
    proof = prove(load(name, seed), AT)
    assert proof.holds, "\n".join(proof.problems)
