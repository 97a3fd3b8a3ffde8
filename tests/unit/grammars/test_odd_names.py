"""Names that no cluster should have: grammars are made or impossible, never a crash, and stay bounded."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.grammars.manifests import manifest_grammar, patch_of
from agent.grammars.promtool import promtool_line
from agent.grammars.writes import WRITES
from model.grammar.command import Command, line_grammar
from tests.grammar_inventories import large, small
from tests.grammar_samples import kubectl_grammar, matcher
from tools.kubectl.policy import Policy
from tools.kubectl.tree import CommandTree
from tools.manifest.gvk import Gvk
from tools.manifest.schema import SchemaSet

TREE, POLICY = CommandTree.packed(), Policy.load()
ODD = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "--all",
            "-A",
            "it's",
            'a"b',
            "a/b",
            "a\\b",
            "é",
            "x" * 4000,
            "@3",
            "a b",
            "a\nb",
            "$(x)",
        ]
    ),
)
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(names=st.lists(ODD, max_size=4), verb=st.sampled_from(["", *map(" ".join, WRITES)]))
def test_kubectl(names: list[str], verb: str) -> None:
    plain = small()
    labels = {name: tuple(names) for name in names}
    inventory = replace(
        plain,
        names=dict(plain.names)
        | {("pods", "shop"): tuple(names), ("deployments.apps", "shop"): tuple(names)},
        containers={("deployments", "shop", name): tuple(names) for name in names},
        labels=labels,
    )
    try:
        grammar = kubectl_grammar(TREE, POLICY, inventory, [verb] if verb else [])
    except ValueError:
        return
    matcher(grammar)


@FEW
@given(
    metrics=st.lists(ODD, max_size=4),
    labels=st.dictionaries(ODD, st.lists(ODD, max_size=3), max_size=3),
)
@example(metrics=[], labels={"pod": ['"']})
def test_promtool(metrics: list[str], labels: dict[str, list[str]]) -> None:
    try:
        line = promtool_line([*metrics, "up"], labels, ["shop"])
    except ValueError:
        return
    matcher(line_grammar([Command(line)]))


@FEW
@given(name=ODD, path=ODD, container=ODD)
def test_manifests_and_patches(name: str, path: str, container: str) -> None:
    deployment, schemas = Gvk("apps", "v1", "Deployment"), SchemaSet.packed()
    paths = [path, "spec.replicas"]
    for wanted in ("manifest", "patch"):
        try:
            if wanted == "manifest":
                grammar = manifest_grammar(schemas, deployment, name, name)
            else:
                grammar = patch_of(schemas, deployment, paths, containers=(container,))
        except ValueError:
            continue
        matcher(grammar)


@pytest.mark.parametrize("objects", [500, 5000])
def test_many_objects_and_every_change(objects: int) -> None:
    """Processor time; a grammar of everything at once, ten times what a step offers."""
    inventory = large(objects)
    began = time.process_time()
    grammar = kubectl_grammar(TREE, POLICY, inventory, ["get", "logs", *map(" ".join, WRITES)])
    matcher(grammar)
    seconds = time.process_time() - began
    print(
        f"{objects} objects, all changes: {len(grammar.text) // 1024} KiB, {seconds * 1e3:.0f} ms"
    )
    assert seconds < objects / 500 * 0.5
