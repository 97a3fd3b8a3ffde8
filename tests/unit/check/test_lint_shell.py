"""Commands in shell text: which words run, on which line, and what is left to the reader."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.lint.placeholder import MARK, holds, mark_templates
from tools.lint.shell import ShellError, commands
from tools.lint.transcript import interactive, starting_lines

KUBECTL = frozenset({"kubectl"})


def found(text: str) -> list[tuple[int, list[str]]]:
    return [
        (command.line, words)
        for command in commands(text)
        if (words := command.program(KUBECTL)[1:])
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kubectl get pods", ["get", "pods"]),
        ("kubectl get pods # comment", ["get", "pods"]),
        ("A=1 B=2 sudo -E kubectl get pods", ["get", "pods"]),
        ("/usr/local/bin/kubectl get pods", ["get", "pods"]),
        ("if ! kubectl get pods; then", ["get", "pods"]),
        ("echo a | xargs -n 1 kubectl delete pod", ["delete", "pod"]),
        ("watch -n 5 kubectl get pods", ["get", "pods"]),
        ("kubectl get pods > out.txt 2>&1", ["get", "pods"]),
        ("kubectl get pods &>/dev/null &", ["get", "pods"]),
        (
            "kubectl get pods -l 'a in (b,c)' -n \"$NS\"",
            ["get", "pods", "-l", "a in (b,c)", "-n", MARK],
        ),
        ("kubectl logs ${POD:-x} -c $1", ["logs", MARK, "-c", MARK]),
        ("kubectl logs <pod name> -n <ns>", ["logs", MARK, "-n", MARK]),
        (
            "kubectl get pods -o jsonpath='{.items[*].x}'",
            ["get", "pods", "-o", "jsonpath={.items[*].x}"],
        ),
        ('kubectl patch d x -p "{\\"a\\":1}"', ["patch", "d", "x", "-p", '{"a":1}']),
        ("kubectl get \\\n  pods \\\n  -A", ["get", "pods", "-A"]),
        ("kubectl get cm a$(date +%s)b", ["get", "cm", f"a{MARK}b"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert found(text) == [(1, words)]


@pytest.mark.parametrize(
    "text",
    [
        "echo kubectl get pods",
        "# kubectl get pods",
        "bash -c 'kubectl get pods'",
        "kubectl-foo get pods",
        "cat <<EOF\nkubectl get pods\nEOF",
        "grep kubectl file",
    ],
)
def test_what_does_not_run_kubectl(text: str) -> None:
    assert found(text) == []


def test_every_command_of_a_line_is_found() -> None:
    text = "x=$(kubectl get a) && kubectl get b | grep c; kubectl get d\ncat <(kubectl get e) `kubectl get f`"
    assert [(line, words[1]) for line, words in found(text)] == [
        (1, "a"),
        (1, "b"),
        (1, "d"),
        (2, "e"),
        (2, "f"),
    ]


def test_lines_after_continuations_quotes_and_here_documents() -> None:
    text = (
        "kubectl get \\\n a\n"
        "echo 'x\ny'\n"
        "kubectl apply -f - <<-'EOF'\n\tkind: Pod\n\tEOF\n"
        "for p in a b; do\n  kubectl get $p\ndone\n"
    )
    assert [line for line, _ in found(text)] == [1, 5, 9]
    apply = next(c for c in commands(text) if "apply" in c.words)
    assert apply.bodies == [(6, "kind: Pod\n")]


@pytest.mark.parametrize("text", ["echo 'x", 'echo "x', "echo $(x", "echo ${x", "echo `x"])
def test_open_quotes_are_an_error(text: str) -> None:
    with pytest.raises(ShellError):
        commands(text)


def test_transcripts() -> None:
    text = "$ kubectl get pods\nNAME can't\nuser@host:~$ kubectl logs x \\\n  -c y\nkubectl: not this\n"
    shown = interactive(text)
    assert shown.count("\n") == text.count("\n")
    assert found(shown) == [(1, ["get", "pods"]), (3, ["logs", "x", "-c", "y"])]
    assert interactive("kubectl get pods\n") == "kubectl get pods\n"


def test_starting_lines_pass_over_what_is_no_shell() -> None:
    text = "Don't do this:\nkubectl get 'x\nkubectl get \\\n  pods\nthen kubectl get nodes\n"
    assert [(c.line, c.words) for c in starting_lines(text, 10)] == [
        (12, ["kubectl", "get", "pods"])
    ]


def test_placeholders() -> None:
    for text in ("<pod>", "$POD", "${POD}", "{{ .x }}", "a-<your ns>-b", "$(NAME)"):
        assert holds(text), text
    for text in ("a < b", "5$", "{x}", "cost: 3 > 2"):
        assert not holds(text), text
    assert mark_templates("a: 1\n{{- if .x }}\nb: {{ .y }}\n") == f"a: 1\n\nb: {MARK}\n"


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="kubectl get'\"$(){}`\\\n#<>|&;=-EOF ", max_size=60))
def test_any_text_is_read(text: str) -> None:
    with contextlib.suppress(ShellError):
        for command in commands(text):
            assert 1 <= command.line <= text.count("\n") + 1
    list(starting_lines(text))
    assert interactive(text).count("\n") == text.count("\n")
