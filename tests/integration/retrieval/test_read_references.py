"""What a model that reads its references does with a team's runbook and a cluster's own kind."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent.executors.modelled import ModelExecutor
from agent.report import Report
from model.protocol import Completion, Grammar, Segment
from tests.clusters import Cluster
from tests.investigations import investigate, served
from tests.podparts import PodSpec, PodState, box, crashing
from tests.simulated_api import crd

pytestmark = pytest.mark.integration
RUNBOOK = """# KubePodCrashLooping in the shop
## Diagnosis
The state of a pod of the cart is told by its widget: `kubectl get widgets gears -o yaml`
"""


class Reader:
    """Stands for a model that reads: it proposes the first command of its references, once."""

    name = "magos"

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)
        self.done = False

    def complete(
        self,
        prompt: Sequence[Segment],
        grammar: Grammar | None,
        *,
        max_tokens: int = 256,
        temperature: float | None = None,
        cancel: threading.Event | None = None,
        deadline_s: float | None = None,
    ) -> Completion:
        """The first command of the references, where there is one; no command elsewhere."""
        lines = "".join(segment.text for segment in prompt).splitlines()
        given = "\n".join(line for line in lines if line.startswith("- see "))
        found = self._pattern.search(given)
        if self.done or found is None:
            return Completion(text="I do not know.", tokens=1)
        self.done = True
        return Completion(text=found[1], tokens=1)


def widget_kind() -> dict[str, Any]:
    found = crd()
    found["spec"]["versions"][0]["storage"] = True
    size = {"type": "integer", "description": "How many gears a widget turns."}
    spec = {"type": "object", "properties": {"size": size}}
    schema = {"type": "object", "properties": {"spec": spec}}
    found["spec"]["versions"][0]["schema"] = {"openAPIV3Schema": schema}
    return found


def own(cluster: Cluster) -> None:
    """Widget gears is what Deployment cart is made of."""
    owner = {"apiVersion": "foo.dev/v1", "kind": "Widget", "name": "gears", "uid": "1"}
    for old in list(cluster.store.list("apps/deployments")):
        references = [{**owner, "controller": True}]
        cluster.store.put({**old, "metadata": {**old["metadata"], "ownerReferences": references}})


def look(folder: Path, pattern: str, *, custom: bool, owned: bool = False) -> Report:
    cluster = Cluster()
    (pod,) = cluster.deployment("cart", PodSpec([box("cart")]), [PodState([crashing("cart")])])
    if custom:
        cluster.store.put(widget_kind())
        cluster.put("foo.dev/v1", "Widget", "gears", namespaced=False, spec={"size": 3})
        if owned:
            own(cluster)
    labels = {"alertname": "KubePodCrashLooping", "namespace": "shop", "pod": pod}
    with served(cluster.store, cluster, folder) as kubeconfig:
        executor = ModelExecutor(Reader(pattern))
        return investigate(folder, labels, kubeconfig=kubeconfig, executor=executor)


def by_model(report: Report) -> list[str]:
    return [m.text for m in report.moves if m.proposed_by == "magos" and m.exit_code == 0]


@pytest.mark.parametrize(
    ("book", "custom"), [(True, True), (True, False), (False, True)], ids=["both", "book", "kind"]
)
def test_a_runbook_about_a_custom_resource_changes_the_move(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, book: bool, custom: bool
) -> None:
    (tmp_path / "books").mkdir()
    if book:
        (tmp_path / "books" / "cart.md").write_text(RUNBOOK)
    monkeypatch.setenv("MAGOS_RUNBOOKS", str(tmp_path / "books"))
    report = look(tmp_path, r"`(kubectl get widgets [^`]+)`", custom=custom)
    both = book and custom  # without the kind, the gate turns the runbook's command down
    assert by_model(report) == (["kubectl get widgets gears -n shop -o yaml"] if both else [])
    cited = {Path(each.source).name for each in report.references}
    assert ("cart.md#diagnosis" in cited) == book


@pytest.mark.parametrize(
    ("custom", "owned"), [(True, True), (True, False), (False, False)], ids=["owns", "is", "none"]
)
def test_the_schema_of_an_owning_custom_resource_changes_the_move(
    tmp_path: Path, custom: bool, owned: bool
) -> None:
    """With no runbook at all: the cluster's own kind is what the model has not learnt anywhere."""
    report = look(tmp_path, r"\((kubectl explain widget[^)]*)\)", custom=custom, owned=owned)
    assert len(by_model(report)) == owned
    assert all(text.startswith("kubectl explain widget.spec.size") for text in by_model(report))
    cited = [each.title for each in report.references if each.source == "CRD widgets.foo.dev"]
    assert cited == ["Widget.spec.size"] * owned
    read = [m.text for m in report.moves if m.text.startswith("kubectl get widget.foo.dev gears")]
    assert len(read) == owned
