"""Grammars of patches: only the paths allowed, only containers that are there, valid as patches."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from agent.grammars.manifests import patch_of
from model.grammar.lark import Impossible
from model.grammar.render import render_yaml
from tests import grammar_cases as custom
from tests.grammar_samples import Sampler, allows, matcher, repeated_keys
from tools.kubectl.policy import EVERYWHERE, Policy
from tools.manifest.compile import Mode
from tools.manifest.gvk import Gvk
from tools.manifest.moves import parse
from tools.manifest.schema import SchemaSet
from tools.manifest.screen import screen
from tools.move import Target

PACKED = SchemaSet.packed()
DEPLOYMENT = Gvk("apps", "v1", "Deployment")
CASES: dict[str, tuple[Gvk, tuple[str, ...], tuple[str, ...], bool]] = {
    "workload": (DEPLOYMENT, (), ("app", "proxy"), True),
    "resources": (
        DEPLOYMENT,
        ("spec.template.spec.containers[].resources", "spec.replicas"),
        ("app",),
        True,
    ),
    "merge": (DEPLOYMENT, ("spec.replicas", "spec.strategy"), (), False),
    "whole-lists": (DEPLOYMENT, ("spec.template.spec.containers[].image",), (), False),
    "cronjob": (Gvk("batch", "v1", "CronJob"), ("spec.suspend", "spec.schedule"), (), True),
    "cronjob-template": (Gvk("batch", "v1", "CronJob"), (), ("run",), True),
    "statefulset": (Gvk("apps", "v1", "StatefulSet"), (), ("db",), True),
    "policy": (Gvk("networking.k8s.io", "v1", "NetworkPolicy"), (), (), False),
    "service": (Gvk("", "v1", "Service"), ("spec.selector", "spec.ports"), (), True),
}


def _leaves(value: Any, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return {leaf for key, item in value.items() for leaf in _leaves(item, f"{path}.{key}")}
    if isinstance(value, list):
        return {leaf for item in value for leaf in _leaves(item, f"{path}[]")}
    return {path.removeprefix(".")}


@pytest.mark.parametrize("case", CASES)
def test_every_patch_is_valid_and_says_something(case: str) -> None:
    gvk, paths, containers, strategic = CASES[case]
    mode: Mode = "strategic" if strategic else "merge"
    grammar = patch_of(PACKED, gvk, paths, containers=containers, strategic=strategic)
    sampler = Sampler(grammar, Random(5))
    for _ in range(100):
        text = sampler.text(hurry=0.2)
        assert not repeated_keys(text)
        patch = json.loads(text)
        assert patch
        assert PACKED.check(patch, mode=mode, gvk=gvk) == [], text
        move = parse(
            render_yaml(text),
            target=Target(resource=gvk.kind.lower(), name="web"),
            patch=mode,
            namespace="shop",
        )
        assert screen(move, EVERYWHERE, Policy.load()).decision == "approve", text
        found = patch.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
        if strategic:
            assert {entry["name"] for entry in found} <= set(containers)


def test_nothing_beside_the_paths_can_be_said() -> None:
    paths = ("spec.template.spec.containers[].resources", "spec.replicas")
    grammar = patch_of(PACKED, DEPLOYMENT, paths, containers=("app",))
    sampler = Sampler(grammar, Random(6))
    for _ in range(100):
        for leaf in _leaves(json.loads(sampler.text())):
            start = "spec.template.spec.containers[]."
            assert leaf == "spec.replicas" or leaf.startswith(
                (f"{start}name", f"{start}resources")
            ), leaf
    found = matcher(grammar)
    assert allows(found, '{"spec":{"replicas":3}}')
    limit = '{"spec":{"template":{"spec":{"containers":[{"name":"%s","%s":%s}]}}}}'
    assert allows(found, limit % ("app", "resources", '{"limits":{"memory":"1Gi"}}'))
    assert not allows(found, limit % ("other", "resources", '{"limits":{"memory":"1Gi"}}'))
    assert not allows(found, limit % ("app", "image", '"x:1"'))
    assert not allows(found, '{"spec":{}}')
    assert not allows(found, "{}")


def test_custom_resources_take_merge_patches() -> None:
    gvk = Gvk(custom.GROUP, custom.VERSION, custom.KIND)
    mark = {"group": custom.GROUP, "version": custom.VERSION, "kind": custom.KIND}
    schema = {**custom.SCHEMA, "x-kubernetes-group-version-kind": [mark]}
    schemas = SchemaSet({"com.example.ops.v1.Backup": schema}, source="test")
    sampler = Sampler(
        patch_of(schemas, gvk, ("spec.retention", "spec.mode"), strategic=False), Random(1)
    )
    for _ in range(50):
        patch = json.loads(sampler.text())
        assert schemas.check(patch, mode="merge", gvk=gvk) == []
        assert set(patch["spec"]) <= {"retention", "mode"}


def test_paths_that_are_not_there_are_an_error() -> None:
    with pytest.raises(Impossible):
        patch_of(PACKED, DEPLOYMENT, ("spec.nosuch",))
    with pytest.raises(Impossible):
        patch_of(PACKED, DEPLOYMENT, ("spec.template.spec.hostNetwork.x",))
    with pytest.raises(Impossible):
        patch_of(PACKED, Gvk("apps", "v9", "Deployment"))
