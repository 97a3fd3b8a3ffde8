"""process.start with real children: output, time, cancellation, memory, orphans, environment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.errors import ProgramError
from tools.output import Output
from tools.process import Overflow, Program, start

pytestmark = pytest.mark.integration
MIB = 1024 * 1024
Child = Callable[..., Output]


@pytest.fixture
def child(tmp_path: Path) -> Child:
    """Runs Python source as if it were kubectl."""

    def run(
        source: str,
        *words: str,
        timeout: float = 10,
        cap: int = MIB,
        cancel: threading.Event | None = None,
        overflow: Overflow = "ends",
        env: dict[str, str] | None = None,
    ) -> Output:
        program = tmp_path / "kubectl"
        program.write_text(f"#!{sys.executable} -S\n{source}")
        program.chmod(0o755)
        return start(
            Program.kubectl,
            [str(program), *words],
            env={"PATH": "/nonexistent"} if env is None else env,
            cwd=tmp_path,
            timeout=timeout,
            cap_bytes=cap,
            cancel=cancel,
            overflow=overflow,
        )

    return run


def alive(pid: int) -> bool:
    """Whether a process still runs (a zombie that waits for init does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone(pid: int, within: float = 3.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False


def test_streams_and_exit_status(child: Child) -> None:
    output = child("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (output.exit_code, output.stdout, output.stderr) == (3, "out\n", "err\n")
    assert not output.truncated
    assert not output.timed_out


def test_arguments_arrive_as_they_are(child: Child) -> None:
    words = ["a b", "$(id)", "; rm x", "*", "", "é"]
    output = child("import sys, json; print(json.dumps(sys.argv[1:]))", *words)
    assert json.loads(output.stdout) == words


def test_environment_stdin_session_and_umask(child: Child) -> None:
    source = (
        "import os, sys, json\n"
        "mask = os.umask(0)\n"
        "print(json.dumps([dict(os.environ), sys.stdin.read(), os.getsid(0) == os.getpid(), mask]))"
    )
    env = {"PATH": "/nonexistent", "LANG": "C.UTF-8"}
    seen, stdin, own_session, mask = json.loads(child(source, env=env).stdout)
    assert {key: value for key, value in seen.items() if key != "LC_CTYPE"} == env
    assert stdin == ""
    assert own_session
    assert mask == 0o077


def test_no_descriptor_leaks_into_the_child(child: Child, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        output = child("import os; print(sorted(os.listdir('/proc/self/fd')))")
    assert eval(output.stdout) == ["0", "1", "2", "3"]  # 3 is the listing itself


def test_limits_are_set(child: Child) -> None:
    source = (
        "import resource, time\ntime.sleep(0.2)\n"
        "print([resource.getrlimit(getattr(resource, n))[1] for n in\n"
        "  ('RLIMIT_CPU', 'RLIMIT_NOFILE', 'RLIMIT_CORE', 'RLIMIT_FSIZE')])"
    )
    assert eval(child(source).stdout) == [30, 256, 0, 16 * MIB]


def test_100_mb_keep_memory_and_both_ends(child: Child) -> None:
    source = (
        "import sys\nline = b'x' * 99 + b'\\n'\nsys.stdout.buffer.write(b'first line\\n')\n"
        "for i in range(1000): sys.stdout.buffer.write(line * 1000)\n"
        "sys.stdout.buffer.write(b'last line\\n')"
    )
    before = _rss()
    peak = [0]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.01):
            peak[0] = max(peak[0], _rss())

    watcher = threading.Thread(target=watch)
    watcher.start()
    output = child(source, cap=256 * 1024, timeout=20)
    stop.set()
    watcher.join()
    assert output.exit_code == 0
    assert output.truncated
    assert output.stdout.startswith("first line\n")
    assert output.stdout.endswith("last line\n")
    assert "bytes left out" in output.stdout
    assert len(output.stdout) <= 256 * 1024 + 100
    assert peak[0] - before < 64 * MIB


def _rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_overflow_can_stop_the_child(child: Child) -> None:
    source = "import sys\nwhile True: sys.stdout.write('{\"a\": 1}' * 1000)"
    output = child(source, cap=MIB, overflow="stop", timeout=20)
    assert output.exit_code is None
    assert output.truncated
    assert not output.timed_out
    assert output.duration_ms < 15_000


def test_invalid_utf8_becomes_replacement_characters(child: Child) -> None:
    source = r"import sys; sys.stdout.buffer.write(b'a\xff\xfe\xc0\xaf\xed\xa0\x80z\n' * 5000)"
    output = child(source)
    assert output.stdout.startswith("a\ufffd")
    assert output.stdout.endswith("z\n")


def test_timeout_ends_a_polite_child_at_once(child: Child) -> None:
    output = child("import time; print('began', flush=True); time.sleep(60)", timeout=0.5)
    assert output.timed_out
    assert output.exit_code is None
    assert output.stdout == "began\n"
    assert output.duration_ms < 2000


def test_timeout_kills_a_child_that_ignores_term(child: Child) -> None:
    source = (
        "import signal, time, os\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print(os.getpid(), flush=True)\ntime.sleep(60)"
    )
    output = child(source, timeout=0.5)
    assert output.timed_out
    assert 2000 <= output.duration_ms < 5000
    assert gone(int(output.stdout))


FORKS = (
    "import os, signal, sys, time\n"
    "pid = os.fork()\n"
    "if pid == 0:\n"
    "    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "    time.sleep(60)\n"
    "print(pid, flush=True)\n"
)


def test_timeout_leaves_no_orphans(child: Child) -> None:
    output = child(FORKS + "time.sleep(60)", timeout=0.5)
    assert output.timed_out
    assert gone(int(output.stdout))


def test_normal_end_leaves_no_orphans_and_does_not_wait_for_them(child: Child) -> None:
    output = child(FORKS + "os._exit(0)", timeout=20)
    assert output.exit_code == 0
    assert output.duration_ms < 5000
    assert gone(int(output.stdout))


def test_cancellation(child: Child) -> None:
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    output = child("import time; time.sleep(60)", cancel=cancel)
    assert output.exit_code is None
    assert not output.timed_out
    assert output.duration_ms < 2500


def test_death_by_signal_has_no_exit_status(child: Child) -> None:
    assert child("import os, signal; os.kill(os.getpid(), signal.SIGKILL)").exit_code is None


def test_closed_pipes_do_not_end_the_wait(child: Child) -> None:
    output = child("import os, time; os.close(1); os.close(2); time.sleep(0.3); os._exit(7)")
    assert output.exit_code == 7


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "absolute"),
        (["kubectl", "get"], "absolute"),
        (["/bin/sh", "-c", "id"], "not named like kubectl"),
        (["/usr/bin/kubectl-foo"], "not named like kubectl"),
        (["/nonexistent/kubectl"], "cannot start"),
    ],
)
def test_only_the_named_program_by_its_absolute_path(
    argv: list[str], says: str, tmp_path: Path
) -> None:
    with pytest.raises(ProgramError, match=says):
        start(Program.kubectl, argv, env={}, cwd=tmp_path, timeout=1, cap_bytes=10)


def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    broken = tmp_path / "kubectl"
    broken.write_bytes(b"\x00\x01 not a program")
    broken.chmod(0o755)
    with pytest.raises(ProgramError, match="cannot start"):
        start(Program.kubectl, [str(broken)], env={}, cwd=tmp_path, timeout=1, cap_bytes=10)


def test_many_threads_at_once(child: Child, tmp_path: Path) -> None:
    child("import sys; print(sys.argv[1])", "warm up")
    outputs: list[str] = []

    def work(number: int) -> None:
        output = start(
            Program.kubectl,
            [str(tmp_path / "kubectl"), str(number)],
            env={},
            cwd=tmp_path,
            timeout=20,
            cap_bytes=100,
        )
        outputs.append(output.stdout.strip())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outputs) == [str(number) for number in range(8)]


def test_interrupt_ends_the_child(child: Child, tmp_path: Path) -> None:
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    source = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
    with pytest.raises(KeyboardInterrupt):
        child(source + "time.sleep(60)", timeout=20)
    assert gone(int((tmp_path / "pid").read_text()))


def test_words_said_at_the_last_moment_are_heard(
    child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child writes and ends just after its pipes were found empty, and before it is asked after."""

    def exited_by_now(process: subprocess.Popen[bytes], wait: float) -> bool:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        return True

    monkeypatch.setattr("tools.process._exited", exited_by_now)
    output = child("import time; time.sleep(0.3); print('x' * 50_000)")
    assert (output.exit_code, len(output.stdout)) == (0, 50_001)
