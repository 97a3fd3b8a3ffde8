"""Roles and bindings. After pkg/apis/rbac/validation."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.simulator.validation import names
from sandbox.simulator.validation.fields import Json, entries, has, listing, mapping, text, texts
from sandbox.simulator.validation.problem import Problem, bad, required, unsupported
from sandbox.simulator.validation.selectors import label_selector

GROUP = "rbac.authorization.k8s.io"
SUBJECTS = ("Group", "ServiceAccount", "User")


def role(obj: Json) -> Iterator[Problem]:
    """A Role."""
    yield from _rules(obj, namespaced=True)


def cluster_role(obj: Json) -> Iterator[Problem]:
    """A ClusterRole."""
    yield from _rules(obj, namespaced=False)
    if has(obj, "aggregationRule"):
        where = "aggregationRule.clusterRoleSelectors"
        selectors = listing(mapping(obj, "aggregationRule"), "clusterRoleSelectors")
        if not selectors:
            yield required(
                where, "at least one clusterRoleSelector required if aggregationRule is non-nil"
            )
        for index, selector in enumerate(selectors):
            yield from label_selector(selector, f"{where}[{index}]")


def _rules(obj: Json, *, namespaced: bool) -> Iterator[Problem]:
    for where, rule in entries(obj, "rules", ""):
        if not listing(rule, "verbs"):
            yield required(f"{where}.verbs", "verbs must contain at least one value")
        urls = texts(rule, "nonResourceURLs")
        if urls:
            if namespaced:
                said = "namespaced rules cannot apply to non-resource URLs"
                yield bad(f"{where}.nonResourceURLs", urls, said)
            if any(listing(rule, key) for key in ("apiGroups", "resources", "resourceNames")):
                said = "rules cannot apply to both regular resources and non-resource URLs"
                yield bad(f"{where}.nonResourceURLs", urls, said)
            continue
        if not listing(rule, "apiGroups"):
            said = "resource rules must supply at least one api group"
            yield required(f"{where}.apiGroups", said)
        if not listing(rule, "resources"):
            said = "resource rules must supply at least one resource"
            yield required(f"{where}.resources", said)


def role_binding(obj: Json) -> Iterator[Problem]:
    """A RoleBinding."""
    yield from _binding(obj, ("ClusterRole", "Role"))


def cluster_role_binding(obj: Json) -> Iterator[Problem]:
    """A ClusterRoleBinding."""
    yield from _binding(obj, ("ClusterRole",))


def _binding(obj: Json, kinds: tuple[str, ...]) -> Iterator[Problem]:
    ref = mapping(obj, "roleRef")
    if text(ref, "apiGroup") != GROUP:
        yield unsupported("roleRef.apiGroup", text(ref, "apiGroup"), (GROUP,))
    if text(ref, "kind") not in kinds:
        yield unsupported("roleRef.kind", text(ref, "kind"), kinds)
    name = text(ref, "name")
    if not name:
        yield required("roleRef.name")
    else:
        yield from (bad("roleRef.name", name, said) for said in names.path_segment(name))
    for where, subject in entries(obj, "subjects", ""):
        yield from _subject(subject, where)


def _subject(subject: Json, where: str) -> Iterator[Problem]:
    name, kind, group = text(subject, "name"), text(subject, "kind"), text(subject, "apiGroup")
    if not name:
        yield required(f"{where}.name")
    if kind == "ServiceAccount":
        if name:
            yield from (bad(f"{where}.name", name, said) for said in names.dns_subdomain(name))
        if group:
            yield unsupported(f"{where}.apiGroup", group, ("",))
        if not text(subject, "namespace"):
            yield required(f"{where}.namespace")
    elif kind in SUBJECTS:
        if group != GROUP:
            yield unsupported(f"{where}.apiGroup", group, (GROUP,))
    else:
        yield unsupported(f"{where}.kind", kind, ("ServiceAccount", "User", "Group"))


def binding_update(new: Json, old: Json) -> Iterator[Problem]:
    """The role that a binding gives stays."""
    if mapping(new, "roleRef") != mapping(old, "roleRef"):
        yield bad("roleRef", new.get("roleRef"), "cannot change roleRef")
