"""Environment: variables that give a process a home of its own and no way to a real cluster."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "TMPDIR")
"""Variables of our own environment that say where programs are and how text is written."""


def private(home: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a process that lives in `home`; no setting or kubeconfig gets in."""
    kept = {name: environ[name] for name in KEPT if name in environ}
    return kept | {
        "HOME": str(home),
        "KUBECONFIG": str(home / "no-kubeconfig"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_STATE_HOME": str(home / ".local/state"),
    }
