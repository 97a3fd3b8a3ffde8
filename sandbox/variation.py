"""Seeded variation: what a scenario's variables are for a seed.

Seed 0 is the recorded cluster, word for word. Every other seed draws other names and numbers. Draws
are independent of each other: a variable's value depends on the scenario, the seed and its own name
(and on words already taken).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.words import POOLS

Render = Callable[[Any], Any]
"""Puts the values of variables defined so far into a text or structure."""


class Certificate(BaseModel):
    """A self-signed certificate; the same fields give the same one."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    host: str
    """Common name, and the DNS name that it is for."""
    begins: str
    """First day, `2025-01-31`, at midnight UTC."""
    ends: str
    """Last moment: this day at midnight UTC. The present of a scenario may be any day from 2026 on."""
    issue: str = "1"
    """Another one has another key."""


class Variable(BaseModel):
    """How a variable gets its value: `first` for seed 0, one of the generators for other seeds."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    first: Any = None
    """Value at seed 0. May be left out with `text`."""
    pool: str | None = Field(None, alias="from")
    """A word of this pool that no other variable of the instance has."""
    choose: list[Any] | None = None
    """One of these; they may be structures, and may name variables above."""
    between: tuple[int, int] | None = None
    """A whole number from the first to the second, both included."""
    step: int = 1
    """With `between`: distance of the numbers."""
    near: str | None = None
    """A word that is easily taken for this one."""
    image: str | None = None
    """An image reference for this program: registry/program:version."""
    text: str | None = None
    """Made from other variables, at any seed."""
    certificate: Certificate | None = None
    """A TLS certificate and its key: {crt, key}, each in base64 as a Secret's data holds them."""

    @model_validator(mode="after")
    def _one_generator(self) -> Variable:
        names = ("pool", "choose", "between", "near", "image", "text", "certificate")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                "needs exactly one of from, choose, between, near, image, text, certificate"
            )
        if self.pool is not None and self.pool not in POOLS:
            raise ValueError(f"no pool of words named {self.pool!r}; there are {sorted(POOLS)}")
        made = self.text is not None or self.certificate is not None
        if "first" not in self.model_fields_set and not made:
            raise ValueError("needs `first`, its value at seed 0")
        return self


def draw(variable: Variable, rng: Random, taken: set[str], render: Render) -> Any:
    """The variable's value for a seed other than 0."""
    if variable.pool is not None:
        word = rng.choice([word for word in POOLS[variable.pool] if word not in taken])
        taken.add(word)
        return word
    if variable.choose is not None:
        return render(rng.choice(variable.choose))
    if variable.between is not None:
        low, high = variable.between
        return rng.randrange(low, high + 1, variable.step)
    if variable.near is not None:
        return near_miss(str(render(variable.near)), rng, taken)
    if variable.image is not None:
        return image(str(render(variable.image)), rng)
    return made(variable, render)


def made(variable: Variable, render: Render) -> Any:
    """The value of a variable that is made from others, at any seed."""
    if variable.certificate is None:
        return render(variable.text)
    # here, because cryptography takes a while to load and most scenarios have no certificate
    from sandbox.simulator.certificates import make

    told = Certificate.model_validate(render(variable.certificate.model_dump()))
    first, last = (
        datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (told.begins, told.ends)
    )
    texts = make(told.host, first, last, told.issue)
    crt, key = (b64encode(text.encode()).decode() for text in texts)
    return {"crt": crt, "key": key}


def image(program: str, rng: Random) -> str:
    """An image reference as companies write them."""
    version = f"{rng.randrange(0, 9)}.{rng.randrange(0, 30)}.{rng.randrange(0, 12)}"
    form = rng.choice(["{v}", "v{v}", "{v}-alpine", "{d}.{n}"])
    day = f"2026{rng.randrange(1, 11):02}{rng.randrange(1, 28):02}"
    tag = form.format(v=version, d=day, n=rng.randrange(1, 9))
    return f"{rng.choice(POOLS['registry'])}/{program}:{tag}"


_SWAPS = (
    ("URL", "URI"), ("URI", "URL"), ("HOST", "HOSTNAME"), ("ENDPOINT", "ENDPOINTS"),
    ("API_KEY", "APIKEY"), ("SECRET", "SECRETS"), ("BROKERS", "BROKER"), ("_NAME", ""),
    ("_ID", "_IDS"), ("-size", "-sizes"), ("-limit", "-limits"), ("-code", "-codes"),
    ("-name", "-names"), ("-api", "-apis"), ("-worker", "-workers"), ("-db", "-dbs"),
)  # fmt: skip


def near_miss(word: str, rng: Random, taken: set[str]) -> str:
    """A word that a tired person takes for this one: a swapped ending, a prefix, a lost letter."""
    options = [word.replace(old, new) for old, new in _SWAPS if old in word]
    separator = "_" if word.isupper() else "-"
    options += [word + ("S" if word.isupper() else "s")] if not word.lower().endswith("s") else []
    parts = re.split(r"[-_]", word)
    if len(parts) > 1 and len(parts[0]) > 4:
        options.append(word.replace(separator, "", 1))
    options.append(f"{'APP' if word.isupper() else 'default'}{separator}{word}")
    if len(word) > 6:
        options += [word[:at] + word[at + 1 :] for at in (3, 4) if word[at].isalpha()]
    found = [option for option in options if option != word and option not in taken]
    choice = rng.choice(found)
    taken.add(choice)
    return choice
