"""Running promtool on rules and rule tests, in a folder of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")


class Outcome(NamedTuple):
    ok: bool
    text: str


def promtool(*arguments: str, stdin: str = "", cwd: Path | None = None) -> Outcome:
    assert PROMTOOL
    done = subprocess.run(
        [PROMTOOL, *arguments], input=stdin, capture_output=True, text=True, timeout=120, cwd=cwd
    )
    return Outcome(done.returncode == 0, done.stdout + done.stderr)


def rule_test(
    folder: Path, rules: dict[str, Any], tests: list[dict[str, Any]], interval: str = "1m"
) -> Outcome:
    """`promtool test rules`; JSON is YAML, and quicker to write."""
    (folder / "rules.yaml").write_text(json.dumps(rules))
    whole = {"rule_files": ["rules.yaml"], "evaluation_interval": interval, "tests": tests}
    (folder / "test.yaml").write_text(json.dumps(whole))
    return promtool("test", "rules", "test.yaml", cwd=folder)


def without_annotations(rules: dict[str, Any]) -> dict[str, Any]:
    """The rules, their words left out: tests then compare labels only."""
    groups = [
        {
            **group,
            "rules": [
                {k: v for k, v in rule.items() if k != "annotations"} for rule in group["rules"]
            ],
        }
        for group in rules["groups"]
    ]
    return {**rules, "groups": groups}
