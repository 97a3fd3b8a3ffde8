"""Which combinations of list and watch parameters are refused.

The rules and words of ValidateListOptions
(k8s.io/apimachinery/pkg/apis/meta/internalversion/validation), with the WatchList feature on.
"""

from __future__ import annotations

from sandbox.simulator.http import Request
from sandbox.simulator.validation.problem import Problem, forbidden, refused, unsupported

_MATCH = "resourceVersionMatch"
_WITH_CONTINUE = forbidden(_MATCH, "resourceVersionMatch is forbidden when continue is provided")


def check_list(request: Request) -> None:
    """Raises ApiFailure 422 for a list."""
    query, problems = request.query, list[Problem]()
    match, version = query.get(_MATCH, ""), query.get("resourceVersion", "")
    if match:
        if not version:
            detail = "resourceVersionMatch is forbidden unless resourceVersion is provided"
            problems.append(forbidden(_MATCH, detail))
        if query.get("continue"):
            problems.append(_WITH_CONTINUE)
        if match not in ("Exact", "NotOlderThan"):
            problems.append(unsupported(_MATCH, match, ("Exact", "NotOlderThan", "")))
        if match == "Exact" and version == "0":
            detail = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
            problems.append(forbidden(_MATCH, detail))
    if "sendInitialEvents" in query:
        detail = "sendInitialEvents is forbidden for list"
        problems.append(forbidden("sendInitialEvents", detail))
    _refuse(problems)


def check_watch(request: Request) -> None:
    """Raises ApiFailure 422 for a watch."""
    query, problems = request.query, list[Problem]()
    match, initial = query.get(_MATCH, ""), "sendInitialEvents" in query
    if initial and match != "NotOlderThan":
        detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        problems.append(forbidden(_MATCH, detail))
    if match:
        if not initial:
            detail = (
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
            )
            problems.append(forbidden(_MATCH, detail))
        if match != "NotOlderThan":
            problems.append(unsupported(_MATCH, match, ("NotOlderThan",)))
        if query.get("continue"):
            problems.append(_WITH_CONTINUE)
    _refuse(problems)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise refused("ListOptions", "meta.k8s.io", "", problems)
