"""The real kubectl, for tests that run it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def kubectl() -> Path:
    found = shutil.which("kubectl")
    if found is None:
        pytest.skip("kubectl is not on PATH; install it to run this test")
    binary = Path(found).resolve()
    # beside some distributions' dispatcher lies the program itself, which starts in half the time
    sibling = binary.with_name("kubectl.1.32")
    return sibling if sibling.exists() else binary
