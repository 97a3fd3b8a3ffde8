"""Patches as kubectl's own copy of the API server's code applies them, without a server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sandbox.simulator.errors import ApiFailure
from sandbox.simulator.patching.combine import without_nulls
from sandbox.simulator.patching.patch import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, patched
from sandbox.simulator.resources import BY_KIND
from tests import patch_cases, real_kubectl

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(real_kubectl.best() is None, reason="no kubectl on PATH"),
]

_TYPES = {"json": JSON_PATCH, "merge": MERGE_PATCH, "strategic": STRATEGIC_PATCH}


@pytest.mark.parametrize("start", range(0, 120, 20))
def test_strategic_merge_patches_agree_with_client_go(start: int, tmp_path: Path) -> None:
    for seed in range(start, start + 20):
        rng = Random(seed)
        kind = patch_cases.kind(rng)
        lives = [patch_cases.live(rng, *kind, f"o{at}") for at in range(5)]
        _agree("strategic", lives, patch_cases.patch(rng, *kind), tmp_path, f"seed {seed}")


def test_merge_patches_agree_with_client_go(tmp_path: Path) -> None:
    for seed in range(25):
        rng = Random(f"merge-{seed}")
        kind = patch_cases.kind(rng)
        lives = [patch_cases.live(rng, *kind, f"o{at}") for at in range(5)]
        _agree("merge", lives, patch_cases.patch(rng, *kind), tmp_path, f"seed {seed}")


def test_json_patches_agree_with_client_go(tmp_path: Path) -> None:
    for seed in range(100):
        rng = Random(f"json-{seed}")
        kind = patch_cases.kind(rng)
        live = patch_cases.live(rng, *kind, "o0")
        _agree("json", [live], patch_cases.operations(rng, live), tmp_path, f"seed {seed}")


def _agree(how: str, lives: list[dict[str, Any]], patch: Any, folder: Path, case: str) -> None:
    theirs, said = _kubectl(how, lives, patch, folder)
    ours, failures = [], []
    for live in lives:
        row = BY_KIND[(live["apiVersion"], live["kind"])]
        try:
            ours.append(patched(live, json.dumps(patch).encode(), _TYPES[how], row))
        except ApiFailure as failure:
            failures.append(failure)
    context = f"{case}: {patch_cases.compact(patch)}\n{said}"
    # kubectl goes on with nulls where the server decodes the object, which drops them.
    assert [without_nulls(one) for one in ours] == [without_nulls(one) for one in theirs], context
    assert bool(failures) == bool(said), context
    if failures and how == "strategic":
        # Which of several mistakes is met first depends on Go's random order of maps.
        assert any(failure.message.split("\n")[0] in said for failure in failures), context


def _kubectl(
    how: str, lives: list[dict[str, Any]], patch: Any, folder: Path
) -> tuple[list[Any], str]:
    binary = real_kubectl.best()
    assert binary is not None
    file = folder / "objects.json"
    listed = {"apiVersion": "v1", "kind": "List", "items": lives}
    file.write_text(json.dumps(listed), encoding="utf-8")
    argv = [str(binary), "patch", "--local", "-f", str(file), f"--type={how}", "-o", "json"]
    done = subprocess.run(
        [*argv, "-p", json.dumps(patch)],
        env={"HOME": str(folder), "KUBECONFIG": os.devnull, "PATH": os.devnull},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return _documents(done.stdout), done.stderr


def _documents(text: str) -> list[Any]:
    decoder = json.JSONDecoder()
    found, at = [], 0
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        found.append(value)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found
