"""Every kubectl changes objects: diff, edit, apply in its forms, replace, labels, sets, deletes, waits."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.kubectl_session import EDGES, VERSIONS, Session

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not VERSIONS, reason="no kubectl on PATH"),
]

TOOLS = {"PATH": "/usr/bin:/bin"}
"""Where diff and a shell are."""


def deployment(name: str, image: str = "nginx:1", replicas: int = 2) -> str:
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, labels: {{app: {name}}}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: c, image: "{image}"}}]}}
"""


def config(name: str, **labels: str) -> str:
    shown = ", ".join(f"{key}: {value}" for key, value in labels.items())
    return f"""
apiVersion: v1
kind: ConfigMap
metadata: {{name: {name}, labels: {{{shown}}}}}
data: {{a: b}}
---"""


@pytest.mark.skipif(shutil.which("diff", path=TOOLS["PATH"]) is None, reason="no diff")
def test_diff(kubectl: Session) -> None:
    new = kubectl("diff -f -", text=deployment("differs"), env=TOOLS, code=1)
    assert "+  name: differs" in new
    kubectl("apply -f -", text=deployment("differs"))
    assert kubectl("diff -f -", text=deployment("differs"), env=TOOLS) == ""
    changed = deployment("differs", "nginx:2", 3)
    for how in ("diff -f -", "diff --server-side --force-conflicts -f -"):
        said = kubectl(how, text=changed, env=TOOLS, code=1)
        assert "-      - image: nginx:1\n+      - image: nginx:2\n" in said
        assert "-  replicas: 2\n+  replicas: 3\n" in said
    assert kubectl("get deployment differs -o jsonpath={.spec.replicas}") == "2"
    wrong = kubectl("diff -f -", text=deployment("differs", replicas=-1), env=TOOLS, code=2)
    assert "must be greater than or equal to 0" in wrong


@pytest.mark.parametrize("kubectl", EDGES, indirect=True)
def test_edit(kubectl: Session, tmp_path: Path) -> None:
    kubectl("apply -f -", text=config("edited"))
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/^  a: .*/  a: $TO/" "$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    variables = {**TOOLS, "EDITOR": str(editor), "TMPDIR": str(tmp_path)}
    said = kubectl("edit configmap edited", env={**variables, "TO": "c"})
    assert said == "configmap/edited edited\n"
    assert kubectl("get configmap edited -o jsonpath={.data.a}") == "c"
    said = kubectl("edit configmap edited", env={**variables, "TO": "c"})
    assert "Edit cancelled, no changes made" in said
    said = kubectl("edit configmap edited", env={**variables, "TO": "[1]"}, code=1)
    assert 'configmaps "edited" is invalid' in said
    kept = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("kubectl*edit*"))
    assert "unrecognized type: string" in kept


@pytest.mark.parametrize("kubectl", EDGES, indirect=True)
def test_apply_with_prune_and_kustomize(kubectl: Session, tmp_path: Path) -> None:
    both = config("one", set="p") + config("two", set="p")
    kubectl("apply -f -", text=both)
    prune = "apply --prune -l set=p --prune-allowlist=core/v1/ConfigMap -f -"
    assert kubectl(prune, text=config("one", set="p")).endswith("configmap/two pruned\n")
    (tmp_path / "map.yaml").write_text(config("made").rstrip("-"), encoding="utf-8")
    (tmp_path / "kustomization.yaml").write_text(
        "namePrefix: k-\nresources: [map.yaml]\nconfigMapGenerator: [{name: gen, literals: [x=y]}]\n"
    )
    assert "configmap/k-made created" in kubectl("apply -k", str(tmp_path))
    assert "configmap/k-made" in kubectl("get -o name -k", str(tmp_path))
    assert 'configmap "k-made" deleted' in kubectl("delete -k", str(tmp_path))


def test_apply_on_the_server(kubectl: Session) -> None:
    said = kubectl("apply --server-side -f -", text=deployment("shared"))
    assert said == "deployment.apps/shared serverside-applied\n"
    kubectl("scale deployment shared --replicas=4")
    said = kubectl("apply --server-side -f -", text=deployment("shared"), code=1)
    assert "conflict with" in said
    assert ".spec.replicas" in said
    kubectl("apply --server-side --force-conflicts -f -", text=deployment("shared"))
    assert kubectl("get deployment shared -o jsonpath={.spec.replicas}") == "2"
    assert "last-applied" not in kubectl("get deployment shared -o yaml")


@pytest.mark.parametrize("kubectl", EDGES, indirect=True)
def test_replace_and_its_force(kubectl: Session) -> None:
    kubectl("create -f -", text=config("replaced"))
    uid = kubectl("get configmap replaced -o jsonpath={.metadata.uid}")
    assert (
        kubectl("replace -f -", text=config("replaced", a="b")) == "configmap/replaced replaced\n"
    )
    assert kubectl("get configmap replaced -o jsonpath={.metadata.uid}") == uid
    said = kubectl("replace --force -f -", text=config("replaced"))
    assert said == 'configmap "replaced" deleted\nconfigmap/replaced replaced\n'
    assert kubectl("get configmap replaced -o jsonpath={.metadata.uid}") != uid
    assert "NotFound" in kubectl("replace -f -", text=config("none"), code=1)


@pytest.mark.parametrize("kubectl", EDGES, indirect=True)
def test_labels_annotations_and_taints(kubectl: Session) -> None:
    kubectl("apply -f -", text=config("marked"))
    assert kubectl("label configmap marked a=1") == "configmap/marked labeled\n"
    said = kubectl("label configmap marked a=2", code=1)
    assert "'a' already has a value (1), and --overwrite is false" in said
    kubectl("label --overwrite configmap marked a=2")
    assert kubectl("label configmap marked a-") == "configmap/marked unlabeled\n"
    assert "no more than 63" in kubectl("label configmap marked", f"a={'x' * 64}", code=1)
    assert "configmap/marked annotate" in kubectl("annotate configmap --all note=x")
    assert kubectl("annotate configmap marked --list") != ""
    taint = f"{kubectl.tag}=x:PreferNoSchedule"
    assert kubectl(f"taint nodes node1 {taint}") == "node/node1 tainted\n"
    assert "already has" in kubectl(f"taint nodes node1 {taint}", code=1)
    assert kubectl(f"taint nodes node1 {taint}-") == "node/node1 untainted\n"
    assert "not found" in kubectl(f"taint nodes node1 {taint}-", code=1)


@pytest.mark.parametrize("kubectl", EDGES, indirect=True)
def test_sets_and_rollouts(kubectl: Session) -> None:
    kubectl("apply -f -", text=deployment("rolled"))
    kubectl("rollout status deployment/rolled --timeout=20s")
    kubectl("create configmap envs --from-literal=K=v")
    for change in (
        "set image deployment/rolled c=nginx:2",
        "set env deployment/rolled A=b",
        "set env deployment/rolled --from=configmap/envs",
        "set resources deployment/rolled --limits=cpu=100m,memory=64Mi",
        "set serviceaccount deployment/rolled default",
    ):
        kubectl(change)
        kubectl("rollout status deployment/rolled --timeout=20s")
    assert "REVISION" in kubectl("rollout history deployment/rolled")
    assert "nginx:2" in kubectl("rollout history deployment/rolled --revision=2")
    assert "rolled back" in kubectl("rollout undo deployment/rolled --to-revision=1")
    assert "successfully rolled out" in kubectl("rollout status deployment/rolled --timeout=20s")
    assert kubectl("get deployment rolled", "-o=jsonpath={..image}") == "nginx:1"
    assert "unable to find specified revision 99" in kubectl(
        "rollout undo deployment/rolled --to-revision=99", code=1
    )
    kubectl("rollout pause deployment/rolled")
    assert "cannot rollback a paused deployment" in kubectl(
        "rollout undo deployment/rolled", code=1
    )
    kubectl("rollout resume deployment/rolled")
    kubectl("rollout restart deployment/rolled")
    assert "successfully rolled out" in kubectl("rollout status deployment/rolled --timeout=20s")
    kubectl("expose deployment rolled --port=80")
    kubectl("set selector service rolled app=other")
    assert kubectl("get service rolled -o jsonpath={.spec.selector.app}") == "other"


@pytest.mark.parametrize("kubectl", EDGES, indirect=True)
def test_deletes(kubectl: Session) -> None:
    kubectl("apply -f -", text="".join(config(f"d{n}", kind=f"k{n % 2}") for n in range(6)))
    kubectl("apply -f -", text=deployment("gone"))
    kubectl("rollout status deployment/gone --timeout=20s")
    assert kubectl("delete configmaps -l kind=k0").count("deleted") == 3
    assert (
        kubectl("delete configmap d1 --dry-run=server")
        == 'configmap "d1" deleted (server dry run)\n'
    )
    assert kubectl("delete configmaps --field-selector metadata.name=d1").count("deleted") == 1
    assert kubectl("delete configmap none --ignore-not-found") == ""
    assert "NotFound" in kubectl("delete configmap d1", code=1)
    assert kubectl("delete configmaps --all").count("deleted") >= 2
    assert kubectl("delete pods -l app=gone --now --wait=false").count("deleted") == 2
    kubectl("delete deployment gone --cascade=orphan")
    kubectl("wait --for=condition=Ready pod -l app=gone --timeout=20s")
    replicaset = kubectl("get rs -l app=gone -o name").strip()
    kubectl(f"delete {replicaset} --cascade=foreground")
    assert "No resources found" in kubectl("get pods -l app=gone")
    kubectl("run lone --image=nginx:1")
    kubectl("delete pod lone --grace-period=0 --force")
    kubectl("delete all --all", within=20)
    assert "No resources found" in kubectl("get all")


def test_waits(kubectl: Session) -> None:
    kubectl("apply -f -", text=deployment("waited"))
    kubectl("wait --for=condition=Available deployment/waited --timeout=20s")
    kubectl("wait --for=condition=Available=True deployment waited --timeout=20s")
    kubectl("wait --for=jsonpath={.status.readyReplicas}=2 deployment/waited --timeout=20s")
    kubectl("wait --for=condition=Ready pods --all --timeout=20s")
    said = kubectl("wait --for=condition=Nonsense deployment/waited --timeout=1s", code=1)
    assert "timed out waiting for the condition" in said
    assert "no matching resources found" in kubectl(
        "wait --for=condition=Ready pods -l app=none --timeout=1s", code=1
    )
    if kubectl.minor >= 31:
        kubectl("wait --for=jsonpath={.status.readyReplicas} deployment/waited --timeout=20s")
        with ThreadPoolExecutor(1) as other:
            waiting = other.submit(kubectl, "wait --for=create configmap/late --timeout=10s")
            kubectl("create configmap late")
            assert "configmap/late condition met" in waiting.result()
    kubectl("delete deployment waited --wait=false")
    kubectl("wait --for=delete pods -l app=waited --timeout=20s", within=20)
    kubectl("wait --for=delete deployment/waited --timeout=20s")


def test_drain_and_cordon(kubectl: Session) -> None:
    kubectl("apply -f -", text=deployment("moved", replicas=3))
    kubectl("rollout status deployment/moved --timeout=20s")
    assert kubectl("cordon node1") == "node/node1 cordoned\n"
    said = kubectl(
        "drain node1 --ignore-daemonsets --delete-emptydir-data --pod-selector=app=moved --timeout=30s",
        within=30,
    )
    assert "node/node1 drained" in said
    assert kubectl("uncordon node1") == "node/node1 uncordoned\n"
    kubectl("delete deployment moved --cascade=foreground")
