"""Container logs: what the kubelet would answer about a pod, and where the text comes from."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from sandbox.simulator.errors import bad_request, object_not_found
from sandbox.simulator.http import Request, Response, text_response
from sandbox.simulator.paths import Target
from sandbox.simulator.store import Store

Object = dict[str, Any]

_LIMITS = ("tailLines", "sinceSeconds", "limitBytes")
_PULL_WORDS = {
    "ErrImagePull": "image can't be pulled",
    "ImagePullBackOff": "trying and failing to pull image",
}


class LogAnswer(NamedTuple):
    """What a log request shows."""

    status: int
    """HTTP status; above 399 the text is the message of a BadRequest."""
    text: str | bytes
    """Bytes where a container wrote what is no UTF-8; they are sent as they are."""


class LogQuery(NamedTuple):
    """One request for a container's output."""

    namespace: str
    pod: str
    container: str
    previous: bool = False
    """The run before the current one."""
    tail: int | None = None
    """Lines at the end that are wanted."""
    since_seconds: int | None = None
    """Only lines not older than this, seconds."""
    timestamps: bool = False
    """Each line begins with its time, RFC 3339."""
    limit_bytes: int | None = None
    """Bytes after which the answer ends."""


class LogSource(Protocol):
    """Where container output comes from. Asked only about containers that have run."""

    def log(self, query: LogQuery) -> LogAnswer:
        """The output of the container's current run, or of the one before it (`previous`)."""
        ...


class NoLogs:
    """A LogSource for clusters without output."""

    def log(self, query: LogQuery) -> LogAnswer:
        """Nothing was written."""
        return LogAnswer(200, "")


def log_response(store: Store, source: LogSource, target: Target, request: Request) -> Response:
    """`GET pods/<name>/log`. With `follow` the answer ends where the output does now."""
    pod = store.get(target.row.key, target.namespace, target.name or "")
    if pod is None:
        raise object_not_found(target.row, target.name or "")
    tail, since, limit = (request.integer(name) for name in _LIMITS)
    container = _container(pod, request.query.get("container", ""))
    previous = request.flag("previous")
    if not (pod.get("spec") or {}).get("nodeName"):
        # No kubelet to ask yet: the real server answers with nothing.
        return text_response(200, "")
    _check_state(pod, container, previous=previous)
    query = LogQuery(
        namespace=str(target.namespace),
        pod=str(target.name),
        container=container,
        previous=previous,
        tail=tail,
        since_seconds=since,
        timestamps=request.flag("timestamps"),
        limit_bytes=limit,
    )
    answer = source.log(query)
    if answer.status >= 400:
        text = answer.text
        raise bad_request(text if isinstance(text, str) else text.decode("utf-8", "replace"))
    return text_response(answer.status, answer.text)


def _names(pod: Object, field: str) -> list[str]:
    return [str(item.get("name")) for item in (pod.get("spec") or {}).get(field) or []]


def _container(pod: Object, wanted: str) -> str:
    name = (pod.get("metadata") or {}).get("name")
    containers, inits = _names(pod, "containers"), _names(pod, "initContainers")
    if wanted:
        if wanted in (*containers, *inits, *_names(pod, "ephemeralContainers")):
            return wanted
        raise bad_request(f"container {wanted} is not valid for pod {name}")
    if len(containers) == 1:
        return containers[0]
    text = f"a container name must be specified for pod {name}, choose one of: "
    text += f"[{' '.join(containers)}]"
    if inits:
        text += f" or one of the init containers: [{' '.join(inits)}]"
    raise bad_request(text)


def _check_state(pod: Object, container: str, *, previous: bool) -> None:
    """Refuse in the kubelet's words when the container has nothing to show."""
    name, status = (pod.get("metadata") or {}).get("name"), pod.get("status") or {}
    lists = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
    all_statuses = [item for field in lists for item in status.get(field) or []]
    found: Object | None = next(
        (item for item in all_statuses if item.get("name") == container), None
    )
    what = f'container "{container}" in pod "{name}"'
    if found is None:
        raise bad_request(f"{what} is not available")
    state = found.get("state") or {}
    terminated = (found.get("lastState") or {}).get("terminated") or {}
    if previous:
        if not terminated.get("containerID"):
            raise bad_request(f"previous terminated {what} not found")
        return
    if "running" in state or "terminated" in state or terminated.get("containerID"):
        return
    reason = str((state.get("waiting") or {}).get("reason") or "")
    if not reason:
        raise bad_request(f"{what} is waiting to start - no logs yet")
    raise bad_request(f"{what} is waiting to start: {_PULL_WORDS.get(reason, reason)}")
