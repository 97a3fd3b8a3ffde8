"""Admission refuses clients and controllers in the same words."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.admission import podstandards
from sandbox.simulator.world import StorageClassSpec, World
from tests.live_cluster import CORE, DEPLOYMENTS, MERGE, Live, deployment, pod

RESTRICTED = (
    'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must '
    'set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" '
    'must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" '
    "must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "
    '"c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")'
)
SAFE = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
CLASSES = "/apis/scheduling.k8s.io/v1/priorityclasses"


@pytest.fixture
def live() -> Live:
    return Live()


def refused(live: Live, body: dict[str, Any], path: str = f"{CORE}/pods") -> str:
    answer = live("POST", path, body)
    assert (answer.code, answer.body["reason"]) == (403, "Forbidden"), answer.text
    return str(answer.body["message"])


def label_default(live: Live, **labels: str) -> None:
    named = {f"pod-security.kubernetes.io/{mode}": level for mode, level in labels.items()}
    patch = {"metadata": {"labels": named}}
    assert live("PATCH", "/api/v1/namespaces/default", patch, content_type=MERGE).code == 200


def test_a_service_account_that_is_not_there(live: Live) -> None:
    text = 'serviceaccount "none" not found'
    message = refused(live, pod(serviceAccountName="none"))
    assert message == (
        f'pods "p" is forbidden: error looking up service account default/none: {text}'
    )
    live.made(DEPLOYMENTS, deployment(serviceAccountName="none"))
    live.engine.advance(5)
    (event,) = live.events("FailedCreate")[:1]
    assert event.startswith('Error creating: pods "web-')
    assert event.endswith(text)


def test_an_account_may_withhold_its_token(live: Live) -> None:
    off = live.made(f"{CORE}/pods", pod("off", automountServiceAccountToken=False))
    assert "volumes" not in off["spec"]
    on = live.made(f"{CORE}/pods", pod("on"))
    assert on["spec"]["volumes"][0]["name"].startswith("kube-api-access-")


def test_limit_ranges_fill_and_bound(live: Live) -> None:
    item = {"type": "Container", "default": {"cpu": "500m"}, "max": {"cpu": "1", "memory": "64Mi"}}
    body = {"metadata": {"name": "l"}, "spec": {"limits": [item]}}
    live.made(f"{CORE}/limitranges", body)
    made = live.made(f"{CORE}/pods", pod("plain"))
    # an unspecified default is the maximum
    limits = {"cpu": "500m", "memory": "64Mi"}
    assert made["spec"]["containers"][0]["resources"] == {"limits": limits, "requests": limits}
    big = {"limits": {"cpu": "2", "memory": "1Gi"}}
    containers = [{"name": "c", "image": "x", "resources": big}]
    assert refused(live, pod(containers=containers)) == (
        'pods "p" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum '
        "memory usage per Container is 64Mi, but limit is 1Gi]"
    )
    small = [{"name": "c", "image": "x", "resources": {"limits": {"memory": "1Mi"}}}]
    made = live.made(f"{CORE}/pods", pod(containers=small))
    resources = made["spec"]["containers"][0]["resources"]
    assert resources["limits"] == {"memory": "1Mi", "cpu": "500m"}
    assert resources["requests"]["cpu"] == "500m"


def test_quotas_count_pods_objects_ports_and_storage(live: Live) -> None:
    hard = {
        "pods": "1",
        "services": "1",
        "services.nodeports": "1",
        "count/configmaps": "3",
        "count/deployments.apps": "1",
        "requests.storage": "1Gi",
    }
    live.made(f"{CORE}/resourcequotas", {"metadata": {"name": "q"}, "spec": {"hard": hard}})
    live.made(f"{CORE}/pods", pod("first"))
    assert refused(live, pod()) == (
        'pods "p" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'
    )
    service = {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}}
    assert "exceeded quota: q, requested: services=1" in refused(live, service, f"{CORE}/services")
    live.made(f"{CORE}/configmaps", {"metadata": {"name": "third"}})  # after the two CA bundles
    text = refused(live, {"metadata": {"name": "fourth"}}, f"{CORE}/configmaps")
    assert "requested: count/configmaps=1, used: count/configmaps=3" in text
    live.made(DEPLOYMENTS, deployment("a", 0))
    assert "count/deployments.apps=1" in refused(live, deployment("b", 0), DEPLOYMENTS)
    claim = {
        "metadata": {"name": "c"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}},
    }
    text = refused(live, claim, f"{CORE}/persistentvolumeclaims")
    assert "requested: requests.storage=2Gi, used: requests.storage=0" in text
    status = live("GET", f"{CORE}/resourcequotas/q").body["status"]
    assert status["used"]["count/configmaps"] == "3"
    live("DELETE", f"{CORE}/configmaps/third")
    live.engine.advance(2)
    status = live("GET", f"{CORE}/resourcequotas/q").body["status"]
    assert status["used"]["count/configmaps"] == "2"


def test_quota_scopes(live: Live) -> None:
    spec = {"hard": {"pods": "0"}, "scopes": ["BestEffort"]}
    live.made(f"{CORE}/resourcequotas", {"metadata": {"name": "q"}, "spec": spec})
    assert "exceeded quota: q" in refused(live, pod())
    resources = {"requests": {"cpu": "10m"}}
    live.made(f"{CORE}/pods", pod(containers=[{"name": "c", "image": "x", "resources": resources}]))


def test_pod_security_for_clients_and_controllers(live: Live) -> None:
    label_default(live, enforce="restricted", warn="restricted")
    assert refused(live, pod()) == f'pods "p" is forbidden: {RESTRICTED}'
    made = live("POST", DEPLOYMENTS, deployment())
    assert made.code == 201
    assert made.warnings == (f"would {RESTRICTED.replace('violates', 'violate', 1)}",)
    live.engine.advance(5)
    assert live.events("FailedCreate")[0].endswith(RESTRICTED)
    safe = [{"name": "c", "image": "x", "securityContext": SAFE}]
    assert live("POST", f"{CORE}/pods", pod(containers=safe)).warnings == ()


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            {"hostNetwork": True, "hostPID": True},
            "host namespaces (hostNetwork=true, hostPID=true)",
        ),
        (
            {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]},
            'hostPath volumes (volume "v")',
        ),
        (
            {"containers": [{"name": "c", "securityContext": {"privileged": True}}]},
            'privileged (container "c" must not set securityContext.privileged=true)',
        ),
        (
            {"containers": [{"name": "c", "ports": [{"containerPort": 1, "hostPort": 80}]}]},
            'hostPort (container "c" uses hostPort 80)',
        ),
        (
            {
                "containers": [
                    {"name": "c", "securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}}
                ]
            },
            'non-default capabilities (container "c" must not include "NET_ADMIN" in '
            "securityContext.capabilities.add)",
        ),
    ],
)
def test_the_baseline_standard(spec: dict[str, Any], text: str) -> None:
    assert podstandards.violations("baseline", {"containers": [{"name": "c"}], **spec}) == [text]


def test_a_harmless_pod_passes_baseline() -> None:
    assert podstandards.violations("baseline", {"containers": [{"name": "c"}]}) == []


def test_priority_classes(live: Live) -> None:
    assert refused(live, pod(priorityClassName="gold")) == (
        'pods "p" is forbidden: no PriorityClass with name gold was found'
    )
    live.made(CLASSES, {"metadata": {"name": "gold"}, "value": 1000})
    made = live.made(f"{CORE}/pods", pod(priorityClassName="gold"))
    assert made["spec"]["priority"] == 1000
    live.made(CLASSES, {"metadata": {"name": "usual"}, "value": 5, "globalDefault": True})
    made = live.made(f"{CORE}/pods", pod("other"))
    assert (made["spec"]["priorityClassName"], made["spec"]["priority"]) == ("usual", 5)
    again = {"metadata": {"name": "rival"}, "value": 6, "globalDefault": True}
    assert refused(live, again, CLASSES).endswith(
        "PriorityClass usual is already marked as default. Only one default can exist"
    )


def test_claims_get_the_default_class() -> None:
    live = Live(World(storage=[StorageClassSpec(name="fast", default=True)]))
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    path = f"{CORE}/persistentvolumeclaims"
    made = live.made(path, {"metadata": {"name": "a"}, "spec": spec})
    assert made["spec"]["storageClassName"] == "fast"
    made = live.made(path, {"metadata": {"name": "b"}, "spec": {**spec, "storageClassName": ""}})
    assert made["spec"]["storageClassName"] == ""


def webhook(kind: str, **more: Any) -> dict[str, Any]:
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["pods"],
    }
    service = {"namespace": "hooks", "name": "svc", "path": "/check"}
    hook = {
        "name": "x.dev",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "clientConfig": {"service": service},
        "rules": [rule],
        **more,
    }
    return {"metadata": {"name": f"{kind.lower()}-x"}, "webhooks": [hook]}


@pytest.mark.parametrize("kind", ["Mutating", "Validating"])
def test_a_webhook_without_a_service(live: Live, kind: str) -> None:
    path = f"/apis/admissionregistration.k8s.io/v1/{kind.lower()}webhookconfigurations"
    live.made(path, webhook(kind))
    answer = live("POST", f"{CORE}/pods", pod())
    assert (answer.code, answer.body["reason"]) == (500, "InternalError")
    called = (
        'failed calling webhook "x.dev": failed to call webhook: Post '
        '"https://svc.hooks.svc:443/check?timeout=10s": '
    )
    message = f'Internal error occurred: {called}service "svc" not found'
    assert answer.body["message"] == message
    live.made(DEPLOYMENTS, deployment())
    live.engine.advance(3)
    assert live.events("FailedCreate")[0] == f"Error creating: {message}"
    live.made("/api/v1/namespaces", {"metadata": {"name": "hooks"}})
    service = {"metadata": {"name": "svc"}, "spec": {"ports": [{"port": 443}]}}
    live.made("/api/v1/namespaces/hooks/services", service)
    answer = live("POST", f"{CORE}/pods", pod())
    assert answer.body["message"].endswith('no endpoints available for service "svc"')
    ignore = {"webhooks": webhook(kind, failurePolicy="Ignore")["webhooks"]}
    live("PATCH", f"{path}/{kind.lower()}-x", ignore, content_type=MERGE)
    live.made(f"{CORE}/pods", pod())


def test_webhooks_are_asked_only_about_what_they_select(live: Live) -> None:
    path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    selector = {"matchLabels": {"checked": "yes"}}
    live.made(path, webhook("Validating", objectSelector=selector, sideEffects="Some"))
    live.made(f"{CORE}/pods", pod())
    checked = pod("q")
    checked["metadata"]["labels"] = {"checked": "yes"}
    assert live("POST", f"{CORE}/pods", checked).code == 500
    dry = live("POST", f"{CORE}/pods", checked, query="dryRun=All")
    assert (dry.code, dry.body["message"]) == (
        400,
        'admission webhook "x.dev" does not support dry run',
    )
