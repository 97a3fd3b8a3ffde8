"""The paths of the metrics: /metrics, /metrics/kubelet and /metrics/cadvisor.

On a real cluster these are three servers' pages: kube-state-metrics', each kubelet's and each
kubelet's cAdvisor's. Here the API server has them all, and `?node=NAME` asks one kubelet.
"""

from __future__ import annotations

from sandbox.simulator.engine import Engine
from sandbox.simulator.errors import PlainFailure
from sandbox.simulator.http import Request, Response, text_response
from sandbox.simulator.metrics import cadvisor, exposition, kubelet
from sandbox.simulator.metrics.page import CONTENT_TYPE


def metrics_response(
    engine: Engine, shift: float, parts: tuple[str, ...], request: Request
) -> Response:
    """The page of a path; `parts` is what follows /metrics, `shift` moves times (seconds).

    503 when the kubelet that is asked does not answer. Raises PlainFailure (404) for other paths.
    """
    node = request.query.get("node") or None
    try:
        match parts:
            case ():
                page = exposition.exposition(engine, shift)
            case ("kubelet",):
                page = kubelet.exposition(engine, node)
            case ("cadvisor",):
                page = cadvisor.exposition(engine, node, shift)
            case _:
                raise PlainFailure
    except kubelet.NoAnswerError as error:
        return text_response(503, f"the kubelet of {error} does not answer\n")
    return Response(200, CONTENT_TYPE, page.encode())
