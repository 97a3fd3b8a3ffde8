"""Changes: what a person may be asked to approve, and what nobody is asked."""

from __future__ import annotations

import json

import pytest

from tools.kubectl.policy import PolicyScope
from tools.ladder import Ladder

LADDER = Ladder.packed()


@pytest.mark.parametrize(
    ("line", "risk"),
    [
        ("kubectl scale deploy/web -n shop --replicas=3", "write-namespaced"),
        (
            "kubectl set image deploy/web app=registry.example.com:5000/team/app:v1.2 -n shop",
            "write-namespaced",
        ),
        (
            "kubectl set env deploy/web DATABASE_URL=http://db:5432/x OLD- -n shop",
            "write-namespaced",
        ),
        ("kubectl set env deploy/web -n shop --from=configmap/x", "write-namespaced"),
        (
            "kubectl set resources deploy/web -n shop --limits=cpu=200m,memory=512Mi",
            "write-namespaced",
        ),
        ("kubectl rollout undo deploy/web -n shop --to-revision=2", "write-namespaced"),
        ("kubectl rollout pause deploy/web -n shop", "write-namespaced"),
        ("kubectl delete job nightly -n shop", "write-namespaced"),
        ("kubectl label pod/x a=b c- -n shop --overwrite", "write-namespaced"),
        ("kubectl label node/n1 disktype=ssd", "write-cluster"),
        ("kubectl annotate deploy/web note=x -n shop", "write-namespaced"),
        ("kubectl uncordon n1", "write-cluster"),
        ("kubectl drain n1 --ignore-daemonsets", "write-cluster"),
        ("kubectl taint node n1 k:NoSchedule-", "write-cluster"),
        ("kubectl create job again -n shop --from=cronjob/nightly", "write-namespaced"),
        (
            "kubectl create cronjob x -n shop --image=busybox '--schedule=*/5 * * * *'",
            "write-namespaced",
        ),
        ("kubectl create configmap x -n shop --from-literal=A=b", "write-namespaced"),
        ("kubectl create namespace x", "write-cluster"),
        ("kubectl create deployment x -n shop --image=nginx:1.27", "write-namespaced"),
        ("kubectl expose deploy/web -n shop --port=80", "write-namespaced"),
        ("kubectl autoscale deploy/web -n shop --max=5 --min=1", "write-namespaced"),
        ("kubectl set selector service/web app=web -n shop", "write-namespaced"),
        (
            """kubectl patch deploy/web -n shop -p '{"spec":{"replicas":2}}' --type=merge""",
            "write-namespaced",
        ),
    ],
)
def test_approved_by_a_person(line: str, risk: str) -> None:
    move, verdict = LADDER.judge(line)
    assert (verdict.decision, verdict.risk) == ("approve", risk), verdict
    assert move is not None
    assert move.text == line
    assert LADDER.recheck(move, PolicyScope(None)) == verdict


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("kubectl rollout restart deploy/web", "namespace-missing"),
        ("kubectl scale deploy/web -n shop --replicas=0", "out-of-bounds"),
        ("kubectl scale deploy/web -n shop", "missing-flag"),
        ("kubectl scale node/n1 --replicas=2", "kind-not-supported"),
        ("kubectl delete ns prod", "protected-kind"),
        ("kubectl delete deploy web -n shop", "protected-kind"),
        ("kubectl delete pvc data -n shop", "protected-kind"),
        ("kubectl delete node n1", "protected-kind"),
        ("kubectl delete pods -n shop", "missing-argument"),
        ("kubectl delete pod a b -n shop", "several-objects"),
        ("kubectl delete pod/a pod/b -n shop", "several-objects"),
        ("kubectl delete pod x -n shop --force", "forbidden-flag"),
        ("kubectl delete pod x -n shop --grace-period=0", "out-of-bounds"),
        ("kubectl delete pod x -n shop --cascade=orphan", "forbidden-flag"),
        ("kubectl delete secret x -n shop", "secret-read"),
        ("kubectl delete pod x -A", "flag-not-permitted"),
        ("kubectl label pods -l a=b c=d -n shop", "flag-not-permitted"),
        ("kubectl set image deploy/web '*=nginx' -n shop", "bad-argument"),
        ("kubectl set image deploy/web app='nginx; id' -n shop", "bad-argument"),
        ("kubectl set image deploy/web -n shop", "missing-argument"),
        ("kubectl set image svc/web app=nginx -n shop", "kind-not-supported"),
        ("kubectl set env deploy/web https_proxy=x -n shop", "forbidden-env"),
        ("kubectl set env deploy/web PATH=/x -n shop", "forbidden-env"),
        ("kubectl set env deploy/web KUBECONFIG=/x -n shop", "forbidden-env"),
        ("kubectl set env deploy/web --from=secret/x -n shop", "secret-read"),
        ("kubectl set env deploy/web -e A=b -n shop", "flag-not-permitted"),
        ("kubectl set env deploy/web --list -n shop", "flag-not-permitted"),
        ("kubectl set resources deploy/web -n shop --limits=memory=lots", "bad-value"),
        ("kubectl set resources deploy/web -n shop", "missing-flag"),
        ("kubectl label deploy/web magos.dev/x=y -n shop", "protected-key"),
        ("kubectl label ns/shop pod-security.kubernetes.io/enforce=privileged", "protected-key"),
        ("kubectl annotate pod/x kubectl.kubernetes.io/restartedAt- -n shop", "protected-key"),
        ("kubectl taint node/n1 k=v:Sometimes", "bad-argument"),
        ("kubectl taint node/n1 k=v", "bad-argument"),
        ("kubectl drain n1 --force", "forbidden-flag"),
        ("kubectl drain n1 --disable-eviction", "flag-not-permitted"),
        ("kubectl drain n1 --delete-emptydir-data", "flag-not-permitted"),
        ("kubectl create job x -n shop", "missing-flag"),
        ("kubectl create deployment x -n shop", "missing-flag"),
        ("kubectl create -n shop", "missing-subcommand"),
        ("kubectl create secret generic x -n shop", "forbidden-command"),
        ("kubectl create rolebinding x --clusterrole=admin --user=x -n shop", "forbidden-command"),
        ("kubectl apply -n shop", "missing-subcommand"),
        ("kubectl rollout undo deploy/web -n kube-system", "protected-namespace"),
        ("kubectl patch deploy/web -n shop --type=json -p '[]'", "json-patch"),
        ("kubectl patch deploy/web -n shop -p '[1]'", "bad-argument"),
        ("kubectl patch deploy/web -n shop -p 'spec: {}'", "bad-argument"),
        ('kubectl patch deploy/web -n shop -p \'{"a":1,"a":2}\'', "bad-argument"),
        ("kubectl patch deploy/web -n shop", "missing-flag"),
        ("kubectl patch deploy/web -n shop --patch-file=x", "forbidden-flag"),
        ("kubectl patch secret/x -n shop -p '{}'", "secret-read"),
    ],
)
def test_nobody_is_asked(line: str, reason: str) -> None:
    move, verdict = LADDER.judge(line)
    assert move is None
    assert verdict.reason == reason, verdict


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"hostNetwork": True}, "forbidden-field"),
        (
            {"containers": [{"name": "a", "securityContext": {"privileged": True}}]},
            "forbidden-field",
        ),
        ({"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}, "forbidden-field"),
        ({"serviceAccountName": "admin"}, "forbidden-field"),
        ({"$patch": "replace"}, "forbidden-field"),
        ({"metadata": {"annotations": {"magos.dev/action-id": "x"}}}, "protected-key"),
        (json.loads('{"a":' * 30 + "1" + "}" * 30), "too-deep"),
    ],
)
def test_patches_that_reach_too_far(spec: dict[str, object], reason: str) -> None:
    patch = json.dumps({"spec": {"template": {"spec": spec}}}, separators=(",", ":"))
    verdict = LADDER.judge(["kubectl", "patch", "deploy/web", "-n", "shop", "-p", patch]).verdict
    assert (verdict.decision, verdict.reason) == ("refuse", reason)


def test_changes_stay_in_the_scope() -> None:
    scope = PolicyScope(frozenset({"shop"}))
    assert (
        LADDER.judge("kubectl scale deploy/web --replicas=2 -n other", scope).verdict.reason
        == "other-namespace"
    )
    filled = LADDER.judge("kubectl scale deploy/web --replicas=2", scope).move
    assert filled is not None
    assert filled.text == "kubectl scale deploy/web -n shop --replicas=2"
