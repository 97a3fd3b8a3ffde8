"""What a list or watch asks for: its label selector and its field selector."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from sandbox.simulator.errors import ApiFailure, bad_request
from sandbox.simulator.fieldpaths import field_at
from sandbox.simulator.resources import Resource
from sandbox.simulator.selectors import Requirement, parse_labels

Object = dict[str, Any]

# Every kind supports metadata.name (and metadata.namespace), and what is listed here.

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
    value = field_at(obj, _stored_path(path))
    if value is None:
        return _DEFAULTS.get(path, "")
    return str(value).lower() if isinstance(value, bool) else str(value)


_DEFAULTS = {"spec.unschedulable": "false", "spec.hostNetwork": "false", "status.replicas": "0"}
