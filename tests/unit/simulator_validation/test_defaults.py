"""What the server fills in, kind by kind, where no recording shows it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.simulator.defaults import defaulted
from tests.good_objects import made


def spec(kind: str, path: str = "", value: Any = None) -> Any:
    return made(kind, path, value)["spec"]


def test_a_service_that_can_be_reached_from_outside() -> None:
    found = spec("Service", "spec/type", "LoadBalancer")
    assert found["externalTrafficPolicy"] == "Cluster"
    assert found["allocateLoadBalancerNodePorts"] is True
    assert found["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    assert "ipFamilies" not in spec("Service", "spec/type", "ExternalName")
    sticky = spec("Service", "spec/sessionAffinity", "ClientIP")
    assert sticky["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 10800}}


def test_a_policy_is_about_what_leaves_only_when_it_says_so() -> None:
    assert spec("NetworkPolicy")["policyTypes"] == ["Ingress"]
    found = spec("NetworkPolicy", "spec/egress", [{"ports": [{"port": 53}]}])
    assert found["policyTypes"] == ["Ingress", "Egress"]
    assert found["egress"][0]["ports"] == [{"port": 53, "protocol": "TCP"}]


def test_an_autoscaler_aims_at_the_cpu() -> None:
    found = spec("HorizontalPodAutoscaler", "spec/behavior", {"scaleDown": {}})
    assert found["minReplicas"] == 1
    # the rows are in the server's order, and v1 is the last of this kind
    v2 = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "spec": {"behavior": {}},
    }
    found = defaulted(v2)["spec"]
    assert found["metrics"][0]["resource"]["target"]["averageUtilization"] == 80
    up = found["behavior"]["scaleUp"]
    assert [(p["type"], p["value"]) for p in up["policies"]] == [("Pods", 4), ("Percent", 100)]
    assert "stabilizationWindowSeconds" not in found["behavior"]["scaleDown"]


def test_a_job_that_says_how_many_run_at_once_has_no_number_of_completions() -> None:
    assert spec("Job")["completions"] == 1
    assert "completions" not in spec("Job", "spec/parallelism", 3)


def test_the_maximum_of_a_limit_range_is_its_default() -> None:
    (limits,) = spec("LimitRange")["limits"]
    assert (limits["default"], limits["defaultRequest"]) == ({"cpu": "1"}, {"cpu": "1"})


def test_requests_are_filled_in_for_pods_and_not_for_templates() -> None:
    limits = {"limits": {"cpu": "1"}}
    pod = spec("Pod", "spec/containers/0/resources", limits)
    assert pod["containers"][0]["resources"]["requests"] == {"cpu": "1"}
    template = spec("Deployment", "spec/template/spec/containers/0/resources", limits)
    assert "requests" not in template["template"]["spec"]["containers"][0]["resources"]


def test_a_volume_without_a_source_is_an_empty_directory() -> None:
    assert spec("Pod", "spec/volumes", [{"name": "v"}])["volumes"] == [
        {"name": "v", "emptyDir": {}}
    ]


@pytest.mark.parametrize("kind", ["Service", "Secret", "Namespace"])
def test_a_custom_resource_of_the_same_kind_is_left_alone(kind: str) -> None:
    obj = {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": "x"}}
    assert defaulted(obj) is obj
