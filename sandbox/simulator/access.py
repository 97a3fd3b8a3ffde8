"""Who may do what: the RBAC model behind 403 answers and access reviews.

One identity per server. `None` in place of rules allows everything, as a cluster administrator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Rule:
    """Verbs on resources that are allowed; `*` stands for any."""

    verbs: tuple[str, ...]
    groups: tuple[str, ...]
    """API groups; the empty string is the core group."""
    resources: tuple[str, ...]
    """Plural names; a subresource is `pods/log`."""
    namespaces: tuple[str, ...] | None = None
    """Where it holds; None is everywhere, cluster-scoped objects included."""
    names: tuple[str, ...] = ()
    """Only these objects, when given."""

    def allows(self, ask: Ask) -> bool:
        """Whether this rule alone allows it."""
        if self.namespaces is not None and ask.namespace not in self.namespaces:
            return False
        resource = f"{ask.resource}/{ask.subresource}" if ask.subresource else ask.resource
        wild = {"*", f"*/{ask.subresource}"} if ask.subresource else {"*"}
        return (
            not {"*", ask.verb}.isdisjoint(self.verbs)
            and not {"*", ask.group}.isdisjoint(self.groups)
            and not {resource, *wild}.isdisjoint(self.resources)
            and (not self.names or ask.name in self.names)
        )

    def as_json(self) -> dict[str, Any]:
        """A resourceRules entry of a SelfSubjectRulesReview."""
        rule: dict[str, Any] = {
            "verbs": list(self.verbs),
            "apiGroups": list(self.groups),
            "resources": list(self.resources),
        }
        return {**rule, "resourceNames": list(self.names)} if self.names else rule


class Ask(NamedTuple):
    """One request as the authorizer sees it."""

    verb: str
    group: str
    resource: str
    subresource: str = ""
    namespace: str = ""
    """Empty for cluster scope, and for a list over all namespaces."""
    name: str = ""


_EVERYTHING = Rule(verbs=("*",), groups=("*",), resources=("*",))

# What every authenticated user may do on a real cluster (system:basic-user, system:discovery).
BASIC = (
    Rule(("create",), ("authorization.k8s.io",), ("selfsubjectaccessreviews",)),
    Rule(("create",), ("authorization.k8s.io",), ("selfsubjectrulesreviews",)),
    Rule(("create",), ("authentication.k8s.io",), ("selfsubjectreviews",)),
)
_DISCOVERY_URLS = ("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi")
_PUBLIC_URLS = ("/openapi/*", "/readyz", "/version", "/version/")


class Access:
    """The rules of the server's one identity."""

    def __init__(self, rules: Sequence[Rule] | None, user: str) -> None:
        self.user = user
        self._rules = None if rules is None else (*BASIC, *rules)

    def allows(self, ask: Ask) -> bool:
        """Whether the identity may do it."""
        return self._rules is None or any(rule.allows(ask) for rule in self._rules)

    def resource_rules(self, namespace: str) -> list[dict[str, Any]]:
        """Rules that hold in a namespace, as a SelfSubjectRulesReview lists them."""
        if self._rules is None:
            return [_EVERYTHING.as_json()]
        held = (
            rule for rule in self._rules if rule.namespaces is None or namespace in rule.namespaces
        )
        return [rule.as_json() for rule in held]

    def url_rules(self) -> list[dict[str, Any]]:
        """Rules about paths that are no resources."""
        if self._rules is None:
            return [{"verbs": ["*"], "nonResourceURLs": ["*"]}]
        return [{"verbs": ["get"], "nonResourceURLs": [*_DISCOVERY_URLS, *_PUBLIC_URLS]}]

    def allows_url(self, verb: str, path: str) -> bool:
        """Whether a path that is no resource may be read."""
        if self._rules is None:
            return True
        urls = (*_DISCOVERY_URLS, *_PUBLIC_URLS)
        return verb == "get" and any(
            path.startswith(url[:-1]) if url.endswith("*") else path == url for url in urls
        )
