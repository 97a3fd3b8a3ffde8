"""Hints that say what to write instead: the line they offer is one that the gate accepts."""

from __future__ import annotations

import random

import pytest

from tests.mutated_lines import corpus, mutant
from tools.kubectl import synonyms
from tools.kubectl.policy import EVERYWHERE, PolicyScope
from tools.kubectl.tree import CommandTree
from tools.ladder import TRY, WRITES, Ladder

LADDER = Ladder.packed()
SHOP = PolicyScope(frozenset({"shop"}))


def offered(line: str, scope: PolicyScope = SHOP) -> str:
    return LADDER.judge(line, scope).verdict.hint.partition(TRY)[2]


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("kubectl logs web-1 --lines=20", "kubectl logs web-1 -n shop --tail=20"),
        ("kubectl logs web-1 --limit 20", "kubectl logs web-1 -n shop --tail=20"),
        ("kubectl logs web-1 --max-bytes=2000", "kubectl logs web-1 -n shop --limit-bytes=2000"),
        ("kubectl logs web-1 --since=1d", "kubectl logs web-1 -n shop --since=24h"),
        ("kubectl logs web-1 --since '2 hours'", "kubectl logs web-1 -n shop --since=2h"),
        ("kubectl logs web-1 --since=30min", "kubectl logs web-1 -n shop --since=30m"),
        ("kubectl logs web-1 --tail=all", "kubectl logs web-1 -n shop"),
        ("kubectl logs -f web-1", "kubectl logs web-1 -n shop"),
        ("kubectl logs pod web-1 --tail=5", "kubectl logs web-1 -n shop --tail=5"),
        ("kubectl get pods -n shop --show-namespace", "kubectl get pods -n shop"),
        ("kubectl get pods --limit 20", "kubectl get pods -n shop"),
        ("kubectl get --verbose pods", "kubectl get pods -n shop"),
        ("kubectl get pods --labels app=web", "kubectl get pods -n shop -l app=web"),
        ("kubectl get pods --format=json", "kubectl get pods -n shop -o json"),
        ("kubectl get pods -o jsn", "kubectl get pods -n shop -o json"),
        ("kubectl get pods -o table", "kubectl get pods -n shop"),
        ("kubectl get pods --all_namespaces", "kubectl get pods -n shop"),
        ("kubectl get pods --token=x -n shop", "kubectl get pods -n shop"),
        ("kubectl -l a=b get pods", "kubectl get pods -n shop -l a=b"),
        ("kubectl show pods", "kubectl get pods -n shop"),
        ("kubectl list deploy --lines=3", "kubectl get deploy -n shop"),
        ("kubectl inspect pod web-1", "kubectl describe pod web-1 -n shop"),
        ("kubectl pods", "kubectl get pods -n shop"),
        ("get pods", "kubectl get pods -n shop"),
        ("k get po -o wide", "kubectl get po -n shop -o wide"),
        ("sudo /usr/bin/kubectl get pods", "kubectl get pods -n shop"),
        ("KUBECONFIG=/x kubectl get events", "kubectl get events -n shop"),
        ("The pod is broken.", "kubectl get pods -n shop"),
        ("kubectl get pods | grep Error", "kubectl get pods -n shop"),
        ("kubectl get pods 2>&1 | head -5", "kubectl get pods -n shop"),
        ("cd /tmp && kubectl get svc", "kubectl get svc -n shop"),
        ("kubectl logs $(kubectl get pods -o name | head -1)", "kubectl get pods -n shop -o name"),
        (
            "kubectl get pods -o jsonpath='{.items[0].metadata.name}' | xargs kubectl logs",
            "kubectl get pods -n shop -o 'jsonpath={.items[0].metadata.name}'",
        ),
        ("kubectl describe pod <pod-name> -n <your namespace>", "kubectl describe pod -n shop"),
        ("kubectl describe pod $POD", "kubectl describe pod -n shop"),
        ("kubectl get events \u2013namespace shop", "kubectl get events -n shop"),
        ("kubectl get pods\nkubectl get svc", "kubectl get pods -n shop"),
        ("kubectl get pods -n kube-system", "kubectl get pods -n shop"),
        ("kubectl get pods -A", "kubectl get pods -n shop"),
        ("kubectl get pod web-1 -l app=web", "kubectl get pod web-1 -n shop"),
        ("kubectl get pod Web-1", "kubectl get pod web-1 -n shop"),
        ("kubectl get pods -- -o yaml", "kubectl get pods -n shop"),
        ("kubectl exec -it web-1 -c app -- sh", "kubectl describe pod web-1 -n shop"),
        ("kubectl exec deploy/web -- env", "kubectl describe deploy web -n shop"),
        ("kubectl cp web-1:/etc/passwd /tmp/x", "kubectl describe pod web-1 -n shop"),
        ("kubectl edit deployment web", "kubectl get deployment web -n shop"),
        ("kubectl delete pod --all", "kubectl get pod -n shop"),
        ("kubectl scale deploy/web --replicas=9999", "kubectl get deploy web -n shop"),
        ("kubectl get secret db -o yaml", "kubectl describe pods -n shop"),
        ("kubectl get pods,secrets", "kubectl get pods -n shop"),
        ("kubectl describe sa default", "kubectl get sa default -n shop"),
    ],
)
def test_what_was_meant(line: str, instead: str) -> None:
    assert offered(line) == instead


@pytest.mark.parametrize(
    "line",
    [
        "kubectl config view --raw",
        "kubectl create secret generic x --from-literal=a=b",
        "kubectl rollout restart deploy/web --dry-run=server",
        "kubectl logs <pod>",
        "promtool tsdb dump /prometheus",
        "kubectl " + "x" * 3000,
        "|" * 500,
        "kubectl get pods " + "$x " * 60,
    ],
)
def test_nothing_near(line: str) -> None:
    assert LADDER.judge(line, SHOP).move is None
    assert offered(line) in ("", "kubectl get pods -n shop")


def test_every_line_that_a_hint_offers_is_an_allowed_read() -> None:
    rng = random.Random(9)
    lines = corpus()
    seen = 0
    for number in range(6000):
        line = lines[number] if number < len(lines) else mutant(rng, number, lines)
        for scope in (EVERYWHERE, SHOP):
            instead = offered(line, scope)
            if instead:
                again = LADDER.judge(instead, scope)
                assert again.verdict.decision == "allow", (line, instead, again.verdict)
                assert again.verdict.risk not in WRITES
                assert again.move is not None
                assert again.move.text == instead
                seen += 1
    assert seen > 3000


def test_each_synonym_stands_for_something_and_is_no_name_itself() -> None:
    tree = CommandTree.packed()
    flags = {name for command in tree for name in command.flags}
    assert synonyms.COMMANDS.keys() <= tree.root.children.keys()
    assert synonyms.FLAGS.keys() <= flags
    for word in " ".join(synonyms.COMMANDS.values()).split():
        assert word not in tree.root.children
    for table in (synonyms.COMMANDS, synonyms.FLAGS):
        words = " ".join(table.values()).split()
        assert len(words) == len(set(words))
