"""Properties of every accepted move.

pytest tests/unit/kubectl/test_move_properties.py --fuzz-moves 20000
"""

from __future__ import annotations

import shlex
import statistics
import time
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.random_moves import any_line, read_line
from tools.kubectl import command as kubectl_command
from tools.kubectl.policy import EVERYWHERE, Policy, PolicyScope
from tools.ladder import Ladder
from tools.move import Move, Target
from tools.promtool import command as promtool_command

LADDER = Ladder.packed()
CODE_SET = {
    "request-timeout",
    "chunk-size",
    "tail",
    "limit-bytes",
    "timeout",
    "pod-running-timeout",
}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _typed_words(move: Move) -> set[str]:
    """Everything that the argv may be made of, read from the fields."""
    values = {*move.command, *move.args, move.namespace or "", "true", "false"}
    for target in move.targets:
        values |= {target.resource, target.name or "", f"{target.resource}/{target.name}"}
    values.add(",".join(target.resource for target in move.targets))
    for value in move.flags.values():
        values.add(
            value
            if isinstance(value, str)
            else ",".join(value)
            if isinstance(value, list)
            else "true"
        )
    return values


def _check(line: str) -> None:
    move, verdict = LADDER.judge(line)
    assert move is not None, (line, verdict)
    again = LADDER.judge(move.text)
    assert again == (move, verdict)
    assert LADDER.judge(shlex.split(line)).move == move
    assert LADDER.recheck(move, EVERYWHERE) == verdict
    if move.kind == "promtool":
        built = promtool_command.build_argv(move, "http://127.0.0.1:9090", NOW)
        assert built[-1] == move.args[0]
        return
    known = _typed_words(move)
    for word in kubectl_command.build_argv(move):
        name, equals, value = word.removeprefix("--").partition("=")
        if word.startswith("--") and equals:
            assert name in move.flags or name in {"namespace", "all-namespaces"} | CODE_SET
            assert value in known or name in CODE_SET
        else:
            assert not word.startswith("-")
            assert word in known


def test_random_moves_reproduce_themselves(pytestconfig: pytest.Config) -> None:
    count = pytestconfig.getoption("--fuzz-moves")

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.randoms(use_true_random=False))
    def run(rng: Random) -> None:
        _check(any_line(rng))

    run()


def test_reads_are_allowed_and_changes_need_a_person() -> None:
    rng = Random(7)
    for _ in range(1000):
        assert LADDER.judge(read_line(rng)).verdict.decision == "allow"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gets_a_verdict(text: str) -> None:
    for line in (text, f"kubectl {text}", f"kubectl get {text}", f"promtool query instant {text}"):
        move, verdict = LADDER.judge(line)
        assert (move is None) == (verdict.decision in ("refuse", "repair"))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=20),
        max_size=8,
    )
)
def test_any_words_get_a_verdict(words: list[str]) -> None:
    for argv in (words, ["kubectl", *words], ["kubectl", "get", *words]):
        move, _ = LADDER.judge(argv)
        if move is not None:
            assert LADDER.judge(move.text).move == move


@pytest.mark.parametrize(
    "change",
    [
        {"text": "kubectl get pods"},
        {"command": ("exec",)},
        {"flags": {"output": "json", "kubeconfig": "/x"}},
        {"flags": {"watch": True}},
        {"flags": {"output": "json --raw=/x"}},
        {"namespace": "shop --token=x"},
        {"namespace": "SHOP"},
        {"targets": (Target(resource="secrets"),)},
        {"targets": (Target(resource="pods", name="--server=http://x"),)},
        {"targets": (Target(resource="pods", name="a b"),)},
        {"args": ("-w",)},
        {"args": ("; id",)},
        {"kind": "promtool"},
        {"kind": "manifest", "manifest": "kind: Pod"},
        {"kind": "names"},
        {"manifest": "kind: Pod"},
    ],
)
def test_recheck_refuses_a_move_that_was_tampered_with(change: dict[str, object]) -> None:
    move = LADDER.judge("kubectl get pods -n shop -o json").move
    assert move is not None
    assert LADDER.recheck(move, EVERYWHERE).decision == "allow"
    forged = move.model_copy(update=change)
    assert LADDER.recheck(forged, EVERYWHERE).decision in ("refuse", "repair")


def test_recheck_keeps_the_scope() -> None:
    move = LADDER.judge("kubectl get pods -n shop").move
    assert move is not None
    verdict = LADDER.recheck(move, PolicyScope(frozenset({"other"})))
    assert (verdict.decision, verdict.reason) == ("refuse", "other-namespace")


def test_identity_does_not_matter_to_recheck() -> None:
    move = LADDER.judge("kubectl get pods -n shop", proposed_by="chat").move
    assert move is not None
    assert move.proposed_by == "chat"
    assert LADDER.recheck(move.model_copy(update={"id": "m7"}), EVERYWHERE).decision == "allow"


def test_judging_is_fast() -> None:
    """The goal is p99 <= 1 ms; the median on this machine is about 0.05 ms, so 1 ms leaves room for a busy one."""
    rng = Random(3)
    lines = [any_line(rng) for _ in range(1000)]
    lines += [f"{line} --namespac=x" for line in lines[:500]] + [
        f"{line}; id" for line in lines[:500]
    ]
    LADDER.judge(lines[0])
    times = []
    for line in lines:
        started = time.perf_counter()
        LADDER.judge(line)
        times.append(time.perf_counter() - started)
    assert len(times) == 2000
    assert statistics.median(times) < 0.001


def test_the_policy_opens_only_what_the_tree_has() -> None:
    """A typing slip in the policy file would close a flag without notice."""
    policy = Policy.load()
    newer = {"all-pods", "show-capacity"}
    for command in LADDER.kubectl:
        if not policy.runs_alone(command.path):
            continue
        missing = policy.opening(command.path).flags - set(command.flags) - newer
        assert not missing, (command.path, missing)
