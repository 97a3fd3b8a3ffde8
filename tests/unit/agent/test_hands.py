"""Retries stay within the move's own time, whatever the server asks for."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from agent.errors import Interrupted
from agent.hands import LiveHands
from tools.move import Move
from tools.output import Output

MOVE = Move(kind="kubectl", command=("get",), text="kubectl get pods -n shop")
BUSY = "Error from server (TooManyRequests): the server has received too many requests, retry after {}s"


class Busy:
    """A runner whose server is busy for the first `failures` tries."""

    def __init__(self, failures: int, asks: int) -> None:
        self.failures, self.asks = failures, asks
        self.times: list[float] = []

    def execute(self, move: Move, timeout: float, cancel: threading.Event) -> Output:
        self.times.append(timeout)
        if len(self.times) <= self.failures:
            return Output(exit_code=1, stdout="", stderr=BUSY.format(self.asks))
        return Output(exit_code=0, stdout="ok", stderr="")


class View:
    """A cluster that still answers."""

    def check(self) -> None:
        """Fine."""


def hands(runner: Busy, cancel: threading.Event | None = None) -> LiveHands:
    view: Any = View()
    anyone: Any = runner
    return LiveHands(anyone, view, cancel or threading.Event())


def test_a_passing_fault_is_tried_again_with_what_time_is_left() -> None:
    runner = Busy(failures=1, asks=1)
    assert hands(runner).run(MOVE, 20.0).stdout == "ok"
    assert runner.times[0] <= 20.0
    assert runner.times[1] <= 19.1


def test_a_server_that_asks_for_an_hour_is_not_waited_for() -> None:
    runner, began = Busy(failures=99, asks=3600), time.monotonic()
    assert hands(runner).run(MOVE, 2.0).exit_code == 1
    assert time.monotonic() - began < 3.0
    assert len(runner.times) == 1


def test_ctrl_c_ends_the_wait() -> None:
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        hands(Busy(failures=99, asks=5), cancel).run(MOVE, 60.0)
    assert time.monotonic() - began < 3.0
