"""SchemaSet: whether an object has only fields that Kubernetes knows, of the right types.

Schemas are those of a live server (`/openapi/v3`, custom resources included) or a packed release.
Covered: apiVersion and kind, unknown fields, types, required fields, quantities, listed words. Not
covered: what only the server knows (ranges across fields, immutability, admission); see dry-run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from typing import Any

from pydantic import JsonValue

from tools.manifest.compile import Mode, compile_schema, ref_name
from tools.manifest.gvk import Gvk, split, stability
from tools.manifest.load import Document, Path
from tools.manifest.pack import PACKED, Schemas, load_pack
from tools.manifest.problem import Problem, explain
from tools.manifest.prune import has_null, without_directives, without_nulls, without_patterns
from tools.suggest import closest

MAX_PROBLEMS = 50
"""Problems reported for one document; more would not be read."""
MAX_LOOKED_AT = 2000
"""Schema nodes looked at to find where a misplaced field belongs."""
REMOVED_GROUPS = frozenset({"extensions"})
"""Groups that every Kubernetes had and that are gone."""
REMOVED_KINDS = {
    "PodSecurityPolicy": "it went with Kubernetes 1.25; label the namespace for Pod Security",
    "PodPreset": "it went with Kubernetes 1.20",
}
"""Kinds that are gone without another version to move to -> what to do."""


class SchemaSet:
    """The object types of one cluster or release, and the check of objects against them."""

    def __init__(self, schemas: Schemas, *, source: str, complete: bool = False) -> None:
        self.source = source
        """Where the schemas are from: `Kubernetes 1.36 (packed)` or a server."""
        self.complete = complete
        """True when a kind that is not here does not exist: a live server's whole document."""
        self._schemas = schemas
        self._names = dict(_kinds(schemas))
        self._compiled: dict[tuple[Gvk, Mode], tuple[Any, dict[str, Any]]] = {}

    @staticmethod
    def packed(version: str = PACKED[-1]) -> SchemaSet:
        """A packed release (tools.manifest.pack.PACKED). Raises KeyError for any other."""
        return _packed(version)

    @classmethod
    def from_openapi(
        cls, documents: Iterable[JsonValue], *, source: str = "cluster", complete: bool = False
    ) -> SchemaSet:
        """The types in some of a server's `/openapi/v3/...` documents (custom resources too)."""
        schemas: Schemas = {}
        for document in documents:
            components = document.get("components") if isinstance(document, dict) else None
            found = components.get("schemas") if isinstance(components, dict) else None
            if isinstance(found, dict):
                schemas.update({k: v for k, v in found.items() if isinstance(v, dict)})
        return cls(schemas, source=source, complete=complete)

    @property
    def components(self) -> Mapping[str, Any]:
        """The OpenAPI component schemas themselves, by name; not to be changed."""
        return self._schemas

    def kinds(self) -> frozenset[Gvk]:
        """Every object type known here."""
        return frozenset(self._names)

    def find(self, api_version: str, kind: str) -> Gvk | None:
        """The type, or None when it is not known here."""
        gvk = Gvk(*split(api_version), kind)
        return gvk if gvk in self._names else None

    def component(self, gvk: Gvk) -> tuple[Schemas, str] | None:
        """All components and the name of this type's own, for grammars; None when it is not known."""
        name = self._names.get(gvk)
        return (self._schemas, name) if name is not None else None

    def fields(self, gvk: Gvk, path: Iterable[str] = ()) -> list[str] | None:
        """Field names below a dotted path (list entries count as their list), or None."""
        node: dict[str, Any] | None = self._schemas.get(self._names.get(gvk, ""))
        for part in path:
            node = _child(self._deref(node), part)
        node = self._deref(node)
        return None if node is None else sorted(node.get("properties") or {})

    def check_document(self, document: Document, *, mode: Mode = "full") -> list[Problem]:
        """`check`, with hints about YAML 1.1 words such as `yes` that became booleans."""
        problems = self.check(document.value, mode=mode)
        return [problem.trapped(document.traps.get(problem.keys)) for problem in problems]

    def check(
        self, doc: JsonValue, *, mode: Mode = "full", gvk: Gvk | None = None
    ) -> list[Problem]:
        """All problems of one object (or `kind: List`), ordered by path; empty when it is fine.

        A patch has no type of its own: give `gvk` and the mode of the patch.
        """
        if not isinstance(doc, dict):
            return [Problem((), "not an object", "write a mapping of fields", "wrong-type")]
        if gvk is None:
            missing = [key for key in ("apiVersion", "kind") if not isinstance(doc.get(key), str)]
            if missing:
                return [
                    Problem((key,), "required field is missing", "", "missing-field")
                    for key in missing
                ]
            api_version, kind = str(doc["apiVersion"]), str(doc["kind"])
            if (api_version, kind) == ("v1", "List"):
                return self._check_list(doc, mode)
            gvk = Gvk(*split(api_version), kind)
        if gvk not in self._names:
            return [self._unknown_kind(gvk)]
        return self._check_fields(doc, gvk, mode)

    def _check_list(self, doc: dict[str, JsonValue], mode: Mode) -> list[Problem]:
        items = doc.get("items")
        if not isinstance(items, list):
            return [Problem(("items",), "required field is missing", "", "missing-field")]
        return [
            replace(problem, keys=("items", index, *problem.keys))
            for index, item in enumerate(items)
            for problem in self.check(item, mode=mode)
        ]

    def _check_fields(self, doc: dict[str, Any], gvk: Gvk, mode: Mode) -> list[Problem]:
        validator, compiled = self._validator(gvk, mode)

        def locate(name: str) -> str | None:
            return self.locate(gvk, name)

        subject = without_directives(doc) if mode == "strategic" else doc
        found: dict[Path, Problem] = {}
        for error in validator.iter_errors(subject):
            for problem in explain(error, compiled, locate):
                found.setdefault(problem.keys, problem)
        if mode == "full" and has_null(doc):
            # Null means "not set": a required field that is null is missing.
            for error in validator.iter_errors(without_nulls(doc)):
                for problem in explain(error, compiled, locate):
                    if problem.reason == "missing-field":
                        found.setdefault(problem.keys, problem)
        return sorted(found.values(), key=lambda problem: problem.path)[:MAX_PROBLEMS]

    def _validator(self, gvk: Gvk, mode: Mode) -> tuple[Any, dict[str, Any]]:
        import jsonschema_rs

        known = self._compiled.get((gvk, mode))
        if known is None:
            schema = compile_schema(self._schemas, self._names[gvk], mode)
            try:
                validator = jsonschema_rs.Draft4Validator(schema)
            except (ValueError, jsonschema_rs.ValidationError):
                # A custom resource's Go regular expression that this engine cannot read.
                schema = without_patterns(schema)
                validator = jsonschema_rs.Draft4Validator(schema)
            known = self._compiled[(gvk, mode)] = (validator, schema)
        return known

    def _unknown_kind(self, gvk: Gvk) -> Problem:
        """Why there is no such type, and which one was probably meant."""
        groups = {known.group for known in self._names}
        same_kind = [known for known in self._names if known.kind == gvk.kind]
        same_group = [known for known in same_kind if known.group == gvk.group]
        if same_group:
            best = max(same_group, key=stability)
            return Problem(
                ("apiVersion",),
                f"{gvk.api_version} has no {gvk.kind} any more or yet",
                f"use {best.api_version}",
                "unknown-version",
            )
        ours = gvk.group in groups | REMOVED_GROUPS or "." not in gvk.group
        if same_kind and (ours or _near_group(gvk.group, {known.group for known in same_kind})):
            best = max(same_kind, key=stability)
            return Problem(
                ("apiVersion",),
                f"there is no {gvk.kind} in {gvk.api_version}",
                f"use {best.api_version}",
                "unknown-version",
            )
        if gvk.group in groups | REMOVED_GROUPS or self.complete:
            peers = {k.kind for k in self._names if k.api_version == gvk.api_version}
            near = closest(gvk.kind, peers or {k.kind for k in self._names})
            hint = f"did you mean {near[0]}?" if near else "see kubectl api-resources"
            hint = REMOVED_KINDS.get(gvk.kind, hint)
            return Problem(
                ("kind",), f"there is no kind {gvk.kind} in {gvk.api_version}", hint, "unknown-kind"
            )
        return Problem(
            ("kind",),
            f"{self.source} has no schema for {gvk.kind} of {gvk.group}",
            "it can only be checked against the cluster that serves it",
            "no-schema",
        )

    def locate(self, gvk: Gvk, name: str) -> str | None:
        """The shortest dotted path at which this type has a field `name`; None when nowhere.

        `status` and `metadata` are left out: nobody means to write there.
        """
        queue: deque[tuple[str, dict[str, Any] | None]] = deque()
        queue.append(("", self._deref(self._schemas.get(self._names.get(gvk, "")))))
        seen: set[int] = set()
        while queue and len(seen) < MAX_LOOKED_AT:
            path, node = queue.popleft()
            if node is None or id(node) in seen:
                continue
            seen.add(id(node))
            for key, child in (node.get("properties") or {}).items():
                if not path and key in ("status", "metadata", "apiVersion", "kind"):
                    continue
                here = f"{path}.{key}" if path else key
                if key == name:
                    return here
                queue.append((here + ("[]" if child.get("items") else ""), self._deref(child)))
        return None

    def _deref(self, node: dict[str, Any] | None) -> dict[str, Any] | None:
        """The node that a reference or a list stands for."""
        for _ in range(8):
            name = ref_name(node) if node is not None else None
            if name is not None:
                node = self._schemas.get(name)
            elif node is not None and isinstance(node.get("items"), dict):
                node = node["items"]
            else:
                break
        return node


def _child(node: dict[str, Any] | None, part: str) -> dict[str, Any] | None:
    found = ((node or {}).get("properties") or {}).get(part)
    extra = (node or {}).get("additionalProperties")
    return found if found is not None else extra if isinstance(extra, dict) else None


@cache
def _packed(version: str) -> SchemaSet:
    return SchemaSet(load_pack(version), source=f"Kubernetes {version} (packed)")


def _kinds(schemas: Schemas) -> Iterator[tuple[Gvk, str]]:
    """Object types by their group, version and kind; option types have many and are none."""
    for name, schema in schemas.items():
        marks = schema.get("x-kubernetes-group-version-kind")
        if isinstance(marks, list) and len(marks) == 1 and "properties" in schema:
            mark = marks[0]
            yield Gvk(str(mark["group"]), str(mark["version"]), str(mark["kind"])), name


def _near_group(group: str, candidates: set[str]) -> bool:
    """Whether a dotted group is one typing slip away from a known one."""
    near = closest(group, candidates)
    return bool(near) and SequenceMatcher(None, group, near[0]).ratio() >= 0.93
