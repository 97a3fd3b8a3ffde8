"""Hands: what carries a judged move out, live or from a record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from tools.retry import classify
from tools.runner import Runner

if TYPE_CHECKING:
    from tenacity import RetryCallState

from agent.errors import Interrupted
from sandbox.cluster import ClusterView
from tools.move import Move
from tools.output import Output

MAX_TRIES = 4
"""Tries of a read that failed for a passing reason, within the move's own time."""
LEAST_SECONDS = 0.5
"""Time of a last try whose move has hardly any left."""
WAIT_INITIAL, WAIT_MAX = 0.5, 8.0
"""Exponential back-off with jitter between tries, seconds."""


class Hands(Protocol):
    """Carries out moves that the gate passed."""

    def run(self, move: Move, timeout: float) -> Output:
        """The (redacted) answer.

        Raises Interrupted when the user stopped the run, ClusterError when the cluster is gone.
        """
        ...


class LiveHands:
    """kubectl and promtool through the runner; names lists over HTTP; reads are retried."""

    def __init__(self, runner: Runner, view: ClusterView, cancel: threading.Event) -> None:
        self._runner = runner
        self._view = view
        self._cancel = cancel

    def run(self, move: Move, timeout: float) -> Output:
        """See Hands."""
        if move.kind == "names":
            return self._names(move)
        from tenacity import (
            Retrying,
            retry_if_result,
            stop_after_attempt,
            stop_before_delay,
            wait_exponential_jitter,
        )

        until = time.monotonic() + timeout
        retrying = Retrying(
            retry=retry_if_result(lambda output: classify(output).action == "retry"),
            stop=stop_after_attempt(MAX_TRIES) | stop_before_delay(timeout),
            wait=_asked_or(wait_exponential_jitter(multiplier=WAIT_INITIAL, max=WAIT_MAX)),
            sleep=self._sleep,
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )
        output: Output = retrying(self._once, move, until)
        if self._cancel.is_set():
            raise Interrupted
        action = classify(output).action
        if action in ("retry", "unauthorized"):
            # One failed read is an observation. A cluster that is gone, or a login that is over and
            # cannot be renewed, ends the run: every further answer would be the same error.
            self._view.check()
        return self._once(move, until) if action == "unauthorized" else output

    def _once(self, move: Move, until: float) -> Output:
        """One try, with what is left of the move's time."""
        left = max(until - time.monotonic(), LEAST_SECONDS)
        return self._runner.execute(move, left, self._cancel)

    def _sleep(self, seconds: float) -> None:
        if self._cancel.wait(seconds):
            raise Interrupted

    def _names(self, move: Move) -> Output:
        kind = self._view.resolve(move.targets[0].resource)
        if kind is None:
            return Output(exit_code=1, stdout="", stderr=f"no kind {move.targets[0].resource}")
        listed = self._view.names(kind, move.namespace)
        if listed.denied:
            stderr = f'Error from server (Forbidden): {kind.plural} is forbidden: cannot list resource "{kind.plural}"'
            return Output(exit_code=1, stdout="", stderr=stderr)
        return Output(exit_code=0, stdout=listed.stdout(kind, move.namespace), stderr="")


def _asked_or(usual: Callable[[RetryCallState], float]) -> Callable[[RetryCallState], float]:
    """Wait as long as the server asked, else the usual time."""

    def wait(state: RetryCallState) -> float:
        asked = classify(state.outcome.result()).retry_after if state.outcome else None
        return usual(state) if asked is None else max(asked, WAIT_INITIAL)

    return wait


class RecordedHands:
    """Answers from an earlier run, by canonical text."""

    def __init__(self, outputs: Mapping[str, Output]) -> None:
        self._outputs = outputs
        self.unknown: list[str] = []
        """Moves that the record has no answer for."""

    def run(self, move: Move, timeout: float) -> Output:
        """The recorded answer; an empty failure for a move the record does not have."""
        if move.text not in self._outputs:
            self.unknown.append(move.text)
            return Output(exit_code=None, stdout="", stderr="not in the recorded run")
        return self._outputs[move.text]
