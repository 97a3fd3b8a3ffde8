"""`kubectl describe` of Services, claims, quotas, ConfigMaps and Nodes."""

from __future__ import annotations

import re

from pydantic import JsonValue

from tools.distil.columns import Columns
from tools.distil.describe_pod import conditions
from tools.distil.describe_values import pairs, rows, taint, whole
from tools.distil.facts import FactList
from tools.distil.located import Draft, Path
from tools.distil.outline import Node
from tools.distil.quantity import millicores, whole_bytes
from tools.objects import ObjectRef

_SERVICE_PORT = re.compile(r"^(\S{1,63})\s+(\d{1,5})/(TCP|UDP|SCTP)$")
_ADDRESS = re.compile(r"^(\[?[0-9a-fA-F.:]{2,45}\]?):(\d{1,5})$")
_MORE = re.compile(r"\+ (\d{1,6}) more\.\.\.$")


def service(draft: Draft, top: Node) -> None:
    """Draft a Service; see `endpoints` for what is behind it."""
    if (selector := top.get("Selector")) is not None:
        draft.put(("spec", "selector"), pairs(selector.shown), selector.lines)
    if (kind := top.get("Type")) and kind.shown:
        draft.put(("spec", "type"), kind.shown, kind.lines)
    if (address := top.get("IP")) and address.value:
        draft.put(("spec", "clusterIP"), address.value, address.lines)
    ports: list[dict[str, JsonValue]] = []
    shown: list[int] = []
    for child in top.children:
        if child.key == "Port" and (found := _SERVICE_PORT.match(child.value)):
            name = "" if found[1] == "<unset>" else found[1]
            ports.append({"name": name, "port": int(found[2]), "protocol": found[3]})
            shown.append(child.line)
        elif child.key == "TargetPort" and ports:
            target = child.value.partition("/")[0]
            number = whole(target) if target.isdigit() else None
            ports[-1]["targetPort"] = target if number is None else number
    if ports:
        entries: list[JsonValue] = [*ports]
        draft.put(("spec", "ports"), entries, (shown[0], shown[-1] + 1))


def endpoints(about: ObjectRef, top: Node, facts: FactList) -> None:
    """State the ready addresses that a Service's description lists, and their ports.

    kubectl shows three addresses a port and counts the rest; those that are not ready it leaves out.
    """
    nodes = [child for child in top.children if child.key == "Endpoints"]
    if not nodes:
        return
    most, ports = 0, set()
    for node in nodes:
        more = _MORE.search(node.value)
        shown = _MORE.sub("", node.shown).strip(" ,").split(",") if node.shown else []
        found = [match for part in shown if (match := _ADDRESS.match(part.strip()))]
        most = max(most, len({match[1] for match in found}) + (int(more[1]) if more else 0))
        ports |= {int(match[2]) for match in found}
    lines, quote = (nodes[0].line, nodes[-1].line), nodes[0].text
    facts.add(about, "endpoints.ready", most, lines=lines, quote=quote)
    if ports:
        facts.add(about, "endpoints.ports", [*sorted(ports)], lines=lines, quote=quote)


def claim(draft: Draft, top: Node) -> None:
    """Draft a PersistentVolumeClaim. Capacity and modes are those of the volume, not wanted ones."""
    phase = top.get("Status")
    if phase and not phase.value.startswith("Terminating"):
        draft.put(("status", "phase"), phase.shown, phase.lines)
    for key, field in (("StorageClass", "storageClassName"), ("Volume", "volumeName")):
        if (node := top.get(key)) and node.shown:
            draft.put(("spec", field), node.shown, node.lines)


def quota(draft: Draft, top: Node) -> None:
    """Draft a ResourceQuota from its table, which stands at the left margin."""
    columns: Columns | None = None
    for child in top.children:
        if columns is None:
            if child.text.split() == ["Resource", "Used", "Hard"]:
                columns = Columns(child.text)
            continue
        cells = columns.cells(child.text)
        resource = cells.get("Resource", "")
        if resource and not set(resource) <= {"-"}:
            for key, field in (("Used", "used"), ("Hard", "hard")):
                draft.put(("status", field, resource), cells[key], child.lines)
    for field in ("used", "hard"):
        spots = [spot for path, spot in draft.spots.items() if path.startswith(f"status.{field}.")]
        if spots:
            draft.mark(("status", field), (spots[0][0], spots[-1][1]))


def configmap(draft: Draft, lines: list[str], first: int, last: int) -> None:
    """Draft the keys of a ConfigMap. Values are not read, but a value can look like a key."""
    section = ""
    keys: dict[Path, int] = {}
    for at in range(first - 1, min(last, len(lines))):
        line = lines[at]
        below = lines[at + 1] if at + 1 < len(lines) else ""
        if below == "====" and line in ("Data", "BinaryData"):
            section = "data" if line == "Data" else "binaryData"
            draft.put((section,), {}, (at + 1, at + 1))
        elif section == "data" and below == "----" and line.endswith(":") and len(line) < 256:
            keys["data", line[:-1]] = at + 1
        elif section == "binaryData" and (found := re.match(r"^([\w.-]{1,253}): \d+ bytes$", line)):
            keys["binaryData", found[1]] = at + 1
    # kubectl prints them in any order, the API sorts them.
    for path, number in sorted(keys.items(), key=lambda entry: str(entry[0])):
        draft.put(path, "", (number, number))


def node(draft: Draft, top: Node) -> None:
    """Draft a Node; see `allocated` for the sums of requests."""
    conditions(draft, top)
    if (cordon := top.get("Unschedulable")) and cordon.value in ("true", "false"):
        draft.put(("spec", "unschedulable"), cordon.value == "true", cordon.lines)
    if (taints := top.get("Taints")) is not None:
        entries: list[JsonValue] = [entry for t in taints.texts() if (entry := taint(t.text))]
        draft.put(("spec", "taints"), entries, taints.block)
    block = top.get("Allocatable")
    for child in block.children if block else []:
        if child.key in ("cpu", "memory"):
            draft.put(("status", "allocatable", child.key), child.shown, child.lines)


def allocated(about: ObjectRef, top: Node, facts: FactList) -> None:
    """State the sums of requests on a node, which only its description has."""
    block = top.get("Allocated resources")
    if block is None:
        return
    head = next((c for c in block.children if c.text.split()[:2] == ["Resource", "Requests"]), None)
    if head is None:
        return
    table = Node("", 0, head.line)
    table.children = block.children[block.children.index(head) :]
    for row, cells in rows(table):
        wanted = cells.get("Requests", "").partition(" ")[0]
        for resource, parse in (("cpu", millicores), ("memory", whole_bytes)):
            if cells.get("Resource") == resource and (amount := parse(wanted)) is not None:
                name = f"node.allocated.{resource}"
                facts.add(about, name, amount, lines=row.lines, quote=row.text)
