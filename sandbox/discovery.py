"""Discovery documents -> Catalogue: every kind a cluster serves, and what a spelling of one means.

Pure: reads documents, asks nobody. Spellings are kubectl's: plural, singular, short name, kind,
`resource.group`, `resource.version.group`, in any case, custom resources included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue


@dataclass(frozen=True)
class ResourceKind:
    """One kind of object that a cluster serves."""

    group: str
    """API group; empty for core."""
    version: str
    """Preferred version of the group that serves it."""
    plural: str
    """`deployments`."""
    singular: str
    """`deployment`."""
    kind: str
    """`Deployment`."""
    namespaced: bool
    """Whether its objects live in namespaces."""
    short_names: tuple[str, ...] = ()
    """`deploy`."""
    categories: tuple[str, ...] = ()
    """`all` for what `kubectl get all` shows."""
    verbs: frozenset[str] = frozenset()
    """What the server lets anyone ask for, before RBAC."""
    subresources: frozenset[str] = frozenset()
    """`log`, `scale`, `status`."""

    @property
    def is_secret(self) -> bool:
        """Core Secrets, whose content is never read."""
        return self.group == "" and self.plural == "secrets"

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` for core."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def full_name(self) -> str:
        """`deployments.apps`, or `pods` for core: unique in a cluster."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str | None, name: str | None = None) -> str:
        """Request path of its list or of one object; a namespace is ignored when cluster-scoped."""
        base = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        where = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{base}{where}/{self.plural}" + (f"/{name}" if name else "")


@dataclass(frozen=True)
class Catalogue:
    """All kinds of a cluster, in the server's order: core first, then groups by priority."""

    kinds: tuple[ResourceKind, ...]
    """One per resource, in its preferred version."""
    absent_groups: tuple[str, ...] = ()
    """Group-versions whose server did not answer; their kinds are not known."""
    _words: dict[str, ResourceKind] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Each way of spelling is entered for all kinds before the next, as kubectl resolves them:
        # a custom resource's short name never hides a built-in plural.
        words = self._words
        for kind in self.kinds:
            words.setdefault(kind.plural.lower(), kind)
        for kind in self.kinds:
            words.setdefault(kind.singular.lower(), kind)
            words.setdefault(kind.kind.lower(), kind)
        for kind in self.kinds:
            for short in kind.short_names:
                words.setdefault(short.lower(), kind)

    def resolve(self, resource: str) -> ResourceKind | None:
        """The kind that a spelling means, or None. `all` and other categories are no kind."""
        word = resource.strip().lower()
        if "." not in word:
            return self._words.get(word)
        head, _, group = word.partition(".")
        version, _, rest = group.partition(".")
        for kind in self.kinds:
            names = {kind.plural.lower(), kind.singular.lower(), kind.kind.lower()}
            names.update(short.lower() for short in kind.short_names)
            if head not in names:
                continue
            if group == kind.group or (rest == kind.group and _is_version(version)):
                return kind
        # kubectl also takes the start of a group: `ingresses.networking`.
        found = [k for k in self.kinds if head in (k.plural.lower(), k.singular.lower())]
        return next((k for k in found if group and k.group.startswith(group)), None)

    def category(self, name: str) -> tuple[ResourceKind, ...]:
        """The kinds in a category such as `all`; empty when there is no such category."""
        return tuple(kind for kind in self.kinds if name.lower() in kind.categories)

    def words(self) -> list[str]:
        """Plurals, kinds and short names, for did-you-mean."""
        return sorted(self._words)

    def with_kind(self, api_version: str, kind: str) -> ResourceKind | None:
        """The resource whose objects carry this apiVersion and kind (any version of its group)."""
        group = api_version.rpartition("/")[0]
        return next((k for k in self.kinds if k.group == group and k.kind == kind), None)


def _is_version(text: str) -> bool:
    return len(text) > 1 and text[0] == "v" and text[1].isdigit()


def from_aggregated(core: JsonValue, groups: JsonValue) -> Catalogue:
    """Catalogue of two APIGroupDiscoveryList documents (`/api` and `/apis`, aggregated form)."""
    kinds: list[ResourceKind] = []
    absent: list[str] = []
    for item in [*_items(core), *_items(groups)]:
        group = str((item.get("metadata") or {}).get("name") or "")
        seen: set[str] = set()
        for version in item.get("versions") or []:
            if version.get("freshness") == "Stale":
                absent.append(f"{group}/{version.get('version')}")
            for kind in _aggregated_version(group, version):
                if kind.plural not in seen:
                    seen.add(kind.plural)
                    kinds.append(kind)
    return Catalogue(tuple(kinds), tuple(absent))


def _items(document: JsonValue) -> list[dict[str, Any]]:
    items = document.get("items") if isinstance(document, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _aggregated_version(group: str, version: dict[str, Any]) -> Iterator[ResourceKind]:
    for entry in version.get("resources") or []:
        plural = str(entry.get("resource") or "")
        if plural:
            yield ResourceKind(
                group=group,
                version=str(version.get("version") or ""),
                plural=plural,
                singular=str(entry.get("singularResource") or plural),
                kind=str((entry.get("responseKind") or {}).get("kind") or plural),
                namespaced=entry.get("scope") == "Namespaced",
                short_names=_texts(entry.get("shortNames")),
                categories=_texts(entry.get("categories")),
                verbs=frozenset(_texts(entry.get("verbs"))),
                subresources=frozenset(
                    str(sub.get("subresource")) for sub in entry.get("subresources") or []
                ),
            )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def from_legacy(lists: Iterable[JsonValue], absent: Iterable[str] = ()) -> Catalogue:
    """Catalogue of APIResourceList documents, one per group-version, preferred versions first."""
    kinds: list[ResourceKind] = []
    seen: set[tuple[str, str]] = set()
    for document in lists:
        if not isinstance(document, dict):
            continue
        group, _, version = str(document.get("groupVersion") or "").rpartition("/")
        entries = [e for e in _list(document.get("resources")) if isinstance(e, dict)]
        subresources: dict[str, set[str]] = {}
        for entry in entries:
            plural, _, sub = str(entry.get("name") or "").partition("/")
            if sub:
                subresources.setdefault(plural, set()).add(sub)
        for entry in entries:
            plural = str(entry.get("name") or "")
            if not plural or "/" in plural or (group, plural) in seen:
                continue
            seen.add((group, plural))
            subs = frozenset(subresources.get(plural, ()))
            kinds.append(_legacy_kind(group, version, entry, subs))
    return Catalogue(tuple(kinds), tuple(absent))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _legacy_kind(
    group: str, version: str, entry: dict[str, Any], subresources: frozenset[str]
) -> ResourceKind:
    kind = str(entry.get("kind") or entry["name"])
    return ResourceKind(
        group=group,
        version=version,
        plural=str(entry["name"]),
        singular=str(entry.get("singularName") or kind.lower()),
        kind=kind,
        namespaced=entry.get("namespaced") is True,
        short_names=_texts(entry.get("shortNames")),
        categories=_texts(entry.get("categories")),
        verbs=frozenset(_texts(entry.get("verbs"))),
        subresources=subresources,
    )


def preferred_versions(groups: JsonValue) -> list[str]:
    """Group-versions of an APIGroupList, preferred version of each group first."""
    found: list[str] = []
    for group in _list(groups.get("groups")) if isinstance(groups, dict) else []:
        preferred = (group.get("preferredVersion") or {}).get("groupVersion")
        versions = [v.get("groupVersion") for v in group.get("versions") or []]
        found.extend(str(v) for v in dict.fromkeys([preferred, *versions]) if v)
    return found
