"""Derived facts: statements computed in Python from distilled facts. Pure; recomputed each time."""

from __future__ import annotations

from collections.abc import Sequence

from agent.derive.access import derive_access
from agent.derive.addresses import derive_addresses
from agent.derive.autoscalers import derive_autoscalers
from agent.derive.capacity import derive_capacity
from agent.derive.changes import derive_changes
from agent.derive.containers import derive_containers
from agent.derive.cronjobs import derive_cronjobs
from agent.derive.derivation import Derivation
from agent.derive.displaced import derive_displaced
from agent.derive.health import derive_health
from agent.derive.placement import derive_placement
from agent.derive.policies import derive_policies
from agent.derive.probeports import derive_probe_ports
from agent.derive.references import derive_references
from agent.derive.resolvers import derive_resolvers
from agent.derive.services import derive_services
from agent.index import FactIndex
from tools.fact import Fact


def derive(facts: Sequence[Fact]) -> Derivation:
    """All facts with everything that follows from them, and the owner chains they tell."""
    derivation = Derivation(FactIndex(facts))
    derive_cronjobs(derivation)
    derive_probe_ports(derivation)  # tells health a wrong probe from a slow start
    derive_health(derivation)
    derive_references(derivation)
    derive_services(derivation)
    derive_resolvers(derivation)
    derive_addresses(derivation)
    derive_policies(derivation)
    derive_autoscalers(derivation)
    derive_capacity(derivation)
    derive_placement(derivation)
    derive_displaced(derivation)
    derive_changes(derivation)
    derive_containers(derivation)
    derive_access(derivation)
    return derivation
