"""The doctor reads the commands of a kubectl that the packed tree was not made from, and keeps them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.harvesting import harvest_now, is_packed
from tests import real_kubectl
from tools.kubectl import treecache
from tools.kubectl.tree import CommandTree

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def test_an_unknown_kubectl_is_read_once(tmp_path: Path) -> None:
    binary = real_kubectl.best()
    if binary is None:
        pytest.skip("kubectl is not installed: https://kubernetes.io/docs/tasks/tools/")
    other = tmp_path / "kubectl"
    other.symlink_to(binary)
    cache = tmp_path / "cache"
    assert not is_packed(other, CommandTree.packed())
    assert harvest_now(other, cache) == "harvested"
    assert harvest_now(other, cache) == "cache"
    assert treecache.quick(other, cache)[0].command(("get",)) is not None
