"""Grammars of manifests and patches for one object, from the cluster's or the packed OpenAPI schemas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from agent.grammars.objectrules import base_rules, custom_rules
from model.grammar.lark import Impossible
from model.grammar.objects import object_grammar, patch_grammar
from model.grammar.rules import ObjectRules, PatchRules
from model.protocol import Grammar
from tools.manifest.gvk import Gvk
from tools.manifest.schema import SchemaSet

META = frozenset({"name", "namespace", "labels", "annotations"})
"""What a manifest says in its metadata; the rest is the server's or a machine's."""
TEMPLATES = {
    "Deployment": "spec.template",
    "StatefulSet": "spec.template",
    "DaemonSet": "spec.template",
    "Job": "spec.template",
    "CronJob": "spec.jobTemplate.spec.template",
}
"""Kind -> where its pod template stands."""
SELECTING = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
"""Kinds whose selector must match their template's labels."""
INIT = frozenset(
    {
        "name",
        "image",
        "command",
        "args",
        "env",
        "envFrom",
        "imagePullPolicy",
        "resources",
        "volumeMounts",
    }
)
"""Fields of init containers; probes and ports are for containers that stay."""
RESTARTS = {"Job": ("Never", "OnFailure"), "CronJob": ("Never", "OnFailure")}
"""Kinds whose pods may not be restarted for ever."""
PATCHED = (
    "{template}.spec.containers[].image",
    "{template}.spec.containers[].resources",
    "{template}.spec.containers[].env",
    "{template}.spec.containers[].envFrom",
    "{template}.spec.containers[].command",
    "{template}.spec.containers[].args",
    "{template}.spec.containers[].ports",
    "{template}.spec.containers[].livenessProbe",
    "{template}.spec.containers[].readinessProbe",
    "{template}.spec.containers[].startupProbe",
    "{template}.spec.nodeSelector",
)
"""What a patch of a workload may touch, `{template}` being where its pod template stands."""


def manifest_grammar(
    schemas: SchemaSet,
    gvk: Gvk,
    name: str,
    namespace: str | None,
    *,
    labels: Mapping[str, str] | None = None,
    fixed: Mapping[str, Any] | None = None,
) -> Grammar:
    """A whole object of this type and name, as JSON: valid under the schemas by construction.

    labels: of the pods of a workload, and its selector. fixed: further paths with their one value.
    Raises Impossible (a ValueError) when the type is not known or cannot be written.
    """
    found = schemas.component(gvk)
    if found is None:
        raise Impossible(f"there is no {gvk.kind} in {gvk.api_version}")
    rules = _rules(gvk, found[1], labels or {"app": name})
    own: dict[str, Any] = {
        "apiVersion": gvk.api_version,
        "kind": gvk.kind,
        "metadata.name": name,
    }
    if namespace is not None:
        own["metadata.namespace"] = namespace
    limited = {**rules.limited, "metadata": META if namespace else META - {"namespace"}}
    rules = replace(rules, fixed={**rules.fixed, **own, **(fixed or {})}, limited=limited)
    return object_grammar(found[0], found[1], rules)


def patch_of(
    schemas: SchemaSet,
    gvk: Gvk,
    paths: Iterable[str] = (),
    *,
    containers: tuple[str, ...] = (),
    strategic: bool = True,
) -> Grammar:
    """A patch of one object that touches these dotted paths only, as JSON.

    paths: default those of PATCHED for a workload, `spec` for any other kind. containers: the names
    that the object's containers have. Custom resources take merge patches only (strategic=False).
    Raises Impossible (a ValueError) when none of the paths can be written.
    """
    found = schemas.component(gvk)
    if found is None:
        raise Impossible(f"there is no {gvk.kind} in {gvk.api_version}")
    template = TEMPLATES.get(gvk.kind)
    wanted = tuple(paths)
    if not wanted:
        wanted = tuple(p.format(template=template) for p in PATCHED) if template else ("spec",)
    if not strategic:  # lists are whole in a merge patch
        wanted = tuple(dict.fromkeys(path.partition("[]")[0] for path in wanted))
    entries = {f"{template}.spec.containers": containers} if template and containers else {}
    patch = PatchRules(wanted, strategic, entries)
    return patch_grammar(found[0], found[1], _base(found[1]), patch)


def _base(component: str) -> ObjectRules:
    return base_rules() if component.startswith("io.k8s.") else custom_rules()


def _rules(gvk: Gvk, component: str, labels: Mapping[str, str]) -> ObjectRules:
    rules = _base(component)
    if rules is not base_rules():
        return rules
    template = TEMPLATES.get(gvk.kind)
    if template is None:
        return rules
    fixed: dict[str, Any] = {f"{template}.metadata.labels": dict(labels)}
    if gvk.kind in SELECTING:
        fixed["spec.selector"] = {"matchLabels": dict(labels)}
    limited = {
        f"{template}.metadata": frozenset({"labels", "annotations"}),
        f"{template}.spec.initContainers[]": INIT,
    }
    if gvk.kind in RESTARTS:
        restarts = {("io.k8s.api.core.v1.PodSpec", "restartPolicy"): RESTARTS[gvk.kind]}
        leaves = replace(rules.leaves, enums={**rules.leaves.enums, **restarts})
        demanded = {**rules.demanded, "io.k8s.api.core.v1.PodSpec": ("containers", "restartPolicy")}
        rules = replace(rules, leaves=leaves, demanded=demanded)
    elif gvk.kind in SELECTING:
        rules = replace(rules, left_out=rules.left_out | {"restartPolicy", "activeDeadlineSeconds"})
    return replace(rules, fixed=fixed, limited=limited)
