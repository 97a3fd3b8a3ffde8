"""Access: roles that would allow what a program was refused, webhooks that stop the pods."""

from __future__ import annotations

from typing import Any

from agent.derive.derivation import Derivation
from tools.fact import Fact
from tools.objects import ObjectRef

WEBHOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")


def derive_access(derivation: Derivation) -> None:
    """State rbac.grant of containers and webhook.configuration of workloads."""
    for fact in list(derivation.index.named("log.forbidden")):
        _grant(derivation, fact)
    for fact in list(derivation.index.named("create.denied")):
        _configuration(derivation, fact)


def _grant(derivation: Derivation, fact: Fact) -> None:
    """A role that allows it and is bound to nobody, or to somebody else."""
    asked = fact.value if isinstance(fact.value, dict) else {}
    index, namespace = derivation.index, str(asked.get("namespace") or "")
    account = str(asked.get("user", "")).removeprefix("system:serviceaccount:")
    for role in index.objects("Role"):
        rules = index.fact(role, "role.rules")
        if role.namespace != namespace or rules is None:
            continue
        if not any(_allows(rule, asked) for rule in index.items(role, "role.rules")):
            continue
        bindings, sources = [], [fact, rules]
        for binding in index.objects("RoleBinding"):
            told = index.fact(binding, "binding.role")
            if told is None or binding.namespace != namespace or told.value != f"Role/{role.name}":
                continue
            subjects = [
                f"{item.get('namespace') or namespace}:{item.get('name')}"
                for item in index.items(binding, "binding.subjects")
                if isinstance(item, dict)
            ]
            if account in subjects:
                return  # it has been granted since
            bindings.append({"name": binding.name, "subjects": subjects})
            sources.append(told)
        value = {"role": role.name, "bindings": bindings}
        derivation.state(fact.subject, "rbac.grant", value, sources)
        return


def _allows(rule: Any, asked: dict[str, Any]) -> bool:
    if not isinstance(rule, dict) or rule.get("resourceNames"):
        return False
    wanted = (("verbs", "verb"), ("apiGroups", "group"), ("resources", "resource"))
    return all({"*", asked.get(word)} & set(rule.get(field) or ()) for field, word in wanted)


def _configuration(derivation: Derivation, fact: Fact) -> None:
    """Where the webhook that stops a workload's pods is configured."""
    denied = fact.value if isinstance(fact.value, dict) else {}
    index = derivation.index
    if denied.get("by") != "webhook":
        return
    for holder in index.objects(*WEBHOOKS):
        for number, hook in enumerate(index.items(holder, "webhook.hooks")):
            if isinstance(hook, dict) and hook.get("name") == denied.get("name"):
                _state_configuration(derivation, fact, holder, number, hook)
                return


def _state_configuration(
    derivation: Derivation, fact: Fact, holder: ObjectRef, number: int, hook: dict[str, Any]
) -> None:
    value = {
        "kind": holder.kind,
        "name": holder.name,
        "number": number,
        "hook": hook.get("name"),
        "policy": hook.get("policy"),
        "namespace": hook.get("namespace"),
        "service": hook.get("service"),
    }
    sources = [fact, derivation.index.fact(holder, "webhook.hooks")]
    derivation.state(fact.subject, "webhook.configuration", value, sources)
