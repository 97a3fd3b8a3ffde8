"""serviceaccounts/token: a token that looks like one and opens nothing."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

from sandbox.simulator.engine import Engine
from sandbox.simulator.naming import digest
from sandbox.simulator.resources import Resource
from sandbox.simulator.store import Object, timestamp
from sandbox.simulator.validation import invalid
from sandbox.simulator.validation.problem import bad

DEFAULT_SECONDS, LEAST_SECONDS, MOST_SECONDS = 3600, 600, 1 << 32
AUDIENCE = "https://kubernetes.default.svc.cluster.local"

_ROW = Resource("authentication.k8s.io", "v1", "TokenRequest", "tokenrequests", "tokenrequest")


def issue(engine: Engine, account: Object, body: Object) -> Object:
    """The TokenRequest with its status. Raises ApiFailure 422 for a lifetime out of range."""
    spec = body.get("spec")
    spec = dict(spec) if isinstance(spec, dict) else {}
    seconds = spec.get("expirationSeconds")
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        seconds = DEFAULT_SECONDS
    meta = account["metadata"]
    if seconds < LEAST_SECONDS:
        problem = bad(
            "spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"
        )
        raise invalid(_ROW, "", [problem])
    if seconds > MOST_SECONDS:
        text = "may not specify a duration larger than 2^32 seconds"
        raise invalid(_ROW, "", [bad("spec.expirationSeconds", seconds, text)])
    audiences = spec.get("audiences")
    audiences = audiences if isinstance(audiences, list) and audiences else [AUDIENCE]
    expires = engine.now + timedelta(seconds=seconds)
    claims = {
        "aud": audiences,
        "exp": int(expires.timestamp()),
        "iat": int(engine.now.timestamp()),
        "iss": AUDIENCE,
        "sub": f"system:serviceaccount:{meta['namespace']}:{meta['name']}",
    }
    return {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {
            "name": meta["name"],
            "namespace": meta["namespace"],
            "creationTimestamp": engine.stamp,
        },
        "spec": {**spec, "audiences": audiences, "expirationSeconds": seconds},
        "status": {
            "token": _token(engine, claims),
            "expirationTimestamp": timestamp(expires),
        },
    }


def _token(engine: Engine, claims: dict[str, Any]) -> str:
    head = {"alg": "RS256", "kid": digest(engine.seed, "kid")[:43]}
    signature = bytes.fromhex(digest(engine.seed, "token", json.dumps(claims)) * 8)
    parts = (json.dumps(head).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
