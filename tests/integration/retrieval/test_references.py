"""Runbooks, earlier runs and a cluster's own kinds, beside a report and before a model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.executors.modelled import ModelExecutor
from agent.objective import Objective
from agent.references import References
from agent.report import Report
from agent.settings import load as load_settings
from model.scripted import ScriptedBackend
from sandbox.cluster import ClusterView
from sandbox.simulator.engine import still
from sandbox.simulator.inprocess import Client
from sandbox.simulator.logs import LogAnswer, LogQuery
from sandbox.simulator.server import ApiServer
from sandbox.simulator.store import Store
from tests.investigations import conclusion, investigate, served
from tests.recorded_cluster import RecordedLogs, recorded_store
from tests.recording import load
from tests.simulated_api import crd
from tools.kubeconfig import open_access
from tools.objects import ObjectRef

pytestmark = pytest.mark.integration
LABELS = {"alertname": "KubePodCrashLooping", "namespace": "storefront"}
ENDED = (
    "config.env-missing",
    "Deployment/storefront/checkout",
)


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[Path]:
    recording = load("crash-missing-env")
    with served(recorded_store(recording), RecordedLogs(recording), tmp_path) as path:
        yield path


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A team's folder, named in the environment."""
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "crash.md").write_text(
        "# KubePodCrashLooping\n## Meaning\nIt dies.\n## Diagnosis\nSee `kubectl logs`.\n"
    )
    (folder / "unrelated.md").write_text("# etcdNoLeader\nAsk the platform team.\n")
    monkeypatch.setenv("MAGOS_RUNBOOKS", f"{folder}:")
    return folder


def cited(report: Report) -> list[tuple[str, str]]:
    return [(Path(each.source).name, each.why) for each in report.references]


def test_a_runbook_and_an_earlier_run_stand_beside_the_same_verdict(
    kubeconfig: Path, tmp_path: Path, books: Path
) -> None:
    first = investigate(tmp_path, LABELS, kubeconfig=kubeconfig)
    second = investigate(tmp_path, LABELS, kubeconfig=kubeconfig)
    assert conclusion(first) == conclusion(second) == ENDED
    why = "alert KubePodCrashLooping is in its title"
    assert cited(first) == [("crash.md#diagnosis", why)]
    path = tmp_path / "state" / "runs" / first.run_id / "report.json"
    assert path.is_file()
    seen = (f"run:{first.run_id}", f"same cause, same object; {path}")
    assert cited(second) == [("crash.md#diagnosis", why), seen]
    assert first.root_cause == second.root_cause
    assert [move.text for move in first.moves] == [move.text for move in second.moves]


def test_runbooks_are_found_by_the_cause_when_no_alert_names_them(
    kubeconfig: Path, tmp_path: Path, books: Path
) -> None:
    (books / "crash.md").unlink()
    (books / "by-id.md").write_text("# Settings\nWe call this config.env-missing.\n")
    (books / "by-title.md").write_text("# Shop\n## When env variables are missing\nSet them.\n")
    (books / "by-object.md").write_text("# Deployment checkout\nOwned by team blue.\n")
    report = investigate(tmp_path, None, namespace="storefront", kubeconfig=kubeconfig)
    assert cited(report) == [
        ("by-id.md#settings", "it names the cause config.env-missing"),
        (
            "by-title.md#when-env-variables-are-missing",
            "its title fits the cause config.env-missing",
        ),
        ("by-object.md#deployment-checkout", "it is about Deployment checkout"),
    ]


def test_what_goes_wrong_with_runbooks_is_a_note(
    kubeconfig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGOS_RUNBOOKS", str(tmp_path / "gone"))
    report = investigate(tmp_path, LABELS, kubeconfig=kubeconfig)
    assert conclusion(report) == ENDED
    assert f"runbooks: {tmp_path / 'gone'} is not there any more" in report.degraded
    state = load_settings().state_dir
    state.mkdir(parents=True, exist_ok=True)
    (state / "runbooks.json").write_text("{")
    report = investigate(tmp_path, LABELS, kubeconfig=kubeconfig)
    assert conclusion(report) == ENDED
    assert any("is broken: not a list of folders" in note for note in report.degraded)


def test_a_model_is_given_the_runbook_and_the_report_says_so(
    kubeconfig: Path, tmp_path: Path, books: Path
) -> None:
    text = "# Shop\nPods of the storefront that crash: look at the events of checkout first.\n"
    (books / "shop.md").write_text(text)
    backend = ScriptedBackend([], name="magos")
    executor = ModelExecutor(backend)
    report = investigate(tmp_path, LABELS, kubeconfig=kubeconfig, executor=executor)
    assert conclusion(report) == ENDED
    told = [segment.text for prompt in backend.prompts for segment in prompt]
    assert any("[shop.md#shop] Shop: Pods of the storefront" in each for each in told)
    prompt = next(p for p in backend.prompts if any("[shop.md#shop]" in s.text for s in p))
    assert not any(s.trusted for s in prompt if "[shop.md#shop]" in s.text)
    assert ("shop.md#shop", "given to the model for a move") in cited(report)


class NoLogs:
    def log(self, query: LogQuery) -> LogAnswer:
        return LogAnswer(200, "")


def widget() -> dict[str, Any]:
    found = crd()
    size = {"type": "integer", "description": "How many gears the widget turns at once."}
    found["spec"]["versions"][0]["storage"] = True
    found["spec"]["versions"][0]["schema"] = {
        "openAPIV3Schema": {
            "type": "object",
            "description": "A Widget turns gears.",
            "properties": {
                "spec": {"type": "object", "required": ["size"], "properties": {"size": size}}
            },
        }
    }
    return found


def test_fields_of_a_custom_resource_come_from_the_cluster(tmp_path: Path) -> None:
    engine = still(Store(lambda: datetime.now(UTC)))
    client = Client(engine)
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    answer = client.request("POST", path, widget())
    assert answer.code == 201, answer
    with ApiServer(engine, NoLogs()) as server:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(server.kubeconfig_text("default"))
        kubeconfig.chmod(0o600)
        with open_access(kubeconfig, None, tmp_path / "run", {}) as access:
            view = ClusterView(access.api)
            objective = Objective(
                id="o1",
                text="How many gears does the widget turn?",
                targets=[ObjectRef(kind="Widget", name="gears")],
                reference_move="kubectl get widgets",
            )
            with References(load_settings(), tmp_path / "runs", view) as references:
                found = references.snippets(objective, [])
            assert any(
                line.startswith(
                    "[CRD widgets.foo.dev] Widget.spec.size: integer, required How many"
                )
                and line.endswith("(kubectl explain widget.spec.size --api-version=foo.dev/v1)")
                for line in found
            ), found


def test_the_schema_of_the_report_allows_references(
    kubeconfig: Path, tmp_path: Path, books: Path
) -> None:
    import jsonschema_rs

    schema = Path(__file__).parents[3] / "docs" / "schemas" / "magos.report.v1.json"
    report = investigate(tmp_path, LABELS, kubeconfig=kubeconfig).to_json()
    assert report["references"]
    jsonschema_rs.validate(json.loads(schema.read_text()), report)
