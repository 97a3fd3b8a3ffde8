"""Under handles a grammar knows objects by number only, and the numbers come back as names."""

from __future__ import annotations

from random import Random

import pytest

pytest.importorskip("llguidance", reason="pip install llguidance")

from agent.executors.handles import numbered
from agent.grammars.inventory import Inventory, spelling
from model.prompt import expand
from sandbox.discovery import Catalogue, ResourceKind
from tests.grammar_samples import Sampler, allows, kubectl_grammar, matcher
from tools.kubectl.policy import Policy
from tools.kubectl.tree import CommandTree
from tools.ladder import Ladder

POD = ResourceKind("", "v1", "pods", "pod", "Pod", True, ("po",))
NODE = ResourceKind("", "v1", "nodes", "node", "Node", False, ("no",))
KNOWN = ("Namespace/team-7f", "Pod/team-7f/web-6d4cf56db6-abcde", "Node/n1")


def inventory() -> Inventory:
    kinds = (POD, NODE)
    return Inventory(
        kinds=kinds,
        spelling=spelling(kinds, Catalogue(kinds)),
        namespaces=("team-7f",),
        names={
            ("pods", "team-7f"): ("web-6d4cf56db6-abcde", "web-6d4cf56db6-other"),
            ("nodes", None): ("n1", "n2"),
        },
        containers={("pods", "team-7f", "web-6d4cf56db6-abcde"): ("app",)},
    )


def test_only_numbers_can_be_named() -> None:
    grammar = kubectl_grammar(CommandTree.packed(), Policy.load(), numbered(inventory(), KNOWN))
    fresh = matcher(grammar)
    assert allows(fresh, "kubectl get pod @2 -n @1")
    assert allows(fresh, "kubectl logs @2 -n @1 -c app")
    assert allows(fresh, "kubectl get node @3")
    assert not allows(fresh, "kubectl get pod web-6d4cf56db6-abcde -n @1")
    assert not allows(fresh, "kubectl get pod @4 -n @1")
    assert "other" not in grammar.text


def test_every_sample_becomes_a_move_with_real_names() -> None:
    grammar = kubectl_grammar(CommandTree.packed(), Policy.load(), numbered(inventory(), KNOWN))
    ladder = Ladder.packed()
    sampler = Sampler(grammar, Random(7))
    for _ in range(60):
        line = expand(sampler.text(), KNOWN)
        assert "@" not in line
        assert ladder.judge(line).verdict.decision == "allow", line
