"""Policy of manifest moves: which kinds, namespaces and fields a move may write at all.

Kinds outside KINDS, custom resources among them, are left to people.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from pydantic import JsonValue

from tools.kubectl.policy import Policy, PolicyScope
from tools.kubectl.resources import lookup
from tools.kubectl.shapes import DNS_LABEL
from tools.manifest.load import Document, ManifestError, load
from tools.manifest.moves import identity, mode_of, parse, verdict
from tools.move import Move
from tools.verdict import Verdict

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

_USER_KEYS = frozenset({"labels", "annotations"})
"""Maps whose keys are the user's own words, but for the prefixes that belong to tools."""
_USER_DATA = frozenset({"data", "binaryData", "matchLabels", "nodeSelector"})
"""Maps whose keys are the user's own words, not fields."""


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
        return verdict("refuse", "parse", error.reason, error.message, error.hint)
    if (again.targets, again.namespace, again.text) != (move.targets, move.namespace, move.text):
        return verdict("refuse", "parse", "not-canonical", "The move and its manifest differ.")
    found = _placed(move, scope, policy) or _kind_refused(move, document)
    if found is None:
        for path, word in _forbidden(document.value, policy):
            found = (
                "forbidden-field",
                f"{path}: a move may not write {word}.",
                f"leave {word} out",
            )
            break
    if found is not None:
        return verdict("refuse", "policy", *found)
    return verdict("approve", "policy", "write", "A person must approve every write.")


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
        word = move.targets[0].resource
        known = lookup(word)
        allowed = known is not None and (known.group, known.kind) in KINDS
    else:
        gvk = identity(document.value)[0]
        word = gvk.kind
        allowed = (gvk.group, gvk.kind) in KINDS
    if allowed:
        return None
    kinds = ", ".join(sorted(kind for _, kind in KINDS))
    return "kind-not-open", f"A move may not write a {word}.", f"one of: {kinds}"


def _forbidden(value: JsonValue, policy: Policy, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, what) of forbidden fields that are set; false, null and empty ones ask for nothing."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _forbidden(item, policy, f"{path}[{index}]")
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        here = f"{path}.{key}" if path else key
        if key in policy.forbidden_patch_fields and item:
            yield here, key
        elif key in _USER_KEYS and isinstance(item, dict):
            yield from (
                (here, name) for name in item if name.startswith(policy.protected_key_prefixes)
            )
        elif key not in _USER_DATA:
            yield from _forbidden(item, policy, here)
        if key in ("tolerations", "env") and isinstance(item, list):
            for index, entry in enumerate(item):
                wrong = _entry_refused(key, entry, policy)
                if wrong:
                    yield f"{here}[{index}]", wrong


def _entry_refused(key: str, entry: JsonValue, policy: Policy) -> str:
    """What a toleration or environment entry may not say; empty when it is fine."""
    if not isinstance(entry, dict) or "$patch" in entry:
        return ""
    if key == "tolerations":
        return "" if entry.get("key") else "a toleration of everything"
    name = str(entry.get("name"))
    harmful = any(fnmatchcase(name, pattern) for pattern in policy.forbidden_env)
    return f"the variable {name}" if harmful else ""
