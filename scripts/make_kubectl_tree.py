"""Writes tools/data/kubectl_tree.json.gz from a kubectl binary.

    python -m scripts.make_kubectl_tree [KUBECTL]

KUBECTL defaults to the newest `kubectl.<version>` beside the one on PATH, else that one.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.kubectl.harvest import harvest
from tools.kubectl.tree import DATA


def newest_kubectl() -> Path:
    """The newest versioned sibling of the kubectl on PATH, else that kubectl."""
    found = shutil.which("kubectl")
    if found is None:
        raise SystemExit("no kubectl on PATH")
    binary = Path(found).resolve()
    siblings = [path for path in binary.parent.glob("kubectl.*") if path.suffix[1:].isdigit()]
    return max(siblings, key=lambda path: int(path.suffix[1:]), default=binary)


def main() -> None:
    """Harvest and write."""
    binary = Path(sys.argv[1]) if len(sys.argv) > 1 else newest_kubectl()
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "KUBECONFIG": "/dev/null", "PATH": "/nonexistent"}

        def run(*argv: str) -> str:
            done = subprocess.run(
                [binary, *argv],
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
            )
            # the default of --cache-dir is a path of this machine
            return done.stdout.replace(home, "~")

        version = json.loads(run("version", "--client", "-o", "json"))["clientVersion"][
            "gitVersion"
        ]
        tree = harvest(
            lambda path: run("options") if path == ("options",) else run(*path, "--help"),
            version=version,
        )
    text = json.dumps(tree.to_json(), separators=(",", ":"))
    (DATA / "kubectl_tree.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    flags = sum(len(command.own) for command in tree)
    print(f"{tree.program} {tree.version}: {len(tree) - 1} commands, {flags} flags")


if __name__ == "__main__":
    main()
