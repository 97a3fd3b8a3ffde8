"""Finding, merging and choosing kubeconfigs as kubectl does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.errors import ClusterError
from tools.kubeconfig import open_access
from tools.kubefile import in_cluster, locate, read, select

ONE = """
apiVersion: v1
kind: Config
current-context: one
clusters: [{name: c1, cluster: {server: "https://one", certificate-authority: ca/one.crt}}]
users: [{name: u, user: {token: first}}]
contexts:
- {name: one, context: {cluster: c1, user: u, namespace: shop}}
- {name: production-eu, context: {cluster: c1, user: u}}
"""
TWO = """
current-context: two
clusters: [{name: c2, cluster: {server: "https://two"}}, {name: c1, cluster: {server: "https://no"}}]
users: [{name: u, user: {token: second}}]
contexts: [{name: two, context: {cluster: c2, user: u}}]
"""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name, text in (("a/one", ONE), ("b/two", TWO)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    return [tmp_path / "a/one", tmp_path / "b/two"]


def test_first_file_wins(files: list[Path]) -> None:
    merged = read(files)
    assert merged.current == "one"
    assert merged.clusters["c1"]["server"] == "https://one"
    assert merged.users["u"]["token"] == "first"
    assert set(merged.contexts) == {"one", "two", "production-eu"}


def test_relative_paths_belong_to_their_file(files: list[Path]) -> None:
    chosen = select(read(files), None)
    assert chosen.cluster["certificate-authority"] == str(files[0].parent / "ca/one.crt")
    assert chosen.namespace == "shop"
    assert select(read(files), "two").namespace == "default"


def test_where_kubeconfigs_are_looked_for(files: list[Path], tmp_path: Path) -> None:
    listed = {"KUBECONFIG": f"{files[0]}:{tmp_path / 'absent'}::{files[1]}", "HOME": str(tmp_path)}
    assert locate(None, listed) == files
    assert locate(files[1], listed) == [files[1]]
    assert locate(None, {"HOME": str(tmp_path)}) == []
    default = tmp_path / ".kube" / "config"
    default.parent.mkdir()
    default.write_text(ONE)
    assert locate(None, {"HOME": str(tmp_path), "KUBECONFIG": ""}) == [default]


def reason(call: object) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        call()  # type: ignore[operator]
    assert "\n" not in caught.value.message
    return caught.value


def test_no_kubeconfig_anywhere(tmp_path: Path) -> None:
    error = reason(lambda: open_access(None, None, tmp_path, {"HOME": str(tmp_path)}))
    assert error.reason == "no-kubeconfig"
    assert "--cluster sim:crash-missing-env" in error.hint
    assert "--kubeconfig FILE" in error.hint


@pytest.mark.parametrize("variables", [{"KUBECONFIG": "/absent/a:/absent/b"}, {}])
def test_named_kubeconfig_is_missing(tmp_path: Path, variables: dict[str, str]) -> None:
    path = None if variables else tmp_path / "absent"
    error = reason(lambda: open_access(path, None, tmp_path, variables))
    assert error.reason == "no-kubeconfig"
    assert "absent" in error.message


def test_wrong_context_names_the_nearest(files: list[Path]) -> None:
    error = reason(lambda: select(read(files), "production-us"))
    assert error.reason == "no-context"
    assert 'did you mean "production-eu"' in error.hint
    assert "one, production-eu, two" in error.hint


@pytest.mark.parametrize(
    ("text", "slug", "says"),
    [
        ("a: [", "bad-kubeconfig", "not YAML in line"),
        ("- a\n- b\n", "bad-kubeconfig", "not a kubeconfig but a list"),
        ("just words", "bad-kubeconfig", "not a kubeconfig but a str"),
        ("clusters: 3", "bad-kubeconfig", "clusters is not a list"),
        ("users: [{user: {}}]", "bad-kubeconfig", "without a name"),
        ("", "no-kubeconfig", "no contexts"),
        (ONE.replace("current-context: one", ""), "no-context", "no current context"),
        (
            ONE.replace("cluster: c1, user: u, n", "cluster: x, user: u, n"),
            "bad-kubeconfig",
            "server",
        ),
        (ONE.replace("users: [{name: u", "users: [{name: v"), "bad-kubeconfig", 'user "u"'),
        (ONE, "bad-kubeconfig", "certificate-authority"),
    ],
)
def test_broken_kubeconfig(tmp_path: Path, text: str, slug: str, says: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    error = reason(lambda: open_access(path, None, tmp_path / "run", {}))
    assert error.reason == slug
    assert says in error.message


def test_binary_garbage(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"\xff\xfe\x00garbage")
    assert reason(lambda: open_access(path, None, tmp_path, {})).reason == "bad-kubeconfig"


def test_in_cluster(tmp_path: Path) -> None:
    variables = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    assert in_cluster(variables, tmp_path) is None
    (tmp_path / "token").write_text("t")
    (tmp_path / "namespace").write_text("magos\n")
    found = in_cluster(variables, tmp_path)
    assert found is not None
    assert found.cluster["server"] == "https://[fd00::1]:443"
    assert found.namespace == "magos"
    assert in_cluster({}, tmp_path) is None
