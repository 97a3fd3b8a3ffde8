"""ScenarioInstance: a scenario told for one seed, with the types of its parts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sandbox.simulator.world import World
from tools.objects import ObjectRef


class Patch(BaseModel):
    """A merge patch (RFC 7386) of one object in the scenario's namespace."""

    model_config = ConfigDict(extra="forbid")

    object: str
    """Kind/name."""
    patch: dict[str, Any]
    """Fields to set; null removes one."""


class Wait(BaseModel):
    """Time that passes between two steps."""

    model_config = ConfigDict(extra="forbid")

    wait: float = Field(ge=0, le=30 * 86_400)
    """Seconds."""


class Apply(BaseModel):
    """A manifest, applied as `kubectl apply -f` does."""

    model_config = ConfigDict(extra="forbid")

    apply: dict[str, Any]
    """The manifest; without a namespace it goes into the scenario's."""

    @field_validator("apply")
    @classmethod
    def _identified(cls, manifest: dict[str, Any]) -> dict[str, Any]:
        """A manifest says what it is and what it is called."""
        meta = manifest.get("metadata")
        name = meta.get("name") if isinstance(meta, dict) else None
        for value in (manifest.get("apiVersion"), manifest.get("kind"), name):
            if not isinstance(value, str) or not value:
                raise ValueError("a manifest needs apiVersion, kind and metadata.name")
        return manifest


Step = str | Patch | Wait | Apply
"""kubectl arguments without `kubectl` and `-n`, or a patch, a pause, a manifest."""


class Fixes(BaseModel):
    """What clears the symptom, and what does not although it looks as if it might."""

    model_config = ConfigDict(extra="forbid")

    right: list[list[Step]] = Field(default_factory=list)
    """Each is a whole remedy: one or more steps."""
    wrong: list[list[Step]] = Field(default_factory=list)
    """Likewise; after each of them the symptom stays, or moves."""


class Expected(BaseModel):
    """The right conclusion."""

    model_config = ConfigDict(extra="forbid")

    cause: str
    """Cause id: family.cause."""
    object: str
    """Kind/namespace/name (Kind/name without a namespace) of the owner that must change."""
    also: list[str] = Field(default_factory=list)
    """Objects that may be reported as broken beside it: Kind/namespace/name or Kind/name."""

    @property
    def ref(self) -> ObjectRef:
        """The object as a reference."""
        kind, *namespace, name = self.object.split("/", 2)
        return ObjectRef(kind=kind, namespace=namespace[0] if namespace else None, name=name)


class Control(BaseModel):
    """A scenario in which nothing is to be found."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["healthy", "not_found", "inconclusive"]
    """The right verdict."""
    stripped: Literal["healthy", "not_found", "inconclusive"] | None = None
    """The right verdict when only the alert's name and namespace are known; None: the same."""
    also: list[str] = Field(default_factory=list)
    """Objects that may be named nevertheless, as not running: Kind/namespace/name."""


class Neighbour(BaseModel):
    """Something healthy that was there before."""

    age: float
    """Seconds before the present at which it was created."""
    manifest: dict[str, Any]
    """The object."""


class ScenarioInstance(BaseModel):
    """A scenario with a seed: everything said and nothing left to draw."""

    id: str
    """Scenario id."""
    seed: int
    """Seed; 0 is the recorded cluster."""
    family: str
    """Family of the cause."""
    title: str
    """One line that tells what is wrong."""
    misleading: str
    """What the first symptom suggests, wrongly; empty when it suggests nothing."""
    namespace: str
    """Namespace of the scenario's objects."""
    alert: dict[str, str]
    """Labels of the alert."""
    variables: dict[str, Any]
    """What was drawn."""
    objects: list[dict[str, Any]]
    """Manifests, in order."""
    neighbours: list[Neighbour]
    """Healthy objects of the same namespace."""
    world: World
    """The hidden world."""
    then: list[Step]
    """What happens after the objects are up."""
    settle: float
    """Seconds from the last step to the present."""
    cluster_age: float
    """Seconds from the cluster's creation to that of the oldest object."""
    symptom: str
    """CEL, true while the fault is visible."""
    resolved: str
    """CEL, true when all is well."""
    forbidden: list[str]
    """CEL, each true when a remedy did harm."""
    fixes: Fixes
    """Remedies."""
    distractors: list[str]
    """What looks suspicious and is not the cause."""
    expect: Expected | None
    """The right conclusion."""
    control: Control | None
    """The right verdict of a control."""
    needs: list[str]
    """What a backend must offer."""
