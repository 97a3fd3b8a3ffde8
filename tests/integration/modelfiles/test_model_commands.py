"""`magos-agent model` as a process: environment variables, kills, full disks, exit statuses."""

from __future__ import annotations

import json
import random
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.simulator.tls import create_identity
from tests.console import SCRIPT, Console
from tests.hub_server import HubServer, Proxy

pytestmark = pytest.mark.integration
FILE = "magos-k8s-0.6b-q8_0.gguf"
CONTENT = b"GGUF" + random.Random(3).randbytes(3_000_000)
Answer = tuple[int, str, str]


class Command:
    """Runs `magos-agent model`; HF_ENDPOINT is the hub's."""

    def __init__(self, home: Path, hub: HubServer) -> None:
        self.console = Console(home)
        self.environment = {**self.console.environment, "HF_ENDPOINT": hub.url}
        self.environment["HF_HOME"] = str(home / "hf")

    def start(
        self, *words: str, before: Callable[[], None] | None = None, **more: str
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [SCRIPT, "model", *words],
            env={**self.environment, **more},
            cwd=self.console.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,
        )

    def __call__(
        self, *words: str, before: Callable[[], None] | None = None, **more: str
    ) -> Answer:
        with self.start(*words, before=before, **more) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer() as server:
        server.publish("v8", FILE, CONTENT)
        yield server


@pytest.fixture
def model(hub: HubServer, tmp_path: Path) -> Command:
    return Command(tmp_path, hub)


def test_the_life_of_a_file(model: Command, hub: HubServer, tmp_path: Path) -> None:
    status, out, err = model("path")
    assert (status, out) == (1, "")
    assert "hint: get it with: magos-agent model pull" in err
    assert model("verify")[0] == 1
    status, out, err = model("pull")
    assert status == 0, err
    path = Path(out.strip())
    assert path.read_bytes() == CONTENT
    assert path.is_relative_to(tmp_path / "hf" / "hub")
    assert "pulled and verified" in err
    assert "\x1b" not in err, "no bar without a terminal"
    assert model("path")[:2] == (0, f"{path}\n")
    assert model("verify")[:2] == (0, f"ok     {FILE} v8  {path}\n")
    status, out, _ = model("list", "-o", "json")
    first = json.loads(out)["models"][0]
    assert (status, first["state"], first["path"]) == (0, "here", str(path))
    assert first["pin"]["commit"] == hub.commits["v8"]
    assert "here" in model("list")[1]
    path.write_bytes(CONTENT[:-1] + b"!")
    status, out, _ = model("verify", "-o", "json")
    assert status == 1
    assert json.loads(out)["files"][0]["ok"] is False
    assert model("path")[0] == 1
    status, out, err = model("pull", "-q")
    assert (status, err) == (0, "")
    assert model("verify", "q8_0")[0] == 0
    assert model("verify", "f16")[0] == 1


def test_a_killed_pull_goes_on(model: Command, hub: HubServer, tmp_path: Path) -> None:
    hub.pace = 0.005
    process = model.start("pull")
    with process:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            left = list((tmp_path / "hf").rglob("*.incomplete"))
            if left and left[0].stat().st_size > 1_000_000:
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
    assert model("path")[0] == 1, "a half file is never used"
    hub.pace = 0.0
    before = len(hub.downloads)
    status, _, err = model("pull")
    assert (status, "pulled the rest and verified" in err) == (0, True)
    asked = hub.downloads[before:]
    assert len(asked) == 1
    assert int((asked[0].range or "")[6:-1]) > 1_000_000
    assert model("verify")[0] == 0


def test_ctrl_c_keeps_what_came(model: Command, hub: HubServer, tmp_path: Path) -> None:
    hub.pace = 0.02  # more than ten seconds for the whole
    with model.start("pull") as process:
        deadline = time.monotonic() + 30
        while not list((tmp_path / "hf").rglob("*.incomplete")) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run it again to go on" in err
    assert "Traceback" not in err


def test_a_full_disk_amid_the_download(model: Command) -> None:
    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))

    status, out, err = model("pull", before=small_files)
    assert (status, out) == (1, "")
    assert "no space left" in err
    assert "MAGOS_MODELS_DIR" in err
    assert model("pull")[0] == 0  # and it goes on when there is room


def test_a_proxy_is_used(model: Command, hub: HubServer) -> None:
    with Proxy(hub) as proxy:
        status, _, err = model(
            "pull", HF_ENDPOINT="http://hub.invalid", HTTP_PROXY=proxy.url, NO_PROXY=""
        )
        assert status == 0, err
        assert proxy.seen[0].startswith("HEAD http://hub.invalid/clglavan/")
        assert len(proxy.seen) == 3  # what is it, where is it, the file


def test_a_proxy_that_refuses_is_named(model: Command, hub: HubServer) -> None:
    with Proxy(hub, tunnels=False) as proxy:
        status, _, err = model(
            "pull", HF_ENDPOINT="https://hub.invalid", HTTPS_PROXY=proxy.url, NO_PROXY=""
        )
        assert proxy.seen == ["CONNECT hub.invalid:443"]
    assert status == 1
    assert "error: the proxy or the address is refused" in err
    assert "HTTPS_PROXY" in err


def test_https_through_a_proxy_with_certificates_of_ones_own(
    model: Command, tmp_path: Path
) -> None:
    identity = create_identity()
    (tmp_path / "ca.pem").write_bytes(identity.ca_pem)
    with HubServer(identity.context) as hub, Proxy(hub) as proxy:
        hub.publish("v8", FILE, CONTENT)
        model.environment |= {"HF_ENDPOINT": hub.url, "HTTPS_PROXY": proxy.url, "NO_PROXY": ""}
        status, _, err = model("pull")
        assert status == 1
        assert "certificate" in err
        assert "SSL_CERT_FILE" in err
        status, out, err = model("pull", SSL_CERT_FILE=str(tmp_path / "ca.pem"))
        assert status == 0, err
        assert Path(out.strip()).read_bytes() == CONTENT
        assert set(proxy.seen) == {f"CONNECT 127.0.0.1:{hub.port}", f"CONNECT localhost:{hub.port}"}


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "nonsense://x", "http://[::"])
def test_a_proxy_that_cannot_be_spoken_to_is_no_crash(model: Command, proxy: str) -> None:
    status, _, err = model(
        "pull", HF_ENDPOINT="https://hub.invalid", HTTPS_PROXY=proxy, NO_PROXY=""
    )
    assert status == 1
    assert "HTTPS_PROXY" in err
    assert "bug" not in err


def test_offline(model: Command, hub: HubServer) -> None:
    status, _, err = model("pull", HF_HUB_OFFLINE="1")
    assert status == 1
    assert "error: HF_HUB_OFFLINE forbids" in err
    assert model("pull")[0] == 0
    asked = len(hub.asked)
    status, _, err = model("pull", HF_HUB_OFFLINE="1")
    assert status == 0
    assert "note: not compared with the hub" in err
    # a copied cache serves another user without a network
    other = str(model.console.home / "other")
    status, _, err = model("pull", HF_HUB_OFFLINE="1", MAGOS_STATE_DIR=other)
    assert status == 0
    assert "found in the cache, verified and pinned" in err
    assert len(hub.asked) == asked


def test_the_models_folder_of_the_settings_goes_first(model: Command, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    status, out, _ = model("pull", MAGOS_MODELS_DIR=str(folder))
    assert status == 0
    assert Path(out.strip()).is_relative_to(folder)
    assert not (tmp_path / "hf" / "hub").exists()


def test_a_changed_file_and_accept_new(model: Command, hub: HubServer) -> None:
    assert model("pull")[0] == 0
    hub.publish("v8", FILE, b"GGUF new")
    status, _, err = model("pull")
    assert status == 1
    assert "has changed on the hub" in err
    assert "--accept-new" in err
    status, out, _ = model("pull", "--accept-new")
    assert status == 0
    assert Path(out.strip()).read_bytes() == b"GGUF new"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["pull", "q8"], 2, "did you mean q8_0?"),
        (["pull", "--revision", "v4"], 1, "has no revision v4"),
        (["pull", "--revision", "../v8"], 1, "is no revision"),
        (["pull", "f16"], 1, "has no magos-k8s-0.6b-f16.gguf at revision v8"),
        (["path", "--revision", "v7"], 1, "(v7) has not been pulled"),
    ],
)
def test_wrong_words(model: Command, words: list[str], status: int, said: str) -> None:
    got, out, err = model(*words)
    assert (got, out) == (status, "")
    assert said in err


def test_without_the_hubs_package(model: Command, tmp_path: Path) -> None:
    """`list`, `path` and `verify` work without it; `pull` says what to install."""
    assert model("pull")[0] == 0
    shadow = tmp_path / "shadow" / "huggingface_hub"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text("raise ImportError('not here')")
    model.environment["PYTHONPATH"] = str(shadow.parent)
    for words in (["list"], ["path"], ["verify"]):
        assert model(*words)[0] == 0
    status, _, err = model("pull", "q4_k_m")
    assert status == 1
    assert "pip install 'magos-agent[local]'" in err


def test_doctor_says_which_files_are_here(model: Command) -> None:
    def weights() -> dict[str, str]:
        done = subprocess.run(
            [SCRIPT, "doctor", "-o", "json"],
            env=model.environment,
            cwd=model.console.work,
            capture_output=True,
            text=True,
            timeout=60,
        )
        checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
        found: dict[str, str] = checks["weights"]
        return found

    assert "magos-k8s-0.6b not pulled; nano not packaged" in weights()["detail"]
    assert "magos-agent model pull" in weights()["fix"]
    assert model("pull")[0] == 0
    assert "magos-k8s-0.6b q8_0 v8 here" in weights()["detail"]
    assert "model pull" not in weights()["fix"]
