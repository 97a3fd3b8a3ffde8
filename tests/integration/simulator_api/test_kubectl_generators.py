"""Every generator of every kubectl makes its object, first as a dry run, then for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.simulator import certificates
from tests.kubectl_session import EDGES, VERSIONS, Session

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not VERSIONS, reason="no kubectl on PATH"),
]

GENERATORS = {
    "configmap": "create configmap settings --from-env-file={env}",
    "secret generic": "create secret generic hidden --from-literal=k=v --from-file={env}",
    "secret tls": "create secret tls tls --cert={crt} --key={key}",
    "secret docker-registry": "create secret docker-registry pull --docker-server=example.com "
    "--docker-username=u --docker-password=p",
    "deployment": "create deployment web --image=nginx:1 --replicas=2 --port=80",
    "service clusterip": "create service clusterip inner --tcp=80:8080",
    "service headless": "create service clusterip bare --clusterip=None",
    "service nodeport": "create service nodeport outer --tcp=80:8080",
    "service loadbalancer": "create service loadbalancer front --tcp=80:8080",
    "service externalname": "create service externalname far --external-name=example.com",
    "job": "create job once --image=acme/once:1 -- run me",
    "cronjob": "create cronjob nightly --image=acme/once:1 --schedule=@daily -- run me",
    "job from": "create job now --from=cronjob/nightly",
    "role": "create role reader --verb=get,list --resource=pods,deployments.apps",
    "rolebinding": "create rolebinding reader --role=reader --serviceaccount={ns}:default",
    "clusterrole": "create clusterrole {ns} --verb=get --non-resource-url=/healthz",
    "clusterrole aggregated": "create clusterrole {ns}-sum --aggregation-rule=a=b",
    "clusterrolebinding": "create clusterrolebinding {ns} --clusterrole={ns} --user=jane --group=g",
    "serviceaccount": "create serviceaccount robot",
    "namespace": "create namespace {ns}-more",
    "quota": "create quota most --hard=configmaps=90,requests.cpu=90 --scopes=NotBestEffort",
    "poddisruptionbudget": "create poddisruptionbudget keep --selector=app=web --max-unavailable=1",
    "ingress": "create ingress way --class=nginx --rule=a.example/p*=inner:80,tls=tls",
    "priorityclass": "create priorityclass {ns} --value=1000 --preemption-policy=Never",
    "run": "run single --image=nginx:1 --port=80 --labels=app=single --env=A=b",
    "expose": "expose deployment web --port=80 --name=exposed",
    "autoscale": "autoscale deployment web --max=4 --min=2 --cpu-percent=50",
}
"""In this order: some need what others have made."""


def written(folder: Path) -> dict[str, Path]:
    """Files that generators read."""
    now = datetime.now(UTC)
    certificate, key = certificates.make("a.example", now, now + timedelta(days=9), "generators")
    files = {"crt": certificate, "key": key, "env": "A=b\nC=d\n"}
    paths = {name: folder / f"file.{name}" for name in files}
    for name, path in paths.items():
        path.write_text(files[name], encoding="utf-8")
    return paths


def test_every_generator(kubectl: Session, tmp_path: Path) -> None:
    files = written(tmp_path)
    for what, command in GENERATORS.items():
        argv = command.format(ns=kubectl.namespace, **files)
        head, dashes, tail = argv.partition(" -- ")
        tried = kubectl(f"{head} --dry-run=server{dashes}{tail}")
        assert "(server dry run)" in tried, what
        made = kubectl(argv)
        assert tried == made.replace("\n", " (server dry run)\n"), what
        if kubectl.version in EDGES and what not in ("expose", "run", "autoscale"):
            again = kubectl(argv, code=1)
            assert "already exists" in again, what
    token = kubectl("create token robot --duration=1h --audience=me").strip()
    assert token.count(".") == 2
    kubectl("wait --for=condition=Complete job/now job/once --timeout=20s", within=20)
    kubectl("rollout status deployment/web --timeout=20s", within=20)
    kubectl("wait --for=condition=Ready pod/single --timeout=20s", within=20)
    assert "deployment.apps/web" in kubectl("get all -o name")


@pytest.mark.parametrize("kubectl", EDGES, indirect=True)
def test_client_dry_runs_are_taken_by_apply(kubectl: Session) -> None:
    """Generators are a way to write manifests; what they print is applied and created."""
    made = kubectl("create deployment piped --image=nginx:1 --dry-run=client -o yaml")
    assert kubectl("apply -f -", text=made) == "deployment.apps/piped created\n"
    kubectl("rollout status deployment/piped --timeout=20s")
    version = "get deployment piped -o jsonpath={.metadata.resourceVersion}"
    before = kubectl(version)
    # "configured": its creationTimestamp: null is a change to kubectl, and none to the server.
    assert "deployment.apps/piped " in kubectl("apply -f -", text=made)
    assert kubectl(version) == before
    made = kubectl("create configmap piped --from-literal=a=b --dry-run=server -o json")
    assert '"uid"' in made
    made = kubectl("create configmap piped --from-literal=a=b --dry-run=client -o json")
    assert kubectl("create --save-config -f -", text=made) == "configmap/piped created\n"
    named = made.replace('"name": "piped"', '"generateName": "piped-"')
    assert "configmap/piped-" in kubectl("create -f -", text=named)


@pytest.mark.parametrize("kubectl", EDGES, indirect=True)
def test_mistakes_in_generators(kubectl: Session) -> None:
    assert "must be no more than 63 " in kubectl(
        f"create service clusterip {'a' * 64} --tcp=80:80", code=1
    )
    assert 'Invalid value: "Web"' in kubectl("create deployment Web --image=nginx:1", code=1)
    said = kubectl("create job j --from=cronjob/none", code=1)
    assert 'cronjobs.batch "none" not found' in said
    said = kubectl("autoscale deployment none --max=2", code=1)
    assert 'deployments.apps "none" not found' in said
    said = kubectl("create token nobody", code=1)
    assert 'serviceaccounts "nobody" not found' in said
    said = kubectl("create priorityclass high --value=1000000001", code=1)
    assert "maximum allowed value of a user defined priority is 1000000000" in said
