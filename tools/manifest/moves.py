"""Manifest moves: one YAML document as a typed Move, and its parse, policy and schema rungs.

Pure. A whole object becomes `kubectl apply`, a patch `kubectl patch`. Every one needs a person's
approval; what may not even be asked for is refused here. Kinds outside KINDS, custom resources
among them, are left to people.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

from pydantic import JsonValue

from tools.kubectl.policy import Policy, PolicyScope
from tools.kubectl.resources import lookup
from tools.kubectl.shapes import DNS_LABEL
from tools.manifest.compile import Mode
from tools.manifest.load import Document, ManifestError, load
from tools.manifest.problem import Problem
from tools.manifest.schema import Gvk, SchemaSet, stability
from tools.move import Move, ProposedBy, Target
from tools.verdict import Decision, Verdict

KINDS = frozenset(
    {
        ("apps", "Deployment"),
        ("apps", "StatefulSet"),
        ("apps", "DaemonSet"),
        ("batch", "Job"),
        ("batch", "CronJob"),
        ("", "Service"),
        ("", "ConfigMap"),
        ("", "PersistentVolumeClaim"),
        ("", "ResourceQuota"),
        ("", "LimitRange"),
        ("autoscaling", "HorizontalPodAutoscaler"),
        ("policy", "PodDisruptionBudget"),
        ("networking.k8s.io", "Ingress"),
        ("networking.k8s.io", "NetworkPolicy"),
    }
)
"""(group, kind) of what a manifest move may write: namespaced, no identities, no secrets."""

_FREE_TEXT = frozenset(
    {"data", "binaryData", "labels", "annotations", "matchLabels", "nodeSelector"}
)
"""Maps whose keys are the user's own words, not fields."""
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
    gvk, name, own = _identity(document.value)
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


def _identity(value: JsonValue) -> tuple[Gvk, str, str | None]:
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


def screen(move: Move, scope: PolicyScope, policy: Policy) -> Verdict:
    """Rungs parse and policy: refuse, or `approve`. Never trusts the move's text."""
    try:
        document = load(move.manifest or "")
        if move.command == ("patch",):
            again = parse(
                move.manifest or "",
                target=move.targets[0] if move.targets else None,
                patch=mode_of(move),
                namespace=move.namespace,
            )
        else:
            again = parse(move.manifest or "", namespace=move.namespace)
    except ManifestError as error:
        return _verdict("refuse", "parse", error.reason, error.message, error.hint)
    if (again.targets, again.namespace, again.text) != (move.targets, move.namespace, move.text):
        return _verdict("refuse", "parse", "not-canonical", "The move and its manifest differ.")
    found = _placed(move, scope, policy) or _kind_refused(move, document)
    if found is None:
        for path, word in _forbidden(document.value, policy.forbidden_patch_fields):
            found = (
                "forbidden-field",
                f"{path}: a move may not write {word}.",
                f"leave {word} out",
            )
            break
    if found is not None:
        return _verdict("refuse", "policy", *found)
    return _verdict("approve", "policy", "write", "A person must approve every write.")


def _placed(move: Move, scope: PolicyScope, policy: Policy) -> tuple[str, str, str] | None:
    namespace = move.namespace
    if namespace is None or not DNS_LABEL.fullmatch(namespace):
        return "namespace-missing", "A change names its namespace.", "set metadata.namespace"
    if namespace in policy.protected_namespaces:
        return "protected-namespace", f"Nothing is changed in {namespace}.", ""
    if scope.namespaces is not None and namespace not in scope.namespaces:
        choice = " or ".join(sorted(scope.namespaces)[:5])
        return "other-namespace", f"{namespace} is outside this run's scope.", f"use {choice}"
    return None


def _kind_refused(move: Move, document: Document) -> tuple[str, str, str] | None:
    if move.command == ("patch",):
        word = move.targets[0].resource.partition(".")[0]
        plain = {kind.lower() for _, kind in KINDS} | {_plural(kind.lower()) for _, kind in KINDS}
        allowed = word in plain
    else:
        gvk = _identity(document.value)[0]
        word = gvk.kind
        allowed = (gvk.group, gvk.kind) in KINDS
    if allowed:
        return None
    kinds = ", ".join(sorted(kind for _, kind in KINDS))
    return "kind-not-open", f"A move may not write a {word}.", f"one of: {kinds}"


def _plural(word: str) -> str:
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith("s") else "s")


def _forbidden(
    value: JsonValue, words: frozenset[str], path: str = ""
) -> Iterator[tuple[str, str]]:
    """Forbidden fields that are set to something; false, null and empty ones ask for nothing."""
    if isinstance(value, dict):
        for key, item in value.items():
            here = f"{path}.{key}" if path else key
            if key in words and item:
                yield here, key
            elif key not in _FREE_TEXT:
                yield from _forbidden(item, words, here)
            if key == "tolerations" and isinstance(item, list):
                yield from (
                    (f"{here}[{index}]", "a toleration of everything")
                    for index, entry in enumerate(item)
                    if isinstance(entry, dict) and not entry.get("key")
                )
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _forbidden(item, words, f"{path}[{index}]")


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
        return _verdict("approve", "schema", "write", "A person must approve every write.")
    more = len(problems) - _SHOWN
    told = "; ".join(str(problem) for problem in problems[:_SHOWN])
    hint = "; ".join(f"{p.path}: {p.hint}" for p in problems[:_SHOWN] if p.hint)
    message = told + (f"; and {more} more" if more > 0 else "") + f" [{source}]"
    return _verdict("repair", "schema", problems[0].reason, message, hint or "see kubectl explain")


def _verdict(decision: Decision, rung: Any, reason: str, message: str, hint: str = "") -> Verdict:
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
    return _identity(load(move.manifest or "").value)[0]


def packed_type(resource: str) -> Gvk | None:
    """The type of a built-in resource word, for patches without a cluster."""
    known = lookup(resource)
    if known is None:
        return None
    found = [
        g for g in SchemaSet.packed().kinds() if (g.group, g.kind) == (known.group, known.kind)
    ]
    return max(found, key=stability) if found else None
