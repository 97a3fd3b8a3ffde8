"""Logging: structlog to stderr, so that stdout carries nothing but the report."""

from __future__ import annotations

import logging
import sys
from typing import Literal

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["text", "json"]


def set_up(level: LogLevel, form: LogFormat) -> None:
    """Send structlog (and the standard library's logging, warnings and up) to stderr at `level`."""
    import structlog

    number = logging.getLevelNamesMapping()[level.upper()]
    json_lines = form == "json"
    final: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            final,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        # A function, not a file: tests and front ends may replace sys.stderr later.
        logger_factory=lambda *_: structlog.PrintLogger(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    # Client libraries (urllib3, httpx) log retries there; they stay quiet unless asked for.
    logging.basicConfig(
        level=number if level == "debug" else logging.ERROR,
        stream=sys.stderr,
        format="%(levelname)s %(name)s: %(message)s",
        force=True,
    )


def level_for(verbosity: int, *, quiet: bool, configured: LogLevel) -> LogLevel:
    """-q is error, -v is info, -vv is debug, otherwise what the settings say."""
    if quiet:
        return "error"
    if verbosity >= 2:
        return "debug"
    return "info" if verbosity == 1 else configured
