"""PromQL of a run that is scoped to namespaces reads the series of these namespaces only."""

from __future__ import annotations

import pytest

from tools.kubectl.policy import EVERYWHERE, PolicyScope
from tools.ladder import Ladder

LADDER = Ladder.packed()
SHOP = PolicyScope(frozenset({"shop"}))


@pytest.mark.parametrize(
    ("expression", "decision"),
    [
        ('kube_pod_info{namespace="shop"}', "allow"),
        ('sum(rate(x_total{namespace="shop"}[5m])) / up{namespace="shop"}', "allow"),
        ('kube_pod_info{namespace="other"}', "refuse"),
        ('kube_pod_info{namespace=~"shop|other"}', "refuse"),
        ('kube_pod_info{namespace!="other"}', "refuse"),
        ('a{namespace="shop"} / b', "refuse"),
        ("up == 0", "refuse"),
    ],
)
def test_every_selector_names_a_namespace_of_the_scope(expression: str, decision: str) -> None:
    assert (
        LADDER.judge(["promtool", "query", "instant", expression], SHOP).verdict.decision
        == decision
    )
    assert LADDER.judge(["promtool", "query", "instant", expression], EVERYWHERE).move is not None


def test_the_typed_move_is_held_to_it_again() -> None:
    move = LADDER.judge(["promtool", "query", "instant", "up == 0"], EVERYWHERE).move
    assert move is not None
    assert LADDER.recheck(move, SHOP).reason == "other-namespace"
