"""open_access: every kind of credential against a real HTTPS server, and every way it can fail."""

from __future__ import annotations

import base64
import json
import os
import stat
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tools.api import Api, ApiError
from tools.errors import ClusterError
from tools.kubeconfig import ClusterAccess, open_access, proxy_for

from .conftest import GOOD_TOKEN, Server, encoded

pytestmark = pytest.mark.integration


def plugin(folder: Path, body: str, **extra: Any) -> dict[str, Any]:
    """A user stanza with an exec plug-in made of shell source."""
    script = folder / "login-plugin"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "login-plugin",
            "interactiveMode": "Never",
            **extra,
        }
    }


def credential(**status: str) -> str:
    return json.dumps(
        {
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": status,
        }
    )


def environ(folder: Path) -> dict[str, str]:
    return {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder)}


def opened(config: Path, folder: Path, **options: Any) -> ClusterAccess:
    return open_access(config, None, folder / "run", environ(folder), **options)


def failure(config: Path | None, folder: Path, context: str | None = None) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        open_access(config, context, folder / "run", environ(folder))
    assert "\n" not in caught.value.message
    assert not (folder / "run" / "access").exists()
    return caught.value


def test_token(server: Server, tmp_path: Path) -> None:
    with opened(server.kubeconfig(tmp_path, {"token": GOOD_TOKEN}), tmp_path) as access:
        assert access.api.get("/version")["gitVersion"] == "v1.33.0"  # type: ignore[index, call-overload]
        assert (access.context, access.namespace) == ("main", "shop")
        assert access.server == server.url
        assert access.api.secrets() == (GOOD_TOKEN,)
        generated = yaml.safe_load(access.kubeconfig.read_text())
        assert GOOD_TOKEN not in access.kubeconfig.read_text()
        assert Path(generated["users"][0]["user"]["tokenFile"]).read_text() == GOOD_TOKEN
        for path in access.folder.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(access.folder.stat().st_mode) == 0o700
        folder = access.folder
    assert not folder.exists()
    access.close()


def test_token_file_is_read_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("old\n")
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    config = server.kubeconfig(tmp_path, {"tokenFile": "token"})
    with opened(config, tmp_path, now=lambda: now[0]) as access:
        (tmp_path / "token").write_text(f"{GOOD_TOKEN}\n")
        access.refresh_if_needed()
        assert (access.folder / "token").read_text() == "old"
        now[0] += timedelta(seconds=61)
        access.refresh_if_needed()
        assert (access.folder / "token").read_text() == GOOD_TOKEN
        access.api.get("/version")
        assert set(access.api.secrets()) == {"old", GOOD_TOKEN}


def test_unauthorized_reloads_once_then_says_so(server: Server, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("old")
    with opened(server.kubeconfig(tmp_path, {"tokenFile": "token"}), tmp_path) as access:
        (tmp_path / "token").write_text(GOOD_TOKEN)
        access.api.get("/version")  # 401, token read again, 200
        assert len(server.asked) == 2
        server.accepts.clear()
        with pytest.raises(ClusterError, match="401") as caught:
            access.api.get("/version")
        assert caught.value.reason == "unauthorized"
        assert len(server.asked) == 4


def test_client_certificate(server: Server, tmp_path: Path) -> None:
    user = {
        "client-certificate-data": encoded(server.client_cert),
        "client-key": str(server.client_key),
    }
    with opened(server.kubeconfig(tmp_path, user), tmp_path) as access:
        access.api.get("/version")
        assert server.asked[0].client == "client"
        generated = yaml.safe_load(access.kubeconfig.read_text())["users"][0]["user"]
        assert set(generated) == {"client-certificate-data", "client-key-data"}


def test_basic_auth(server: Server, tmp_path: Path) -> None:
    login = base64.b64encode(b"bob:hunter2").decode()
    server.accepts.add(f"Basic {login}")
    user = {"username": "bob", "password": "hunter2"}
    with opened(server.kubeconfig(tmp_path, user), tmp_path) as access:
        access.api.get("/version")
        assert set(access.api.secrets()) == {"hunter2", login}


def test_impersonation_is_kept(server: Server, tmp_path: Path) -> None:
    user = {"token": GOOD_TOKEN, "as": "bob", "as-groups": ["dev", "ops"]}
    with opened(server.kubeconfig(tmp_path, user), tmp_path) as access:
        access.api.get("/version")
        headers = server.asked[0].headers
        assert headers["Impersonate-User"] == "bob"
        assert "Impersonate-Group" in headers
        generated = yaml.safe_load(access.kubeconfig.read_text())["users"][0]["user"]
        assert generated["as"] == "bob"


def test_exec_plugin(server: Server, tmp_path: Path) -> None:
    body = f"test \"$LOGIN_AS\" = bob || exit 9\necho '{credential(token=GOOD_TOKEN)}'"
    user = plugin(tmp_path, body, env=[{"name": "LOGIN_AS", "value": "bob"}])
    with opened(server.kubeconfig(tmp_path, user), tmp_path) as access:
        access.api.get("/version")
        generated = access.kubeconfig.read_text()
        assert "exec:" not in generated
        assert "login-plugin" not in generated


def test_exec_plugin_by_path_beside_the_kubeconfig(server: Server, tmp_path: Path) -> None:
    user = plugin(tmp_path, f"echo '{credential(token=GOOD_TOKEN)}'", command="./login-plugin")
    config = server.kubeconfig(tmp_path, user)
    with open_access(config, None, tmp_path / "run", {"PATH": "/nonexistent"}) as access:
        access.api.get("/version")


def test_exec_plugin_is_asked_again_before_expiry(server: Server, tmp_path: Path) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=10)
    status = credential(token=GOOD_TOKEN, expirationTimestamp=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    user = plugin(tmp_path, f"echo x >> {tmp_path}/calls\necho '{status}'")
    now = [datetime.now(UTC)]
    with opened(server.kubeconfig(tmp_path, user), tmp_path, now=lambda: now[0]) as access:
        access.refresh_if_needed()
        assert (tmp_path / "calls").read_text().count("x") == 1
        now[0] = soon - timedelta(seconds=30)
        access.refresh_if_needed()
        assert (tmp_path / "calls").read_text().count("x") == 2


def test_exec_plugin_with_a_certificate(server: Server, tmp_path: Path) -> None:
    status = credential(
        clientCertificateData=server.client_cert.read_text(),
        clientKeyData=server.client_key.read_text(),
    )
    (tmp_path / "answer").write_text(status)
    user = plugin(tmp_path, f"cat {tmp_path}/answer")
    with opened(server.kubeconfig(tmp_path, user), tmp_path) as access:
        access.api.get("/version")
        assert server.asked[0].client == "client"


def test_missing_plugin_is_an_error_not_an_anonymous_user(server: Server, tmp_path: Path) -> None:
    user = plugin(tmp_path, "", command="no-such-plugin", installHint="Install it:\n  pkg add it")
    error = failure(server.kubeconfig(tmp_path, user), tmp_path)
    assert error.reason == "plugin-missing"
    assert "no-such-plugin" in error.message
    assert error.hint == "Install it: pkg add it"
    assert server.asked == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("echo 'login expired, run: tool login' >&2; echo more >&2; exit 3", "login expired"),
        ("echo this is not JSON", "failed to decode"),
        ("echo '{}'", "missing key"),
        (f"echo '{credential(user='x')}'", "neither a token nor"),
        (f"echo '{credential(clientCertificateData='x')}'", "neither a token nor"),
        (f"echo '{credential(token='x', expirationTimestamp='soon')}'", "expirationTimestamp"),
    ],
)
def test_failing_plugin(server: Server, tmp_path: Path, body: str, says: str) -> None:
    error = failure(server.kubeconfig(tmp_path, plugin(tmp_path, body)), tmp_path)
    assert error.reason == "plugin-failed"
    assert says in error.message
    assert server.asked == []


def test_hanging_plugin(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.plugin.PLUGIN_SECONDS", 0.3)
    error = failure(server.kubeconfig(tmp_path, plugin(tmp_path, "exec sleep 2")), tmp_path)
    assert "did not answer within" in error.message


def jwt(expires: datetime) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return ".".join((part({"alg": "none"}), part({"exp": int(expires.timestamp())}), "c2ln"))


def oidc(token: str) -> dict[str, Any]:
    settings = {"id-token": token, "refresh-token": "r", "client-id": "c", "client-secret": "s"}
    settings["idp-issuer-url"] = "https://127.0.0.1:1"
    return {"auth-provider": {"name": "oidc", "config": settings}}


def test_oidc_token_that_is_still_good(server: Server, tmp_path: Path) -> None:
    token = jwt(datetime.now(UTC) + timedelta(hours=1))
    server.accepts.add(f"Bearer {token}")
    config = server.kubeconfig(tmp_path, oidc(token))
    before = config.read_text()
    with opened(config, tmp_path) as access:
        access.api.get("/version")
    assert config.read_text() == before


def test_oidc_provider_that_cannot_be_reached(server: Server, tmp_path: Path) -> None:
    user = oidc(jwt(datetime.now(UTC) - timedelta(hours=1)))
    error = failure(server.kubeconfig(tmp_path, user), tmp_path)
    assert error.reason == "plugin-failed"
    assert "OIDC" in error.message


def test_removed_auth_provider(server: Server, tmp_path: Path) -> None:
    error = failure(server.kubeconfig(tmp_path, {"auth-provider": {"name": "gcp"}}), tmp_path)
    assert error.reason == "bad-kubeconfig"
    assert "1.26" in error.message


def test_stranger_certificate_is_a_tls_error(
    server: Server, tmp_path: Path, certificates: Path
) -> None:
    strange = encoded(certificates / "stranger.crt")
    config = server.kubeconfig(
        tmp_path, {"token": GOOD_TOKEN}, **{"certificate-authority-data": strange}
    )
    with opened(config, tmp_path) as access, pytest.raises(ClusterError) as caught:
        access.api.get("/version")
    assert caught.value.reason == "tls"
    assert "not trusted" in caught.value.message
    assert server.asked == []


def test_tls_server_name(server: Server, tmp_path: Path) -> None:
    config = server.kubeconfig(tmp_path, {"token": GOOD_TOKEN}, **{"tls-server-name": "api.test"})
    with opened(config, tmp_path) as access:
        access.api.get("/version")
        assert "tls-server-name: api.test" in access.kubeconfig.read_text()
    config = server.kubeconfig(tmp_path, {"token": GOOD_TOKEN}, **{"tls-server-name": "other.test"})
    with opened(config, tmp_path) as access, pytest.raises(ClusterError) as caught:
        access.api.get("/version")
    assert caught.value.reason == "tls"


def test_insecure_only_when_the_user_has_it(server: Server, tmp_path: Path) -> None:
    config = server.kubeconfig(
        tmp_path, {"token": GOOD_TOKEN}, **{"certificate-authority-data": ""}
    )
    with opened(config, tmp_path) as access, pytest.raises(ClusterError, match="not trusted"):
        access.api.get("/version")
    extra = {"certificate-authority-data": "", "insecure-skip-tls-verify": True}
    config = server.kubeconfig(tmp_path, {"token": GOOD_TOKEN}, **extra)
    with opened(config, tmp_path) as access, warnings.catch_warnings(record=True) as warned:
        access.api.get("/version")
    assert warned == []


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://127.0.0.1:1", "refuses connections"),
        ("https://no-such-host.invalid", "cannot find host"),
        ("http://127.0.0.1:1", "refuses connections"),
    ],
)
def test_unreachable(server: Server, tmp_path: Path, address: str, says: str) -> None:
    config = server.kubeconfig(tmp_path, {"token": GOOD_TOKEN}, server=address)
    with opened(config, tmp_path) as access, pytest.raises(ClusterError) as caught:
        access.api.get("/version")
    assert says in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.reason == "unreachable"


def test_plain_http_on_a_tls_port_and_the_other_way(server: Server, tmp_path: Path) -> None:
    config = server.kubeconfig(
        tmp_path, {"token": GOOD_TOKEN}, server=server.url.replace("https", "http")
    )
    with opened(config, tmp_path) as access, pytest.raises(ClusterError):
        access.api.get("/version")


def test_api_errors_are_typed(server: Server, tmp_path: Path) -> None:
    with opened(server.kubeconfig(tmp_path, {"token": GOOD_TOKEN}), tmp_path) as access:
        with pytest.raises(ApiError) as caught:
            access.api.get("/api/v1/nothing")
        assert (caught.value.status, caught.value.reason) == (404, "NotFound")
        server.answer = lambda path: (403, "application/json", b'{"kind": "Status"}')
        with pytest.raises(ApiError) as caught:
            access.api.get("/x")
        assert caught.value.status == 403
        server.answer = lambda path: (404, "text/plain", b"404 page not found\n")
        with pytest.raises(ApiError, match="404 page not found"):
            access.api.get("/x")
        server.answer = lambda path: (200, "text/html", b"<html>please log in</html>")
        with pytest.raises(ClusterError, match="text/html"):
            access.api.get("/x")
        server.answer = lambda path: (302, "text/html", b"")
        with pytest.raises(ApiError):
            access.api.get("/x")


def test_query_accept_and_post(server: Server, tmp_path: Path) -> None:
    with opened(server.kubeconfig(tmp_path, {"token": GOOD_TOKEN}), tmp_path) as access:
        api: Api = access.api
        api.get("/version", {"limit": "5", "labelSelector": "a=b"}, accept="application/json;as=X")
        assert api.post("/reviews", {"a": 1}) == {"ok": True}
        server.answer = lambda path: (200, "text/plain", b"line 1\nline 2\n")
        assert api.get("/log", accept="text/plain") == "line 1\nline 2\n"
    assert server.asked[0].path == "/version?limit=5&labelSelector=a%3Db"
    assert server.asked[0].headers["Accept"] == "application/json;as=X"
    assert server.asked[1].method == "POST"


def test_environment_proxy_is_ignored_by_the_client(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    config = server.kubeconfig(tmp_path, {"token": GOOD_TOKEN})
    with opened(config, tmp_path) as access:
        access.api.get("/version")
        assert "proxy-url" not in access.kubeconfig.read_text()


def test_proxy_of_the_kubeconfig_is_used_and_carried_over(server: Server, tmp_path: Path) -> None:
    config = server.kubeconfig(
        tmp_path, {"token": GOOD_TOKEN}, **{"proxy-url": "http://u:p@127.0.0.1:1"}
    )
    with opened(config, tmp_path) as access:
        assert "proxy-url: http://u:p@127.0.0.1:1" in access.kubeconfig.read_text()
        with pytest.raises(ClusterError) as caught:
            access.api.get("/version")
    assert "proxy http://127.0.0.1:1" in caught.value.message
    assert "u:p" not in caught.value.message


@pytest.mark.parametrize(
    ("server_url", "variables", "expected"),
    [
        ("https://k.example:6443", {"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
        ("https://k.example:6443", {"https_proxy": "p:3128"}, "http://p:3128"),
        ("http://k.example", {"HTTPS_PROXY": "http://p:3128"}, None),
        ("https://k.example", {"HTTPS_PROXY": "http://p", "NO_PROXY": ".example"}, None),
        ("https://10.1.2.3", {"HTTPS_PROXY": "http://p", "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://10.1.2.3", {"HTTPS_PROXY": "http://p", "no_proxy": "*"}, None),
        ("https://127.0.0.1:6443", {"HTTPS_PROXY": "http://p"}, None),
        ("https://localhost", {"HTTPS_PROXY": "http://p"}, None),
        ("https://k.example", {}, None),
    ],
)
def test_proxy_from_the_environment(
    server_url: str, variables: dict[str, str], expected: str | None
) -> None:
    assert proxy_for(server_url, None, variables) == expected


def test_leftovers_of_a_killed_run_are_removed(server: Server, tmp_path: Path) -> None:
    stale = tmp_path / "run" / "access" / "token"
    stale.parent.mkdir(parents=True)
    stale.write_text("old secret")
    with opened(server.kubeconfig(tmp_path, {"username": "a", "password": "b"}), tmp_path):
        assert not stale.exists()


def test_nothing_of_the_user_is_on_any_command_line() -> None:
    arguments = Path(f"/proc/{os.getpid()}/cmdline").read_text()
    assert GOOD_TOKEN not in arguments
