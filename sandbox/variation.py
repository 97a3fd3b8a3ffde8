"""Seeded variation: what a scenario's variables are for a seed, and what else is in the cluster.

Seed 0 is the recorded cluster, word for word. Every other seed draws other names and numbers, nodes,
healthy neighbours and harmless oddities. Draws are independent of each other: a variable's value
depends on the scenario, the seed and its own name (and on words already taken).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
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


def nodes(rng: Random, spread: tuple[int, int] = (1, 4)) -> list[dict[str, Any]]:
    """Machines of one make, named as one provider names them."""
    number = rng.randint(*spread)
    cpu = rng.choice([2, 4, 8])
    style = rng.choice(["worker-{n}", "node-{l}", "ip-10-0-{a}-{b}", "pool-1-{h}", "k8s-{n:02}"])
    made = []
    for index in range(number):
        name = style.format(
            n=index + 1,
            l="abcdefgh"[index],
            a=rng.randrange(1, 60),
            b=rng.randrange(2, 250),
            h="".join(rng.choice("bcdfghjkmnpqrstvwxz2456789") for _ in range(5)),
        )
        labels = {"topology.kubernetes.io/zone": f"eu-central-1{'abc'[index % 3]}"}
        memory = f"{cpu * rng.choice([2, 4])}Gi"
        made.append({"name": name, "cpu": str(cpu), "memory": memory, "labels": labels})
    return made


def bystanders(
    rng: Random, number: int, taken: set[str]
) -> tuple[list[tuple[float, dict[str, Any]]], list[dict[str, Any]]]:
    """Healthy neighbours: (age in seconds, manifest) pairs, and profiles for their programs."""
    found: list[tuple[float, dict[str, Any]]] = []
    apps: list[dict[str, Any]] = []
    for _ in range(number):
        name = rng.choice([word for word in POOLS["service"] if word not in taken])
        taken.add(name)
        reference = image(name, rng)
        age = float(rng.randrange(1500, 90_000))
        oddity = rng.choice(["plain", "plain", "probed", "slow-start", "restarted-once"])
        if oddity == "slow-start":
            age = float(rng.randrange(1500, 3300))
        apps.append(_profile(reference, oddity, rng))
        for manifest in _workload(name, reference, oddity, rng):
            found.append((age, manifest))
    if number and rng.random() < 0.4:
        name = rng.choice([word for word in POOLS["job"] if word not in taken])
        taken.add(name)
        reference = image(name, rng)
        lines = ["start", f"processed {rng.randrange(100, 9000)} rows", "done"]
        exits = {"after": float(rng.randrange(3, 40)), "code": 0, "log": lines[1:]}
        apps.append({"image": reference, "log": lines[:1], "exits": exits})
        found.append((float(rng.randrange(900, 20_000)), _finished_job(name, reference)))
    return found, apps


def _profile(reference: str, oddity: str, rng: Random) -> dict[str, Any]:
    port = 8080
    app: dict[str, Any] = {"image": reference, "listens": [port]}
    app["ready_log"] = [f"listening on :{port}"]
    if oddity == "slow-start":
        app["startup"] = float(rng.randrange(12, 25))
    if oddity == "restarted-once":
        line = "ERROR lost connection to the message broker, shutting down"
        app["exits"] = {"after": float(rng.randrange(30, 300)), "code": 1, "log": [line], "runs": 1}
    return app


def _workload(name: str, reference: str, oddity: str, rng: Random) -> list[dict[str, Any]]:
    """A Deployment, and most times a Service for it."""
    container: dict[str, Any] = {
        "name": name,
        "image": reference,
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    }
    if oddity in ("probed", "slow-start"):
        container["readinessProbe"] = {"httpGet": {"path": "/healthz", "port": 8080}}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {
        "replicas": rng.choice([1, 1, 2]),
        "selector": {"matchLabels": labels},
        "template": template,
    }
    made: list[dict[str, Any]] = [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "labels": labels},
            "spec": spec,
        }
    ]
    if rng.random() < 0.7:
        ports = [{"port": 80, "targetPort": 8080}]
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}
        made.append({**service, "spec": {"selector": labels, "ports": ports}})
    return made


def _finished_job(name: str, reference: str) -> dict[str, Any]:
    resources = {"requests": {"cpu": "10m", "memory": "16Mi"}}
    container = {"name": "run", "image": reference, "resources": resources}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 2, "template": template},
    }


_PLACEHOLDER = re.compile(r"\{\{\s*([a-zA-Z_][\w.]*)\s*(?:\|\s*(\w+)\s*)?\}\}")

_FILTERS: Mapping[str, Callable[[str], str]] = {
    "env": lambda text: text.upper().replace("-", "_"),
    "upper": str.upper,
    "lower": str.lower,
}


class TemplateError(ValueError):
    """A placeholder that names no variable or filter."""


def render(value: Any, variables: Mapping[str, Any]) -> Any:
    """Put variables into every `{{name}}` of a structure, keys included.

    A text that is one placeholder becomes the variable's value, with its type; a key whose value is
    None that way is left out. `{{name|env}}` is the name as a variable: upper case, `_` for `-`.
    Raises TemplateError.
    """
    if isinstance(value, str):
        whole = _PLACEHOLDER.fullmatch(value.strip())
        if whole:
            return _lookup(whole, variables)
        return _PLACEHOLDER.sub(lambda found: str(_lookup(found, variables)), value)
    if isinstance(value, Mapping):
        made = {
            render(key, variables): (item, render(item, variables)) for key, item in value.items()
        }
        return {key: new for key, (old, new) in made.items() if new is not None or old is None}
    if isinstance(value, list):
        return [render(item, variables) for item in value]
    return value


def _lookup(found: re.Match[str], variables: Mapping[str, Any]) -> Any:
    value: Any = variables
    for part in found[1].split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise TemplateError(f"{{{{{found[1]}}}}} names no variable defined above it")
        value = value[part]
    if found[2] is None:
        return value
    if found[2] not in _FILTERS:
        raise TemplateError(f"no filter {found[2]!r}; there are {sorted(_FILTERS)}")
    return _FILTERS[found[2]](str(value))
