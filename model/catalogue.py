"""The catalogue: which model files are known, where they come from and how they want to be run.

magos is published as three quantisations on the hub and pulled on request. nano is meant to be
packaged in model/weights/; this version packages none, and says so (`nano_file` is None).
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

WEIGHTS = Path(__file__).parent / "weights"
"""Packaged model files; the folder may be absent."""


class Sampling(NamedTuple):
    """Sampling defaults of a model."""

    temperature: float
    repeat_penalty: float
    """For free text."""
    grammar_repeat_penalty: float
    """Under a grammar: a penalty would punish quotes, flags and the names to be copied."""


class ModelFile(NamedTuple):
    """One quantisation of a model."""

    quantisation: str
    """What the command line calls it."""
    file: str
    """Name in the repository."""
    about_bytes: int
    """Rounded, for a person who chooses; the hub tells the exact size."""
    use: str
    """What it is for."""


class KnownModel(NamedTuple):
    """One published model."""

    name: Literal["magos"]
    title: str
    repository: str
    revisions: tuple[str, ...]
    """Known ones, oldest first; others and commits can be asked for."""
    default_revision: str
    files: tuple[ModelFile, ...]
    """The recommended one first."""
    licence: str
    base: str
    template: str
    """Chat template."""
    context: int
    """Tokens it was trained for."""
    sampling: Sampling

    def file(self, quantisation: str) -> ModelFile | None:
        """The file of a quantisation, None when there is no such one."""
        return next((item for item in self.files if item.quantisation == quantisation), None)


MAGOS = KnownModel(
    name="magos",
    title="magos-k8s-0.6b",
    repository="clglavan/magos-k8s-0.6b",
    revisions=("v2", "v3", "v5", "v6", "v7", "v8"),
    default_revision="v8",
    files=(
        ModelFile("q8_0", "magos-k8s-0.6b-q8_0.gguf", 610_000_000, "recommended"),
        ModelFile("q4_k_m", "magos-k8s-0.6b-q4_k_m.gguf", 379_000_000, "casual use"),
        ModelFile("f16", "magos-k8s-0.6b-f16.gguf", 1_200_000_000, "reference"),
    ),
    licence="Apache-2.0",
    base="Qwen3-0.6B",
    template="chatml",
    context=4096,
    sampling=Sampling(temperature=0.05, repeat_penalty=1.15, grammar_repeat_penalty=1.0),
)


def pull_command(file: str, revision: str) -> str:
    """The command that pulls this file of magos, for hints."""
    recommended = MAGOS.files[0]
    known = next((item for item in MAGOS.files if item.file == file), recommended)
    words = ["magos-agent model pull"]
    words += [] if known is recommended else [known.quantisation]
    words += [] if revision == MAGOS.default_revision else ["--revision", revision]
    return " ".join(words)


def nano_file(folder: Path = WEIGHTS) -> Path | None:
    """The packaged nano, None when this installation has none."""
    return next(iter(sorted(folder.glob("*nano*.gguf"))), None)
