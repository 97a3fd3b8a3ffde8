"""Patches, server-side apply and managedFields, as the API server does them. Pure: no store, no engine."""

from sandbox.simulator.patching.apply import applied
from sandbox.simulator.patching.managed import updated
from sandbox.simulator.patching.merge import merged
from sandbox.simulator.patching.patch import patched

__all__ = ["applied", "merged", "patched", "updated"]
