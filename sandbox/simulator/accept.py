"""Content negotiation: which form of an answer a client asked for.

kubectl asks for Tables, aggregated discovery or plain JSON, in its order of preference, with media
type parameters; only the first form that this server makes counts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class Wanted(NamedTuple):
    """One alternative of an Accept header."""

    media: str
    as_kind: str = ""
    """`Table`, `PartialObjectMetadataList`, `APIGroupDiscoveryList`, or empty for the object."""
    version: str = ""
    group: str = ""


JSON = Wanted("application/json")
_JSON_MEDIA = ("application/json", "application/*", "*/*", "")


@lru_cache(maxsize=256)
def parse(header: str) -> tuple[Wanted, ...]:
    """The alternatives in the client's order; a missing header accepts everything.

    Quality values are ignored, as by the API server's own negotiation.
    """
    found: list[Wanted] = []
    for part in header.split(","):
        media, *params = [piece.strip() for piece in part.split(";")]
        values = dict(param.partition("=")[::2] for param in params if "=" in param)
        found.append(Wanted(media, values.get("as", ""), values.get("v", ""), values.get("g", "")))
    return tuple(found)


def choose(header: str, kinds: tuple[str, ...]) -> Wanted | None:
    """The first JSON form of these kinds (or the plain object), None when there is none.

    `kinds` are values of `as`; an alternative with another `as` is passed over.
    """
    for wanted in parse(header):
        if wanted.media not in _JSON_MEDIA:
            continue
        if not wanted.as_kind:
            return JSON
        if wanted.as_kind in kinds and wanted.version:
            return wanted
    return None


def accepts(header: str, media: str) -> bool:
    """Whether a media type is among the alternatives, wildcards included."""
    family = media.partition("/")[0] + "/*"
    return any(wanted.media in (media, family, "*/*", "") for wanted in parse(header))
