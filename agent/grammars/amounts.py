"""Amounts: numbers, CPU and memory as a grammar offers them; round ones, a model needs no others."""

from __future__ import annotations

from functools import cache

from agent.grammars.words import words
from model.grammar.expression import Expression, Words, choice, sequence

ROUND = (
    *(0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80),
    *(100, 150, 200, 300, 500, 1000),
)
"""Numbers offered, as far as they are within a flag's bounds."""
FEW = 3
"""The lower bound of an autoscaler is offered up to here, the upper one from here on."""
CPUS = ("50m", "100m", "200m", "250m", "500m", "1", "1500m", "2", "4")
MEMORIES = ("64Mi", "128Mi", "256Mi", "512Mi", "768Mi", "1Gi", "2Gi", "4Gi", "8Gi")


@cache
def numbers(least: int, most: int) -> Words:
    """The round numbers between two bounds."""
    return words(str(number) for number in ROUND if least <= number <= most)


@cache
def amounts() -> Expression:
    """`cpu=...`, `memory=...` or both."""
    cpu, memory = sequence("cpu=", words(CPUS)), sequence("memory=", words(MEMORIES))
    return choice(cpu, memory, sequence(cpu, ",", memory))
