"""Manifest moves: one YAML document as a typed Move, and its schema rung.

Pure. A whole object becomes `kubectl apply`, a patch `kubectl patch`. Every one needs a person's
approval; what may not even be asked for is refused by screen.py.
"""

from __future__ import annotations

import json
import shlex
from typing import Any

from pydantic import JsonValue

from tools.kubectl.resources import lookup
from tools.manifest.compile import Mode
from tools.manifest.gvk import Gvk, stability
from tools.manifest.load import ManifestError, load
from tools.manifest.problem import Problem
from tools.manifest.schema import SchemaSet
from tools.move import Move, ProposedBy, Target
from tools.verdict import Decision, Rung, Verdict

_SHOWN = 3
"""Problems told in one hint; a model mends a few at a time."""


def parse(
    text: str,
    *,
    target: Target | None = None,
    patch: Mode = "full",
    namespace: str | None = None,
    proposed_by: ProposedBy = "playbook",
) -> Move:
    """A manifest, or with `target` and `patch` a patch of one object. Raises ManifestError."""
    document = load(text)
    canonical = json.dumps(document.value, sort_keys=True, separators=(",", ":"))
    if patch != "full":
        if target is None or target.name is None:
            raise ManifestError("no-target", "a patch needs its object", "give KIND/NAME")
        where = ["-n", namespace] if namespace else []
        words = ["kubectl", "patch", target.resource, target.name, *where]
        line = shlex.join([*words, f"--type={patch}", f"--patch={canonical}"])
        return _move(("patch",), target, namespace, text, line, proposed_by, {"type": patch})
    gvk, name, own = identity(document.value)
    if namespace is not None and own is not None and namespace != own:
        raise ManifestError(
            "other-namespace", f"the manifest is for {own}, not {namespace}", f"namespace: {own}"
        )
    namespace = own or namespace
    target = Target(resource=f"{gvk.kind}.{gvk.version}.{gvk.group}".lower(), name=name)
    where = ["-n", namespace] if namespace else []
    line = shlex.join(["kubectl", "apply", *where, "-f", "-"])
    return _move(("apply",), target, namespace, text, line, proposed_by, {})


def _move(
    command: tuple[str, ...],
    target: Target,
    namespace: str | None,
    manifest: str,
    line: str,
    proposed_by: ProposedBy,
    flags: dict[str, str | bool | list[str]],
) -> Move:
    return Move(
        kind="manifest",
        command=command,
        targets=(target,),
        namespace=namespace,
        manifest=manifest,
        flags=flags,
        text=line,
        proposed_by=proposed_by,
        repeat_key=f"{line} {target.resource}/{target.name} {manifest}",
    )


def identity(value: JsonValue) -> tuple[Gvk, str, str | None]:
    """Type, name and namespace that an object says it has. Raises ManifestError."""
    fields: dict[str, Any] = value if isinstance(value, dict) else {}
    meta = fields.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    api_version, kind, name = fields.get("apiVersion"), fields.get("kind"), meta.get("name")
    for path, found in (("apiVersion", api_version), ("kind", kind), ("metadata.name", name)):
        if not isinstance(found, str) or not found:
            raise ManifestError("missing-field", f"{path}: a text is needed", f"set {path}")
    namespace = meta.get("namespace")
    if namespace is not None and not isinstance(namespace, str):
        raise ManifestError("missing-field", "metadata.namespace: not a text", "quote it")
    group, _, version = str(api_version).rpartition("/")
    return Gvk(group, version, str(kind)), str(name), namespace


def mode_of(move: Move) -> Mode:
    """Whether a manifest move is a whole object or which patch."""
    found = move.flags.get("type")
    if move.command == ("patch",):
        return "merge" if found == "merge" else "strategic"
    return "full"


def against_schema(move: Move, gvk: Gvk, schemas: SchemaSet) -> Verdict:
    """Rung schema: repair with the first problems, or `approve`."""
    mode = mode_of(move)
    if mode == "full":
        problems = schemas.check_document(load(move.manifest or ""))
    else:
        problems = schemas.check(load(move.manifest or "").value, mode=mode, gvk=gvk)
    return problems_verdict(problems, schemas.source)


def problems_verdict(problems: list[Problem], source: str) -> Verdict:
    """`repair` that tells the first problems, or `approve` when there are none."""
    if not problems:
        return verdict("approve", "schema", "write", "A person must approve every write.")
    more = len(problems) - _SHOWN
    told = "; ".join(str(problem) for problem in problems[:_SHOWN])
    hint = "; ".join(f"{p.path}: {p.hint}" for p in problems[:_SHOWN] if p.hint)
    message = told + (f"; and {more} more" if more > 0 else "") + f" [{source}]"
    return verdict("repair", "schema", problems[0].reason, message, hint or "see kubectl explain")


def verdict(decision: Decision, rung: Rung, reason: str, message: str, hint: str = "") -> Verdict:
    """A verdict on a manifest move, which is always a write."""
    return Verdict(
        decision=decision,
        rung=rung,
        reason=reason,
        message=message,
        hint=hint,
        risk="write-namespaced",
    )


def type_of(move: Move) -> Gvk:
    """The type that a whole-object move says it has. Raises ManifestError."""
    return identity(load(move.manifest or "").value)[0]


def packed_type(resource: str) -> Gvk | None:
    """The type of a built-in resource word, for patches without a cluster."""
    known = lookup(resource)
    if known is None:
        return None
    found = [
        g for g in SchemaSet.packed().kinds() if (g.group, g.kind) == (known.group, known.kind)
    ]
    return max(found, key=stability) if found else None
