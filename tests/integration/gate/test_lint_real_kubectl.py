"""The lenient reader of runbook lines against the real kubectl: both must call the same lines wrong.

The server address is closed, so a line that kubectl understands ends in a refused connection.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.kubectl.tree import CommandTree
from tools.lint.kubectl import mistake

KUBECTL = shutil.which("kubectl")
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed"),
]
NOWHERE = """\
apiVersion: v1
kind: Config
clusters: [{name: n, cluster: {server: 'http://127.0.0.1:1'}}]
contexts: [{name: n, context: {cluster: n}}]
current-context: n
"""
WRONG_USE = re.compile(
    r"unknown (?:flag|shorthand flag|command)|invalid argument|flag needs an argument|Unexpected args"
)
LINES = [
    "gt pods",
    "log pod x",
    "rollout statu deploy/x",
    "rollout status deploy/x --timeout=1s",
    "create foo",
    "get pods --nope",
    "get pods --selectr a=b",
    "drain n --delete-local-data",
    "run x --generator=y --image=z",
    "get pods -Z",
    "logs x --since=1d",
    "logs x --since=1h30m",
    "delete pod x --timeout=60",
    "logs x --tail=lots",
    "get pods -A=maybe",
    "get pods -A=t",
    "logs x --tail",
    "get pods",
    "-n x get pods",
    "rollout -n x restart deploy/y",
    "get pods -nshop -owide",
    "get -Aowide pods",
    "get pods --all_namespaces",
    "get pods -oyaml -v=0",
    "scale --record --replicas=3 deploy/x",
    "top pods --containers",
    "set image deploy/x a=b --all",
    "set image deploy/x a=b --nothing",
    "get events --for pod/x",
    "events --for pod/x",
    "describe pods --show-events=false",
    "label pods x a=b --overwrite",
    "patch deploy x -p {} --type=merge",
    "wait --for=condition=Ready pod/x --timeout=1s",
    "auth can-i get pods --list",
    "cluster-info dump -o json",
    "api-resources --verbs=list --namespaced",
    "explain pods --recursive --api-version=v1",
]


@pytest.mark.parametrize("line", LINES)
def test_same_judgement(line: str, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(NOWHERE, encoding="utf-8")
    words = line.split()
    done = subprocess.run(
        [str(KUBECTL), *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={"HOME": str(tmp_path), "KUBECONFIG": str(config), "PATH": "/nonexistent"},
    )
    refused = WRONG_USE.search(done.stderr) is not None
    assert done.returncode != 0, "nothing answers at that address"
    ours = mistake(["kubectl", *words], CommandTree.packed())
    assert (ours is not None) is refused, (ours, done.stderr)
