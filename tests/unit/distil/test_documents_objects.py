"""Objects that the recordings do not hold: sidecars, CronJobs, nodes, managers, slices, lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.distil.distilled import NOW, answered, facts_of, get_move, values
from tools.distil import distil
from tools.distil.pods import lasted
from tools.output import Output


def thing(kind: str, name: str, **more: Any) -> dict[str, Any]:
    meta = {"name": name, "namespace": "shop", **more.pop("metadata", {})}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta, **more}


def container(name: str, **state: Any) -> dict[str, Any]:
    return {"name": name, "restartCount": state.pop("restarts", 0), **state}


RUNNING = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
CRASH = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed"}}
FAILED = {"terminated": {"exitCode": 3, "reason": "Error"}}
SIGNAL = {"terminated": {"exitCode": 137, "signal": 9}}
READY = {"type": "Ready", "status": "True"}
INITIALIZED = {"type": "Initialized", "status": "True"}


def pod(
    phase: str,
    containers: list[dict[str, Any]],
    inits: list[dict[str, Any]] | None = None,
    *,
    sidecars: tuple[str, ...] = (),
    conditions: list[dict[str, Any]] | None = None,
    reason: str = "",
    metadata: dict[str, Any] | None = None,
) -> dict[str, Any]:
    def spec(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        always = {"restartPolicy": "Always"}
        return [{"name": e["name"]} | (always if e["name"] in sidecars else {}) for e in entries]

    status = {
        "phase": phase,
        "reason": reason,
        "conditions": conditions or [],
        "containerStatuses": containers,
        "initContainerStatuses": inits or [],
    }
    spec_ = {"containers": spec(containers), "initContainers": spec(inits or [])}
    return thing("Pod", "web", spec=spec_, status=status, metadata=metadata or {})


DELETED = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("status", "restarts", "raw"),
    [
        ("Pending", 0, pod("Pending", [])),
        ("Running", 2, pod("Running", [container("a", state=RUNNING, ready=True, restarts=2)])),
        ("CrashLoopBackOff", 0, pod("Running", [container("a", state=CRASH)])),
        ("Init:0/2", 0, pod("Pending", [], [container("i", state=RUNNING), container("j")])),
        (
            "Init:1/2",
            0,
            pod("Pending", [], [container("i", state=DONE), container("j", state=RUNNING)]),
        ),
        ("Init:CrashLoopBackOff", 4, pod("Pending", [], [container("i", state=CRASH, restarts=4)])),
        ("Init:Error", 0, pod("Pending", [], [container("i", state=FAILED)])),
        ("Init:Signal:9", 0, pod("Pending", [], [container("i", state=SIGNAL)])),
        (
            "PodInitializing",
            0,
            pod(
                "Pending",
                [container("a", state={"waiting": {"reason": "PodInitializing"}})],
                [container("i", state=DONE)],
            ),
        ),
        (
            "Running",
            3,
            pod(
                "Running",
                [container("a", state=RUNNING, ready=True, restarts=1)],
                [container("mesh", state=RUNNING, started=True, ready=True, restarts=2)],
                sidecars=("mesh",),
            ),
        ),
        ("Completed", 0, pod("Succeeded", [container("a", state=DONE)])),
        (
            "NotReady",
            0,
            pod(
                "Running",
                [container("a", state=DONE), container("b", state=RUNNING, ready=True)],
            ),
        ),
        (
            "Running",
            0,
            pod(
                "Running",
                [container("a", state=DONE), container("b", state=RUNNING, ready=True)],
                conditions=[READY],
            ),
        ),
        ("Evicted", 0, pod("Failed", [], reason="Evicted")),
        ("Signal:9", 0, pod("Failed", [container("a", state=SIGNAL)])),
        ("ExitCode:3", 0, pod("Failed", [container("a", state={"terminated": {"exitCode": 3}})])),
        (
            "Terminating",
            0,
            pod("Running", [container("a", state=RUNNING, ready=True)], metadata=DELETED),
        ),
        ("Unknown", 0, pod("Running", [], reason="NodeLost", metadata=DELETED)),
        ("Completed", 0, pod("Succeeded", [container("a", state=DONE)], metadata=DELETED)),
        (
            "SchedulingGated",
            0,
            pod(
                "Pending",
                [],
                conditions=[
                    {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}
                ],
            ),
        ),
        (
            "CrashLoopBackOff",
            5,
            pod(
                "Running",
                [container("a", state=CRASH, restarts=5)],
                [container("i", state=RUNNING, restarts=1)],
                conditions=[INITIALIZED],
            ),
        ),
    ],
)
def test_pod_status_is_what_kubectl_prints(status: str, restarts: int, raw: dict[str, Any]) -> None:
    facts = facts_of(raw)
    assert values(facts, "pod.status") == {"Pod/shop/web": status}
    assert values(facts, "pod.restarts") == {"Pod/shop/web": restarts}


def test_sidecar_is_no_init_container_and_ephemeral_containers_count() -> None:
    raw = pod(
        "Running",
        [container("a", state=RUNNING)],
        [container("mesh", state=RUNNING), container("migrate", state=DONE)],
        sidecars=("mesh",),
    )
    raw["status"]["ephemeralContainerStatuses"] = [container("debug", state=FAILED)]
    facts = facts_of(raw)
    assert values(facts, "container.init") == {
        "Pod/shop/web[a]": False,
        "Pod/shop/web[mesh]": False,
        "Pod/shop/web[migrate]": True,
        "Pod/shop/web[debug]": False,
    }
    assert values(facts, "container.exit.code")["Pod/shop/web[debug]"] == 3


def test_messages_of_the_status_become_facts() -> None:
    start = 'OCI runtime create failed: exec: "serve": executable file not found in $PATH: unknown'
    raw = pod(
        "Pending",
        [
            container("env", state={"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "db" not found'}}),
            container("pull", state={"waiting": {"reason": "ErrImagePull", "message": "rpc error: 401 Unauthorized"}}),
            container("cmd", state=CRASH, lastState={"terminated": {"exitCode": 128, "reason": "StartError", "message": start}}),
            container("was", state=RUNNING, lastState={"terminated": {"exitCode": 128, "reason": "StartError", "message": start}}),
            container("says", state=FAILED, lastState={}),
        ],
    )  # fmt: skip
    raw["spec"]["containers"][1]["image"] = "acme/private:1"
    facts = facts_of(raw)
    assert values(facts, "config.missing") == {
        "Pod/shop/web[env]": {"kind": "Secret", "name": "db"}
    }
    pulls = values(facts, "pull.error")
    assert list(pulls) == ["Pod/shop/web[pull]"]
    assert pulls["Pod/shop/web[pull]"] == {
        "image": "acme/private:1",
        "cause": "auth",
        "message": "rpc error: 401 Unauthorized",
    }
    # A container that runs again has got over its start error.
    assert list(values(facts, "start.error")) == ["Pod/shop/web[cmd]"]


def test_references_of_a_pod() -> None:
    raw = pod("Running", [container("a")])
    raw["spec"] |= {
        "volumes": [
            {"name": "cfg", "configMap": {"name": "settings", "items": [{"key": "a.yaml"}]}},
            {"name": "tls", "secret": {"secretName": "cert", "optional": True}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "db"}},
            {"name": "all", "projected": {"sources": [{"secret": {"name": "s"}}, {"configMap": {"name": "c"}}]}},
            {"name": "tmp", "emptyDir": {}},
            {"name": "kube-api-access-x1", "projected": {"sources": [{"configMap": {"name": "kube-root-ca.crt"}}]}},
        ],
        "tolerations": [
            {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
            {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"},
        ],
        "imagePullSecrets": [{"name": "regcred"}],
        "serviceAccountName": "robot",
        "affinity": {"podAntiAffinity": {"x": [1]}},
    }  # fmt: skip
    raw["spec"]["containers"][0] |= {
        "args": ["serve"],
        "env": [
            {"name": "PLAIN", "value": "do-not-tell"},
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": True}}},
        ],
        "envFrom": [{"secretRef": {"name": "s"}, "prefix": "P_"}],
        "resources": {"limits": {"memory": "1.5Gi", "cpu": "0.25"}, "requests": {"cpu": "2"}},
        "readinessProbe": {"tcpSocket": {"port": "http"}},
        "livenessProbe": {"exec": {"command": ["cat", "/x"]}},
        "startupProbe": {"grpc": {"port": 5000}, "initialDelaySeconds": 3},
    }  # fmt: skip
    facts = facts_of(raw)
    assert values(facts, "pod.volumes")["Pod/shop/web"] == [
        {"name": "cfg", "kind": "ConfigMap", "ref": "settings", "optional": False, "keys": ["a.yaml"]},
        {"name": "tls", "kind": "Secret", "ref": "cert", "optional": True, "keys": []},
        {"name": "data", "kind": "PersistentVolumeClaim", "ref": "db", "optional": False, "keys": []},
        {"name": "all", "kind": "Secret", "ref": "s", "optional": False, "keys": []},
        {"name": "all", "kind": "ConfigMap", "ref": "c", "optional": False, "keys": []},
    ]  # fmt: skip
    one = {fact.name: fact.value for fact in facts}
    assert one["pod.tolerations"] == [{"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}]
    assert one["pod.pull_secrets"] == ["regcred"]
    assert one["pod.service_account"] == "robot"
    assert one["pod.affinity"] == {"podAntiAffinity": {"x": [1]}}
    assert one["spec.command"] == ["serve"]
    assert one["spec.env_names"] == ["PLAIN", "KEY"]
    assert one["spec.env_refs"] == [
        {"env": "KEY", "kind": "Secret", "name": "s", "key": "k", "optional": True}
    ]
    assert one["spec.env_from"] == [
        {"kind": "Secret", "name": "s", "prefix": "P_", "optional": False}
    ]
    assert one["spec.limit.memory"] == 1536 * 2**20
    assert (one["spec.limit.cpu"], one["spec.request.cpu"]) == (250, 2000)
    assert "spec.request.memory" not in one
    assert one["spec.probe.readiness"] == {"type": "tcp", "port": "http", "initial_delay": 0}
    assert one["spec.probe.liveness"] == {
        "type": "exec",
        "command": ["cat", "/x"],
        "initial_delay": 0,
    }
    assert one["spec.probe.startup"] == {"type": "grpc", "port": 5000, "initial_delay": 3}
    assert "do-not-tell" not in str(facts)


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"labels": {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/instance": "cart"}}, ("Helm", "cart")),
        ({"annotations": {"meta.helm.sh/release-name": "cart", "meta.helm.sh/release-namespace": "shop"}}, ("Helm", "shop/cart")),
        ({"labels": {"argocd.argoproj.io/instance": "shop-app"}}, ("Argo CD", "shop-app")),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "shop-app:apps/Deployment:shop/cart", "meta.helm.sh/release-name": "cart"}}, ("Argo CD", "shop-app")),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}, ("Flux", "Kustomization flux-system/apps")),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "cart"}, "annotations": {"meta.helm.sh/release-name": "cart"}}, ("Flux", "HelmRelease cart")),
        ({"ownerReferences": [{"apiVersion": "acid.zalan.do/v1", "kind": "postgresql", "name": "db", "controller": True}]}, ("operator", "postgresql/db")),
        ({"ownerReferences": [{"apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Machine", "name": "m", "controller": True}]}, ("operator", "Machine/m")),
        ({"ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "d", "controller": True}]}, None),
        ({"ownerReferences": [{"apiVersion": "discovery.k8s.io/v1", "kind": "X", "name": "d", "controller": True}]}, None),
        ({"ownerReferences": [{"apiVersion": "acme.io/v1", "kind": "X", "name": "d"}]}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_managed_by(metadata: dict[str, Any], expected: tuple[str, str] | None) -> None:
    found = values(facts_of(thing("StatefulSet", "cart", metadata=metadata)), "object.managed_by")
    if expected is None:
        assert found == {}
    else:
        tool, source = expected
        assert found == {"StatefulSet/shop/cart": {"tool": tool, "source": source}}


def test_daemonset_counts_nodes() -> None:
    raw = thing(
        "DaemonSet",
        "agent",
        metadata={"generation": 3},
        status={"desiredNumberScheduled": 5, "currentNumberScheduled": 4, "numberReady": 3, "observedGeneration": 2},
    )  # fmt: skip
    one = {fact.name: fact.value for fact in facts_of(raw)}
    assert (one["workload.desired"], one["workload.current"], one["workload.ready"]) == (5, 4, 3)
    assert (one["workload.available"], one["workload.updated"]) == (0, 0)
    assert one["workload.observed"] is False


def test_only_a_replicaset_of_nobody_states_its_containers() -> None:
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d", "controller": True}
    owned = thing(
        "ReplicaSet", "owned", spec={"template": template}, metadata={"ownerReferences": [owner]}
    )
    alone = thing("ReplicaSet", "alone", spec={"template": template, "replicas": 0})
    facts = facts_of(owned, alone)
    assert list(values(facts, "spec.image")) == ["ReplicaSet/shop/alone[c]"]
    assert set(values(facts, "workload.template")) == {
        "ReplicaSet/shop/owned",
        "ReplicaSet/shop/alone",
    }
    assert values(facts, "workload.desired") == {"ReplicaSet/shop/owned": 1, "ReplicaSet/shop/alone": 0}  # fmt: skip


def test_cronjob_and_its_template() -> None:
    raw = thing(
        "CronJob",
        "report",
        spec={
            "schedule": "*/5 * * * *",
            "suspend": True,
            "concurrencyPolicy": "Forbid",
            "jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i:1"}]}}}},
        },
        status={"lastScheduleTime": "2026-01-01T00:00:00Z", "active": [{"name": "x"}]},
    )  # fmt: skip
    one = {fact.name: fact.value for fact in facts_of(raw)}
    assert one["cronjob.schedule"] == "*/5 * * * *"
    assert (one["cronjob.suspended"], one["cronjob.active"]) == (True, 1)
    assert one["cronjob.last_scheduled"] == "2026-01-01T00:00:00Z"
    assert "cronjob.last_success" not in one
    assert (one["cronjob.concurrency"], one["spec.image"]) == ("Forbid", "i:1")


def test_job_that_is_about_to_fail() -> None:
    target = {
        "type": "FailureTarget",
        "status": "True",
        "reason": "DeadlineExceeded",
        "message": "m",
    }
    raw = thing("Job", "j", spec={"activeDeadlineSeconds": 60}, status={"conditions": [target]})
    one = {fact.name: fact.value for fact in facts_of(raw)}
    assert one["job.failure"] == {"reason": "DeadlineExceeded", "message": "m"}
    assert (one["job.deadline"], one["job.suspended"], one["job.active"]) == (60, False, 0)


def test_node() -> None:
    raw = {
        "kind": "Node",
        "metadata": {"name": "n1"},
        "spec": {
            "unschedulable": True,
            "taints": [{"key": "a", "value": "b", "effect": "NoSchedule"}, {"key": "c", "effect": "NoExecute"}],
        },
        "status": {
            "allocatable": {"cpu": "3920m", "memory": "15Gi"},
            "conditions": [
                {"type": "DiskPressure", "status": "True"},
                {"type": "MemoryPressure", "status": "False"},
                {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."},
            ],
        },
    }  # fmt: skip
    facts = facts_of(raw, resource="nodes")
    assert {str(fact.subject) for fact in facts} == {"Node/n1", "Node/*"}
    one = {fact.name: fact.value for fact in facts}
    assert one["node.ready"] is False
    assert one["node.ready_message"] == "NodeStatusUnknown: Kubelet stopped posting node status."
    assert (one["node.cordoned"], one["node.taints"]) == (True, ["a=b:NoSchedule", "c:NoExecute"])
    assert one["node.pressure"] == ["DiskPressure"]
    assert one["node.allocatable.cpu"] == 3920
    assert one["node.allocatable.memory"] == 15 * 2**30


def test_storage_class_quota_and_limit_range() -> None:
    default = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    storage = {
        "kind": "StorageClass",
        "metadata": {"name": "std", **default},
        "provisioner": "csi.acme.io",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    limits = [{"type": "Container", "max": {"memory": "1Gi"}}]
    facts = facts_of(
        storage,
        thing("ResourceQuota", "q", spec={"hard": {"pods": "1"}}, status={}),
        thing("LimitRange", "l", spec={"limits": limits}),
        thing("PersistentVolumeClaim", "c", spec={}, status={"phase": "Lost"}),
        resource="sc,quota,limits,pvc",
    )
    one = {fact.name: fact.value for fact in facts}
    assert one["storageclass.default"] is True
    assert one["storageclass.binding"] == "WaitForFirstConsumer"
    assert one["quota.hard"] == {"pods": "1"}
    assert one["limitrange.limits"] == limits
    assert one["pvc.phase"] == "Lost"
    assert "pvc.class" not in one
    assert values(facts, "list.names")["StorageClass/*"] == ["std"]


def slice_of(service: str, name: str, *endpoints: dict[str, Any], port: int = 80) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": service}
    return thing(
        "EndpointSlice",
        name,
        metadata={"labels": labels},
        endpoints=list(endpoints),
        ports=[{"port": port}],
    )


def endpoint(pod_name: str, ready: bool | None, address: str = "10.0.0.1") -> dict[str, Any]:
    conditions = {} if ready is None else {"ready": ready}
    return {"addresses": [address], "conditions": conditions, "targetRef": {"name": pod_name}}


def test_endpoints_are_summed_over_slices() -> None:
    facts = facts_of(
        slice_of("web", "web-1", endpoint("a", True), endpoint("b", False)),
        slice_of("web", "web-2", endpoint("a", True, "fd00::1"), endpoint("c", None), port=81),
        slice_of("other", "other-1"),
        thing("Endpoints", "web", subsets=[{"addresses": [{"ip": "10.9.9.9"}]}]),
        thing("Endpoints", "old", subsets=[{"notReadyAddresses": [{"ip": "10.9.9.9"}], "ports": [{"port": 7}]}]),
    )  # fmt: skip
    ready = values(facts, "endpoints.ready")
    assert ready == {"Service/shop/web": 2, "Service/shop/other": 0, "Service/shop/old": 0}
    assert values(facts, "endpoints.not_ready")["Service/shop/web"] == 1
    assert values(facts, "endpoints.not_ready")["Service/shop/old"] == 1
    assert values(facts, "endpoints.ports")["Service/shop/web"] == [80, 81]


def test_service_without_a_slice_has_no_endpoints_only_where_slices_were_asked() -> None:
    services = (
        thing("Service", "web", spec={"selector": {"a": "b"}, "ports": [{"port": 80}]}),
        thing("Service", "out", spec={"type": "ExternalName"}),
        thing("Service", "db", spec={"clusterIP": "None", "ports": [{"port": 1, "targetPort": "sql"}]}),
    )  # fmt: skip
    both = facts_of(*services, resource="svc,endpointslices")
    assert values(both, "endpoints.ready") == {"Service/shop/web": 0}
    assert values(both, "service.type") == {
        "Service/shop/web": "ClusterIP",
        "Service/shop/out": "ExternalName",
        "Service/shop/db": "Headless",
    }
    assert values(both, "service.ports")["Service/shop/db"] == [
        {"name": "", "port": 1, "target_port": "sql", "protocol": "TCP"}
    ]
    assert values(facts_of(*services, resource="svc"), "endpoints.ready") == {}


def test_configmap_states_keys_and_never_values() -> None:
    raw = thing("ConfigMap", "c", data={"URL": "do-not-tell"}, binaryData={"blob": "ZG8tbm90"})
    facts = facts_of(raw)
    assert values(facts, "configmap.keys") == {"ConfigMap/shop/c": ["URL", "blob"]}
    assert "do-not-tell" not in str(facts)


def test_any_other_kind_states_what_any_object_has() -> None:
    raw = thing("Widget", "w", metadata={"labels": {"a": "b"}, "finalizers": ["f"], **DELETED})
    raw["apiVersion"] = "acme.io/v1"
    assert {fact.name for fact in facts_of(raw)} - {"list.names"} == {
        "object.exists",
        "object.labels",
        "object.deleted_at",
        "object.finalizers",
    }


def test_list_names_need_a_complete_list() -> None:
    items = {"kind": "PodList", "items": [{"metadata": {"name": "a", "namespace": "shop"}}]}

    def names(**more: Any) -> dict[str, Any]:
        resource = more.pop("resource", "pods,cm")
        exit_code = more.pop("exit_code", 0)
        stderr = more.pop("stderr", "")
        output = answered(items, stderr, exit_code)
        return values(distil(get_move(resource, **more), output, now=NOW), "list.names")

    whole = {"Pod/shop/*": ["a"], "ConfigMap/shop/*": []}
    assert names() == whole
    assert names(flags={"selector": "a=b"}) == {}
    assert names(flags={"field-selector": "status.phase=Failed"}) == {}
    assert names(namespace=None, all_namespaces=True) == whole
    assert names(namespace=None) == whole
    forbidden = 'Error from server (Forbidden): configmaps is forbidden: User "u" cannot list resource "configmaps" in API group "" in the namespace "shop"'
    assert names(exit_code=1, stderr=forbidden) == {"Pod/shop/*": ["a"]}
    assert names(exit_code=1, stderr="error: unexpected EOF") == {}
    assert set(names(resource="all")) > {"Pod/shop/*", "Deployment/shop/*", "CronJob/shop/*"}
    assert names(resource="events") == {}


def test_half_a_document_states_nothing() -> None:
    whole = answered({"kind": "Pod", "metadata": {"name": "a", "namespace": "shop"}})
    move = get_move("pods")
    assert distil(move, whole, now=NOW)
    assert distil(move, whole.model_copy(update={"truncated": True}), now=NOW) == []
    assert distil(move, whole.model_copy(update={"timed_out": True}), now=NOW) == []
    assert distil(move, Output(exit_code=0, stdout=whole.stdout[:-9], stderr=""), now=NOW) == []


@pytest.mark.parametrize(
    ("started", "finished", "seconds"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z", 90.0),
        ("1970-01-01T00:00:00Z", "2026-01-01T00:01:30Z", None),
        ("2026-01-01T00:00:10Z", "2026-01-01T00:00:09Z", 0.0),
        ("", "2026-01-01T00:00:09Z", None),
        ("2026-01-01", "2026-01-02", None),
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", None),
    ],
)
def test_how_long_a_container_lasted(started: str, finished: str, seconds: float | None) -> None:
    assert lasted(started, finished) == seconds
