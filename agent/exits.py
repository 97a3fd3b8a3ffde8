"""Exit codes of the command line: a contract that other people's scripts rely on."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the CLI imports this at start-up, and pydantic is not needed for --help
    from agent.report import Report
    from tools.errors import MagosError


class Exit(IntEnum):
    """Exit status of every command."""

    OK = 0
    """Done; nothing that the caller asked to be told by status."""
    ERROR = 1
    """Something failed: the cluster cannot be reached, a program is missing, a bug."""
    USAGE = 2
    """The command line, a config file or an input file is wrong."""
    ROOT_CAUSE = 3
    """A root cause was found, and --exit-code was given."""
    INCONCLUSIVE = 4
    """No cause could be proven, also when RBAC hid what was needed."""
    REFUSED = 5
    """The gate refused, an approval was denied, or `check` found a wrong command."""
    BUDGET = 6
    """Moves, seconds or planner calls were spent before a conclusion."""
    INTERRUPTED = 130
    """Ctrl-C; the partial report is kept and the run can be resumed."""


def exit_code(report: Report, *, tell_root_cause: bool) -> Exit:
    """The exit status of a finished run: the first row that applies.

    | status | when                                                        |
    |--------|-------------------------------------------------------------|
    | 130    | stop_reason is interrupted                                  |
    | 5      | the remedy was refused by the gate, or its approval denied  |
    | 1      | stop_reason is error                                        |
    | 6      | stop_reason is budget_moves, budget_time or budget_planner  |
    | 4      | verdict is inconclusive                                     |
    | 3      | verdict is root_cause and --exit-code was given             |
    | 0      | otherwise: root_cause, healthy, not_found                   |

    Status 2 never comes from a report: usage errors end before a run starts (see `error_code`).
    """
    if report.stop_reason == "interrupted":
        return Exit.INTERRUPTED
    if report.remedy is not None and report.remedy.status == "refused":
        return Exit.REFUSED
    if report.stop_reason == "error":
        return Exit.ERROR
    if report.stop_reason.startswith("budget_"):
        return Exit.BUDGET
    if report.verdict == "inconclusive":
        return Exit.INCONCLUSIVE
    if report.verdict == "root_cause" and tell_root_cause:
        return Exit.ROOT_CAUSE
    return Exit.OK


def error_code(error: MagosError) -> Exit:
    """The exit status of an error that ended a command: 2 for wrong input, 1 otherwise."""
    from tools.errors import UsageError

    return Exit.USAGE if isinstance(error, UsageError) else Exit.ERROR
