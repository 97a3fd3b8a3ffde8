"""A manifest that a model says as JSON: from its grammar through the executor to the gate of the run."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

pytest.importorskip("llguidance", reason="pip install 'magos-agent[local]'")

from agent.executors.memory import Memory
from agent.executors.modelled import ModelExecutor
from agent.executors.protocol import Occasion, Proposal
from agent.executors.vocabulary import LiveVocabulary
from agent.objective import Objective
from model.scripted import ScriptedBackend
from tests import real_kubectl
from tests.grammar_samples import allows, matcher
from tests.moments import Moment, scenario
from tools.manifest import moves
from tools.manifest.load import ManifestError
from tools.objects import ObjectRef

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(real_kubectl.best() is None, reason="kubectl is not installed"),
]


@pytest.fixture(scope="module")
def moment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moment]:
    with scenario("crash-missing-env", tmp_path_factory.mktemp("moment")) as found:
        yield found


def _proposed(moment: Moment, target: ObjectRef, text: str) -> tuple[Proposal, bool]:
    """What becomes of a model's text, and whether the grammar allowed it."""
    backend = ScriptedBackend([text], name="magos")
    executor = ModelExecutor(backend, LiveVocabulary(moment.target))
    objective = Objective(
        id="o1",
        text=f"Write {target} anew.",
        targets=[target],
        verbs=["apply"],
        reference_move="kubectl version",
    )
    occasion = Occasion(moment.intake, seconds=600.0, memory=Memory())
    proposal = executor.propose(objective, moment.facts, [], occasion)
    (grammar,) = backend.grammars
    return proposal, grammar is not None and allows(matcher(grammar), text)


def _service(namespace: str, port: object = 80) -> str:
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "checkout", "namespace": namespace},
            "spec": {
                "ports": [{"name": "http", "port": port}],
                "selector": {"app": "checkout"},
                "type": "ClusterIP",
            },
        },
        separators=(",", ":"),
    )


def _target(moment: Moment, name: str = "checkout") -> ObjectRef:
    (namespace,) = moment.intake.incident.scope.namespaces
    return ObjectRef(kind="Service", namespace=namespace, name=name)


def test_a_manifest_waits_for_approval(moment: Moment) -> None:
    target = _target(moment)
    proposal, allowed = _proposed(moment, target, _service(str(target.namespace)))
    assert allowed
    assert (proposal.kind, proposal.proposed_by) == ("manifest", "magos")
    assert proposal.text.startswith("apiVersion: v1\nkind: Service\n")
    judged = moment.gate.judge(moves.parse(proposal.text, proposed_by="magos"))
    assert (judged.verdict.decision, judged.verdict.rung) == ("approve", "access")


def test_what_the_grammar_forbids_the_schema_rung_catches(moment: Moment) -> None:
    target = _target(moment)
    proposal, allowed = _proposed(moment, target, _service(str(target.namespace), port="eighty"))
    assert not allowed
    verdict = moment.gate.judge(moves.parse(proposal.text, proposed_by="magos")).verdict
    assert (verdict.decision, verdict.rung) == ("repair", "schema")
    elsewhere, allowed = _proposed(moment, target, _service("elsewhere"))
    assert not allowed
    assert moment.gate.judge(moves.parse(elsewhere.text)).verdict.reason == "other-namespace"


def test_a_key_said_twice_is_told_as_such(moment: Moment) -> None:
    target = _target(moment)
    text = _service(str(target.namespace)).replace('"app":', '"app":"a","app":')
    proposal, allowed = _proposed(moment, target, text)
    assert allowed
    assert (proposal.kind, proposal.text) == ("manifest", text)
    with pytest.raises(ManifestError, match="twice"):
        moves.parse(proposal.text)


def test_a_list_of_objects_is_no_object_to_write(moment: Moment) -> None:
    said = LiveVocabulary(moment.target).at(
        Objective(
            id="o1",
            text="Write it.",
            targets=[_target(moment, "*")],
            verbs=["apply"],
            reference_move="kubectl version",
        ),
        moment.facts,
        moment.intake,
        None,
    )
    assert said.grammar is None
    assert "cannot be written" in said.why_not
