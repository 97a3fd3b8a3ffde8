"""Legacy `oidc` auth providers, refreshed by the official Python client."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tools.errors import ClusterError
from tools.kubefile import KubeContext
from tools.plugin import Issued, first_line


def login(context: KubeContext, now: datetime) -> Issued:
    """The id token of an `oidc` auth provider, refreshed by the official client when needed."""
    import certifi
    import oauthlib.oauth2  # type: ignore[import-untyped]
    import urllib3
    from kubernetes.client import Configuration
    from kubernetes.config.config_exception import ConfigException
    from kubernetes.config.kube_config import KubeConfigLoader

    provider = context.user["auth-provider"]
    name = provider.get("name") if isinstance(provider, dict) else None
    if name != "oidc":
        raise ClusterError(
            f'the kubeconfig uses auth-provider "{name}", which kubectl removed in 1.26',
            "write the kubeconfig anew with an exec plug-in (your cloud's get-credentials command)",
            reason="bad-kubeconfig",
        )
    # Without a CA of its own the client would ask the identity provider with TLS checks off.
    config = {"idp-certificate-authority": certifi.where(), **(provider.get("config") or {})}
    before = dict(config)
    user = {"auth-provider": {"name": "oidc", "config": config}}
    loader_config = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "http://unused"}}],
        "users": [{"name": "u", "user": user}],
    }
    resolved = Configuration()
    loader: Any = KubeConfigLoader  # the client has no types
    try:
        loader(loader_config).load_and_set(resolved)
    except (
        ConfigException,
        oauthlib.oauth2.OAuth2Error,
        urllib3.exceptions.HTTPError,
        LookupError,
        AttributeError,
        TypeError,
        ValueError,
        OSError,
    ) as error:
        raise _oidc_failed(first_line(str(error))) from error
    changed = {key: config[key] for key in ("id-token", "refresh-token") if key in config}
    if any(before.get(key) != value for key, value in changed.items()):
        _persist(context, changed)
    token = str(resolved.api_key.get("BearerToken", "")).removeprefix("Bearer ")
    expires_at = _jwt_expiry(token)
    if not token:
        raise _oidc_failed("its id-token is not a JWT")
    if expires_at is not None and expires_at <= now:
        raise _oidc_failed("the id-token has expired and was not refreshed")
    return Issued(token, None, None, expires_at)


def _oidc_failed(why: str) -> ClusterError:
    return ClusterError(
        f"the kubeconfig's OIDC login cannot be used: {why}",
        "log in again with the tool that wrote the kubeconfig",
        reason="plugin-failed",
    )


def _jwt_expiry(token: str) -> datetime | None:
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return datetime.fromtimestamp(float(claims["exp"]), tz=UTC)
    except (IndexError, KeyError, TypeError, ValueError):
        return None


def _persist(context: KubeContext, tokens: Mapping[str, str]) -> None:
    """Write refreshed OIDC tokens back: with rotation on, the user's old refresh token is dead."""
    from ruamel.yaml import YAML

    path = context.user_file
    if path is None:
        return
    editor = YAML()
    try:
        config = editor.load(path.read_text(encoding="utf-8"))
        for entry in config["users"]:
            if entry["name"] == context.user_name:
                entry["user"]["auth-provider"]["config"].update(tokens)
        fresh = path.with_name(path.name + ".magos")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            editor.dump(config, file)
        fresh.replace(path)
    except OSError:
        return  # a read-only kubeconfig: this run has its token all the same
