"""Names, hashes and ids that look as Kubernetes makes them, drawn from the seed.

Each is a function of the seed and of what it is for, not of the order in which they are asked for:
the same scenario and seed give the same names, whatever else is in the cluster.
"""

from __future__ import annotations

import hashlib
import json
from random import Random
from typing import Any

SAFE = "bcdfghjklmnpqrstvwxz2456789"
"""Letters and digits of generated names: no vowels, no look-alikes (apimachinery's rand package)."""


def rng(seed: str, *parts: object) -> Random:
    """A generator for one purpose."""
    return Random(f"{seed}/{'/'.join(map(str, parts))}")  # noqa: S311 - names, not secrets


def suffix(seed: str, *parts: object) -> str:
    """The five characters behind generateName."""
    draw = rng(seed, "suffix", *parts)
    return "".join(draw.choice(SAFE) for _ in range(5))


def template_hash(template: Any) -> str:
    """pod-template-hash: FNV-1a of the template, in the safe alphabet (8 to 10 characters).

    Kubernetes hashes a Go dump of the template, so its value for the same template is another.
    """
    value = 0x811C9DC5
    for byte in json.dumps(template, sort_keys=True, separators=(",", ":")).encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return "".join(SAFE[ord(digit) % len(SAFE)] for digit in str(value))


def digest(seed: str, *parts: object) -> str:
    """64 hexadecimal digits: a container id, an image id."""
    return hashlib.sha256(f"{seed}/{'/'.join(map(str, parts))}".encode()).hexdigest()


def uid(seed: str, *parts: object) -> str:
    """A version 4 UUID."""
    raw = digest(seed, "uid", *parts)
    return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-{'89ab'[int(raw[16], 16) % 4]}{raw[17:20]}-{raw[20:32]}"
