"""Mounts, environments, commands and probes in the words of kubelet and runtimes."""
# ruff: noqa: E501 - real messages are easier to compare when they stand on one line

from __future__ import annotations

import pytest
from pydantic import JsonValue

from tests.unit.distil.statements import only
from tools.distil.messages import read
from tools.distil.statement import Statement


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "couldn't find key currency in ConfigMap billing/invoicer-settings",
            {"kind": "ConfigMap", "name": "invoicer-settings", "key": "currency"},
        ),
        (
            "couldn't find key password in Secret shop/db",
            {"kind": "Secret", "name": "db", "key": "password"},
        ),
        ('configmap "app-config" not found', {"kind": "ConfigMap", "name": "app-config"}),
        ('secret "db" not found', {"kind": "Secret", "name": "db"}),
    ],
)
@pytest.mark.parametrize(
    ("reason", "before"), [("Failed", "Error: "), ("CreateContainerConfigError", "")]
)
def test_config_missing(reason: str, before: str, message: str, expected: dict[str, str]) -> None:
    assert only(reason, before + message) == ("config.missing", expected)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            'MountVolume.SetUp failed for volume "tls" : secret "sso-tls" not found',
            [{"volume": "tls", "kind": "Secret", "name": "sso-tls"}],
        ),
        (
            'MountVolume.SetUp failed for volume "all" : [configmap "a" not found, secret "b" not '
            "found]",
            [
                {"volume": "all", "kind": "ConfigMap", "name": "a"},
                {"volume": "all", "kind": "Secret", "name": "b"},
            ],
        ),
        (
            'MountVolume.SetUp failed for volume "cfg" : configmap references non-existent config '
            "key: app.yaml",
            [{"volume": "cfg", "kind": "ConfigMap", "name": "", "key": "app.yaml"}],
        ),
        (
            'MountVolume.SetUp failed for volume "tls" : references non-existent secret key: ca.crt',
            [{"volume": "tls", "kind": "Secret", "name": "", "key": "ca.crt"}],
        ),
        (
            "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], "
            "failed to process volumes=[data]: error processing PVC shop/db: failed to fetch PVC "
            'from API server: persistentvolumeclaims "db" not found',
            [{"volume": "data", "kind": "PersistentVolumeClaim", "name": "db"}],
        ),
    ],
)
def test_mount_missing(message: str, expected: list[dict[str, str]]) -> None:
    statements = read("FailedMount", message)
    assert [statement.value for statement in statements] == expected
    assert {statement.name for statement in statements} == {"mount.missing"}


@pytest.mark.parametrize(
    ("reason", "message", "volume"),
    [
        (
            "FailedAttachVolume",
            'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) db-0',
            "pvc-1",
        ),
        (
            "FailedMount",
            "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data "
            "kube-api-access-x]: timed out waiting for the condition",
            "data",
        ),
        (
            "FailedMount",
            'MountVolume.SetUp failed for volume "nfs" : mount failed: exit status 32',
            "nfs",
        ),
        (
            "FailedMount",
            'MountVolume.SetUp failed for volume "h" : hostPath type check failed: /x is not a '
            "directory",
            "h",
        ),
    ],
)
def test_mount_error(reason: str, message: str, volume: str) -> None:
    assert only(reason, message) == ("mount.error", {"volume": volume, "message": message})


RUNC = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc "
    "create failed: unable to start container process: "
)
STARTS = [
    (
        RUNC + 'exec: "/usr/bin/thumbd": stat /usr/bin/thumbd: no such file or directory: unknown',
        "not-found",
        "/usr/bin/thumbd",
    ),
    (
        RUNC + 'error during container init: exec: "serve": executable file not found in $PATH: '
        "unknown",
        "not-found",
        "serve",
    ),
    (RUNC + 'exec: "/app/run.sh": permission denied: unknown', "permission", "/app/run.sh"),
    (RUNC + "exec /app/server: exec format error: unknown", "exec-format", "/app/server"),
    (RUNC + 'exec: "/etc": is a directory: unknown', "not-directory", "/etc"),
    (
        RUNC + 'error during container init: chdir to cwd ("/srv/app") set in config.json failed: '
        "no such file or directory: unknown",
        "not-found",
        "/srv/app",
    ),
    (
        RUNC + 'error during container init: error mounting "/var/lib/kubelet/x" to rootfs at '
        '"/etc/app.yaml": mount /x:/etc/app.yaml (via /proc/self/fd/6), flags: 0x5001: not a '
        "directory: unknown",
        "not-directory",
        "",
    ),
    (
        RUNC + 'error mounting "/var/lib/x" to rootfs at "/data": stat /data: no such file or '
        "directory: unknown",
        "other",
        "/data",
    ),
    # crun, CRI-O
    (
        "container create failed: executable file `serve` not found in $PATH: No such file or "
        "directory",
        "not-found",
        "serve",
    ),
    (
        'container create failed: time="2026-01-01T00:00:00Z" level=error msg="runc create failed: '
        'unable to start container process: exec: \\"serve\\": executable file not found in $PATH"',
        "not-found",
        "serve",
    ),
    ("crun: open executable: Permission denied: OCI permission denied", "permission", ""),
    # Docker
    (
        'failed to start container "web": Error response from daemon: OCI runtime create failed: '
        'container_linux.go:380: starting container process caused: exec: "serve": executable '
        "file not found in $PATH: unknown",
        "not-found",
        "serve",
    ),
    ('failed to generate container "1" spec: no command specified', "other", ""),
]


@pytest.mark.parametrize(("message", "kind", "path"), STARTS)
@pytest.mark.parametrize(
    ("reason", "before"),
    [
        ("Failed", "Error: "),
        ("RunContainerError", ""),
        ("StartError", ""),
        ("CreateContainerError", ""),
    ],
)
def test_start_error(reason: str, before: str, message: str, kind: str, path: str) -> None:
    expected = {"kind": kind, "path": path, "message": message}
    assert only(reason, before + message) == ("start.error", expected)


def test_run_as_root_refused_is_a_start_error() -> None:
    message = (
        'container has runAsNonRoot and image will run as root (pod: "a_b(1)", container: web)'
    )
    name, value = only("CreateContainerConfigError", message)
    assert (name, value["kind"]) == ("start.error", "user")


def test_a_user_that_is_a_word_is_refused_too() -> None:
    message = (
        "container has runAsNonRoot and image has non-numeric user (app), cannot verify user is "
        'non-root (pod: "a_b(1)", container: web)'
    )
    name, value = only("CreateContainerConfigError", message)
    assert (name, value["kind"]) == ("start.error", "user")


def test_a_failed_hook_is_a_start_error() -> None:
    message = (
        'Exec lifecycle hook ([/join.sh]) for Container "web" in Pod "a_b(1)" failed - error: '
        "command '/join.sh' exited with 7: "
    )
    name, value = only("PostStartHookError", message)
    assert (name, value["kind"]) == ("start.error", "hook")


@pytest.mark.parametrize(
    ("said", "cause", "port"),
    [
        ('Get "http://10.0.0.7:8081/": dial tcp 10.0.0.7:8081: connect: connection refused', "refused", 8081),
        ("dial tcp 10.0.0.7:5432: connect: connection refused", "refused", 5432),
        ("dial tcp [fd00::7]:5432: connect: connection refused", "refused", 5432),
        ("dial tcp 10.0.0.7:5432: i/o timeout", "timeout", 5432),
        ("HTTP probe failed with statuscode: 503", "status", None),
        (
            'Get "http://10.0.0.7:80/healthz": context deadline exceeded (Client.Timeout exceeded '
            "while awaiting headers)",
            "timeout",
            80,
        ),
        ('Get "https://10.0.0.7:8443/": http: server gave HTTP response to HTTPS client', "other", 8443),
        ('Get "http://10.0.0.7:80/": EOF', "other", 80),
        ("cat: can't open '/tmp/ready': No such file or directory", "exec", None),
        ("", "exec", None),
        ('command "sh -c sleep 9" timed out', "timeout", None),
        ('command timed out: "sh -c check" timed out after 1s', "timeout", None),
        ('timeout: failed to connect service "10.0.0.7:50051" within 1s: context deadline exceeded', "timeout", 50051),
        ('service unhealthy (responded with "NOT_SERVING")', "status", None),
        ("error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service", "other", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("probe", ["Liveness", "Readiness", "Startup"])
def test_probe_failed(probe: str, said: str, cause: str, port: int | None) -> None:
    message = f"{probe} probe failed: {said}".strip()
    expected = {"message": message, "cause": cause, "port": port, "count": 7}
    assert only("Unhealthy", message, 7) == (f"probe.{probe.lower()}.failed", expected)


def test_probe_that_cannot_run() -> None:
    message = (
        "Readiness probe errored and resulted in unknown state: rpc error: code = Unknown desc = "
        "failed to exec in container: OCI runtime exec failed: exec failed: unable to start "
        'container process: exec: "curl": executable file not found in $PATH: unknown'
    )
    name, value = only("Unhealthy", message)
    assert (name, value["cause"]) == ("probe.readiness.failed", "exec")


@pytest.mark.parametrize("probe", ["liveness", "startup"])
def test_killed_by_probe_names_its_container(probe: str) -> None:
    message = f"Container web failed {probe} probe, will be restarted"
    statements = read("Killing", message, 3)
    value: JsonValue = {"probe": probe, "message": message, "count": 3}
    assert statements == [Statement("probe.killed", value, "web")]
