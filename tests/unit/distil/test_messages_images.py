"""Image pull failures in the words of containerd, CRI-O, Docker and the kubelet."""

from __future__ import annotations

import pytest

from tests.unit.distil.statements import only

CONTAINERD = 'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/'

PULLS = [
    # containerd
    (
        f'Failed to pull image "nginx:nope": {CONTAINERD}nginx:nope": failed to resolve reference '
        '"docker.io/library/nginx:nope": docker.io/library/nginx:nope: not found',
        "nginx:nope",
        "not-found",
    ),
    (
        'Failed to pull image "acme/private:1": failed to pull and unpack image '
        '"docker.io/acme/private:1": failed to resolve reference "docker.io/acme/private:1": pull '
        "access denied, repository does not exist or may require authorization: server message: "
        "insufficient_scope: authorization failed",
        "acme/private:1",
        "auth",
    ),
    (
        'Failed to pull image "ghcr.io/a/b:1": failed to resolve reference "ghcr.io/a/b:1": failed '
        "to authorize: failed to fetch anonymous token: unexpected status from GET request to "
        "https://ghcr.io/token?scope=repository%3Aa%2Fb%3Apull&service=ghcr.io: 401 Unauthorized",
        "ghcr.io/a/b:1",
        "auth",
    ),
    (
        'Failed to pull image "registry.corp/x:1": failed to resolve reference "registry.corp/x:1":'
        " unexpected status from HEAD request to https://registry.corp/v2/x/manifests/1: "
        "403 Forbidden",
        "registry.corp/x:1",
        "auth",
    ),
    (
        'Failed to pull image "nginx": failed to copy: httpReadSeeker: failed open: unexpected '
        "status code https://registry-1.docker.io/v2/library/nginx/manifests/sha256:1: 429 Too Many"
        " Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
        "nginx",
        "rate-limited",
    ),
    (
        'Failed to pull image "reg.nowhere/x:1": failed to do request: Head '
        '"https://reg.nowhere/v2/x/manifests/1": dial tcp: lookup reg.nowhere on 10.0.0.2:53: '
        "no such host",
        "reg.nowhere/x:1",
        "dns",
    ),
    (
        'Failed to pull image "reg.slow/x:1": failed to do request: Head '
        '"https://reg.slow/v2/x/manifests/1": dial tcp: lookup reg.slow on 10.0.0.2:53: read udp '
        "10.0.0.9:4242->10.0.0.2:53: i/o timeout",
        "reg.slow/x:1",
        "dns",
    ),
    (
        'Failed to pull image "10.1.1.1:5000/x:1": failed to do request: Head '
        '"https://10.1.1.1:5000/v2/x/manifests/1": dial tcp 10.1.1.1:5000: i/o timeout',
        "10.1.1.1:5000/x:1",
        "timeout",
    ),
    (
        'Failed to pull image "reg/x:1": failed to do request: Head "https://reg/v2/x/manifests/1":'
        " net/http: TLS handshake timeout",
        "reg/x:1",
        "timeout",
    ),
    (
        'Failed to pull image "reg:5000/x:1": failed to do request: Head '
        '"https://reg:5000/v2/x/manifests/1": tls: failed to verify certificate: x509: certificate '
        "signed by unknown authority",
        "reg:5000/x:1",
        "tls",
    ),
    (
        'Failed to pull image "reg:5000/x:1": failed to do request: Head '
        '"https://reg:5000/v2/x/manifests/1": http: server gave HTTP response to HTTPS client',
        "reg:5000/x:1",
        "tls",
    ),
    (
        'Failed to pull image "arm/only:1": rpc error: code = NotFound desc = failed to pull and '
        'unpack image "docker.io/arm/only:1": no match for platform in manifest: not found',
        "arm/only:1",
        "platform",
    ),
    (
        'Failed to pull image "big:1": failed to extract layer sha256:1: write /var/lib/x: no space '
        "left on device",
        "big:1",
        "other",
    ),
    # CRI-O
    (
        'Failed to pull image "quay.io/a/b:9": initializing source docker://quay.io/a/b:9: reading '
        "manifest 9 in quay.io/a/b: manifest unknown",
        "quay.io/a/b:9",
        "not-found",
    ),
    (
        'Failed to pull image "quay.io/a/b:9": initializing source docker://quay.io/a/b:9: reading '
        "manifest 9 in quay.io/a/b: unauthorized: access to the requested resource is not "
        "authorized",
        "quay.io/a/b:9",
        "auth",
    ),
    (
        'Failed to pull image "foo": short-name "foo" did not resolve to an alias and no '
        "unqualified-search registries are defined in /etc/containers/registries.conf",
        "foo",
        "invalid-name",
    ),
    (
        'Failed to pull image "a/b:1": choosing image instance: no image found in image index for '
        'architecture "arm64", variant "v8", OS "linux"',
        "a/b:1",
        "platform",
    ),
    # Docker (cri-dockerd)
    (
        'Failed to pull image "nginx:nope": rpc error: code = Unknown desc = Error response from '
        "daemon: manifest for nginx:nope not found: manifest unknown: manifest unknown",
        "nginx:nope",
        "not-found",
    ),
    (
        'Failed to pull image "acme/x": rpc error: code = Unknown desc = Error response from daemon:'
        " pull access denied for acme/x, repository does not exist or may require 'docker login': "
        "denied: requested access to the resource is denied",
        "acme/x",
        "auth",
    ),
    (
        'Failed to pull image "localhost:5999/x:1": failed to do request: Head '
        '"http://localhost:5999/v2/x/manifests/1": dial tcp 127.0.0.1:5999: connect: connection '
        "refused",
        "localhost:5999/x:1",
        "refused",
    ),
    # a name that looks like a cause
    (
        'Failed to pull image "reg/denied-404:1": failed to do request: Head '
        '"https://reg/v2/denied-404/manifests/1": dial tcp 10.0.0.1:443: i/o timeout',
        "reg/denied-404:1",
        "timeout",
    ),
]


@pytest.mark.parametrize(("message", "image", "cause"), PULLS)
def test_failed_pull(message: str, image: str, cause: str) -> None:
    name, value = only("Failed", message)
    assert (name, value["image"], value["cause"]) == ("pull.error", image, cause)
    assert value["message"] == message


@pytest.mark.parametrize(
    ("reason", "message", "image", "cause"),
    [
        ("ErrImagePull", "failed to pull: manifest unknown", "", "not-found"),
        (
            "ImagePullBackOff",
            'Back-off pulling image "a:1": ErrImagePull: failed to pull and unpack image "a:1": '
            "unexpected status from HEAD request: 403 Forbidden",
            "a:1",
            "auth",
        ),
        (
            "InvalidImageName",
            'Failed to apply default image tag "Web:1": couldn\'t parse image name "Web:1": invalid '
            "reference format: repository name must be lowercase",
            "Web:1",
            "invalid-name",
        ),
        (
            "InspectFailed",
            'Failed to apply default image tag "a b": couldn\'t parse image name "a b": invalid '
            "reference format",
            "a b",
            "invalid-name",
        ),
        (
            "ErrImageNeverPull",
            'Container image "a:1" is not present with pull policy of Never',
            "a:1",
            "never",
        ),
    ],
)
def test_waiting_for_an_image(reason: str, message: str, image: str, cause: str) -> None:
    name, value = only(reason, message)
    assert (name, value["image"], value["cause"]) == ("pull.error", image, cause)
