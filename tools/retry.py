"""Placeholder until the retry table lands."""
from __future__ import annotations
from typing import NamedTuple
from tools.output import Output
class Classified(NamedTuple):
    action: str
    retry_after: float | None = None
def classify(output: Output) -> Classified:
    return Classified("ok")
