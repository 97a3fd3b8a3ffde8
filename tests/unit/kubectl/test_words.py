"""The smallest parts: words of a line, flags as pflag reads them, selectors, resource words."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.kubectl import argv, lexer, selectors
from tools.kubectl.policy import Policy
from tools.kubectl.rejection import Rejection
from tools.kubectl.resources import builtins, canonical, lookup
from tools.kubectl.tree import CommandTree
from tools.kubectl.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("kubectl  get   pods ", ["get", "pods"]),
        ("kubectl get 'a b' \"c d\"", ["get", "a b", "c d"]),
        ("kubectl get a'b'\"c\"", ["get", "abc"]),
        ("kubectl get 'it'\"'\"'s'", ["get", "it's"]),
        (r'kubectl get "a\"b" "c\n" "d\\e"', ["get", 'a"b', r"c\n", r"d\e"]),
        ("kubectl get a!=b", ["get", "a!=b"]),
        ("promtool query instant up{}[5m]", ["query", "instant", "up{}[5m]"]),
    ],
)
def test_words(line: str, words: list[str]) -> None:
    assert lexer.words(line)[1:] == words
    assert shlex.split(line)[1:] == words


@pytest.mark.parametrize(
    "line",
    [
        "kubectl get 'open",
        'kubectl get "open',
        'kubectl get "$x"',
        'kubectl get "`x`"',
        "kubectl get a\\ b",
    ]
    + [f"kubectl get a{mark}b" for mark in ";|&<>$`\\*?[]{}()~#"]
    + ["kubectl get\tpods", "kubectl get ''", "bash -c 'kubectl get pods'", "kubectl get !x"],
)
def test_shell_syntax_ends_the_judging(line: str) -> None:
    with pytest.raises(Rejection) as caught:
        lexer.words(line)
    assert caught.value.verdict.rung == "parse"
    assert caught.value.verdict.decision == "refuse"


@given(
    st.lists(
        st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12),
        max_size=6,
    )
)
def test_quoted_words_come_back(words: list[str]) -> None:
    assert lexer.words(shlex.join(["kubectl", *words])) == ["kubectl", *words]


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        ("get -nshop", {"namespace": "shop"}),
        ("get -n=shop", {"namespace": "shop"}),
        ("get -n shop", {"namespace": "shop"}),
        ("get -An shop", {"all-namespaces": True, "namespace": "shop"}),
        ("get -Anshop", {"all-namespaces": True, "namespace": "shop"}),
        ("get -A=true", {"all-namespaces": True}),
        ("get --all-namespaces pods", {"all-namespaces": True}),
        ("get -ojsonpath=x", {"output": "jsonpath=x"}),
        ("get -o=json", {"output": "json"}),
        ("logs -p web", {"previous": True}),
        ("patch -p x", {"patch": "x"}),
        ("rollout status -w=false", {"watch": False}),
    ],
)
def test_flags_as_pflag_reads_them(words: str, flags: dict[str, str | bool]) -> None:
    assert argv.parse(words.split(), CommandTree.packed(), Policy.load()).flags == flags


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a", "a"),
        ("!a", "!a"),
        (" a = b , c != d ", "a=b,c!=d"),
        ("a==b", "a=b"),
        ("a in (x, y)", "a in (x,y)"),
        ("a notin (x)", "a notin (x)"),
        ("a=", "a="),
        ("n>5,m<3", "n>5,m<3"),
        ("app.kubernetes.io/name=web", "app.kubernetes.io/name=web"),
    ],
)
def test_label_selectors(text: str, written: str) -> None:
    assert selectors.labels(text) == written
    assert selectors.labels(written) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "a,",
        "a=b c",
        "a in",
        "a in ()",
        "a in (x",
        "a b",
        "-a",
        "a=$x",
        "a=b/c",
        "!",
        "a!",
        "n>x",
        "a;b",
        "a===",
    ],
)
def test_bad_label_selectors(text: str) -> None:
    with pytest.raises(Rejection) as caught:
        selectors.labels(text)
    assert caught.value.verdict.reason == "bad-selector"


def test_field_selectors() -> None:
    assert (
        selectors.fields("status.phase!=Running,spec.nodeName==n1")
        == "status.phase!=Running,spec.nodeName=n1"
    )
    for text in ("", "a", "a=b,", "a in (b)", "a=b c", "=b", "a=$b"):
        with pytest.raises(Rejection):
            selectors.fields(text)


@given(st.text(max_size=30))
def test_selectors_settle(text: str) -> None:
    for read in (selectors.labels, selectors.fields):
        try:
            once = read(text)
        except Rejection:
            continue
        assert read(once) == once


def test_resource_words() -> None:
    assert (
        canonical("Deploy")
        == canonical("deployments.v1.apps")
        == canonical("deployment.apps")
        == "deployments"
    )
    assert canonical("ep") == "endpoints"
    assert canonical("Widgets.example.com") == "widgets.example.com"
    assert lookup("services.serving.knative.dev") is None
    assert lookup("events.events.k8s.io") is not None
    words = [word for r in builtins() for word in (r.plural, *r.shorts)]
    assert len(words) == len(set(words))
    node = lookup("no")
    assert node is not None
    assert not node.namespaced


def test_vocabulary() -> None:
    words = Vocabulary(["namespace", "output", "selector", "show-labels"])
    assert words.nearest("namspace") == "namespace"
    assert words.nearest("show-label") == "show-labels"
    assert words.nearest("zzzz") is None
    assert words.nearest("") is None
    assert Vocabulary([]).nearest("x") is None
