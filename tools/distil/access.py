"""Who may do what, and who is asked before: roles, their bindings, admission webhooks."""

from __future__ import annotations

from pydantic import JsonValue

from tools.distil.item import Item
from tools.distil.shapes import dig, mapping, mappings, text, texts


def role(item: Item) -> None:
    """State the rules of a Role or ClusterRole."""
    rules: list[JsonValue] = [
        {
            "verbs": [*texts(rule.get("verbs"))],
            "apiGroups": [*texts(rule.get("apiGroups"))],
            "resources": [*texts(rule.get("resources"))],
            "resourceNames": [*texts(rule.get("resourceNames"))],
        }
        for _, rule in mappings(item.raw.get("rules"))
    ]
    item.say("role.rules", rules, "rules")


def binding(item: Item) -> None:
    """State which role a RoleBinding or ClusterRoleBinding grants, and to whom."""
    ref = mapping(item.raw.get("roleRef"))
    kind, name = text(ref.get("kind")), text(ref.get("name"))
    if kind and name:
        item.say("binding.role", f"{kind}/{name}", "roleRef")
    subjects: list[JsonValue] = [
        {key: text(subject.get(key)) for key in ("kind", "name", "namespace")}
        for _, subject in mappings(item.raw.get("subjects"))
    ]
    item.say("binding.subjects", subjects, "subjects" if subjects else "roleRef")


def webhooks(item: Item) -> None:
    """State whom an admission webhook configuration asks, and what follows when nobody answers."""
    hooks: list[JsonValue] = [
        {
            "name": text(hook.get("name")),
            "policy": text(hook.get("failurePolicy")) or "Fail",
            "namespace": text(dig(hook, "clientConfig", "service", "namespace")),
            "service": text(dig(hook, "clientConfig", "service", "name")),
        }
        for _, hook in mappings(item.raw.get("webhooks"))
    ]
    if hooks:
        item.say("webhook.hooks", hooks, "webhooks")
