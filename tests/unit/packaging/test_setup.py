"""scripts/setup.sh with a pip that only notes what it is asked: llama.cpp is tried, and may fail."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PYTHON = """#!/bin/bash
case "$*" in
*"-m venv"*) mkdir -p "${@: -1}/bin"; cp "$0" "${@: -1}/bin/python" ;;
*"-m pip"*)
    printf '%s|%s\\n' "$*" "$CMAKE_BUILD_PARALLEL_LEVEL" >>"$NOTES"
    case "$*" in *local*)
        printf '  [3/9] c++ -c model.cpp\\n'
        sleep "${COMPILES:-0}"
        [ -z "$BROKEN" ] || { echo 'CMake Error: no compiler'; exit 1; }
        touch "$NOTES.llama" ;;
    esac ;;
*"import llama_cpp"*) [ -e "$NOTES.llama" ] ;;
esac
"""
TOOLS = ("bash", "cat", "cp", "date", "dirname", "getconf", "grep", "mkdir", "sleep", "tail", "tr")


class Setup:
    """A copy of the script beside a fake Python, on a PATH with little else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        (folder / "scripts").mkdir()
        self.bin.mkdir()
        shutil.copy(ROOT / "scripts/setup.sh", folder / "scripts")
        for tool in TOOLS:
            (self.bin / tool).symlink_to(str(shutil.which(tool)))
        self.program("python3", PYTHON)
        self.program("kubectl", "#!/bin/bash\n")
        self.program("touch", '#!/bin/bash\nfor file; do : >>"$file"; done\n')
        self.program("id", "#!/bin/bash\necho 1000\n")

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def run(self, what: str = "run", **environment: str) -> subprocess.CompletedProcess[str]:
        notes = {"NOTES": str(self.folder / "notes"), "PATH": str(self.bin)}
        return subprocess.run(
            [str(self.bin / "bash"), "scripts/setup.sh", what, "venv"],
            cwd=self.folder,
            env={"HOME": str(self.folder), **notes, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def pip(self) -> list[str]:
        """The arguments of each pip so far, with the compile jobs it was told."""
        lines = (self.folder / "notes").read_text().splitlines()
        return [line.removeprefix("-m pip --disable-pip-version-check ") for line in lines]


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(tmp_path)


def test_the_base_is_installed_before_llama_and_all_cores_compile(setup: Setup) -> None:
    setup.program("c++", "#!/bin/bash\n")
    done = setup.run()
    assert done.returncode == 0, done.stderr
    assert setup.pip()[1:] == [
        "install -q -c constraints.txt -e .|",
        f"install -v -c constraints.txt -e .[local]|{os.sysconf('SC_NPROCESSORS_ONLN')}",
    ]
    assert "warning" not in done.stderr


@pytest.mark.parametrize("compiler", [True, False])
def test_without_llama_set_up_goes_on_and_says_what_is_missing(
    setup: Setup, compiler: bool
) -> None:
    if compiler:
        setup.program("c++", "#!/bin/bash\n")
    done = setup.run(BROKEN="yes")
    assert done.returncode == 0
    assert "warning: llama.cpp could not be installed" in done.stderr
    assert ("missing: a C++ compiler" in done.stderr) is not compiler
    assert "make local" in done.stderr
    assert "CMake Error: no compiler" in (setup.folder / "venv/llama-cpp.log").read_text()


def test_trying_again_tells_by_its_exit_status(setup: Setup) -> None:
    setup.run(BROKEN="yes")
    assert setup.run("local", BROKEN="yes").returncode == 1
    assert setup.run("local").returncode == 0


def test_root_gets_a_compiler_only_where_llama_is_not_there(setup: Setup) -> None:
    setup.program("id", "#!/bin/bash\necho 0\n")
    setup.program("apt-get", '#!/bin/bash\necho "apt-get $*|" >>"$NOTES"\n')
    assert setup.run().returncode == 0
    assert "apt-get install -y -qq g++|" in setup.pip()
    (setup.folder / "notes").unlink()
    assert setup.run().returncode == 0
    assert not any(line.startswith("apt-get") for line in setup.pip())


def test_a_long_compile_tells_how_far_it_is(setup: Setup) -> None:
    done = setup.run(COMPILES="3", PROGRESS_S="1")
    assert "compiling llama.cpp [3/9], " in done.stderr
