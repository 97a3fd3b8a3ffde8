"""The YAML reader against the real kubectl: both must see the same values."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.manifest.load import ManifestError, load

KUBECTL = shutil.which("kubectl")
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed"),
]

HEAD = "apiVersion: example.dev/v1\nkind: Widget\nmetadata: {name: a}\n"
WORDS = """
y n yes No ON Off true False ~ null Null 0644 0o17 0x1F -0x10 0b101 1_000 1_0.5 1e3 12e03
08 09.5 .5 1. +7 -7 -0 00 0_7 0o9 0b2 0X1F 0B11 0O7 .2_ _1 22:22 1:30 2024-01-01 2024-01-01T00:00:00Z 1.2.3
yEs tRue 512Mi 0.25 100m 99999999999999999999 9007199254740993 1e21 'yes' "0644" a#b
=x .x v1 -a +a 1,2 0xZZ 1e 1e+ +.5 -.5 0.0 -0.0 1E5
"""


def read_by_kubectl(text: str, folder: Path) -> tuple[int, dict[str, object]]:
    """What kubectl makes of an object: `label --local` reads and prints without a server."""
    file = folder / "object.yaml"
    file.write_text(HEAD + text, encoding="utf-8")
    done = subprocess.run(
        [str(KUBECTL), "label", "--local", "-f", str(file), "seen=yes", "-o", "json"],
        capture_output=True,
        text=True,
        timeout=30,
        env={"HOME": str(folder), "KUBECONFIG": "/dev/null", "PATH": "/nonexistent"},
        check=False,
    )
    found = json.loads(done.stdout) if done.returncode == 0 else {}
    return done.returncode, found.get("spec", {}) if isinstance(found, dict) else {}


def test_words_are_read_alike(tmp_path: Path) -> None:
    lines = [f"  w{number}: {word}" for number, word in enumerate(WORDS.split())]
    text = "spec:\n" + "\n".join(lines) + "\n"
    status, theirs = read_by_kubectl(text, tmp_path)
    assert status == 0
    ours = load(HEAD + text).value
    assert isinstance(ours, dict)
    spec = ours["spec"]
    assert isinstance(spec, dict)
    for key, value in spec.items():
        # kubectl prints numbers as 64-bit floats, which loses digits beyond 2**53.
        assert (
            value == pytest.approx(theirs[key])
            if isinstance(value, float)
            else (value == theirs[key] or (isinstance(value, int) and float(value) == theirs[key]))
        ), (lines, key)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.text(alphabet="0123456789abcdefoxXBOnyYNeE+-._:", min_size=1, max_size=7),
        min_size=20,
        max_size=40,
    )
)
def test_random_words_are_read_alike(tmp_path: Path, words: list[str]) -> None:
    """Each batch is one kubectl run; words that one of the two refuses are tried alone."""
    kept = []
    for word in words:
        try:
            load(HEAD + f"spec: {{w: {word} }}\n")
        except ManifestError:
            continue
        kept.append(word)
    text = "spec:\n" + "".join(f"  w{i}: {word}\n" for i, word in enumerate(kept)) or "  {}\n"
    try:
        ours = load(HEAD + text).value
    except ManifestError:
        return
    status, theirs = read_by_kubectl(text, tmp_path)
    if status != 0 or not isinstance(ours, dict) or not isinstance(ours["spec"], dict):
        return
    for key, value in ours["spec"].items():
        assert _same(value, theirs[key]), (kept[int(key[1:])], value, theirs[key])


def _same(ours: object, theirs: object) -> bool:
    if isinstance(ours, bool) or isinstance(theirs, bool) or not isinstance(ours, int | float):
        return ours == theirs and type(ours) is type(theirs)
    return isinstance(theirs, int | float) and float(ours) == pytest.approx(float(theirs))
