"""Every printer, by store key."""

from __future__ import annotations

from sandbox.simulator import (
    tables_cluster,
    tables_config,
    tables_network,
    tables_pods,
    tables_workloads,
)
from sandbox.simulator.resources import BY_KEY, Resource
from sandbox.simulator.table import Printer, printer_for

PRINTERS: dict[str, Printer] = {
    **tables_pods.PRINTERS,
    **tables_workloads.PRINTERS,
    **tables_network.PRINTERS,
    **tables_config.PRINTERS,
    **tables_cluster.PRINTERS,
}


def find_printer(row: Resource) -> Printer:
    """The printer of a row; kinds without their own get the server's fallback."""
    return printer_for(row, PRINTERS, row.key in BY_KEY)
