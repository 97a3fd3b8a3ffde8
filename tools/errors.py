"""Errors, named after the boundary that failed. A missing pod is an observation, not an error."""

from __future__ import annotations


class MagosError(Exception):
    """Something a person must mend. `message` is one line, `hint` says what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ClusterError(MagosError):
    """The cluster cannot be reached or refuses the identity."""

    def __init__(self, message: str, hint: str = "", *, reason: str = "unreachable") -> None:
        super().__init__(message, hint)
        self.reason = reason
        """Slug: no-kubeconfig, no-context, unreachable, unauthorized, plugin-missing, plugin-failed,
        bad-kubeconfig, tls, forbidden, http."""


class ProgramError(MagosError):
    """kubectl, promtool or another program is missing or cannot be started."""


class UsageError(MagosError):
    """The user's input is wrong: an unknown flag value, a broken alert file, a bad scenario id."""
