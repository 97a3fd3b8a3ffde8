"""Broken clusters: for every cause of the catalogue at least one, with what a right report says."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.simulator.world import World
from tests.clusters import Cluster


@dataclass(frozen=True)
class Broken:
    """A cluster and its right conclusion."""

    cause: str
    """Cause id."""
    object: str
    """Kind/namespace/name."""
    cluster: Cluster
    """What is there."""
    says: tuple[str, ...]
    """Words of the summary: mechanism and offending value."""
    alert: str = "KubeDeploymentReplicasMismatch"
    """Name of the alert that fires."""
    also: tuple[str, ...] = ()
    """Other broken objects that the report lists."""
    world: World = field(default_factory=World)
    """What programs use, and whether it is measured."""
