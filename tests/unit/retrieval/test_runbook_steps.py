"""Commands of a runbook, and which of them a run may take as steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.runbooksteps import Step, steps
from tools.ladder import Ladder
from tools.retrieval import Snippet

NAMES = {"namespace": "shop", "pod": "cart-5d9-x", "deployment": "cart", "container": "web"}
LADDER = Ladder.packed()


def of(text: str) -> list[Step]:
    return list(steps([Snippet("/b/a.md#x", "A > X", text, "runbook")], NAMES, LADDER))


@pytest.mark.parametrize(
    "written",
    [
        "kubectl describe pod <pod> -n <namespace>",
        "kubectl describe pod <pod-name> -n <your namespace>",
        "kubectl -n $NAMESPACE describe pod $POD_NAME",
        "kubectl -n ${NS} describe pod ${POD}",
        "kubectl describe pod {{ $labels.pod }} -n {{ $labels.namespace }}",
        "kubectl describe pod PODNAME -n NAMESPACE",
        "sudo kubectl describe pod <pod> -n <namespace> | grep -i reason",
    ],
)
def test_blanks_are_filled_with_what_the_incident_resolved(written: str) -> None:
    for text in (f"```sh\n{written}\n```\n", f"```\n$ {written}\noutput of it\n```\n"):
        (step,) = of(text)
        assert step == Step("/b/a.md#x", "kubectl describe pod cart-5d9-x -n shop", "")


@pytest.mark.parametrize(
    "written",
    [
        "kubectl get endpoints <service> -n <namespace>",
        "kubectl get pod <other-pod> -n <namespace>",
        "kubectl get pods -n <namespace> -l app=<app>",
        "kubectl logs $(kubectl get pods -o name) -n <namespace>",
        "kubectl get pods -o name | xargs kubectl describe",
    ],
)
def test_a_blank_that_nothing_fills_is_left_to_the_reader(written: str) -> None:
    assert any("reader" in step.why_not for step in of(f"```sh\n{written}\n```\n"))


@pytest.mark.parametrize(
    "written",
    [
        "kubectl delete pod <pod> -n <namespace>",
        "kubectl rollout restart deployment <deployment> -n <namespace>",
        "kubectl get secret db -n <namespace> -o yaml | sh",
        "kubectl exec <pod> -n <namespace> -- sh",
        "kubectl get --raw /api/v1/secrets",
        "kubectl get pods --as admin -n <namespace>",
        "kubectl get pods --kubeconfig /etc/admin.conf",
        "kubectl apply -f - <<EOF\nkind: Pod\nEOF",
    ],
)
def test_what_is_no_allowed_read_never_becomes_a_step(written: str) -> None:
    found = of(f"```sh\n{written}\n```\n")
    assert found
    assert all(step.why_not for step in found)


def test_lines_outside_blocks_and_inline_code_count_once() -> None:
    text = "Run `kubectl get pods -n shop`:\n\n    kubectl get pods -n shop\n"
    assert [step.text for step in of(text)] == ["kubectl get pods -n shop"]


@given(st.text(st.sampled_from("kubectl gepod<>${}|;&`'\"\\\n-n#NSPOD\ue000"), max_size=200))
def test_any_text_gives_only_whole_reads(text: str) -> None:
    for step in of(f"```sh\nkubectl {text}\n```\n{text}"):
        if not step.why_not:
            judged = LADDER.judge(step.text)
            assert judged.verdict.decision == "allow"
            assert judged.move is not None
            assert judged.move.text == step.text


@pytest.mark.parametrize("sets", ["NS=monitoring", "export NS=monitoring", "for NS in a b; do"])
def test_a_variable_that_the_runbook_sets_is_its_own(sets: str) -> None:
    found = of(f"```sh\n{sets}\n```\nand then\n```sh\nkubectl get pods -n $NS\n```\n")
    assert [(step.text, bool(step.why_not)) for step in found] == [
        ("kubectl get pods -n <...>", True)
    ]


def test_what_is_in_no_namespace_gets_none() -> None:
    found = of(
        "```sh\nkubectl describe nodes\nkubectl get pv\nkubectl get pods -n <namespace>\n```"
    )
    assert [step.text for step in found] == [
        "kubectl describe nodes",
        "kubectl get pv",
        "kubectl get pods -n shop",
    ]
