"""Flow exceptions of a run."""

from __future__ import annotations


class Interrupted(Exception):
    """The user stopped the run (Ctrl-C); what was finished is checkpointed."""
