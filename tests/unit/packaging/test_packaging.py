"""The five import packages are ours alone, and what the wheel ships is what the code needs."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("agent", "tools", "model", "training", "sandbox")


@pytest.mark.parametrize("name", PACKAGES)
def test_no_other_distribution_owns_the_import_package(name: str) -> None:
    owners = importlib.metadata.packages_distributions().get(name, [])
    assert set(owners) <= {"magos-agent"}


@pytest.mark.slow
def test_the_wheel_holds_the_five_packages_and_their_data(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    for data in (
        "tools/data/facts.yaml",
        "tools/data/kubectl_policy.json",
        "tools/data/kubectl_tree.json.gz",
        "agent/playbooks/config.yaml",
        "sandbox/scenarios/crash-missing-env.yaml",
    ):
        assert data in names
    metadata = next(name for name in names if name.endswith(".dist-info/METADATA"))
    wants = zipfile.ZipFile(wheel).read(metadata).decode()
    for needed in ("llama-cpp-python", "llguidance", "huggingface-hub"):
        assert re.search(rf"^Requires-Dist: {needed}\b.*; extra == 'local'$", wants, re.M)


def test_importing_the_packages_has_no_effect_and_is_light() -> None:
    code = (
        "import sys, agent, tools, model, training, sandbox, agent.cli\n"
        "heavy = [m for m in ('langgraph', 'kubernetes', 'torch', 'llama_cpp', 'uvicorn') if m in sys.modules]\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
