"""`check FILE`: lenient about placeholders and policy, firm about what cannot work."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from agent.check import check_files, exit_code
from agent.checktext import TextChecker, guess
from agent.exits import Exit
from agent.finding import Finding
from tools.errors import UsageError
from tools.ladder import Ladder
from tools.manifest.schema import SchemaSet

CHECKER = TextChecker(Ladder.packed(), SchemaSet.packed())


def check(text: str, kind: str = "markdown") -> list[Finding]:
    return CHECKER.check("x", text, kind)


def wrong(text: str, kind: str = "markdown") -> list[tuple[int, str]]:
    return [(finding.lineno, finding.reason) for finding in check(text, kind) if finding.wrong]


RUNBOOK = """\
# CartDown

Look at the pods with `kubectl get pods -n <namespace>`, never with `kubectl gte pods`.

```console
$ kubectl -n $NAMESPACE get pods -l app=cart
NAME    READY   kubectl isn't run here
$ kubectl -n "$NAMESPACE" logs <pod> \\
    --since=1d
```

```bash
kubectl get po -o name | xargs kubectl delete
kubectl exec -it <pod> -- sh
kubectl get deploy --show-all
```

```
kubectl describe node <node>
It's some output.
```

```yaml
apiVersion: apps/v1
kind: Deployment
spec:
  replicas: <n>
  replica: 2
  ...
```

```promql
sum(rate(http_requests_total{ns="$namespace"}[$__rate_interval]))

rate(up)
```

```json
{"kubectl": "get pods --nope"}
```
"""


def test_a_runbook() -> None:
    found = check(RUNBOOK)
    assert [(f.lineno, f.reason) for f in found if f.wrong] == [
        (3, "unknown-command"),
        (8, "bad-value"),
        (15, "unknown-flag"),
        (28, "unknown-field"),
        (35, "bad-promql"),
    ]
    lines = {f.line: f for f in found}
    shell = lines["kubectl exec -it <pod> -- sh"]
    assert (shell.decision, shell.rung, shell.wrong) == ("refuse", "policy", False)
    assert lines["kubectl describe node <node>"].decision == "allow"
    assert lines["kubectl -n $NAMESPACE get pods -l app=cart"].decision == "allow"
    assert exit_code(found) == Exit.REFUSED


def test_policy_findings_are_information() -> None:
    text = "```sh\nkubectl delete pod x -n shop\nkubectl edit deploy/x\nkubectl get secrets\n```\n"
    found = check(text)
    assert [f.decision for f in found] == ["approve", "refuse", "refuse"]
    assert exit_code(found) == Exit.OK


def test_targets_that_kubectl_would_misread() -> None:
    assert wrong("kubectl logs deploy cart\n", "shell") == [(1, "bad-target")]
    assert wrong("kubectl logs deploy $NAME\n", "shell") == []
    assert wrong("kubectl get pod POD_NAME\n", "shell") == []


MANIFESTS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  run.sh: |
    #!/bin/sh
    kubectl get pods --nope
---
apiVersion: extensions/v1beta1
kind: Ingress
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
spec: {anything: 1}
---
# not an object
name: ci
on: [push]
"""


def test_manifests() -> None:
    text = MANIFESTS.replace("on: [push]", "'on': [push]")
    found = check(text, "yaml")
    assert [(f.lineno, f.decision, f.reason) for f in found] == [
        (1, "allow", "ok"),
        (7, "repair", "unknown-flag"),
        (9, "repair", "unknown-version"),
        (13, "allow", "no-schema"),
    ]
    assert found[2].line == "extensions/v1beta1 Ingress"
    assert found[2].hint == "apiVersion: use networking.k8s.io/v1"


def test_one_finding_per_document_with_all_hints() -> None:
    text = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n"
        "  selectr: {a: b}\n  ports:\n  - {port: http}\n"
    )
    (finding,) = check(text, "yaml")
    assert finding.lineno == 5
    assert "spec.selectr: did you mean selector?" in finding.hint
    assert "spec.ports[0].port" in finding.hint


HELM = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "x.name" . }}
  labels:
    {{- include "x.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  {{- if .Values.x }}
  paused: yes please
  {{- end }}
  template:
    spec:
      containers:
      - name: web
        imag: {{ .Values.image }}
"""


def test_helm_templates() -> None:
    (finding,) = check(HELM, "yaml")
    assert finding.reason == "wrong-type"
    assert "spec.template.spec.containers[0].imag: did you mean image?" in finding.hint
    assert "selector" not in finding.hint
    assert "replicas" not in finding.hint


def test_placeholders_in_manifests() -> None:
    text = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: $NAME}\n"
        "spec: {ports: [{port: ${PORT}, targetPort: <port>}], <field>: 1}\n"
    )
    assert wrong(text, "yaml") == []


RULES = """\
groups:
- name: a
  rules:
  - alert: Up
    expr: up == 0
    annotations:
      description: "{{ $labels.pod }} is down"
  - record: job:x:rate
    expr: |
      sum(rate(x[5m])
"""


@pytest.mark.parametrize("operator", [False, True])
def test_rules(operator: bool) -> None:
    text = RULES
    if operator:
        head = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n"
        text = head + "".join(f"  {line}\n" for line in RULES.splitlines())
    found = [finding for finding in check(text, "yaml") if finding.rung == "tree"]
    offset = 3 if operator else 0
    assert [(f.lineno - offset, f.reason) for f in found] == [(5, "ok"), (9, "bad-promql")]


def test_here_documents_are_manifests() -> None:
    text = "kubectl apply -f - <<EOF\napiVersion: v1\nkind: Pod\nspec: {container: []}\nEOF\n"
    assert wrong(text, "shell") == [(4, "unknown-field")]


def test_yaml_that_is_not_yaml() -> None:
    assert wrong("apiVersion: v1\nkind: Pod\nkind: Pod\n", "yaml") == [(3, "duplicate-key")]
    assert wrong("apiVersion: v1\nkind: Pod\n  x: [\n", "yaml") != []
    assert wrong("just: [a\nplain text\n", "yaml") == []
    anchored = check("apiVersion: v1\nkind: Pod\nmetadata: &m {name: a}\n", "yaml")
    assert [(f.decision, f.reason) for f in anchored] == [("allow", "anchor")]


@pytest.mark.parametrize(
    "text",
    ["apiVersion: v1\nkind: Config\nclusters: []\n", "apiVersion: skaffold/v4\nkind: Config\n"],
)
def test_files_that_only_look_like_objects(text: str) -> None:
    assert wrong(text, "yaml") == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("#!/bin/sh\n", "shell"),
        ("apiVersion: v1\nkind: Pod\n", "yaml"),
        ("# t\n```\nx\n```\n", "markdown"),
        ("kubectl get pods\n", "text"),
    ],
)
def test_guessing(text: str, kind: str) -> None:
    assert guess(text) == kind


# Files and folders.


def test_folders_are_walked_in_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.sh").write_text("kubectl get pods --nope\n", encoding="utf-8")
    (tmp_path / "b" / "c.md").write_text("`kubectl gte pods`\n", encoding="utf-8-sig")
    (tmp_path / "b" / "d.py").write_text("kubectl gte pods\n", encoding="utf-8")
    (tmp_path / ".git" / "e.sh").write_text("kubectl gte pods\n", encoding="utf-8")
    found = check_files([tmp_path])
    assert [Path(finding.file).name for finding in found] == ["a.sh", "c.md"]


def test_a_named_file_of_any_name_is_read(tmp_path: Path) -> None:
    file = tmp_path / "Makefile"
    file.write_text("kubectl gte pods\n", encoding="utf-8")
    assert [finding.reason for finding in check_files([str(file)])] == ["unknown-command"]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"kubectl gte pods\n")))
    (finding,) = check_files(["-"])
    assert (finding.file, finding.lineno) == ("-", 1)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe")))
    with pytest.raises(UsageError, match="not UTF-8"):
        check_files(["-"])


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("$(" * 20_000, "shell"),
        ("`" * 50_000, "markdown"),
        ("<a" * 50_000, "shell"),
        ("cat <<A\n" * 5_000, "shell"),
        ("a: {{\n" * 20_000, "yaml"),
        ("{{" * 50_000, "yaml"),
        ("```\n" * 20_000, "markdown"),
        ("a: " + "{a: " * 5_000, "yaml"),
        ('"$(' * 3_000, "shell"),
        ("kubectl get pods \\\n" * 5_000, "text"),
        ("(" * 50_000, "promql"),
    ],
)
def test_hostile_texts_cost_little(text: str, kind: str) -> None:
    start = time.process_time()
    check(text, kind)
    assert time.process_time() - start < 5


def test_what_cannot_be_read(tmp_path: Path) -> None:
    latin = tmp_path / "latin.md"
    latin.write_bytes("Grüße `kubectl get pods`".encode("latin-1"))
    with pytest.raises(UsageError, match="not UTF-8"):
        check_files([latin])
    with pytest.raises(UsageError, match="No such file"):
        check_files([tmp_path / "missing.md"])
    (finding,) = check_files([tmp_path])
    assert (finding.reason, finding.lineno, finding.wrong) == ("not-utf8", 0, False)


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_bytes(b"x" * (5 * 1024 * 1024))
    assert [finding.reason for finding in check_files([tmp_path])] == ["too-large"]
