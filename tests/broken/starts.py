"""Containers that do not start or do not become ready: image, command.*, config.*, probe.*"""

from __future__ import annotations

from typing import Any

from tests.broken import Broken
from tests.clusters import Cluster
from tests.podparts import (
    IMAGE,
    PodSpec,
    PodState,
    box,
    crashing,
    http_probe,
    running,
    start_failing,
    waiting,
)

CART = "Deployment/shop/cart"
RUNC = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: "
    "runc create failed: unable to start container process: error during container init: "
)


def _one(state: dict[str, Any], container: dict[str, Any], **more: Any) -> tuple[Cluster, str]:
    cluster = Cluster()
    pending = "waiting" in state["state"] and not state["restartCount"]
    pod_state = PodState([state], phase="Pending" if pending else "Running")
    (pod,) = cluster.deployment("cart", PodSpec([container], **more), [pod_state])
    return cluster, pod


def _image(message: str, *says: str, reason: str = "ImagePullBackOff", event: str = "") -> Broken:
    cluster, pod = _one(waiting("cart", reason, message), box("cart"))
    if event:
        cluster.event("Pod", pod, "Failed", event, container="cart", count=4)
        cluster.event("Pod", pod, "Failed", "Error: ErrImagePull", container="cart", count=4)
    return Broken("image.pull-failed", CART, cluster, (IMAGE, *says), "KubeContainerWaiting")


def image_absent() -> Broken:
    text = (
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{IMAGE}": failed '
        f'to resolve reference "{IMAGE}": {IMAGE}: not found'
    )
    return _image(
        f'Back-off pulling image "{IMAGE}": ErrImagePull: {text}',
        "no such image or tag",
        event=f'Failed to pull image "{IMAGE}": {text}',
    )


def image_refused() -> Broken:
    """Before 1.32 the waiting message did not say why: only the event does."""
    text = (
        f'failed to pull and unpack image "{IMAGE}": failed to resolve reference "{IMAGE}": '
        f"pull access denied, repository does not exist or may require authorization: "
        f"authorization failed: no basic auth credentials"
    )
    return _image(
        f'Back-off pulling image "{IMAGE}"',
        "refuses access",
        event=f'Failed to pull image "{IMAGE}": {text}',
    )


def image_never() -> Broken:
    message = f'Container image "{IMAGE}" is not present with pull policy of Never'
    return _image(message, "imagePullPolicy is Never", reason="ErrImageNeverPull")


def image_name() -> Broken:
    cluster, _ = _one(
        waiting(
            "cart",
            "InvalidImageName",
            (
                'Failed to apply default image tag "shop/Cart:1.4": couldn\'t parse image name '
                '"shop/Cart:1.4": invalid reference format: repository name (shop/Cart) must be '
                "lowercase"
            ),
        ),
        box("cart", image="shop/Cart:1.4"),
    )
    says = ("shop/Cart:1.4", "not a valid image reference")
    return Broken("image.pull-failed", CART, cluster, says, "KubeContainerWaiting")


def _command(cause: str, error: str, *says: str, reason: str = "StartError") -> Broken:
    cluster, pod = _one(
        start_failing("cart", RUNC + error, reason), box("cart", command=["/app/cartd"])
    )
    cluster.event("Pod", pod, "Failed", "Error: " + RUNC + error, container="cart")
    return Broken(cause, CART, cluster, says, "KubePodCrashLooping")


def command_absent() -> Broken:
    error = 'exec: "/app/cartd": stat /app/cartd: no such file or directory'
    return _command("command.not-found", error, "/app/cartd does not exist in the image", IMAGE)


def command_not_executable() -> Broken:
    error = 'exec: "/app/cartd": permission denied'
    return _command(
        "command.permission-denied", error, "/app/cartd cannot be executed", "permission denied"
    )


def command_other_machine() -> Broken:
    return _command(
        "command.exec-format",
        "exec /app/cartd: exec format error",
        "cannot execute",
        "exec format error",
    )


def command_other_machine_by_log() -> Broken:
    cluster, pod = _one(crashing("cart", 255), box("cart", command=["/app/cartd"]))
    cluster.write_log(pod, "cart", "exec /app/cartd: exec format error\n")
    return Broken(
        "command.exec-format", CART, cluster, ("exec format error",), "KubePodCrashLooping"
    )


def command_mount() -> Broken:
    error = (
        'error mounting "/var/lib/kubelet/pods/x/volume-subpaths/config/cart/0" to rootfs at '
        '"/etc/cart/cart.yaml": mount src=/var/lib/kubelet/pods/x, dst=/etc/cart/cart.yaml, '
        "dstFd=/proc/thread-self/fd/11, flags=MS_BIND|MS_REC: not a directory: Are you "
        "trying to mount a directory onto a file (or vice-versa)?"
    )
    return _command(
        "command.start-failed", error, "container cart cannot be started", "not a directory"
    )


def _config(cause: str, message: str, *says: str, **container: Any) -> Broken:
    cluster, pod = _one(
        waiting("cart", "CreateContainerConfigError", message), box("cart", **container)
    )
    cluster.event("Pod", pod, "Failed", f"Error: {message}", container="cart", count=9)
    cluster.configmap("cart-settings", locale="de", currency_code="EUR")
    return Broken(cause, CART, cluster, says, "KubeContainerWaiting")


def key_of_configmap() -> Broken:
    ref = {"configMapKeyRef": {"name": "cart-settings", "key": "currency-code"}}
    return _config(
        "config.key-missing",
        "couldn't find key currency-code in ConfigMap shop/cart-settings",
        "key currency-code is not in ConfigMap cart-settings",
        "it has currency_code",
        env=[{"name": "CURRENCY", "valueFrom": ref}],
    )


def key_of_secret() -> Broken:
    ref = {"secretKeyRef": {"name": "cart-db", "key": "password"}}
    return _config(
        "config.key-missing",
        "couldn't find key password in Secret shop/cart-db",
        "key password is not in Secret cart-db",
        env=[{"name": "DB_PASSWORD", "valueFrom": ref}],
    )


def configmap_absent() -> Broken:
    return _config(
        "config.object-missing",
        'configmap "cart-setting" not found',
        "container cart refers to ConfigMap cart-setting, which does not exist",
        "cart-settings does",
        envFrom=[{"configMapRef": {"name": "cart-setting"}}],
    )


def secret_volume_key() -> Broken:
    volume = {
        "name": "tls",
        "secret": {
            "secretName": "cart-tls",
            "defaultMode": 420,
            "items": [{"key": "tls.crt", "path": "tls.crt"}],
        },
    }
    state = waiting("cart", "ContainerCreating")
    cluster, pod = _one(state, box("cart"), volumes=[volume])
    cluster.put("v1", "Secret", "cart-tls", type="Opaque", data={"cert.pem": "eA=="})
    cluster.event(
        "Pod",
        pod,
        "FailedMount",
        'MountVolume.SetUp failed for volume "tls" : references non-existent secret key: tls.crt',
    )
    says = ("volume tls cannot be mounted", "key tls.crt is not in Secret cart-tls")
    return Broken("config.key-missing", CART, cluster, says)


def secret_volume_absent() -> Broken:
    volume = {"name": "tls", "secret": {"secretName": "cart-tls", "defaultMode": 420}}
    cluster, pod = _one(waiting("cart", "ContainerCreating"), box("cart"), volumes=[volume])
    cluster.put("v1", "Secret", "cart-tls-2", type="Opaque", data={})
    cluster.event(
        "Pod",
        pod,
        "FailedMount",
        'MountVolume.SetUp failed for volume "tls" : secret "cart-tls" not found',
    )
    says = ("volume tls mounts Secret cart-tls, which does not exist", "cart-tls-2 does")
    return Broken("config.object-missing", CART, cluster, says)


def liveness_at_start() -> Broken:
    probe = http_probe(8080, initialDelaySeconds=5)
    cluster, pod = _one(
        crashing("cart", 137, "Error", seconds=36),
        box("cart", ports=[{"containerPort": 8080}], livenessProbe=probe),
    )
    _unhealthy(cluster, pod, "Liveness", "connection refused", "liveness")
    cluster.write_log(pod, "cart", "INFO warming up caches (60 s)\n")
    says = ("liveness probe (port 8080, after 5 s, 3 failures) kills container cart", "after 36 s")
    return Broken("probe.liveness-kills-start", CART, cluster, says, "KubePodCrashLooping")


def liveness_port() -> Broken:
    """The program serves its port, as it declares; the probe asks another."""
    cluster, pod = _one(
        crashing("cart", 137, "Error", seconds=36),
        box("cart", ports=[{"containerPort": 80}], livenessProbe=http_probe(8080)),
    )
    _unhealthy(cluster, pod, "Liveness", "connection refused", "liveness")
    cluster.write_log(pod, "cart", "INFO ready\n")
    says = ("liveness probe of container cart asks port 8080", "declares 80")
    return Broken("probe.liveness-wrong-port", CART, cluster, says, "KubePodCrashLooping")


def _unhealthy(cluster: Cluster, pod: str, probe: str, how: str, kills: str = "") -> None:
    ends = "HTTP probe failed with statuscode: 500" if how == "500" else ""
    asked = (
        'Get "http://10.244.0.58:8080/healthz": dial tcp 10.244.0.58:8080: connect: '
        "connection refused"
    )
    if how == "timeout":
        asked = (
            'Get "http://10.244.0.58:8080/healthz": context deadline exceeded (Client.Timeout '
            "exceeded while awaiting headers)"
        )
    message = f"{probe} probe failed: {ends or asked}"
    cluster.event("Pod", pod, "Unhealthy", message, container="cart", count=18)
    if kills:
        told = f"Container cart failed {kills} probe, will be restarted"
        cluster.event("Pod", pod, "Killing", told, container="cart", count=6, type="Normal")


def liveness_later() -> Broken:
    probe = http_probe(8080)
    cluster, pod = _one(
        crashing("cart", 137, "Error", seconds=5400), box("cart", livenessProbe=probe)
    )
    _unhealthy(cluster, pod, "Liveness", "500", "liveness")
    cluster.write_log(pod, "cart", "INFO listening on :8080\nINFO 200 GET /\n")
    says = ("liveness probe of container cart fails", "statuscode: 500", "after 5400 s")
    return Broken("probe.liveness-fails", CART, cluster, says, "KubePodCrashLooping")


def startup() -> Broken:
    spec = box(
        "cart",
        startupProbe=http_probe(8080, periodSeconds=2, failureThreshold=5),
        livenessProbe=http_probe(8080),
    )
    cluster, pod = _one(crashing("cart", 137, "Error", seconds=12), spec)
    _unhealthy(cluster, pod, "Startup", "refused", "startup")
    cluster.write_log(pod, "cart", "INFO warming up caches (60 s)\n")
    says = ("startup probe of container cart (port 8080, 5 x 2 s) fails", "connection refused")
    return Broken("probe.startup-fails", CART, cluster, says, "KubePodCrashLooping")


def readiness() -> Broken:
    cluster, pod = _one(
        running("cart", ready=False),
        box("cart", ports=[{"containerPort": 8080}], readinessProbe=http_probe(8080)),
    )
    _unhealthy(cluster, pod, "Readiness", "500")
    cluster.write_log(pod, "cart", "INFO listening on :8080\n")
    says = ("readiness probe of container cart fails", "statuscode: 500")
    return Broken("probe.readiness-fails", CART, cluster, says, "KubePodNotReady")


def readiness_command() -> Broken:
    probe = {
        "exec": {"command": ["cat", "/tmp/ready"]},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    cluster, pod = _one(running("cart", ready=False), box("cart", readinessProbe=probe))
    message = "Readiness probe failed: cat: can't open '/tmp/ready': No such file or directory\n"
    cluster.event("Pod", pod, "Unhealthy", message, container="cart", count=180)
    says = ("readiness probe of container cart fails", "/tmp/ready")
    return Broken("probe.readiness-fails", CART, cluster, says, "KubePodNotReady")


CASES = (
    image_absent,
    image_refused,
    image_never,
    image_name,
    command_absent,
    command_not_executable,
    command_other_machine,
    command_other_machine_by_log,
    command_mount,
    key_of_configmap,
    key_of_secret,
    configmap_absent,
    secret_volume_key,
    secret_volume_absent,
    liveness_at_start,
    liveness_port,
    liveness_later,
    startup,
    readiness,
    readiness_command,
)
