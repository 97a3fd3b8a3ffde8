"""Cases: which scenarios at which seeds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from sandbox import scenario
from tools.errors import UsageError
from tools.suggest import did_you_mean

LARGEST_SEED = 999_999_999
"""What `sim:SCENARIO@SEED` takes."""
MOST_CASES = 100_000
"""More than a day's work for two cores, so rather a typing mistake in --seeds."""
RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")


class Case(NamedTuple):
    """What to investigate."""

    scenario: str
    """Scenario id."""
    seed: int
    """Seed; 0 is the recorded cluster."""
    stripped: bool = False
    """The alert carries nothing but its name and namespace."""

    def __str__(self) -> str:
        return f"{self.scenario}@{self.seed}"


def seeds(text: str) -> list[int]:
    """`9000-9004`, `1,2,5` or both mixed, each seed once. Raises UsageError."""
    found: dict[int, None] = {}
    for part in text.split(","):
        match = RANGE.fullmatch(part.strip())
        if match is None:
            raise UsageError(f"--seeds {text!r}: {part!r} is no seed", "write 9000-9004 or 1,2,5")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise UsageError(f"--seeds {text!r}: {part.strip()} runs backwards")
        if len(found) + last - first >= MOST_CASES:
            raise UsageError(f"--seeds {text!r}: more than {MOST_CASES:,} seeds")
        found |= dict.fromkeys(range(first, last + 1))
    return list(found)


def scenarios(names: Sequence[str], families: Sequence[str]) -> list[str]:
    """The named scenarios (all when none is named) of these families (any when none is given).

    Raises UsageError for a name or family that does not exist, and when nothing is left.
    """
    # The workers have folders of their own, so a file must be named from the root.
    named = [str(Path(n).resolve()) if n.endswith(scenario.SUFFIX) else n for n in names]
    chosen = list(dict.fromkeys(named)) or scenario.ids()
    by_id = {name: scenario.read(name).family for name in chosen}
    known = {scenario.read(name).family for name in scenario.ids()} if families else set()
    for family in families:
        if family not in known:
            near = did_you_mean(family, sorted(known))
            raise UsageError(
                f"there is no scenario of family {family!r}",
                f"{near or ''} families: {', '.join(sorted(known))}".strip(),
            )
    left = [name for name, family in by_id.items() if not families or family in families]
    if not left:
        raise UsageError(f"none of {', '.join(names)} is of family {', '.join(families)}")
    return left


def cases(names: Iterable[str], seeds: Sequence[int], *, stripped: bool = False) -> list[Case]:
    """Every scenario at every seed. Raises UsageError when they are too many, or none is left.

    Stripped alerts do not name the object that does not exist, so that nobody could say `not_found`:
    controls that expect it are left out.
    """
    known = [name for name in names if not (stripped and _needs_labels(name))]
    if not known:
        raise UsageError("without labels nothing is left to ask", "leave --stripped out")
    found = [Case(name, seed, stripped) for seed in seeds for name in known]
    if len(found) > MOST_CASES:
        raise UsageError(f"{len(found):,} cases are more than {MOST_CASES:,}", "take fewer seeds")
    return found


def _needs_labels(name: str) -> bool:
    control = scenario.read(name).control
    return control is not None and control.verdict == "not_found"
