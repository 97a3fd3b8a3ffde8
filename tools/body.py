"""Body: what a server answers, read within a time and a size."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import urllib3

PART_BYTES = 2**16


def read_body(response: urllib3.BaseHTTPResponse, most: int, until: float) -> bytes:
    """The body, or when it is longer than `most` bytes, enough of it to see that.

    `until` is a reading of `time.monotonic`. Raises TimeoutError when it has passed: the time-out of a
    connection begins anew with every byte. Raises urllib3's own errors too.
    """
    body = bytearray()
    while len(body) <= most and (part := response.read1(PART_BYTES)):
        body += part
        if time.monotonic() > until:
            raise TimeoutError("the answer comes too slowly")
    return bytes(body)
