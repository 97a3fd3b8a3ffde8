"""Image pull failures, in the words of containerd, CRI-O, Docker and the kubelet."""

from __future__ import annotations

import re

from tools.distil.statement import Statement

WAITING_REASONS = frozenset(
    {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "InspectFailed",
        "RegistryUnavailable",
        "SignatureValidationFailed",
    }
)
"""Waiting reasons (and event reasons) that mean: the image is not there to start from."""

_IMAGE = (
    re.compile(r'[Ff]ailed to (?:pull|inspect) image "([^"]*)"'),
    re.compile(r'Back-off pulling image "([^"]*)"'),
    re.compile(r'Container image "([^"]*)" is not present'),
    re.compile(r'Failed to apply default image tag "([^"]*)"'),
    re.compile(r'failed to pull and unpack image "([^"]*)"'),
    re.compile(r'failed to resolve reference "([^"]*)"'),
)
_CAUSELESS = re.compile(r'^(?:Error: )?(?:\w+|Back-off pulling image "[^"]*")$')

# First match wins, so the order matters: a token request that fails in DNS says "authorize" too,
# and a missing platform ends in "not found".
_CAUSES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("never", re.compile(r"not present with pull policy of Never|ErrImageNeverPull")),
    (
        "invalid-name",
        re.compile(
            r"invalid reference format|couldn't parse image (?:reference|name)|InvalidImageName"
            r"|did not resolve to an alias|repository name must be lowercase"
        ),
    ),
    (
        "platform",
        re.compile(
            r"no match for platform|no matching manifest for|no image found in (?:image index|"
            r"manifest list)|does not match the specified platform"
        ),
    ),
    (
        "rate-limited",
        re.compile(r"toomanyrequests|too many requests|pull rate limit|\b429\b", re.I),
    ),
    (
        "dns",
        re.compile(
            r"no such host|server misbehaving|name resolution|lookup [^ ]+(?: on [^ ]+)?: "
            r"[^ ]*.{0,80}?(?:i/o timeout|connection refused)"
        ),
    ),
    (
        "tls",
        re.compile(
            r"x509:|remote error: tls|tls: (?!handshake timeout)|gave HTTP response to HTTPS client"
            r"|certificate (?:has expired|signed by)"
        ),
    ),
    ("refused", re.compile(r"connection refused")),
    (
        "timeout",
        re.compile(
            r"i/o timeout|deadline exceeded|Client\.Timeout|handshake timeout|no route to host"
            r"|network is unreachable|connection timed out",
            re.I,
        ),
    ),
    (
        "auth",
        re.compile(
            r"\b40[13]\b|unauthorized|denied|authentication required|authorization failed"
            r"|failed to authorize|no basic auth credentials|insufficient_scope"
            r"|invalid username/password",
            re.I,
        ),
    ),
    (
        "not-found",
        re.compile(r"not found|manifest unknown|name unknown|does not exist|\b404\b", re.I),
    ),
)


def pull_cause(message: str) -> str:
    """Why a pull failed, as one of the registry's causes of `pull.error`."""
    # Image names may hold any word (`denied`, `404`), so only the text around them counts.
    bare = re.sub(r'"[^"]*"', '""', message)
    for cause, pattern in _CAUSES:
        if pattern.search(bare):
            return cause
    return "other"


def image_of(message: str) -> str:
    """The image that the message names first; empty when it names none."""
    for pattern in _IMAGE:
        if found := pattern.search(message):
            return found.group(1)
    return ""


def pull_error(reason: str, message: str) -> list[Statement]:
    """`pull.error` when the message is about a pull and says why it failed.

    `Error: ImagePullBackOff` and a bare back-off say only that it goes on failing; the waiting
    reason already says that, so they state nothing.
    """
    about_pull = reason in WAITING_REASONS or message.startswith(
        ("Failed to pull image", "Failed to inspect image", "Failed to apply default image tag")
    )
    if not about_pull or not message:
        return []
    cause = pull_cause(f"{reason} {message}" if reason == "ErrImageNeverPull" else message)
    if cause == "other" and _CAUSELESS.match(message):
        return []
    return [
        Statement("pull.error", {"image": image_of(message), "cause": cause, "message": message})
    ]
