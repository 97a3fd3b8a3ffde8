"""Reads: what is understood, how it is written back, and what each wrong form is told."""

from __future__ import annotations

import pytest

from tools.kubectl.command import build_argv
from tools.kubectl.policy import PolicyScope
from tools.ladder import Ladder
from tools.move import Move, Target

LADDER = Ladder.packed()


def accepted(line: str, scope: PolicyScope | None = None) -> Move:
    judged = LADDER.judge(line, scope or PolicyScope(None))
    assert judged.move is not None, judged.verdict
    return judged.move


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("kubectl get pods -n ns -o json", None),
        ("kubectl get deploy,rs,sts,ds,job,cronjob -n ns -o json", None),
        ("kubectl get events -n ns -o json", None),
        (
            "kubectl get pods -A --field-selector spec.nodeName=n1",
            "kubectl get pods -A --field-selector=spec.nodeName=n1",
        ),
        ("kubectl get pods -nshop -oyaml", "kubectl get pods -n shop -o yaml"),
        ("kubectl get pods -n=shop -o=yaml", "kubectl get pods -n shop -o yaml"),
        ("kubectl get -Aojson pods", "kubectl get pods -A -o json"),
        ("kubectl -n shop get pods", "kubectl get pods -n shop"),
        (
            "kubectl rollout --namespace=shop status deploy web",
            "kubectl rollout status deploy/web -n shop",
        ),
        ("kubectl get pods --show-labels=true --watch=false", "kubectl get pods --show-labels"),
        ("kubectl get PODS", "kubectl get pods"),
        ("kubectl get pods -l 'app in (a, b),!c'", "kubectl get pods -l 'app in (a,b),!c'"),
        ("kubectl get pods -l app==web", "kubectl get pods -l app=web"),
        ("kubectl get pods -l a!=b", "kubectl get pods -l 'a!=b'"),
        ("kubectl get pods -L app,tier", None),
        ("kubectl get sc", None),
        ("kubectl get nodes -o json", None),
        (
            "kubectl get pods -o jsonpath={.items[*].metadata.name}",
            "kubectl get pods -o 'jsonpath={.items[*].metadata.name}'",
        ),
        (
            'kubectl get pods -o jsonpath="{.items[0]}"',
            "kubectl get pods -o 'jsonpath={.items[0]}'",
        ),
        ("kubectl get cm/a svc/b -n x", None),
        ("kubectl get pod a b -n x", "kubectl get pod/a pod/b -n x"),
        ("kubectl get clusterrole system:node", None),
        ("kubectl get deploy web -n x --subresource=scale", None),
        ("kubectl logs web-1 -c c --previous --tail=200", None),
        ("kubectl logs web-1 c -p", "kubectl logs web-1 -c c --previous"),
        ("kubectl logs deploy/x", None),
        ("kubectl logs job/x", None),
        ("kubectl logs pods/web-1", "kubectl logs web-1"),
        (
            "kubectl logs -l app=web --since=1h --max-log-requests=5",
            "kubectl logs -l app=web --max-log-requests=5 --since=1h",
        ),
        ("kubectl describe pod web-1", None),
        ("kubectl describe pods -n x", None),
        ("kubectl rollout history deploy/x --revision=2", None),
        (
            "kubectl rollout status sts/x --timeout=30s",
            "kubectl rollout status sts/x --timeout=10s",
        ),
        ("kubectl rollout status sts/x -w=false", "kubectl rollout status sts/x --watch=false"),
        ("kubectl events -n x --for=pod/web-1 --types=Warning", None),
        ("kubectl top pods -n x --containers", "kubectl top pod -n x --containers"),
        ("kubectl top node n1", None),
        ("kubectl api-resources --namespaced=true", "kubectl api-resources --namespaced"),
        ("kubectl auth can-i create pods -n x", None),
        ("kubectl auth can-i '*' '*'", None),
        ("kubectl auth can-i get secrets", None),
        ("kubectl auth can-i --list", None),
        ("kubectl auth whoami -o yaml", None),
        ("kubectl explain cronjob.spec --api-version=batch/v1", None),
        ("kubectl explain pods --recursive", None),
        ("kubectl explain pods --output=plaintext", None),
        ("kubectl wait pod web-1 --for=condition=Ready --timeout=5s", None),
        ("kubectl cluster-info", None),
        ("kubectl version -o json", None),
        ("kubectl get widgets.example.com", None),
        ("kubectl get all -n x", None),
        ("promtool query instant 'up == 0'", None),
    ],
)
def test_accepted_and_written_back(line: str, text: str | None) -> None:
    move = accepted(line)
    assert move.text == (text or line)
    assert accepted(move.text) == move


@pytest.mark.parametrize(
    ("line", "decision", "reason", "hint"),
    [
        ("kubectl get pods --namespac=x", "repair", "unknown-flag", "did you mean --namespace?"),
        ("kubectl get pods --show-label", "repair", "unknown-flag", "did you mean --show-labels?"),
        ("kubectl log web-1", "repair", "unknown-command", "did you mean `kubectl logs`?"),
        (
            "kubectl rollout histroy deploy/x",
            "repair",
            "unknown-command",
            "did you mean `kubectl rollout history`?",
        ),
        (
            "kubectl rollout",
            "repair",
            "missing-subcommand",
            "one of: history, pause, restart, resume, status, undo",
        ),
        ("kubectl get pods -o jsn", "repair", "bad-value", "one of: json, yaml"),
        ("kubectl logs web-1 --tail=many", "repair", "bad-value", "--tail=NUMBER"),
        ("kubectl logs web-1 --tail=010", "repair", "bad-value", "--tail=NUMBER"),
        ("kubectl logs web-1 --since=1y", "repair", "bad-value", "--since=10s"),
        ("kubectl logs web-1 --previous=maybe", "repair", "bad-value", "--previous"),
        ("kubectl logs pod web-1", "repair", "bad-target", "kubectl logs pod/web-1"),
        ("kubectl logs cronjob/x", "repair", "kind-not-supported", "one of: pods"),
        ("kubectl logs", "repair", "missing-argument", "kubectl logs POD"),
        ("kubectl logs a -l app=b", "repair", "conflicting-flags", ""),
        ("kubectl logs a -c b --all-containers", "repair", "conflicting-flags", "-c CONTAINER"),
        ("kubectl get pods -o json --show-labels", "repair", "conflicting-flags", "leave out"),
        ("kubectl auth can-i --list -A", "repair", "conflicting-flags", "can-i --list -n"),
        ("kubectl get pods,svc web", "repair", "mixed-forms", "pods/web svc/web"),
        ("kubectl get pods -n a -A", "repair", "conflicting-flags", ""),
        ("kubectl get pod x -A", "repair", "conflicting-flags", "-n NAMESPACE"),
        ("kubectl get pod x -l a=b", "repair", "conflicting-flags", ""),
        ("kubectl get pod Web-1", "repair", "bad-name", "did you mean web-1?"),
        ("kubectl logs web-1 db.main", "repair", "bad-name", "-c CONTAINER"),
        ("kubectl get pods/", "repair", "bad-target", ""),
        ("kubectl get po%64s", "repair", "bad-resource", ""),
        ("kubectl get pods -l 'a in b'", "repair", "bad-selector", "-l"),
        ("kubectl get pods --field-selector a", "repair", "bad-selector", ""),
        ("kubectl get pods -o 'jsonpath={.a'", "repair", "bad-expression", ""),
        (
            "kubectl get pods -o custom-columns=NAME",
            "repair",
            "bad-expression",
            "-o custom-columns",
        ),
        ("kubectl get pods --sort-by='$x'", "repair", "bad-expression", ""),
        ("kubectl -l a=b get pods", "repair", "flag-before-command", ""),
        (
            "kubectl get pods --all_namespaces",
            "repair",
            "underscore-flag",
            "write --all-namespaces",
        ),
        ("kubectl wait pod/x --for=Ready", "repair", "bad-value", "--for=condition=Ready"),
        ("kubectl wait pod/x", "repair", "missing-flag", "--for=VALUE"),
        ("kubectl auth can-i read pods", "repair", "bad-argument", "get, list"),
        ("kubectl explain 'a;b'", "repair", "bad-argument", ""),
        ("kubectl version x", "repair", "too-many-arguments", "kubectl version"),
        ("kubectl get pods --as=x", "refuse", "forbidden-flag", "leave --as out"),
        ("kubectl get pods --kuberc=x", "refuse", "forbidden-flag", "leave --kuberc out"),
        ("kubectl logs web-1 --tail=-1", "refuse", "out-of-bounds", "0 to 1000"),
        ("kubectl logs web-1 --since=0s", "refuse", "out-of-bounds", ""),
        ("kubectl get pods -o go-template='{{.x}}'", "refuse", "output-form", ""),
        ("kubectl get pods --chunk-size=0", "refuse", "flag-not-permitted", ""),
        ("kubectl get pods --request-timeout=0", "refuse", "flag-not-permitted", ""),
        ("kubectl wait pod/x --for=delete --timeout=-1s", "refuse", "endless", "--timeout=10s"),
        ("kubectl rollout status deploy/x --timeout=10m", "refuse", "endless", "--timeout=10s"),
        ("kubectl get serviceaccounts/x --subresource=token", "refuse", "subresource", ""),
        ("kubectl describe sa default", "refuse", "secret-read", "kubectl get sa default"),
        ("kubectl get cm,Secrets.v1.", "refuse", "secret-read", ""),
        ("kubectl events --for=secret/x", "refuse", "secret-read", ""),
        ("kubectl wait --for=create secret/x", "refuse", "secret-read", ""),
        ("kubectl logs secret/x", "refuse", "secret-read", ""),
        ("kubectl cluster-info dump", "refuse", "closed-command", ""),
        ("kubectl diff", "refuse", "closed-command", ""),
        ("kubectl get pods -n a/b", "refuse", "bad-namespace", ""),
        ("kubectl get pods -n kube-system --kubeconfig x", "refuse", "forbidden-flag", ""),
        ("kubectl get pods -n --token=x", "refuse", "flag-like-value", ""),
        ("kubectl get pods -n=-x", "refuse", "flag-like-value", ""),
        ("kubectl get pods -o json -o yaml", "refuse", "duplicate-flag", ""),
        ("kubectl get pods -o json --output=yaml", "refuse", "duplicate-flag", ""),
        ("kubectl logs a b -c c", "refuse", "duplicate-flag", ""),
        ("kubectl get pods --output=", "refuse", "empty-value", ""),
        ("kubectl get -", "refuse", "stdin", ""),
        ("kubectl get " + "a " * 70, "refuse", "too-long", ""),
        ("kubectl get " + "a" * 2048, "refuse", "too-long", ""),
        (
            "kubectl get " + " ".join(f"pod/p{i}" for i in range(11)),
            "refuse",
            "too-many-targets",
            "",
        ),
    ],
)
def test_rejected_with_a_hint(line: str, decision: str, reason: str, hint: str) -> None:
    move, verdict = LADDER.judge(line)
    assert move is None
    assert (verdict.decision, verdict.reason) == (decision, reason), verdict
    assert hint in verdict.hint
    assert verdict.rung == "tree" if decision == "repair" else verdict.rung in ("parse", "policy")


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        (
            "kubectl get po web-1 -n shop -o json",
            "get po web-1 --namespace=shop --output=json --chunk-size=500 --request-timeout=15s",
        ),
        (
            "kubectl logs web-1 -n shop",
            "logs web-1 --namespace=shop --limit-bytes=262144 --pod-running-timeout=5s"
            " --tail=200 --request-timeout=15s",
        ),
        (
            "kubectl logs web-1 --tail=7 -p",
            "logs web-1 --limit-bytes=262144 --pod-running-timeout=5s --previous=true --tail=7 --request-timeout=15s",
        ),
        (
            "kubectl rollout status deploy/web",
            "rollout status deploy/web --timeout=10s --request-timeout=15s",
        ),
        (
            "kubectl get pods -A",
            "get pods --all-namespaces=true --chunk-size=500 --request-timeout=15s",
        ),
        ("kubectl version --client", "version --client=true"),
    ],
)
def test_argv_is_built_with_the_flags_that_code_sets(line: str, argv: str) -> None:
    assert build_argv(accepted(line)) == argv.split()


def test_argv_of_another_kind_of_move() -> None:
    with pytest.raises(ValueError, match="promtool"):
        build_argv(accepted("promtool query instant up"))


def test_typed_fields() -> None:
    move = accepted("kubectl get Deploy/web cm/x -n shop -oyaml -L a,b")
    assert move.command == ("get",)
    assert move.targets == (Target(resource="deploy", name="web"), Target(resource="cm", name="x"))
    assert move.namespace == "shop"
    assert move.flags == {"output": "yaml", "label-columns": ["a", "b"]}
    logs = accepted("kubectl logs web-1 app --previous")
    assert logs.targets == (Target(resource="pod", name="web-1"),)
    assert logs.flags == {"container": "app", "previous": True}


@pytest.mark.parametrize(
    "lines",
    [
        ("kubectl get pod x", "kubectl get po/x", "kubectl get pods x", "kubectl get pods.v1. x"),
        ("kubectl get deploy,rs", "kubectl get replicasets,deployments.apps"),
        ("kubectl logs x", "kubectl logs pod/x", "kubectl logs x --tail=200"),
        ("kubectl get nodes", "kubectl get no -n shop"),
        ("kubectl get pods -o json -n a", "kubectl -n a get po -ojson"),
        ("kubectl rollout status deploy/x", "kubectl rollout status deployment x --timeout=10s"),
    ],
)
def test_repeat_key_is_equal_for_spellings_of_the_same(lines: tuple[str, ...]) -> None:
    assert len({accepted(line).repeat_key for line in lines}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("kubectl get pod x", "kubectl get pod y"),
        ("kubectl get pods -n a", "kubectl get pods -n b"),
        ("kubectl get pods", "kubectl get pods -o wide"),
        ("kubectl logs x", "kubectl logs x --previous"),
        ("kubectl describe pod x", "kubectl get pod x"),
    ],
)
def test_repeat_key_differs(one: str, other: str) -> None:
    assert accepted(one).repeat_key != accepted(other).repeat_key


SHOP = PolicyScope(frozenset({"shop"}))
WITH_SYSTEM = PolicyScope(frozenset({"shop"}), system=frozenset({"kube-system"}))


@pytest.mark.parametrize(
    ("line", "scope", "reason"),
    [
        ("kubectl get pods -n shop", SHOP, "ok"),
        ("kubectl get pods -n other", SHOP, "other-namespace"),
        ("kubectl get pods -A", SHOP, "other-namespace"),
        ("kubectl logs x -n kube-system", SHOP, "other-namespace"),
        ("kubectl events -n other", SHOP, "other-namespace"),
        ("kubectl get widgets -A", SHOP, "other-namespace"),
        ("kubectl get nodes -A", SHOP, "ok"),
        ("kubectl get nodes,pods -n other", SHOP, "other-namespace"),
        ("kubectl get nodes", SHOP, "ok"),
        ("kubectl describe node n1", SHOP, "ok"),
        ("kubectl get sc", PolicyScope(frozenset({"shop"}), cluster_scoped=False), "cluster-scope"),
        (
            "kubectl get pods,nodes",
            PolicyScope(frozenset({"shop"}), cluster_scoped=False),
            "cluster-scope",
        ),
        ("kubectl api-resources", PolicyScope(frozenset({"shop"}), cluster_scoped=False), "ok"),
        ("kubectl get pods", PolicyScope(frozenset({"a", "b"})), "namespace-missing"),
        ("kubectl get pods -n kube-system", PolicyScope(None), "ok"),
        ("kubectl get deploy,svc -n kube-system -l k8s-app=kube-dns", WITH_SYSTEM, "ok"),
        ("kubectl get endpointslices -n kube-system -o json", WITH_SYSTEM, "ok"),
        ("kubectl get deploy -n other", WITH_SYSTEM, "other-namespace"),
        ("kubectl get deploy -n kube-system -A", WITH_SYSTEM, "conflicting-flags"),
        ("kubectl get deploy,pods -n kube-system", WITH_SYSTEM, "other-namespace"),
        ("kubectl get cm -n kube-system", WITH_SYSTEM, "other-namespace"),
        ("kubectl get widgets -n kube-system", WITH_SYSTEM, "other-namespace"),
        ("kubectl describe deploy coredns -n kube-system", WITH_SYSTEM, "other-namespace"),
        ("kubectl logs coredns-1 -n kube-system", WITH_SYSTEM, "other-namespace"),
        (
            "kubectl scale deploy coredns -n kube-system --replicas=2",
            WITH_SYSTEM,
            "other-namespace",
        ),
    ],
)
def test_scope(line: str, scope: PolicyScope, reason: str) -> None:
    move, verdict = LADDER.judge(line, scope)
    assert verdict.reason == reason
    assert (move is None) == (reason != "ok")


def test_the_only_namespace_of_the_scope_is_filled_in() -> None:
    move = accepted("kubectl get pods", SHOP)
    assert move.namespace == "shop"
    assert move.text == "kubectl get pods -n shop"
    assert accepted("kubectl get nodes", SHOP).namespace is None


def test_words_instead_of_a_line() -> None:
    words = [
        "kubectl",
        "get",
        "pods",
        "-o",
        'jsonpath={range .items[*]}{.metadata.name}{"\\n"}{end}',
    ]
    move = LADDER.judge(words).move
    assert move is not None
    assert accepted(move.text) == move
    assert LADDER.judge(["kubectl", "get", "pods", "; id"]).verdict.decision != "allow"
    assert LADDER.judge(["kubectl", "get", "pods\n"]).verdict.reason == "odd-characters"
    assert LADDER.judge([]).verdict.reason == "empty"


def test_risk_and_proposer() -> None:
    assert LADDER.judge("kubectl get pods").verdict.risk == "read"
    assert LADDER.judge("kubectl logs x").verdict.risk == "sensitive-read"
    assert LADDER.judge("kubectl get pods -w").verdict.risk == "interactive"
    assert LADDER.judge("kubectl config get-contexts").verdict.risk == "exfiltrating"
    judged = LADDER.judge("kubectl get pods", proposed_by="nano")
    assert judged.move is not None
    assert judged.move.proposed_by == "nano"
