"""Where a pod may run: tolerations, affinity, topology spread."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import Json, entries, has, listing, mapping, number, text
from sandbox.simulator.validation.problem import Problem, bad, required, unsupported
from sandbox.simulator.validation.selectors import expressions, label_selector

EFFECTS = ("NoExecute", "NoSchedule", "PreferNoSchedule")
_HARD = "requiredDuringSchedulingIgnoredDuringExecution"
_SOFT = "preferredDuringSchedulingIgnoredDuringExecution"
_UNSATISFIABLE = ("DoNotSchedule", "ScheduleAnyway")


def placement(spec: Json, path: str) -> Iterator[Problem]:
    """Everything about placement in a pod spec."""
    yield from _affinity(mapping(spec, "affinity"), f"{path}.affinity")
    for where, toleration in entries(spec, "tolerations", path):
        yield from _toleration(toleration, where)
    for where, rule in entries(spec, "topologySpreadConstraints", path):
        skew = number(rule, "maxSkew")
        if skew is None or skew <= 0:
            yield bad(f"{where}.maxSkew", skew or 0, names.POSITIVE)
        if not text(rule, "topologyKey"):
            yield required(f"{where}.topologyKey", "can not be empty")
        value = text(rule, "whenUnsatisfiable")
        if value not in _UNSATISFIABLE:
            yield unsupported(f"{where}.whenUnsatisfiable", value, _UNSATISFIABLE)
        yield from label_selector(rule.get("labelSelector"), f"{where}.labelSelector")


def _toleration(toleration: Json, where: str) -> Iterator[Problem]:
    key, operator = text(toleration, "key"), text(toleration, "operator")
    value, effect = text(toleration, "value"), text(toleration, "effect")
    if key:
        yield from (bad(f"{where}.key", key, said) for said in names.qualified(key))
    elif operator != "Exists":
        said = (
            'operator must be Exists when `key` is empty, which means "match all values and all '
            'keys"'
        )
        yield bad(f"{where}.operator", operator, said)
    if has(toleration, "tolerationSeconds") and effect != "NoExecute":
        said = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        yield bad(f"{where}.effect", effect, said)
    if operator in ("", "Equal"):
        yield from (bad(f"{where}.operator", value, said) for said in names.label_value(value))
    elif operator == "Exists":
        if value:
            yield bad(f"{where}.operator", value, "value must be empty when `operator` is 'Exists'")
    else:
        yield unsupported(f"{where}.operator", operator, ("Equal", "Exists"))
    if effect and effect not in EFFECTS:
        yield unsupported(f"{where}.effect", effect, EFFECTS)


def _affinity(affinity: Json, path: str) -> Iterator[Problem]:
    node = mapping(affinity, "nodeAffinity")
    if has(node, _HARD):
        yield from node_selector(mapping(node, _HARD), f"{path}.nodeAffinity.{_HARD}")
    for where, entry in entries(node, _SOFT, f"{path}.nodeAffinity"):
        yield from _weight(entry, where)
        yield from expressions(mapping(entry, "preference"), f"{where}.preference", numeric=True)
    for kind in ("podAffinity", "podAntiAffinity"):
        found = mapping(affinity, kind)
        for where, term in entries(found, _HARD, f"{path}.{kind}"):
            yield from _pod_term(term, where)
        for where, entry in entries(found, _SOFT, f"{path}.{kind}"):
            yield from _weight(entry, where)
            yield from _pod_term(mapping(entry, "podAffinityTerm"), f"{where}.podAffinityTerm")


def _weight(entry: Json, where: str) -> Iterator[Problem]:
    weight = number(entry, "weight") or 0
    if not 1 <= weight <= 100:
        yield bad(f"{where}.weight", weight, "must be in the range 1-100")


def _pod_term(term: Json, where: str) -> Iterator[Problem]:
    yield from label_selector(term.get("labelSelector"), f"{where}.labelSelector")
    key = text(term, "topologyKey")
    if not key:
        yield required(f"{where}.topologyKey", "can not be empty")
    else:
        yield from (bad(f"{where}.topologyKey", key, said) for said in names.qualified(key))


def node_selector(selector: Json, path: str) -> Iterator[Problem]:
    """A NodeSelector: at least one term, each with known operators."""
    if not listing(selector, "nodeSelectorTerms"):
        yield required(f"{path}.nodeSelectorTerms", "must have at least one node selector term")
    for where, term in entries(selector, "nodeSelectorTerms", path):
        yield from expressions(term, where, numeric=True)
