"""What a Prometheus has: names of metrics and labels, asked over its HTTP API.

https://prometheus.io/docs/prometheus/latest/querying/api/#querying-metadata
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urlsplit

from tools.body import read_body
from tools.errors import MagosError

if TYPE_CHECKING:
    import urllib3

SECONDS = 3.0
"""For one answer, however slowly it comes: names only make a grammar richer, and are not worth waiting for."""
MOST_NAMES = 2000
"""Names asked for; servers before 2.53 do not know the limit and send all."""
MAX_BYTES = 4 * 2**20
"""Of one answer."""


class PrometheusError(MagosError):
    """The Prometheus does not answer, or not as one."""


class Names(NamedTuple):
    """Names of metrics and of the labels that their series have."""

    metrics: tuple[str, ...]
    labels: tuple[str, ...]


def names(server_url: str, namespaces: Collection[str] | None) -> Names:
    """Names of the series in these namespaces (DNS labels), or of all. Raises PrometheusError."""
    import urllib3

    asked = [("limit", str(MOST_NAMES))]
    if namespaces is not None:
        asked.append(("match[]", f'{{namespace=~"{"|".join(sorted(namespaces))}"}}'))
    query = urlencode(asked)
    base = server_url.rstrip("/") + "/api/v1"
    with urllib3.PoolManager(retries=False, timeout=SECONDS) as pool:
        metrics = _listed(pool, f"{base}/label/__name__/values?{query}")
        return Names(metrics, _listed(pool, f"{base}/labels?{query}"))


def _listed(pool: urllib3.PoolManager, url: str) -> tuple[str, ...]:
    import urllib3

    try:
        response = pool.request("GET", url, redirect=False, preload_content=False)
        try:
            content = read_body(response, MAX_BYTES, time.monotonic() + SECONDS)
        finally:
            response.close()
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise PrometheusError(f"{_host(url)} does not answer: {str(error)[:200]}") from error
    if response.status != 200 or len(content) > MAX_BYTES:
        raise PrometheusError(f"{_host(url)} answers {response.status}, {len(content):,} bytes")
    try:
        found = json.loads(content)["data"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise PrometheusError(f"{_host(url)} is no Prometheus") from error
    if not isinstance(found, list):
        raise PrometheusError(f"{_host(url)} is no Prometheus")
    return tuple(word for word in found if isinstance(word, str))[:MOST_NAMES]


def _host(url: str) -> str:
    """Host and port, without a login."""
    return urlsplit(url).netloc.rpartition("@")[2]
