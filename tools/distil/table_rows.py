"""Table rows: what the columns of each kind's table say about the object of a row."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from pydantic import JsonValue

from tools.distil.describe_values import pairs
from tools.distil.facts import FactList
from tools.distil.located import cleaned
from tools.objects import ObjectRef

_NOTHING = frozenset({"", "<none>", "<unset>", "<unknown>", "<nil>", "<pending>"})
_RATIO = re.compile(r"^(\d{1,9})/(\d{1,9})\b")
_ADDRESS = re.compile(r"^(.{2,64}):(\d{1,5})$")
_MORE = re.compile(r" ?\+ (\d{1,6}) more\.\.\.$")
_SLICE = re.compile(r"^(.{1,247})-[a-z0-9]{5}$")
_QUOTA = re.compile(r"^([^:\s]{1,316}): ([^/\s]{1,64})/(\S{1,64})$")


class Row(NamedTuple):
    """One row of a table."""

    ref: ObjectRef
    cells: dict[str, str]
    number: int
    """Line in the output, from 1."""
    quote: str

    def cell(self, name: str) -> str:
        """The cell under a heading; empty for `<none>` and its like."""
        value = self.cells.get(name, "")
        return "" if value in _NOTHING else value

    def number_in(self, name: str) -> int | None:
        """The number that a cell begins with (`3 (28s ago)` is 3)."""
        word = self.cell(name).partition(" ")[0]
        return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else None


class Slices:
    """EndpointSlices of one output, put together per Service."""

    def __init__(self) -> None:
        self._rows: dict[ObjectRef, list[Row]] = {}

    def add(self, row: Row) -> None:
        """Take in one slice; the table does not name its Service, the generated name does."""
        if found := _SLICE.match(row.ref.name):
            ref = row.ref.model_copy(update={"kind": "Service", "name": found[1]})
            self._rows.setdefault(ref, []).append(row)

    def state(self, facts: FactList) -> None:
        """State what is sure: slices without any address, and the ports of the others.

        The table lists addresses whether they are ready or not, so it tells no number of ready ones.
        """
        for ref, rows in self._rows.items():
            lines, quote = (rows[0].number, rows[-1].number), rows[0].quote
            if not any(row.cell("ENDPOINTS") for row in rows):
                facts.add(ref, "endpoints.ready", 0, lines=lines, quote=quote)
                facts.add(ref, "endpoints.not_ready", 0, lines=lines, quote=quote)
                continue
            cells = [part for row in rows for part in row.cell("PORTS").split(",")]
            ports = sorted({int(p) for p in cells if p.isascii() and p.isdigit() and len(p) < 6})
            if ports:
                facts.add(ref, "endpoints.ports", [*ports], lines=lines, quote=quote)


def state_row(row: Row, facts: FactList, slices: Slices) -> None:
    """State the facts of one row; slices are only collected.

    What an Endpoints object says is about its Service, whose name it bears.
    """

    def say(name: str, value: JsonValue, container: str | None = None) -> None:
        about = row.ref.model_copy(update={"container": container}) if container else row.ref
        if name.startswith("endpoints."):
            about = row.ref.model_copy(update={"kind": "Service"})
        lines = (row.number, row.number)
        facts.add(about, name, cleaned(value), lines=lines, quote=row.quote)

    if row.ref.kind != "EndpointSlice":
        say("object.exists", True)
    if labels := pairs(row.cell("LABELS")):
        say("object.labels", labels)
    if row.ref.kind == "EndpointSlice":
        slices.add(row)
    elif reader := _READERS.get(row.ref.kind):
        reader(row, say)


Say = Callable[..., None]


def _pod(row: Row, say: Say) -> None:
    status = row.cell("STATUS")
    if status:
        say("pod.status", status)
    if status in ("Running", "Pending"):
        say("pod.phase", status)
    if (restarts := row.number_in("RESTARTS")) is not None:
        say("pod.restarts", restarts)
    if node := row.cell("NODE"):
        say("pod.node", node)
    ready = _RATIO.match(row.cell("READY"))
    # A completed pod is ready in the sense of the registry when it succeeded; the table leaves
    # open whether it did. Readiness gates may hold back a pod whose containers are all ready.
    gates = row.cell("READINESS GATES")
    if ready and status != "Completed" and not (gates and ready[1] == ready[2]):
        say("pod.ready", ready[1] == ready[2] != "0")


def _workload(row: Row, say: Say) -> None:
    if ratio := _RATIO.match(row.cell("READY")):
        say("workload.desired", int(ratio[2]))
        say("workload.ready", int(ratio[1]))
    for heading, name in (
        ("DESIRED", "workload.desired"),
        ("CURRENT", "workload.current"),
        ("READY", "workload.ready"),
        ("UP-TO-DATE", "workload.updated"),
        ("AVAILABLE", "workload.available"),
    ):
        if (count := row.number_in(heading)) is not None:
            say(name, count)
    _template(row, say)
    if selector := pairs(row.cell("SELECTOR")):
        say("workload.selector", selector)
    if nodes := pairs(row.cell("NODE SELECTOR")):
        say("pod.node_selector", nodes)


def _template(row: Row, say: Say) -> None:
    """Images per container. A ReplicaSet repeats its Deployment's template, as in its JSON."""
    names, images = row.cell("CONTAINERS").split(","), row.cell("IMAGES").split(",")
    if row.ref.kind == "ReplicaSet" or len(names) != len(images):
        return
    for name, image in zip(names, images, strict=True):
        if name and image:
            say("spec.image", image, name)


def _job(row: Row, say: Say) -> None:
    if status := row.cell("STATUS"):
        say("job.complete", status in ("Complete", "SuccessCriteriaMet"))
        say("job.suspended", status == "Suspended")
    if done := _RATIO.match(row.cell("COMPLETIONS")):
        say("job.succeeded", int(done[1]))
    _template(row, say)


def _cronjob(row: Row, say: Say) -> None:
    if schedule := row.cell("SCHEDULE"):
        say("cronjob.schedule", schedule)
    if row.cell("SUSPEND") in ("True", "False"):
        say("cronjob.suspended", row.cell("SUSPEND") == "True")
    if (active := row.number_in("ACTIVE")) is not None:
        say("cronjob.active", active)
    _template(row, say)


def _service(row: Row, say: Say) -> None:
    if kind := row.cell("TYPE"):
        headless = kind == "ClusterIP" and row.cells.get("CLUSTER-IP") == "None"
        say("service.type", "Headless" if headless else kind)
    if "SELECTOR" in row.cells:
        selector = pairs(row.cell("SELECTOR"))
        if selector or not row.cell("SELECTOR"):
            say("service.selector", selector)


def _endpoints(row: Row, say: Say) -> None:
    """`kubectl get endpoints`: ready addresses, three of them and how many more."""
    written = row.cell("ENDPOINTS")
    more = _MORE.search(written)
    parts = _MORE.sub("", written).split(",") if written else []
    found = [match for part in parts if (match := _ADDRESS.match(part))]
    ports = sorted({int(match[2]) for match in found})
    if more is None or len(ports) == 1:
        say("endpoints.ready", len({m[1] for m in found}) + (int(more[1]) if more else 0))
    if ports:
        say("endpoints.ports", [*ports])


def _claim(row: Row, say: Say) -> None:
    for heading, name in (
        ("STATUS", "pvc.phase"),
        ("STORAGECLASS", "pvc.class"),
        ("VOLUME", "pvc.volume"),
    ):
        value = row.cell(heading)
        if value and not (heading == "STATUS" and value == "Terminating"):
            say(name, value)


def _class(row: Row, say: Say) -> None:
    if provisioner := row.cell("PROVISIONER"):
        say("storageclass.provisioner", provisioner)
    if binding := row.cell("VOLUMEBINDINGMODE"):
        say("storageclass.binding", binding)
    say("storageclass.default", row.cells.get("NAME", "").endswith(" (default)"))


def _node(row: Row, say: Say) -> None:
    words = row.cell("STATUS").split(",")
    if words[0] in ("Ready", "NotReady", "Unknown"):
        say("node.ready", words[0] == "Ready")
        say("node.cordoned", "SchedulingDisabled" in words)


def _quota(row: Row, say: Say) -> None:
    hard: dict[str, JsonValue] = {}
    used: dict[str, JsonValue] = {}
    for heading in ("REQUEST", "LIMIT"):
        for part in row.cell(heading).split(", "):
            if found := _QUOTA.match(part):
                used[found[1]], hard[found[1]] = found[2], found[3]
    if hard:
        say("quota.hard", hard)
        say("quota.used", used)


_READERS: dict[str, Callable[[Row, Say], None]] = {
    "Pod": _pod,
    "Deployment": _workload,
    "ReplicaSet": _workload,
    "StatefulSet": _workload,
    "DaemonSet": _workload,
    "Job": _job,
    "CronJob": _cronjob,
    "Service": _service,
    "Endpoints": _endpoints,
    "PersistentVolumeClaim": _claim,
    "StorageClass": _class,
    "Node": _node,
    "ResourceQuota": _quota,
}
