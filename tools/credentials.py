"""Credentials: what a kubeconfig's user stanza comes to. Every failure is a ClusterError."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tools import oidc, plugin
from tools.kubefile import KubeContext, bad_kubeconfig

FILE_LIFETIME = timedelta(seconds=60)
"""How long a token read from a file is trusted; projected tokens are replaced under us."""
EARLY = timedelta(seconds=60)
"""Refresh this long before expiry: clocks differ, and a move takes time."""


@dataclass(frozen=True)
class Credentials:
    """How to authenticate. Secrets are kept out of repr."""

    token: str | None = field(default=None, repr=False)
    certificate: str | None = field(default=None, repr=False)
    """Client certificate, PEM."""
    key: str | None = field(default=None, repr=False)
    """Its private key, PEM."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    impersonate: Mapping[str, Any] = field(default_factory=dict)
    """The stanza's `as`, `as-groups`, `as-uid`, `as-user-extra`; without them rights widen."""
    expires_at: datetime | None = None
    """When they must be resolved anew; None for ones that do not expire."""

    def expired(self, now: datetime) -> bool:
        """Whether it is time to resolve them again."""
        return self.expires_at is not None and now >= self.expires_at - EARLY

    def secrets(self) -> tuple[str, ...]:
        """The exact strings that must never be shown."""
        values = [self.token, self.password]
        if self.username and self.password:
            values.append(basic(self.username, self.password))
        return tuple(value for value in values if value)


def basic(username: str, password: str) -> str:
    """The value behind `Basic ` in an Authorization header."""
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def resolve(
    context: KubeContext, environ: Mapping[str, str], now: Callable[[], datetime]
) -> Credentials:
    """Resolve the context's user, in client-go's order: token file, token, exec, OIDC, basic.

    Raises ClusterError (plugin-missing, plugin-failed, bad-kubeconfig, unauthorized).
    """
    user = context.user
    certificate = pem(user, "client-certificate")
    key = pem(user, "client-key")
    token: str | None = None
    expires_at: datetime | None = None
    if user.get("tokenFile"):
        token = read_file(str(user["tokenFile"]), "tokenFile").strip()
        expires_at = now() + FILE_LIFETIME + EARLY
    elif user.get("token"):
        token = str(user["token"]).strip()
    elif user.get("exec"):
        issued = plugin.run(context, environ)
        token, expires_at = issued.token, issued.expires_at
        certificate, key = issued.certificate or certificate, issued.key or key
    elif user.get("auth-provider"):
        issued = oidc.login(context, now())
        token, expires_at = issued.token, issued.expires_at
    return Credentials(
        token=token,
        certificate=certificate,
        key=key,
        username=str(user["username"]) if user.get("username") and not token else None,
        password=str(user["password"]) if user.get("password") and not token else None,
        impersonate={name: user[name] for name in user if name == "as" or name.startswith("as-")},
        expires_at=expires_at,
    )


def pem(stanza: Mapping[str, Any], name: str) -> str | None:
    """`NAME-data` decoded, else the file of `NAME`; None when the stanza has neither."""
    data = stanza.get(f"{name}-data")
    if data:
        try:
            return base64.b64decode(str(data), validate=False).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise bad_kubeconfig(f"{name}-data is not base64 text") from error
    return read_file(str(stanza[name]), name) if stanza.get(name) else None


def read_file(path: str, name: str) -> str:
    """The text of a file that the kubeconfig names. Raises ClusterError(bad-kubeconfig)."""
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise bad_kubeconfig(f"{name} {path}: {reason}") from error
