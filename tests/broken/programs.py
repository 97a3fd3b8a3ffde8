"""Programs that fail by themselves: app.*, config.env-missing, config.setting-missing, init.*, memory.*"""

from __future__ import annotations

from tests.broken import Broken
from tests.clusters import Cluster
from tests.podparts import PodSpec, PodState, box, crashing, ended, running, waiting

CRASH = "KubePodCrashLooping"


def _crash(cause: str, log: str, *says: str, code: int = 1) -> Broken:
    """Deployment cart whose only container exits, saying `log`."""
    cluster = Cluster()
    spec = PodSpec([box("cart")])
    for pod in cluster.deployment("cart", spec, [PodState([crashing("cart", code)])] * 2):
        cluster.write_log(pod, "cart", "2026-11-23T02:58:58Z INFO starting cart 1.4.2\n" + log)
        message = f"Back-off restarting failed container cart in pod {pod}_shop(56308067-cf39)"
        cluster.event("Pod", pod, "BackOff", message, container="cart", count=22)
    return Broken(cause, "Deployment/shop/cart", cluster, says, CRASH)


def dependency_refused() -> Broken:
    log = (
        "2026-11-23T02:58:59Z FATAL connect to postgres: dial tcp orders-db:5432: connect: "
        "connection refused\n"
    )
    return _crash("app.dependency-unreachable", log, "cannot reach orders-db:5432", "exits 1")


def dependency_unknown_host() -> Broken:
    log = (
        "Traceback (most recent call last):\n"
        '  File "/app/main.py", line 14, in <module>\n'
        "    pool.connect()\n"
        'sqlalchemy.exc.OperationalError: could not translate host name "orders-db" to '
        "address: Name or service not known\n"
    )
    return _crash(
        "app.dependency-unreachable", log, "cannot reach orders-db", "no Service orders-db"
    )


def permission() -> Broken:
    log = "2026-11-23T02:58:59Z FATAL open /var/lib/cart/index.db: permission denied\n"
    return _crash(
        "app.permission", log, "exits 13", "/var/lib/cart/index.db: permission denied", code=13
    )


def password() -> Broken:
    log = '2026-11-23 02:58:59 FATAL:  password authentication failed for user "cart"\n'
    return _crash("app.permission", log, "password authentication failed")


def disk_full() -> Broken:
    log = "2026-11-23T02:58:59Z FATAL write /data/segment-0001: no space left on device\n"
    return _crash("app.disk-full", log, "no space left on device", "cannot write")


def port_in_use() -> Broken:
    log = "2026-11-23T02:58:59Z FATAL listen tcp :8080: bind: address already in use\n"
    return _crash("app.port-in-use", log, "exits 1", "bind: address already in use")


def tls() -> Broken:
    log = (
        "2026-11-23T02:58:59Z FATAL fetch keys: x509: certificate has expired or is not yet valid\n"
    )
    return _crash("app.tls", log, "certificate has expired")


def own_error() -> Broken:
    log = (
        "panic: runtime error: index out of range [3] with length 3\n\ngoroutine 1 "
        "[running]:\nmain.main()\n\t/src/main.go:31 +0x1d\n"
    )
    return _crash("app.crash", log, "exits 2", "index out of range", code=2)


def variable() -> Broken:
    log = "2026-11-23T02:58:59Z FATAL environment variable SESSION_KEY is not set\n"
    return _crash("config.env-missing", log, "exits 1 because env SESSION_KEY is not set")


def setting() -> Broken:
    log = '2026-11-23T02:58:59Z FATAL config: missing required setting "checkout.currency"\n'
    return _crash(
        "config.setting-missing", log, "exits 1 because the setting checkout.currency is missing"
    )


def setting_file() -> Broken:
    log = "2026-11-23T02:58:59Z FATAL open /etc/cart/rules.yaml: no such file or directory\n"
    return _crash(
        "config.setting-missing",
        log,
        "exits 1 because the file /etc/cart/rules.yaml does not exist",
    )


def _init(cause: str, status: dict[str, object], log: str, *says: str) -> Broken:
    cluster = Cluster()
    spec = PodSpec([box("cart")], init=[box("migrate", command=["sh", "-c", "./migrate.sh"])])
    state = PodState([waiting("cart", "PodInitializing")], init=[status], phase="Pending")
    for pod in cluster.deployment("cart", spec, [state]):
        cluster.write_log(pod, "migrate", log)
    return Broken(cause, "Deployment/shop/cart", cluster, says, "KubePodNotReady")


def init_waits() -> Broken:
    log = "waiting for orders-db to be ready\n" * 40
    return _init(
        "init.waits-for-dependency",
        running("migrate", ready=False),
        log,
        "init container migrate loops for ever",
        "Service orders-db does not exist",
    )


def init_crash() -> Broken:
    log = 'applying 0042_add_currency.sql\nERROR: relation "orders_archive" does not exist\n'
    return _init(
        "init.crash",
        crashing("migrate", 3),
        log,
        "init container migrate exits 3",
        'relation "orders_archive" does not exist',
    )


def memory_limit() -> Broken:
    cluster = Cluster()
    limits = {"limits": {"memory": "64Mi"}, "requests": {"memory": "64Mi"}}
    spec = PodSpec([box("cart", resources=limits)])
    state = PodState([crashing("cart", 137, "OOMKilled", seconds=40)])
    for pod in cluster.deployment("cart", spec, [state]):
        cluster.write_log(pod, "cart", "INFO starting cart\nINFO loading catalogue\n")
    says = ("container cart is OOMKilled (exit 137)", "limit of 64Mi")
    return Broken("memory.limit-too-low", "Deployment/shop/cart", cluster, says, CRASH)


def memory_node_evicted() -> Broken:
    cluster = Cluster()
    message = (
        "The node was low on resource: memory. Threshold quantity: 100Mi, available: 42268Ki. "
        "Container cart was using 3120Mi, request is 0, has larger consumption of memory. "
    )
    last = ended(137, "ContainerStatusUnknown")
    state = PodState(
        [waiting("cart", "x") | {"state": {"terminated": last}}],
        phase="Failed",
        more={"reason": "Evicted", "message": message},
    )
    for pod in cluster.deployment("cart", PodSpec([box("cart")]), [state], replicas=1):
        cluster.event("Pod", pod, "Evicted", message, count=1)
    says = ("was evicted", "low on resource: memory")
    return Broken("memory.node-pressure", "Deployment/shop/cart", cluster, says, "KubePodNotReady")


def memory_node_killed() -> Broken:
    cluster = Cluster()
    state = PodState([crashing("cart", 137, "OOMKilled", seconds=300)])
    for pod in cluster.deployment("cart", PodSpec([box("cart")]), [state]):
        cluster.write_log(pod, "cart", "INFO starting cart\n")
    says = ("killed for memory without a limit of its own", "node node1 ran out")
    return Broken("memory.node-pressure", "Deployment/shop/cart", cluster, says, CRASH)


CASES = (
    dependency_refused,
    dependency_unknown_host,
    permission,
    password,
    disk_full,
    port_in_use,
    tls,
    own_error,
    variable,
    setting,
    setting_file,
    init_waits,
    init_crash,
    memory_limit,
    memory_node_evicted,
    memory_node_killed,
)
