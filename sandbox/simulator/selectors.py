"""Label and field selectors of list and watch requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sandbox.simulator.errors import ApiFailure, bad_request
from sandbox.simulator.resources import Resource

Object = dict[str, Any]
Test = Callable[[Mapping[str, str]], bool]

_KEY = re.compile(
    r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
)
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_SET = re.compile(r"^(?P<key>\S+)\s+(?P<op>in|notin)\s*\((?P<values>[^()]*)\)$")
_INEQUALITY = re.compile(r"^(?P<key>[^\s<>]+)\s*(?P<op>[<>])\s*(?P<value>-?[0-9]{1,18})$")
_EQUALITY = re.compile(r"^(?P<key>[^\s=!]+)\s*(?P<op>==|!=|=)\s*(?P<value>[^\s=!]*)$")


class Requirement(NamedTuple):
    """One term of a label selector."""

    key: str
    operator: str
    """`in`, `notin`, `exists`, `!exists`, `>` or `<`."""
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        value = labels.get(self.key)
        if self.operator == "in":
            return value in self.values
        if self.operator == "notin":
            return value not in self.values
        if self.operator == "exists":
            return value is not None
        if self.operator == "!exists":
            return value is None
        if value is None or not _INTEGER.fullmatch(value):
            return False
        limit = int(self.values[0])
        return int(value) > limit if self.operator == ">" else int(value) < limit


@lru_cache(maxsize=512)
def parse_labels(text: str) -> tuple[Requirement, ...]:
    """The terms of `labelSelector`. Raises ApiFailure 400 when it cannot be parsed."""
    return tuple(_requirement(term) for term in _split(text))


def _requirement(term: str) -> Requirement:
    if match := _SET.match(term):
        values = tuple(value.strip() for value in match["values"].split(","))
        return _checked(Requirement(match["key"], match["op"], values), term)
    if match := _INEQUALITY.match(term):
        return _checked(Requirement(match["key"], match["op"], (match["value"],)), term)
    if match := _EQUALITY.match(term):
        operator = "notin" if match["op"] == "!=" else "in"
        return _checked(Requirement(match["key"], operator, (match["value"],)), term)
    if term.startswith("!"):
        return _checked(Requirement(term[1:].strip(), "!exists"), term)
    return _checked(Requirement(term, "exists"), term)


def _checked(requirement: Requirement, term: str) -> Requirement:
    values_ok = all(_VALUE.fullmatch(value) for value in requirement.values)
    if not _KEY.fullmatch(requirement.key) or not (values_ok or requirement.operator in "<>"):
        raise bad_request(
            f"unable to parse requirement: found '{term}', expected: a label selector"
        )
    return requirement


def _split(text: str) -> list[str]:
    """Split on commas that are not inside parentheses."""
    terms, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            terms.append(text[start:at])
            start = at + 1
    terms.append(text[start:])
    stripped = [term.strip() for term in terms]
    if len(stripped) > 1 and not all(stripped):
        raise bad_request("found ',', expected: identifier after ','")
    return [term for term in stripped if term]


def label_selector_text(selector: Mapping[str, Any] | None) -> str:
    """A LabelSelector object as the server prints it: terms sorted by key, empty for none."""
    if not selector:
        return ""
    terms = [(str(key), f"{key}={value}") for key, value in _map(selector, "matchLabels").items()]
    for item in selector.get("matchExpressions") or []:
        key, operator = str(item.get("key")), item.get("operator")
        values = ",".join(sorted(str(value) for value in item.get("values") or []))
        shown = {
            "In": f"{key} in ({values})",
            "NotIn": f"{key} notin ({values})",
            "Exists": key,
            "DoesNotExist": f"!{key}",
        }
        terms.append((key, shown.get(str(operator), key)))
    return ",".join(text for _, text in sorted(terms, key=lambda term: term[0]))


def label_selector_matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector object selects these labels; an absent one selects nothing."""
    if selector is None:
        return False
    if any(labels.get(key) != value for key, value in _map(selector, "matchLabels").items()):
        return False
    for item in selector.get("matchExpressions") or []:
        key, values = item.get("key"), item.get("values") or []
        test = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }
        if not test.get(item.get("operator"), False):
            return False
    return True


def _map(selector: Mapping[str, Any], field: str) -> Mapping[str, str]:
    return selector.get(field) or {}


# Field selectors. A kind supports metadata.name (and metadata.namespace) and what is listed here.

_EVENT_FIELDS = (
    "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "
    "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason "
    "reportingComponent type"
)
_FIELDS: dict[str, frozenset[str]] = {
    key: frozenset(fields.split())
    for key, fields in {
        "pods": "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName "
        "spec.hostNetwork status.phase status.podIP status.podIPs status.nominatedNodeName",
        "events": _EVENT_FIELDS,
        "nodes": "spec.unschedulable",
        "namespaces": "status.phase",
        "secrets": "type",
        "services": "spec.clusterIP spec.type",
        "replicationcontrollers": "status.replicas",
        "apps/replicasets": "status.replicas",
        "batch/jobs": "status.successful",
        "certificates.k8s.io/certificatesigningrequests": "spec.signerName",
    }.items()
}
_ALIASES = {
    "regarding": "involvedObject",
    "reportingController": "reportingComponent",
    "status.successful": "status.succeeded",
}


class FieldTerm(NamedTuple):
    """One term of a field selector."""

    path: str
    equal: bool
    value: str


@lru_cache(maxsize=512)
def _parse_fields(text: str) -> tuple[FieldTerm, ...]:
    terms = []
    for part in text.split(","):
        if not part:
            continue
        path, operator, value = _field_split(part)
        if not operator:
            message = f"invalid selector: '{text}'; can't understand '{part}'"
            raise bad_request(message)
        terms.append(FieldTerm(path, operator != "!=", value))
    return tuple(terms)


def _field_split(part: str) -> tuple[str, str, str]:
    for operator in ("!=", "==", "="):
        path, found, value = part.partition(operator)
        if found:
            return path.strip(), found, value.strip()
    return part, "", ""


class Selection(NamedTuple):
    """What a list or watch asks for."""

    labels: tuple[Requirement, ...]
    fields: tuple[FieldTerm, ...]

    def __bool__(self) -> bool:
        """Whether anything is left out at all."""
        return bool(self.labels or self.fields)

    def only(self, name: str) -> Selection:
        """The same selection, of one object alone."""
        return Selection(self.labels, (*self.fields, FieldTerm("metadata.name", True, name)))

    def matches(self, obj: Object) -> bool:
        """Whether an object is selected."""
        meta = obj.get("metadata") or {}
        labels = meta.get("labels") or {}
        if not all(term.matches(labels) for term in self.labels):
            return False
        return all((_field(obj, term.path) == term.value) is term.equal for term in self.fields)


def select(row: Resource, labels: str, fields: str) -> Selection:
    """Parse both selectors of a request. Raises ApiFailure 400 in the server's words."""
    terms = _parse_fields(fields)
    for term in terms:
        if not _supported(row, term.path):
            raise _unsupported(row, labels, fields, term.path)
    return Selection(parse_labels(labels), terms)


def _supported(row: Resource, path: str) -> bool:
    if path == "metadata.name" or (path == "metadata.namespace" and row.namespaced):
        return True
    known = _FIELDS.get(row.key, frozenset())
    return (
        path in known or _stored_path(path) in known or (row.key == "events" and path == "source")
    )


def _unsupported(row: Resource, labels: str, fields: str, path: str) -> ApiFailure:
    gvr = f"{row.group}/{row.version}, Resource={row.plural}"
    return bad_request(
        f'Unable to find "{gvr}" that match label selector "{labels}", '
        f'field selector "{fields}": field label not supported: {path}'
    )


def _stored_path(path: str) -> str:
    head, dot, rest = path.partition(".")
    return _ALIASES.get(path) or _ALIASES.get(head, head) + dot + rest


def _field(obj: Object, path: str) -> str:
    if path == "source":
        source = (obj.get("source") or {}).get("component")
        return str(source or obj.get("reportingComponent") or "")
    if path == "status.podIPs":
        path = "status.podIP"
    value: Any = obj
    for step in _stored_path(path).split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None:
        return _DEFAULTS.get(path, "")
    return str(value).lower() if isinstance(value, bool) else str(value)


_DEFAULTS = {"spec.unschedulable": "false", "spec.hostNetwork": "false", "status.replicas": "0"}
