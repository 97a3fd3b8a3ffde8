"""Image pulls, and what containerd says when one fails."""

from __future__ import annotations

from sandbox.simulator.world import ImageSpec, World

ALREADY = 'Container image "{image}" already present on machine and can be accessed by the pod'
PULL_SECONDS = 2.4
"""How long a pull that works takes."""


def present(world: World, image: str) -> bool:
    """Whether the nodes have the image before anybody pulls it."""
    spec = world.image(image)
    return spec.pull == "ok" if spec.cached is None else spec.cached


def error(spec: ImageSpec, image: str, tries: int) -> str | None:
    """The error of the pull after `tries` failed ones; None when it works."""
    if spec.pull == "ok" or (spec.fails is not None and tries >= spec.fails):
        return None
    registry, repository, tag = parts(image)
    full = f"{registry}/{repository}:{tag}"
    resolve = f'failed to pull and unpack image "{full}": failed to resolve reference "{full}": '
    scheme = "http" if registry.startswith(("localhost", "127.")) else "https"
    host = "registry-1.docker.io" if registry == "docker.io" else registry
    head = f'failed to do request: Head "{scheme}://{host}/v2/{repository}/manifests/{tag}": '
    match spec.pull:
        case "not-found":
            return f"rpc error: code = NotFound desc = {resolve}{full}: not found"
        case "denied":
            return (
                f"{resolve}pull access denied, repository does not exist or may require "
                "authorization: server message: insufficient_scope: authorization failed"
            )
        case "refused":
            return f"{resolve}{head}dial tcp {_address(host)}: connect: connection refused"
        case "dns":
            name = host.partition(":")[0]
            return f"{resolve}{head}dial tcp: lookup {name} on 10.96.0.10:53: no such host"
        case "timeout":
            return f"{resolve}{head}dial tcp {_address(host)}: i/o timeout"
    return (
        f"{resolve}unexpected status from HEAD request to https://{host}/v2/{repository}/"
        f"manifests/{tag}: 429 Too Many Requests\ntoomanyrequests: You have reached your pull "
        "rate limit."
    )


def parts(image: str) -> tuple[str, str, str]:
    """(registry, repository, tag) of a reference, with Docker's defaults."""
    head, slash, rest = image.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        registry, path = head, rest
    else:
        registry, path = "docker.io", image if slash else f"library/{image}"
    repository, _, tag = path.partition(":")
    return registry, repository, tag or "latest"


def canonical(image: str) -> str:
    """The reference as containerd reports it in a status."""
    registry, repository, tag = parts(image)
    return f"{registry}/{repository}:{tag}"


def _address(host: str) -> str:
    name, _, port = host.partition(":")
    address = (
        "127.0.0.1"
        if name == "localhost"
        else f"10.80.{len(name) % 250}.{sum(map(ord, name)) % 250}"
    )
    return f"{address}:{port or 443}"
