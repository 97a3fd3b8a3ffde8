"""The write path: everything that happens to an object between a request and the store."""

from sandbox.simulator.writes.options import Options
from sandbox.simulator.writes.write import Writer

__all__ = ["Options", "Writer"]
