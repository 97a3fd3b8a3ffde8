"""A model's promtool move, from its grammar to facts, against a real Prometheus that watches itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

pytest.importorskip("llguidance", reason="pip install 'magos-agent[local]'")

from agent.executors.memory import Memory
from agent.executors.modelled import ModelExecutor
from agent.executors.protocol import Occasion
from agent.executors.thresholds import Thresholds
from agent.executors.vocabulary import LiveVocabulary
from agent.objective import Objective
from model.scripted import ScriptedBackend
from sandbox.prometheus import config
from tests import real_kubectl
from tests.grammar_samples import Sampler, allows, matcher
from tests.moments import scenario
from tests.services import Program, binary, free_port, get_json
from tools.distil import distil

PROMETHEUS = binary("prometheus")
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed"),
    pytest.mark.skipif(binary("promtool") is None, reason="promtool is not installed"),
    pytest.mark.skipif(real_kubectl.best() is None, reason="kubectl is not installed"),
]
NAMESPACE = "storefront"
"""Of the scenario's first instance; the series of this Prometheus are said to be of it."""


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, at = tmp_path_factory.mktemp("prometheus"), f"127.0.0.1:{free_port()}"
    settings = folder / "prometheus.yml"
    settings.write_text(
        "global: {scrape_interval: 1s}\n"
        "scrape_configs:\n"
        "- job_name: self\n"
        f"  static_configs: [{{targets: ['{at}'], labels: {{namespace: {NAMESPACE}, pod: web-1}}}}]\n"
    )
    assert PROMETHEUS
    arguments = config.prometheus_arguments(settings, folder / "tsdb", at)
    with Program([PROMETHEUS, *arguments], folder / "log") as program:
        program.wait_for(f"http://{at}/-/ready", 20)
        end = time.monotonic() + 20
        # Moves ask for whole seconds, so the first sample must lie a second back.
        while not get_json(f"http://{at}/api/v1/query?query=up%20offset%201s")["data"]["result"]:
            assert time.monotonic() < end, program.tail()
            time.sleep(0.1)
        yield f"http://{at}"


def _objective(*verbs: str) -> Objective:
    return Objective(id="o1", text="Is it up?", verbs=list(verbs), reference_move="kubectl version")


@pytest.mark.parametrize("form", ["instant", "range --start=-15m --end=now --step=15s"])
def test_a_query_becomes_facts(form: str, prometheus: str, tmp_path: Path) -> None:
    line = f"promtool query {form} 'up{{namespace=\"{NAMESPACE}\"}}'"
    with scenario("crash-missing-env", tmp_path, prometheus=prometheus) as moment:
        backend = ScriptedBackend([line], name="magos")
        executor = ModelExecutor(backend, LiveVocabulary(moment.target), thresholds=Thresholds())
        occasion = Occasion(moment.intake, seconds=600.0, memory=Memory())
        proposal = executor.propose(_objective("query"), moment.facts, [], occasion)
        assert proposal.proposed_by == "magos"
        grammar = backend.grammars[0]
        assert grammar is not None
        assert allows(matcher(grammar), line)
        judged = moment.gate.judge(proposal.text, proposed_by="magos")
        assert judged.move is not None, judged.verdict
        move = judged.move.model_copy(update={"id": "m9"})
        output = moment.target.hands(moment.intake).run(move, 20)
        assert output.exit_code == 0, output.stderr
        (fact,) = distil(move, output)
        assert str(fact.subject) == f"Pod/{NAMESPACE}/web-1"
        assert fact.name == ("metric.sample" if form == "instant" else "metric.range")
        assert isinstance(fact.value, dict)
        assert fact.value.get("value", fact.value.get("last")) == 1


def test_both_programs_are_in_one_grammar_and_every_query_passes(
    prometheus: str, tmp_path: Path
) -> None:
    with scenario("crash-missing-env", tmp_path, prometheus=prometheus) as moment:
        vocabulary = LiveVocabulary(moment.target)
        said = vocabulary.at(_objective(), moment.facts, moment.intake, None)
        assert said.grammar is not None
        both = matcher(said.grammar)
        assert allows(both, f"kubectl get pods -n {NAMESPACE}")
        assert allows(both, f"promtool query instant 'up{{namespace=\"{NAMESPACE}\"}}'")
        assert not allows(both, "promtool query instant 'up'")
        reads = vocabulary.at(_objective("get"), moment.facts, moment.intake, None).grammar
        assert reads is not None
        assert "promtool" not in reads.text
        queries = vocabulary.at(_objective("query"), moment.facts, moment.intake, None).grammar
        assert queries is not None
        sampler = Sampler(queries, Random(1))
        for _ in range(200):
            line = sampler.text()
            assert moment.gate.judge(line).verdict.decision == "allow", line


def test_a_prometheus_that_is_gone_leaves_kubectl(tmp_path: Path) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    with scenario("crash-missing-env", tmp_path, prometheus=gone) as moment:
        vocabulary = LiveVocabulary(moment.target)
        said = vocabulary.at(_objective(), moment.facts, moment.intake, None)
        assert said.grammar is not None
        assert "no metrics" in said.why_not
        assert "promtool" not in said.grammar.text
        only = vocabulary.at(_objective("query"), moment.facts, moment.intake, None)
        assert only.grammar is None
