"""Scenarios: a cluster, what breaks it, what shows, and what a right answer is.

A scenario file (sandbox/scenarios/*.yaml) is read into a Scenario; with a seed it becomes a
ScenarioInstance, whose texts hold no placeholders any more. The same file drives the simulator and,
at seed 0, a kind cluster, because its images and commands are real there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sandbox import surroundings, variation
from sandbox.instance import Control, Expected, Neighbour, ScenarioInstance
from sandbox.placeholders import TemplateError, render
from sandbox.simulator.world import World
from sandbox.variation import Variable
from tools.errors import UsageError

FOLDER = Path(__file__).parent / "scenarios"
"""Where the scenarios are that come with the program."""
SUFFIX = ".yaml"
"""What ends like this is the path of a scenario file, not an id."""


class Scenario(BaseModel):
    """One scenario file."""

    model_config = ConfigDict(extra="forbid")

    id: str
    """Name, equal to the file's."""
    family: str
    """Family of the cause; `control` when there is none."""
    title: str
    """One line that tells what is wrong."""
    misleading: str = ""
    """What the first symptom suggests, when that is not the cause."""
    alert: dict[str, str]
    """Labels of the alert that fires, alertname among them."""
    vars: dict[str, Variable] = Field(default_factory=dict)
    """Variables, each of which may use those above it; `ns` is the namespace."""
    objects: list[dict[str, Any]]
    """Manifests, applied in order."""
    world: dict[str, Any] = Field(default_factory=dict)
    """The hidden world (sandbox.simulator.world.World); without nodes the seed draws some."""
    nodes: tuple[int, int] = (1, 4)
    """Fewest and most nodes that a seed may draw."""
    bystanders: tuple[int, int] = (0, 4)
    """Fewest and most healthy neighbours that a seed may draw."""
    then: list[str | dict[str, Any]] = Field(default_factory=list)
    """Steps after the objects are up (Step, with placeholders)."""
    settle: float | dict[str, Any]
    """Seconds from the last step to the present; a mapping draws them as a variable does."""
    symptom: str
    """CEL, true while the fault is visible; variables: sandbox.stateview."""
    resolved: str
    """CEL, true when all is well again."""
    forbidden: list[str] = Field(default_factory=list)
    """CEL, each true when a remedy did harm."""
    fixes: dict[str, Any] = Field(default_factory=dict)
    """Remedies that work and remedies that do not (Fixes, with placeholders)."""
    distractors: list[str] = Field(default_factory=list)
    """What looks suspicious and is not the cause, in words."""
    expect: Expected | None = None
    """The right conclusion; left out in a control."""
    control: Control | None = None
    """Marks a control."""
    needs: list[str] = Field(default_factory=list)
    """What a backend must offer to show this fault."""

    @model_validator(mode="after")
    def _one_outcome(self) -> Scenario:
        if (self.expect is None) == (self.control is None):
            raise ValueError("needs either expect or control")
        return self


def ids(folder: Path = FOLDER) -> list[str]:
    """The ids of all scenarios, in alphabetical order."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load(id: str, seed: int | None = None, folder: Path = FOLDER) -> ScenarioInstance:
    """A scenario with its variables drawn; seed None or 0 is the recorded cluster.

    `id` may be the path of a file of one's own, ending in `.yaml`.
    Raises UsageError: an unknown id (with the closest one), or a mistake in the file (one line with
    file and field).
    """
    scenario = read(id, folder)
    try:
        return _instance(scenario, seed or 0)
    except TemplateError as error:
        raise UsageError(f"{scenario.id}.yaml: {error}") from error
    except ValidationError as error:
        raise UsageError(f"{scenario.id}.yaml at seed {seed or 0}: {_first(error)}") from error


def read(id: str, folder: Path = FOLDER) -> Scenario:
    """The scenario file with that id, or at that path (it ends in `.yaml`), checked.

    Raises UsageError.
    """
    from tools.suggest import did_you_mean

    if id.endswith(SUFFIX):
        return _read(Path(id).resolve())
    known = ids(folder)
    if id not in known:
        near = did_you_mean(id, known)
        hint = f"{near} " if near else ""
        raise UsageError(
            f"there is no scenario named {id!r}",
            f"{hint}`magos-agent demo --list` lists all {len(known)}".strip(),
        )
    return _read(folder / f"{id}.yaml")


@cache
def _read(path: Path) -> Scenario:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe", pure=False).load(path.read_text(encoding="utf-8"))
        scenario = Scenario.model_validate(raw)
    except OSError as error:
        raise UsageError(f"scenario file {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name}: not UTF-8 text") from error
    except YAMLError as error:
        raise UsageError(f"{path.name}: not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        raise UsageError(f"{path.name}: {_first(error)}") from error
    if scenario.id != path.stem:
        raise UsageError(f"{path.name}: id: is {scenario.id!r}, but the file says {path.stem!r}")
    return scenario


def _first(error: ValidationError) -> str:
    """The first problem as `field: message`."""
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem["loc"]) or "file"
    return f"{where}: {problem['msg']}"


def _instance(scenario: Scenario, seed: int) -> ScenarioInstance:
    variables = _draw(scenario, seed)

    def put(value: Any) -> Any:
        return render(value, variables)

    namespace = str(variables.get("ns") or put(scenario.alert.get("namespace", "default")))
    world = dict(put(scenario.world))
    chance = Random(f"{scenario.id}/{seed}/surroundings")  # noqa: S311 - variety, not secrets
    taken = {str(value) for value in variables.values()}
    neighbours: list[Neighbour] = []
    if seed:
        world.setdefault("nodes", surroundings.nodes(chance, scenario.nodes))
        world.setdefault("kubelet", {"resync_in_backoff": chance.random() < 0.5})
        number = chance.randint(*scenario.bystanders)
        found, apps = surroundings.bystanders(chance, number, taken)
        neighbours = [Neighbour(age=age, manifest=manifest) for age, manifest in found]
        world["apps"] = [*world.get("apps", []), *apps]
    settle = variables["settle"] if isinstance(scenario.settle, dict) else scenario.settle
    plain = scenario.model_dump(
        include={
            "title",
            "misleading",
            "alert",
            "objects",
            "then",
            "symptom",
            "resolved",
            "forbidden",
            "fixes",
        }
        | {"distractors", "expect", "control"}
    )
    return ScenarioInstance(
        id=scenario.id,
        seed=seed,
        family=scenario.family,
        namespace=namespace,
        variables=variables,
        neighbours=neighbours,
        world=World.model_validate(world),
        settle=float(settle),
        cluster_age=1500.0 if not seed else float(chance.randrange(90_000, 9_000_000)),
        needs=scenario.needs,
        **put(plain),
    )


def _draw(scenario: Scenario, seed: int) -> dict[str, Any]:
    """The variables' values, in order; a drawn settle time is one of them."""
    variables: dict[str, Any] = {}
    # words of a pool never repeat, and never are the recorded ones
    taken = {str(variable.first) for variable in scenario.vars.values()}
    wanted = dict(scenario.vars)
    if isinstance(scenario.settle, dict):
        wanted["settle"] = Variable.model_validate(scenario.settle)
    for name, variable in wanted.items():

        def put(value: Any) -> Any:
            return render(value, variables)

        if seed == 0:
            recorded = "first" in variable.model_fields_set
            variables[name] = put(variable.first) if recorded else variation.made(variable, put)
        else:
            rng = Random(f"{scenario.id}/{seed}/{name}")  # noqa: S311 - variety, not secrets
            variables[name] = variation.draw(variable, rng, taken, put)
    return variables
