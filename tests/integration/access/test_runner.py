"""Runner: the real kubectl against a real HTTPS server, and a stand-in that shows what it is given."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.errors import ProgramError
from tools.kubeconfig import ClusterAccess, open_access
from tools.kubectl.policy import PolicyScope
from tools.ladder import Ladder
from tools.move import Move
from tools.process import Program, best_kubectl, find
from tools.redact import Redactor
from tools.retry import classify
from tools.runner import Refused, Runner, clip_lines, help_text

from .conftest import GOOD_TOKEN, Server

pytestmark = pytest.mark.integration
SCOPE = PolicyScope(frozenset({"shop"}))
needs_kubectl = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="kubectl is not on PATH: install it"
)


@pytest.fixture(scope="module")
def ladder() -> Ladder:
    return Ladder.packed()


@pytest.fixture
def access(server: Server, tmp_path: Path) -> Iterator[ClusterAccess]:
    config = server.kubeconfig(tmp_path, {"token": GOOD_TOKEN})
    with open_access(config, None, tmp_path / "run", {"HTTPS_PROXY": "http://p"}) as access:
        yield access


def runner(
    kubectl: Path, access: ClusterAccess, ladder: Ladder, folder: Path, **extra: object
) -> Runner:
    return Runner(kubectl, access, ladder, SCOPE, folder / "run", redactor=Redactor(), **extra)  # type: ignore[arg-type]


@pytest.fixture
def real(access: ClusterAccess, ladder: Ladder, tmp_path: Path) -> Runner:
    return runner(best_kubectl(find(Program.kubectl), "v1.33.0"), access, ladder, tmp_path)


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A program called kubectl that runs the Python source in the file beside it."""
    path = tmp_path / "bin" / "kubectl"
    path.parent.mkdir()
    path.write_text(f"#!{sys.executable} -S\nexec(open(__file__ + '.source').read())\n")
    path.chmod(0o755)
    return path


def says(stand_in: Path, source: str) -> None:
    stand_in.with_name("kubectl.source").write_text(source)


def move(ladder: Ladder, line: str) -> Move:
    judged = ladder.judge(line, SCOPE)
    assert judged.move is not None, judged.verdict
    return judged.move


@needs_kubectl
def test_real_kubectl_reads_and_its_secrets_are_masked(
    real: Runner, ladder: Ladder, server: Server
) -> None:
    output = real.execute(move(ladder, "kubectl get pods -n shop -o json"), 20)
    assert output.exit_code == 0, output.stderr
    pod = json.loads(output.stdout)["items"][0]
    env = pod["spec"]["containers"][0]["env"][0]
    assert env["name"] == "DB_PASSWORD"
    assert env["value"].startswith("<redacted:")
    assert all(asked.method == "GET" for asked in server.asked)
    assert all(f"Bearer {GOOD_TOKEN}" in asked.headers.values() for asked in server.asked)


@needs_kubectl
@pytest.mark.parametrize("style", ["yaml", "jsonpath={.spec.containers[*].env}"])
def test_real_kubectl_other_styles(real: Runner, ladder: Ladder, style: str) -> None:
    output = real.execute(move(ladder, f"kubectl get pod web -n shop -o {style}"), 20)
    assert output.exit_code == 0, output.stderr
    assert "DB_PASSWORD" in output.stdout
    assert "hunter2" not in output.stdout


@needs_kubectl
def test_bare_values_are_masked_whole(real: Runner, ladder: Ladder) -> None:
    line = "kubectl get pod web -n shop -o jsonpath={.spec.containers[*].env[*].value}"
    output = real.execute(move(ladder, line), 20)
    assert output.exit_code == 0, output.stderr
    assert output.stdout.startswith("<redacted:")


@needs_kubectl
def test_real_kubectl_errors_are_classified(real: Runner, ladder: Ladder, server: Server) -> None:
    missing = real.execute(move(ladder, "kubectl get pod nope -n shop"), 20)
    assert classify(missing).action == "not-found"
    server.accepts.clear()
    refused = real.execute(move(ladder, "kubectl get pod web -n shop"), 20)
    assert classify(refused).action == "unauthorized", refused.stderr


@needs_kubectl
def test_dispatcher_works_without_a_path(
    access: ClusterAccess, ladder: Ladder, tmp_path: Path
) -> None:
    plain = runner(find(Program.kubectl), access, ladder, tmp_path)
    output = plain.execute(move(ladder, "kubectl get pod web -n shop"), 20)
    assert output.exit_code == 0, output.stderr


@needs_kubectl
def test_help_needs_no_cluster(tmp_path: Path) -> None:
    kubectl = best_kubectl(find(Program.kubectl), None)
    assert "--output" in help_text(kubectl, tmp_path, ("get",))
    assert "--kubeconfig" in help_text(kubectl, tmp_path, ("options",))
    with pytest.raises(ProgramError):
        help_text(kubectl, tmp_path, ("--kubeconfig=x",))


def test_child_gets_this_environment_and_no_more(
    stand_in: Path,
    access: ClusterAccess,
    ladder: Ladder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("KUBECTL_EXTERNAL_DIFF", "HTTPS_PROXY", "LD_PRELOAD_X", "KUBE_EDITOR"):
        monkeypatch.setenv(name, "evil")
    says(
        stand_in,
        "import os, sys, json\n"
        "print(json.dumps([dict(os.environ), sys.argv[1:], os.getcwd(), os.listdir()]))",
    )
    used = runner(stand_in, access, ladder, tmp_path)
    output = used.execute(move(ladder, "kubectl get pods -n shop -o json"), 20)
    env, argv, cwd, files = json.loads(output.stdout)
    env.pop("LC_CTYPE", None)  # Python's own
    assert env == {
        "PATH": "/nonexistent",
        "HOME": str(tmp_path / "run" / "home"),
        "KUBECONFIG": str(access.kubeconfig),
        "KUBERC": "off",
        "KUBECTL_KUBERC": "false",
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
    }
    assert argv[:2] == ["get", "pods"]
    assert not any(GOOD_TOKEN in word or "token" in word for word in argv)
    assert (cwd, files) == (str(tmp_path / "run" / "empty"), [])


@pytest.mark.parametrize(
    "changed",
    [
        {"command": ("delete",)},
        {"flags": {"kubeconfig": "/evil"}},
        {"namespace": "kube-system"},
        {"kind": "manifest"},
        {"kind": "names"},
        {"args": ("--server=https://evil",)},
    ],
)
def test_a_move_is_judged_again(
    stand_in: Path,
    access: ClusterAccess,
    ladder: Ladder,
    tmp_path: Path,
    changed: dict[str, object],
) -> None:
    says(stand_in, f"open({str(tmp_path / 'ran')!r}, 'w')")
    used = runner(stand_in, access, ladder, tmp_path)
    forged = move(ladder, "kubectl get pods -n shop").model_copy(update=changed)
    with pytest.raises(Refused):
        used.execute(forged, 5)
    assert not (tmp_path / "ran").exists()


def test_own_token_never_comes_back(
    stand_in: Path, access: ClusterAccess, ladder: Ladder, tmp_path: Path
) -> None:
    says(
        stand_in,
        "import os, sys\nfolder = os.path.dirname(os.environ['KUBECONFIG'])\n"
        "token = open(folder + '/token').read()\nprint('sent', token)\n"
        "print('with', token, file=sys.stderr)\nsys.exit(1)",
    )
    used = runner(stand_in, access, ladder, tmp_path)
    output = used.execute(move(ladder, "kubectl get pods -n shop"), 5)
    assert output.stdout.startswith("sent <redacted:")
    assert output.stderr.startswith("with <redacted:")


def test_huge_json_is_stopped_and_flagged(
    stand_in: Path, access: ClusterAccess, ladder: Ladder, tmp_path: Path
) -> None:
    says(stand_in, "import sys\nwhile True: sys.stdout.write('{\"items\": [' + '1,' * 50000)")
    used = runner(stand_in, access, ladder, tmp_path)
    output = used.execute(move(ladder, "kubectl get pods -n shop -o json"), 20)
    assert output.truncated
    assert not output.timed_out
    assert output.exit_code is None


def test_long_lines_are_cut_in_logs_and_not_in_json(
    stand_in: Path, access: ClusterAccess, ladder: Ladder, tmp_path: Path
) -> None:
    says(stand_in, "import json; print(json.dumps({'a': 'x' * 9000}))")
    used = runner(stand_in, access, ladder, tmp_path)
    log = used.execute(move(ladder, "kubectl logs web -n shop"), 5)
    assert log.stdout.endswith("[... line cut]\n")
    assert len(log.stdout) < 4200
    document = used.execute(move(ladder, "kubectl get pods -n shop -o json"), 5)
    assert len(json.loads(document.stdout)["a"]) == 9000


def test_log_that_reached_its_byte_limit_loses_its_half_line(
    stand_in: Path, access: ClusterAccess, ladder: Ladder, tmp_path: Path
) -> None:
    says(
        stand_in,
        "import sys\nlimit = int([a for a in sys.argv if 'limit-bytes' in a][0].split('=')[1])\n"
        "sys.stdout.write(('fine\\n' * limit)[:limit - 20] + '\\nkey AKIAABCDEFGHI'[:20].ljust(20, 'J'))",
    )
    used = runner(stand_in, access, ladder, tmp_path)
    output = used.execute(move(ladder, "kubectl logs web -n shop"), 10)
    assert output.truncated
    assert "AKIA" not in output.stdout
    assert output.stdout.endswith("\n")


def test_promtool_needs_a_server_and_shows_no_password(
    stand_in: Path, access: ClusterAccess, ladder: Ladder, tmp_path: Path
) -> None:
    query = move(ladder, "promtool query instant 'up{namespace=\"shop\"}'")
    with pytest.raises(ProgramError, match="no Prometheus"):
        runner(stand_in, access, ladder, tmp_path).execute(query, 5)
    secret = runner(
        stand_in,
        access,
        ladder,
        tmp_path,
        promtool=tmp_path / "promtool",
        prometheus_url="http://u:p@127.0.0.1:9090",
    )
    with pytest.raises(ProgramError, match="password"):
        secret.execute(query, 5)


def test_clip_lines() -> None:
    assert clip_lines("short\nlines") == "short\nlines"
    clipped = clip_lines("a" * 5000 + "\nb")
    assert clipped == "a" * 4096 + " [... line cut]\nb"
