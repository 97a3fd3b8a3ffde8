"""Failures of the simulated API server, in the words of the real one.

kubectl prints `message` and decides on `reason` and `details`, so all of them must agree with what
a Kubernetes server sends.
"""

from __future__ import annotations

from typing import Any

from sandbox.simulator.resources import Resource


class ApiFailure(Exception):
    """An answer other than success: an HTTP code and a metav1.Status."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: dict[str, Any] | None = None,
        *,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.metadata = metadata or {}
        self.warnings: tuple[str, ...] = ()
        """Texts of Warning headers that go with it."""

    def status(self) -> dict[str, Any]:
        """The Status object, fields in the server's order."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self.metadata,
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        status["code"] = self.code
        return status


class PlainFailure(Exception):
    """A 404 outside every API group: the real server's mux answers it in plain text."""

    code = 404
    text = "404 page not found\n"


def unauthorized() -> ApiFailure:
    """No token, or a wrong one."""
    return ApiFailure(401, "Unauthorized", "Unauthorized")


def object_not_found(row: Resource, name: str) -> ApiFailure:
    """The kind exists, the object does not."""
    return ApiFailure(
        404, "NotFound", f'{row.qualified} "{name}" not found', _details(row, row.plural, name)
    )


def no_such_path() -> ApiFailure:
    """A path below a known group version that names no resource."""
    message = "the server could not find the requested resource"
    return ApiFailure(404, "NotFound", message, {})


def method_not_allowed() -> ApiFailure:
    """A verb that the resource does not have."""
    message = "the server does not allow this method on the requested resource"
    return ApiFailure(405, "MethodNotAllowed", message, {})


def bad_request(message: str) -> ApiFailure:
    """The request cannot be understood."""
    return ApiFailure(400, "BadRequest", message)


def expired(message: str) -> ApiFailure:
    """A resourceVersion or continue token whose history is gone."""
    return ApiFailure(410, "Expired", message)


def not_acceptable(offered: str) -> ApiFailure:
    """None of the media types the client takes can be made."""
    message = f"only the following media types are accepted: {offered}"
    return ApiFailure(406, "NotAcceptable", message)


def too_large() -> ApiFailure:
    """The body is longer than the server reads (3 MiB, as the real one)."""
    message = "Request entity too large: limit is 3145728"
    return ApiFailure(413, "RequestEntityTooLarge", message, {})


def forbidden(
    row: Resource, *, user: str, verb: str, namespace: str | None, name: str | None, sub: str | None
) -> ApiFailure:
    """RBAC says no."""
    what = f"{row.plural}/{sub}" if sub else row.plural
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    subject = f'{row.qualified} "{name}"' if name else row.qualified
    message = (
        f'{subject} is forbidden: User "{user}" cannot {verb} resource "{what}" '
        f'in API group "{row.group}" {where}'
    )
    return ApiFailure(403, "Forbidden", message, _details(row, row.plural, name))


def _details(row: Resource, kind: str, name: str | None) -> dict[str, Any]:
    details = {"name": name, "group": row.group, "kind": kind}
    return {field: value for field, value in details.items() if value}
