"""Access and identity reviews: the POSTs that only ask a question."""

from __future__ import annotations

from typing import Any

from sandbox.simulator.access import Access, Ask
from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.paths import Target

Object = dict[str, Any]

GROUPS = ["system:authenticated"]


def is_review(target: Target) -> bool:
    """Whether a collection is one of the reviews answered here."""
    return target.name is None and target.row.kind in _ANSWERS


def answer(target: Target, body: Object, access: Access, token: str) -> Object:
    """The review with its status filled in. Raises ApiFailure 422 for an empty question."""
    row = target.row
    spec = body.get("spec")
    spec = spec if isinstance(spec, dict) else {}
    meta = body.get("metadata")
    review: Object = {
        "kind": row.kind,
        "apiVersion": row.api_version,
        "metadata": meta if isinstance(meta, dict) else {},
    }
    if row.kind != "SelfSubjectReview":
        review["spec"] = spec
    review["status"] = _ANSWERS[row.kind](spec, access, token, target)
    return review


def _self_access(spec: Object, access: Access, token: str, target: Target) -> Object:
    return _decide(spec, access, target)


def _subject_access(spec: Object, access: Access, token: str, target: Target) -> Object:
    if not spec.get("user") and not spec.get("groups"):
        raise _invalid(target, "at least one of user or group must be specified", "spec.user")
    # Only this server's own identity has rules; nobody else may do anything.
    return _decide(spec, access, target) if spec.get("user") == access.user else {"allowed": False}


def _decide(spec: Object, access: Access, target: Target) -> Object:
    resource, url = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if (resource is None) == (url is None):
        message = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        raise _invalid(target, message, "spec.resourceAttributes")
    if isinstance(url, dict):
        return {"allowed": access.allows_url(str(url.get("verb", "")), str(url.get("path", "")))}
    asked = resource if isinstance(resource, dict) else {}
    names = ("verb", "group", "resource", "subresource", "namespace", "name")
    return {"allowed": access.allows(Ask(*(str(asked.get(name) or "") for name in names)))}


def _self_rules(spec: Object, access: Access, token: str, target: Target) -> Object:
    return {
        "resourceRules": access.resource_rules(str(spec.get("namespace") or "")),
        "nonResourceRules": access.url_rules(),
        "incomplete": False,
    }


def _who_am_i(spec: Object, access: Access, token: str, target: Target) -> Object:
    return {"userInfo": {"username": access.user, "groups": GROUPS}}


def _token(spec: Object, access: Access, token: str, target: Target) -> Object:
    if spec.get("token") != token:
        return {"user": {}, "error": "[invalid bearer token, Unauthorized]"}
    return {"authenticated": True, "user": {"username": access.user, "groups": GROUPS}}


def _invalid(target: Target, message: str, field: str) -> ApiFailure:
    row = target.row
    text = f"Invalid value: null: {message}"
    return ApiFailure(
        422,
        "Invalid",
        f'{row.kind}.{row.group} "" is invalid: {field}: {text}',
        {
            "group": row.group,
            "kind": row.kind,
            "causes": [{"reason": "FieldValueInvalid", "message": text, "field": field}],
        },
    )


_ANSWERS = {
    "SelfSubjectAccessReview": _self_access,
    "SubjectAccessReview": _subject_access,
    "LocalSubjectAccessReview": _subject_access,
    "SelfSubjectRulesReview": _self_rules,
    "SelfSubjectReview": _who_am_i,
    "TokenReview": _token,
}
