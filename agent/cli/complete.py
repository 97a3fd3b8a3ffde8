"""Shell completion of scenario and run ids. It never fails: it only has nothing to offer."""

from __future__ import annotations


def runs(incomplete: str) -> list[str]:
    """Run ids that start so, newest first, and `latest`."""
    from agent.runs import RunStore
    from agent.settings import load
    from tools.errors import MagosError

    try:
        known = RunStore(load().state_dir).ids()
    except MagosError:
        return []
    return [name for name in ("latest", *known) if name.startswith(incomplete)]


def scenarios(incomplete: str) -> list[str]:
    """Scenario ids that start so."""
    from sandbox.scenario import ids

    return [name for name in ids() if name.startswith(incomplete)]


def clusters(incomplete: str) -> list[str]:
    """`sim:SCENARIO` for every scenario."""
    from sandbox.scenario import ids

    return [f"sim:{name}" for name in ids() if f"sim:{name}".startswith(incomplete)]


def quantisations(incomplete: str) -> list[str]:
    """Names of model files."""
    from model.catalogue import MAGOS

    names = [file.quantisation for file in MAGOS.files]
    return [name for name in names if name.startswith(incomplete)]


def revisions(incomplete: str) -> list[str]:
    """Revisions of the published model, newest first."""
    from model.catalogue import MAGOS

    return [name for name in reversed(MAGOS.revisions) if name.startswith(incomplete)]


def runbooks(incomplete: str) -> list[str]:
    """Folders of runbooks that start so."""
    from agent.runbooks import RunbookList
    from agent.settings import load
    from tools.errors import MagosError

    try:
        known = [str(root.path) for root in RunbookList(load()).roots() if root.origin == "added"]
    except MagosError:
        return []
    return [name for name in known if name.startswith(incomplete)]
