"""Create, replace, patch: identity, optimistic locks, generations, subresources, dry runs."""

from __future__ import annotations

import pytest

from tests.live_cluster import CORE, DEPLOYMENTS, MERGE, Live, deployment, pod

MODIFIED = (
    'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please '
    "apply your changes to the latest version and try again"
)


@pytest.fixture
def live() -> Live:
    return Live()


def test_a_second_object_of_the_same_name(live: Live) -> None:
    live.made(DEPLOYMENTS, deployment())
    answer = live("POST", DEPLOYMENTS, deployment())
    assert (answer.code, answer.body["reason"]) == (409, "AlreadyExists")
    assert answer.body["message"] == 'deployments.apps "web" already exists'
    assert answer.body["details"] == {"name": "web", "group": "apps", "kind": "deployments"}


def test_the_server_owns_part_of_the_metadata(live: Live) -> None:
    body = deployment()
    body["metadata"] |= {
        "uid": "mine",
        "creationTimestamp": "2020-01-01T00:00:00Z",
        "generation": 7,
    }
    body["status"] = {"replicas": 9}
    meta = live.made(DEPLOYMENTS, body)["metadata"]
    assert meta["uid"] != "mine"
    assert meta["creationTimestamp"] == "2026-11-23T02:00:00Z"
    assert meta["generation"] == 1
    assert live("GET", f"{DEPLOYMENTS}/web").body["status"] == {}


def test_generated_names_are_the_servers_and_repeatable() -> None:
    body = {"metadata": {"generateName": "x-"}, "data": {}}
    runs = []
    for _ in range(2):
        live = Live()
        runs.append([live.made(f"{CORE}/configmaps", body)["metadata"]["name"] for _ in range(3)])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) == 3
    assert all(set(name[2:]) <= set("bcdfghjklmnpqrstvwxz2456789") for name in runs[0])


def test_a_generated_name_is_not_given_out_again(live: Live) -> None:
    body = {"metadata": {"generateName": "x-"}, "data": {}}
    first = live.made(f"{CORE}/configmaps", body)["metadata"]["name"]
    live("DELETE", f"{CORE}/configmaps/{first}")

    assert live.made(f"{CORE}/configmaps", body)["metadata"]["name"] != first


def test_a_dry_run_uses_up_no_generated_name(live: Live) -> None:
    body = {"metadata": {"generateName": "x-"}, "data": {}}
    shown = live.made(f"{CORE}/configmaps?dryRun=All", body)["metadata"]["name"]

    assert live.made(f"{CORE}/configmaps", body)["metadata"]["name"] == shown


@pytest.mark.parametrize(
    ("meta", "code", "message"),
    [
        (
            {"name": "web", "namespace": "other"},
            400,
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
        (
            {"name": "web", "resourceVersion": "5"},
            400,
            "resourceVersion should not be set on objects to be created",
        ),
        (
            {},
            422,
            'Deployment.apps "" is invalid: metadata.name: Required value: name or generateName '
            "is required",
        ),
    ],
)
def test_bad_identities(live: Live, meta: dict[str, str], code: int, message: str) -> None:
    answer = live("POST", DEPLOYMENTS, {**deployment(), "metadata": meta})
    assert (answer.code, answer.body["message"]) == (code, message)


def test_the_optimistic_lock(live: Live) -> None:
    live.made(DEPLOYMENTS, deployment())
    first = live("GET", f"{DEPLOYMENTS}/web").body
    second = {**first, "metadata": {**first["metadata"], "labels": {"a": "b"}}}
    assert live("PUT", f"{DEPLOYMENTS}/web", second).code == 200
    answer = live("PUT", f"{DEPLOYMENTS}/web", first)
    assert (answer.code, answer.body["reason"]) == (409, "Conflict")
    assert answer.body["message"] == MODIFIED
    stale = {"metadata": {"resourceVersion": first["metadata"]["resourceVersion"]}}
    answer = live("PATCH", f"{DEPLOYMENTS}/web", stale, content_type=MERGE)
    assert (answer.code, answer.body["message"]) == (409, MODIFIED)
    unlocked = {**first, "metadata": {"name": "web"}}
    assert live("PUT", f"{DEPLOYMENTS}/web", unlocked).code == 200


def test_another_name_than_the_paths(live: Live) -> None:
    live.made(DEPLOYMENTS, deployment())
    answer = live("PUT", f"{DEPLOYMENTS}/web", deployment("other"))
    assert answer.code == 400
    assert answer.body["message"] == (
        "the name of the object (other) does not match the name on the URL (web)"
    )


def test_only_the_spec_counts_generations(live: Live) -> None:
    live.made(DEPLOYMENTS, deployment())

    def generation() -> int:
        return int(live("GET", f"{DEPLOYMENTS}/web").body["metadata"]["generation"])

    live("PATCH", f"{DEPLOYMENTS}/web", {"metadata": {"labels": {"a": "b"}}}, content_type=MERGE)
    assert generation() == 1
    live("PATCH", f"{DEPLOYMENTS}/web", {"spec": {"replicas": 2}}, content_type=MERGE)
    assert generation() == 2
    version = live.engine.store.version
    live("PATCH", f"{DEPLOYMENTS}/web", {"spec": {"replicas": 2}}, content_type=MERGE)
    assert live.engine.store.version == version  # an equal object is no write


def test_spec_and_status_have_their_own_doors(live: Live) -> None:
    live.made(DEPLOYMENTS, deployment())
    both = {"spec": {"replicas": 7}, "status": {"replicas": 7}}
    live("PATCH", f"{DEPLOYMENTS}/web/status", both, content_type=MERGE)
    shown = live("GET", f"{DEPLOYMENTS}/web").body
    assert (shown["spec"]["replicas"], shown["status"]["replicas"]) == (1, 7)
    live("PATCH", f"{DEPLOYMENTS}/web", {"status": {"replicas": 1}}, content_type=MERGE)
    assert live("GET", f"{DEPLOYMENTS}/web").body["status"]["replicas"] == 7


def test_a_status_that_is_left_out_is_emptied(live: Live) -> None:
    live.made(DEPLOYMENTS, deployment())
    live("PATCH", f"{DEPLOYMENTS}/web/status", {"status": {"replicas": 7}}, content_type=MERGE)
    shown = live("GET", f"{DEPLOYMENTS}/web").body
    del shown["status"]
    assert live("PUT", f"{DEPLOYMENTS}/web/status", shown).code == 200
    assert live("GET", f"{DEPLOYMENTS}/web").body["status"] == {}


def test_scale_reads_writes_and_refuses(live: Live) -> None:
    live.made(DEPLOYMENTS, deployment())
    scale = live("GET", f"{DEPLOYMENTS}/web/scale").body
    assert scale["status"]["selector"] == "app=web"
    scale["spec"]["replicas"] = 3
    assert live("PUT", f"{DEPLOYMENTS}/web/scale", scale).body["spec"] == {"replicas": 3}
    assert live("PUT", f"{DEPLOYMENTS}/web/scale", scale).code == 409
    answer = live(
        "PATCH", f"{DEPLOYMENTS}/web/scale", {"spec": {"replicas": -1}}, content_type=MERGE
    )
    assert answer.code == 422
    assert answer.body["message"].endswith("must be greater than or equal to 0")
    live.engine.advance(30)
    assert live("GET", f"{DEPLOYMENTS}/web").body["status"]["readyReplicas"] == 3


def test_a_dry_run_answers_and_stores_nothing(live: Live) -> None:
    version = live.engine.store.version
    memory = dict(live.engine.memory)
    made = live.made(f"{CORE}/pods", pod(), query="dryRun=All")
    assert made["metadata"]["uid"]
    assert made["spec"]["serviceAccountName"] == "default"
    assert live.engine.store.version == version
    assert live.engine.memory == memory
    real = live.made(f"{CORE}/pods", pod())
    answer = live("DELETE", f"{CORE}/pods/p", query="dryRun=All")
    assert answer.code == 200
    assert live("GET", f"{CORE}/pods/p").body["metadata"]["uid"] == real["metadata"]["uid"]
    refused = live("POST", "/api/v1/namespaces/none/pods", pod(), query="dryRun=All")
    assert refused.code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [("dryRun=Some", "dryRun"), ("fieldValidation=Loud", "fieldValidation")],
)
def test_options_that_do_not_exist(live: Live, query: str, field: str) -> None:
    answer = live("POST", f"{CORE}/pods", pod(), query=query)
    assert answer.code == 422
    assert answer.body["message"].startswith(
        f'CreateOptions.meta.k8s.io "" is invalid: {field}: Unsupported value: '
    )


def test_field_validation_has_three_moods(live: Live) -> None:
    odd = {**pod(), "spec": {**pod()["spec"], "nodeNam": "x"}}
    strict = live("POST", f"{CORE}/pods", odd, query="fieldValidation=Strict&dryRun=All")
    assert strict.code == 400
    assert 'unknown field "spec.nodeNam"' in strict.body["message"]
    warned = live("POST", f"{CORE}/pods", odd, query="fieldValidation=Warn&dryRun=All")
    assert (warned.code, warned.warnings) == (201, ('unknown field "spec.nodeNam"',))
    silent = live("POST", f"{CORE}/pods", odd, query="fieldValidation=Ignore&dryRun=All")
    assert (silent.code, silent.warnings) == (201, ())
    assert "nodeNam" not in silent.body["spec"]


def test_a_field_that_is_there_twice(live: Live) -> None:
    raw = b'{"metadata":{"name":"a","name":"b"},"data":{}}'
    answer = live("POST", f"{CORE}/configmaps", raw, query="fieldValidation=Strict")
    assert answer.code == 400
    assert answer.body["message"].endswith('strict decoding error: duplicate field "metadata.name"')
    assert live("POST", f"{CORE}/configmaps", raw).body["metadata"]["name"] == "b"


def test_the_manager_comes_from_the_user_agent(live: Live) -> None:
    fields = live.made(f"{CORE}/configmaps", {"metadata": {"name": "a"}, "data": {"k": "v"}})
    assert fields["metadata"]["managedFields"][0]["manager"] == "kubectl"
    body = {"metadata": {"name": "b"}, "data": {"k": "v"}}
    named = live.made(f"{CORE}/configmaps", body, query="fieldManager=me")
    assert named["metadata"]["managedFields"][0]["manager"] == "me"


def test_services_get_their_addresses(live: Live) -> None:
    ports = [{"name": "a", "port": 80}, {"name": "b", "port": 81, "nodePort": 30080}]
    body = {"metadata": {"name": "s"}, "spec": {"type": "NodePort", "ports": ports}}
    spec = live.made(f"{CORE}/services", body)["spec"]
    assert spec["clusterIP"].startswith("10.96.")
    assert spec["clusterIPs"] == [spec["clusterIP"]]
    assert spec["ports"][0]["nodePort"] in range(30000, 32768)
    other = {"metadata": {"name": "t"}, "spec": {"type": "NodePort", "ports": ports[1:]}}
    taken = live("POST", f"{CORE}/services", other)
    assert taken.code == 422
    assert taken.body["message"] == (
        'Service "t" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is '
        "already allocated"
    )
    same = {"metadata": {"name": "u"}, "spec": {"clusterIP": spec["clusterIP"], "ports": ports[:1]}}
    assert (
        "provided IP is already allocated" in live("POST", f"{CORE}/services", same).body["message"]
    )
    kept = {"metadata": {"name": "s"}, "spec": {"ports": [{"name": "a", "port": 80}]}}
    again = live("PUT", f"{CORE}/services/s", kept).body["spec"]
    assert again["clusterIP"] == spec["clusterIP"]


def test_a_new_namespace_is_furnished(live: Live) -> None:
    made = live.made("/api/v1/namespaces", {"metadata": {"name": "shop"}})
    assert made["metadata"]["labels"] == {"kubernetes.io/metadata.name": "shop"}
    assert live("GET", "/api/v1/namespaces/shop/serviceaccounts/default").code == 200
    assert live("GET", "/api/v1/namespaces/shop/configmaps/kube-root-ca.crt").code == 200
    live.made("/api/v1/namespaces/shop/pods", pod())


def test_two_versions_of_one_object(live: Live) -> None:
    live.made(DEPLOYMENTS, deployment())
    old = {
        "apiVersion": "autoscaling/v1",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": {
            "maxReplicas": 3,
            "targetCPUUtilizationPercentage": 50,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        },
    }
    hpas = "/namespaces/default/horizontalpodautoscalers"
    made = live.made(f"/apis/autoscaling/v1{hpas}", old)
    assert made["apiVersion"] == "autoscaling/v1"
    metric = live("GET", f"/apis/autoscaling/v2{hpas}/web").body["spec"]["metrics"][0]
    assert metric["resource"]["target"]["averageUtilization"] == 50
    patch = {"spec": {"targetCPUUtilizationPercentage": 70}}
    live("PATCH", f"/apis/autoscaling/v1{hpas}/web", patch, content_type=MERGE)
    metric = live("GET", f"/apis/autoscaling/v2{hpas}/web").body["spec"]["metrics"][0]
    assert metric["resource"]["target"]["averageUtilization"] == 70
