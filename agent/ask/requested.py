"""Requested: a question that is a command already, or asks for a list of some kind."""

from __future__ import annotations

from agent.ask.spoken import LIKE_NAME
from agent.ask.topics import is_known, is_plain, table, tokens
from sandbox.discovery import ResourceKind
from sandbox.gate import Gate
from tools.kubectl.resources import lookup

BARE = ("get ", "top ")
"""Commands that people write without `kubectl` before them."""
LEFT_TO_TOPICS = frozenset({"events", "secrets"})
"""Kinds that a bare list tells little of, and that is never read."""


def pasted(question: str, gate: Gate) -> str:
    """The read that the question is, as far as the gate passes it; else empty."""
    text = f"kubectl {question}" if question.startswith(BARE) else question
    if not text.startswith("kubectl "):
        return ""
    judged = gate.judge(text, proposed_by="human")
    if judged.move is None or judged.verdict.decision != "allow":
        return ""
    for target in judged.move.targets:
        # `kubectl get pods hangs` is a complaint; without a cluster nobody else would say so.
        if _is_said(target.name or "", text):
            return ""
        if text is not question and lookup(target.resource) is None and gate.view is None:
            return ""
    return text


def _is_said(name: str, text: str) -> bool:
    """Whether a word that stands as a name is more likely the rest of a sentence."""
    return is_known(name) and f"/{name}" not in text and not LIKE_NAME.fullmatch(name)


def listing(question: str, namespace: str | None, gate: Gate) -> str:
    """`pods -n shop` for words that only ask for a list of pods; empty for all others."""
    kinds: list[tuple[str, bool]] = []
    verbs = table().actions["list"].words
    for word in tokens(question):
        kind = _kind(word, gate)
        if kind is not None:
            kinds.append(kind)
        elif not is_plain(word) and word not in (*verbs, "kubectl", "n", namespace):
            return ""
    if len(kinds) > 1:  # `pods in namespace shop`
        kinds = [kind for kind in kinds if kind[0] != "namespaces"]
    if len(kinds) != 1 or kinds[0][0] in LEFT_TO_TOPICS:
        return ""
    resource, namespaced = kinds[0]
    place = f" -n {namespace}" if namespace else " -A"
    return resource + (place if namespaced else "")


def _kind(word: str, gate: Gate) -> tuple[str, bool] | None:
    if len(word) < 3 or (is_plain(word) and lookup(word) is None):
        return None
    known = lookup(word)
    if known is not None:
        return known.plural, known.namespaced
    found: ResourceKind | None = gate.view.resolve(word) if gate.view is not None else None
    return (found.full_name, found.namespaced) if found is not None else None
