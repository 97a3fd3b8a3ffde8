"""Programs that their surroundings stop: tls.*, security.*, sidecar.*, cpu.*, rbac.*, webhook.*"""

from __future__ import annotations

from typing import Any

from sandbox.simulator.world import App, World
from tests.broken import Broken
from tests.broken.control import denied
from tests.clusters import Cluster
from tests.podparts import (
    IMAGE,
    PodSpec,
    PodState,
    box,
    crashing,
    http_probe,
    running,
    waiting,
)

CART = "Deployment/shop/cart"
CRASH = "KubePodCrashLooping"
PAIR = {"name": "tls", "secret": {"secretName": "cart-tls", "defaultMode": 420}}
DATA = {"name": "data", "persistentVolumeClaim": {"claimName": "cart-data"}}


def _mount(volume: str, path: str) -> list[dict[str, str]]:
    return [{"name": volume, "mountPath": path}]


def _logged(
    cause: str, spec: PodSpec, log: str, *says: str, code: int = 1, cluster: Cluster | None = None
) -> Broken:
    """Deployment cart whose only container exits, saying `log`."""
    cluster = cluster or Cluster()
    for pod in cluster.deployment("cart", spec, [PodState([crashing("cart", code)])] * 2):
        cluster.write_log(pod, "cart", f"INFO starting cart 1.4.2\n{log}\n")
    return Broken(cause, CART, cluster, says, CRASH)


def key_of_another_certificate() -> Broken:
    spec = PodSpec([box("cart", volumeMounts=_mount("tls", "/etc/tls"))], volumes=[PAIR])
    log = "FATAL load key pair: tls: private key does not match public key"
    return _logged("tls.key-mismatch", spec, log, "private key does not belong", "Secret cart-tls")


def certificate_expired() -> Broken:
    cluster = Cluster()
    container = box(
        "cart", volumeMounts=_mount("tls", "/etc/tls"), readinessProbe=http_probe(8443, "/ready")
    )
    spec = PodSpec([container], volumes=[PAIR])
    (pod,) = cluster.deployment("cart", spec, [PodState([running("cart", ready=False)])])
    cluster.write_log(
        pod,
        "cart",
        'level=error msg="certificate check" err="x509: certificate has expired or is not yet valid: '
        'current time 2026-11-23T02:58:59Z is after 2026-11-20T00:00:00Z"\n' * 3,
    )
    message = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    cluster.event("Pod", pod, "Unhealthy", message, container="cart", count=40)
    says = ("Secret cart-tls has expired", "statuscode: 503")
    return Broken("tls.certificate-expired", CART, cluster, says, "KubePodNotReady")


def _refused_user(cause: str, message: str, *says: str, **context: Any) -> Broken:
    cluster = Cluster()
    who = '(pod: "cart-6d4f9c8b7d-x2x7k_shop(5630)", container: cart)'
    state = PodState(
        [waiting("cart", "CreateContainerConfigError", f"{message} {who}")], phase="Pending"
    )
    (pod,) = cluster.deployment("cart", PodSpec([box("cart", securityContext=context)]), [state])
    cluster.event("Pod", pod, "Failed", f"Error: {message} {who}", container="cart")
    return Broken(cause, CART, cluster, says, "KubeContainerWaiting")


def runs_as_root() -> Broken:
    return _refused_user(
        "security.runs-as-root",
        "container has runAsNonRoot and image will run as root",
        "runAsNonRoot is set",
        f"image {IMAGE} runs as root",
        runAsNonRoot=True,
    )


def told_to_run_as_root() -> Broken:
    return _refused_user(
        "security.runs-as-root",
        "container's runAsUser breaks non-root policy",
        "runAsUser is 0",
        runAsNonRoot=True,
        runAsUser=0,
    )


def user_is_a_word() -> Broken:
    return _refused_user(
        "security.user-unverifiable",
        "container has runAsNonRoot and image has non-numeric user (cart), cannot verify user is non-root",
        "is no number",
        "non-numeric user (cart)",
        runAsNonRoot=True,
    )


def read_only_root() -> Broken:
    spec = PodSpec([box("cart", securityContext={"readOnlyRootFilesystem": True})])
    log = "panic: open /var/cache/cart/index.tmp: read-only file system"
    says = ("/var/cache/cart/index.tmp", "readOnlyRootFilesystem is set")
    return _logged("security.read-only-root", spec, log, *says, code=2)


def volume_of_root() -> Broken:
    cluster = Cluster()
    cluster.claim("cart-data", bound=True)
    container = box("cart", volumeMounts=_mount("data", "/data"))
    spec = PodSpec([container], volumes=[DATA], more={"securityContext": {"runAsUser": 1000}})
    log = "FATAL open /data/store.db: permission denied"
    says = ("runs as user 1000", "the volume at /data belongs to root", "no fsGroup")
    return _logged("security.volume-owner", spec, log, *says, cluster=cluster)


def _beside(status: dict[str, Any], main: dict[str, Any], **fields: Any) -> tuple[Cluster, str]:
    """Deployment cart with a native sidecar called proxy."""
    cluster = Cluster()
    proxy = box("proxy", restartPolicy="Always", ports=[{"containerPort": 15021}], **fields)
    phase = "Pending" if "waiting" in main["state"] else "Running"
    state = PodState([main], init=[status], phase=phase)
    (pod,) = cluster.deployment("cart", PodSpec([box("cart")], init=[proxy]), [state])
    return cluster, pod


def sidecar_not_started() -> Broken:
    up = running("proxy", ready=False, since=600) | {"started": False}
    probe = http_probe(15020, failureThreshold=200)
    cluster, pod = _beside(up, waiting("cart", "PodInitializing"), startupProbe=probe)
    message = (
        'Startup probe failed: Get "http://10.244.0.58:15020/healthz": dial tcp 10.244.0.58:15020: '
        "connect: connection refused"
    )
    cluster.event("Pod", pod, "Unhealthy", message, container="init:proxy", count=60)
    says = ("sidecar proxy runs and never passes", "asks port 15020", "declares 15021")
    return Broken("sidecar.blocks-start", CART, cluster, says, "KubeContainerWaiting")


def sidecar_exits() -> Broken:
    cluster, pod = _beside(crashing("proxy", 2), running("cart"))
    cluster.write_log(pod, "proxy", "proxy starting\npanic: unsupported pipeline schema\n")
    says = ("sidecar proxy exits 2", "unsupported pipeline schema")
    return Broken("sidecar.crashes", CART, cluster, says, CRASH)


def hook_fails() -> Broken:
    cluster = Cluster()
    hook = {"postStart": {"exec": {"command": ["/hooks/join.sh"]}}}
    message = (
        'Exec lifecycle hook ([/hooks/join.sh]) for Container "cart" in Pod '
        "\"cart-6d4f9c8b7d-x2x7k_shop(5630)\" failed - error: command '/hooks/join.sh' exited with 7: "
    )
    state = waiting("cart", "PostStartHookError", message, restartCount=4)
    (pod,) = cluster.deployment(
        "cart", PodSpec([box("cart", lifecycle=hook)]), [PodState([state], phase="Running")]
    )
    cluster.event("Pod", pod, "FailedPostStartHook", "PostStartHook failed", container="cart")
    says = ("postStart hook of container cart fails", "/hooks/join.sh' exited with 7")
    return Broken("sidecar.hook-fails", CART, cluster, says, CRASH)


def starved() -> Broken:
    cluster = Cluster()
    container = box(
        "cart",
        resources={"limits": {"cpu": "50m"}, "requests": {"cpu": "50m"}},
        readinessProbe=http_probe(8080),
    )
    (pod,) = cluster.deployment(
        "cart", PodSpec([container]), [PodState([running("cart", ready=False)])]
    )
    message = (
        'Readiness probe failed: Get "http://10.244.0.58:8080/healthz": context deadline exceeded '
        "(Client.Timeout exceeded while awaiting headers)"
    )
    cluster.event("Pod", pod, "Unhealthy", message, container="cart", count=90)
    says = ("of its CPU limit of 50m", "held back", "context deadline exceeded")
    world = World(metrics_server=True, apps=[App(image=IMAGE, cpu="2")])
    return Broken("cpu.starved", CART, cluster, says, "CPUThrottlingHigh", world=world)


REFUSAL = (
    'FATAL configmaps is forbidden: User "system:serviceaccount:shop:cart" cannot list resource '
    '"configmaps" in API group "" in the namespace "shop"'
)


def not_granted() -> Broken:
    spec = PodSpec([box("cart")], more={"serviceAccountName": "cart"})
    says = ("list configmaps in namespace shop", "system:serviceaccount:shop:cart may not")
    return _logged("rbac.not-granted", spec, REFUSAL, *says)


def bound_to_another() -> Broken:
    cluster = Cluster()
    api = "rbac.authorization.k8s.io"
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]
    cluster.put(f"{api}/v1", "Role", "reader", rules=rules)
    cluster.put(
        f"{api}/v1",
        "RoleBinding",
        "readers",
        roleRef={"apiGroup": api, "kind": "Role", "name": "reader"},
        subjects=[{"kind": "ServiceAccount", "name": "default", "namespace": "shop"}],
    )
    spec = PodSpec([box("cart")], more={"serviceAccountName": "cart"})
    says = ("Role reader allows it", "RoleBinding readers gives it to shop:default")
    return _logged("rbac.bound-to-other", spec, REFUSAL, *says, cluster=cluster)


def webhook_unreachable() -> Broken:
    message = (
        'Internal error occurred: failed calling webhook "inject.linkerd.io": failed to call '
        'webhook: Post "https://linkerd-proxy-injector.linkerd.svc:443/?timeout=10s": no '
        'endpoints available for service "linkerd-proxy-injector"'
    )
    return denied(
        "webhook.unreachable",
        message,
        "inject.linkerd.io",
        "cannot be called",
        "no endpoints available",
        kind="DaemonSet",
    )


def webhook_configured() -> Broken:
    message = (
        'Internal error occurred: failed calling webhook "guard.example": failed to call webhook: '
        'Post "https://guard.policy.svc:443/validate?timeout=10s": service "guard" not found'
    )
    broken = denied(
        "webhook.unreachable",
        message,
        "ValidatingWebhookConfiguration guard-config, failurePolicy Fail",
        'service "guard" not found',
    )
    broken.cluster.put(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "guard-config",
        namespaced=False,
        webhooks=[
            {
                "name": "guard.example",
                "failurePolicy": "Fail",
                "clientConfig": {"service": {"namespace": "policy", "name": "guard"}},
            }
        ],
    )
    return broken


CASES = (
    key_of_another_certificate,
    certificate_expired,
    runs_as_root,
    told_to_run_as_root,
    user_is_a_word,
    read_only_root,
    volume_of_root,
    sidecar_not_started,
    sidecar_exits,
    hook_fails,
    starved,
    not_granted,
    bound_to_another,
    webhook_unreachable,
    webhook_configured,
)
