"""Usage: the table of `kubectl top pods --containers`."""

from __future__ import annotations

from tools.distil.columns import Columns
from tools.distil.facts import FactList
from tools.distil.quantity import millicores, whole_bytes
from tools.move import Move
from tools.objects import ObjectRef


def usage(source: str, move: Move, facts: FactList) -> None:
    """State what each container uses. Never raises; other tables of `top` state nothing."""
    lines = [line.rstrip("\r") for line in source.split("\n")]
    if not lines or not {"POD", "NAME"} <= set(lines[0].split()):
        return
    columns = Columns(lines[0])
    for number, line in enumerate(lines[1:], start=2):
        cells = columns.cells(line)
        pod, container = cells.get("POD", ""), cells.get("NAME", "")
        space = cells.get("NAMESPACE") or move.namespace
        if not (pod and container and space):
            continue
        about = ObjectRef(kind="Pod", namespace=space, name=pod, container=container)
        for name, column, parse in (
            ("usage.cpu", "CPU(cores)", millicores),
            ("usage.memory", "MEMORY(bytes)", whole_bytes),
        ):
            amount = parse(cells.get(column))
            if amount is not None:
                facts.add(about, name, amount, lines=(number, number), quote=line[:200])
