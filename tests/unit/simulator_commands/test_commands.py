"""kubectl command lines carried out in process: what they change, and how a no comes back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.instance import Apply, Patch, Wait
from sandbox.simulator.commands.invocation import read
from sandbox.simulator.engine import Engine
from sandbox.simulator.intake import apply
from sandbox.simulator.settle import build
from sandbox.simulator.steps import StepRefused, duration, perform
from sandbox.simulator.world import NodeSpec, World
from tools.errors import UsageError

NS = "shop"


def deployment(name: str = "web", replicas: int = 2) -> dict[str, Any]:
    labels = {"app": name}
    container = {"name": "app", "image": "web:1", "ports": [{"containerPort": 8080}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


@pytest.fixture
def engine() -> Engine:
    nodes = [NodeSpec(name="n1"), NodeSpec(name="n2")]
    made = build(World(nodes=nodes), datetime(2026, 11, 23, 3, tzinfo=UTC), "commands")
    apply(made, deployment(), NS)
    made.advance(60)
    return made


def do(engine: Engine, *steps: str) -> None:
    for step in steps:
        assert perform(engine, step, NS) is None, step


def refused(engine: Engine, step: str | Patch | Apply) -> StepRefused:
    answer = perform(engine, step, NS)
    assert answer is not None
    return answer


def web(engine: Engine) -> dict[str, Any]:
    found = engine.store.get("apps/deployments", NS, "web")
    assert found is not None
    return found


def container(engine: Engine) -> dict[str, Any]:
    found: dict[str, Any] = web(engine)["spec"]["template"]["spec"]["containers"][0]
    return found


def test_set_image_keeps_everything_else(engine: Engine) -> None:
    before = container(engine)
    do(engine, "set image deployment/web app=web:2")
    assert container(engine) == {**before, "image": "web:2"}
    do(engine, "set image deploy web *=web:3")
    assert container(engine)["image"] == "web:3"
    assert refused(engine, "set image deployment/web nope=web:4").message == (
        'unable to find container named "nope"'
    )


def test_set_env_adds_replaces_and_removes(engine: Engine) -> None:
    do(engine, "create configmap settings --from-literal=log-level=info --from-literal=a=1,2")
    do(engine, "set env deployment/web --from=configmap/settings", "set env deploy/web X=1 Y=2")
    names = [item["name"] for item in container(engine)["env"]]
    assert sorted(names) == ["A", "LOG_LEVEL", "X", "Y"]
    do(engine, "set env deployment/web X- LOG_LEVEL=debug")
    env = {item["name"]: item for item in container(engine)["env"]}
    assert set(env) == {"A", "LOG_LEVEL", "Y"}
    assert env["LOG_LEVEL"] == {"name": "LOG_LEVEL", "value": "debug"}
    assert engine.store.get("configmaps", NS, "settings")["data"]["a"] == "1,2"  # type: ignore[index]


def test_resources_service_account_and_selector(engine: Engine) -> None:
    do(
        engine,
        "set resources deployment/web --limits=memory=64Mi,cpu=1 --requests=memory=32Mi",
        "create serviceaccount runner",
        "set serviceaccount deployment web runner",
        "expose deployment web --port=80 --target-port=8080 --name=front",
        "set selector service front app=other",
    )
    assert container(engine)["resources"] == {
        "limits": {"memory": "64Mi", "cpu": "1"},
        "requests": {"memory": "32Mi"},
    }
    assert web(engine)["spec"]["template"]["spec"]["serviceAccountName"] == "runner"
    service = engine.store.get("services", NS, "front")
    assert service is not None
    assert service["spec"]["selector"] == {"app": "other"}
    assert service["spec"]["ports"][0]["targetPort"] == 8080


def test_rollouts_go_back_pause_and_resume(engine: Engine) -> None:
    do(engine, "set image deployment/web app=web:2", "rollout pause deployment/web")
    assert web(engine)["spec"]["paused"] is True
    assert "paused deployment" in refused(engine, "rollout undo deployment/web").message
    assert "can't restart paused" in refused(engine, "rollout restart deployment/web").message
    do(engine, "rollout resume deployment/web", "rollout undo deployment/web")
    assert container(engine)["image"] == "web:1"
    do(engine, "rollout undo deployment/web --to-revision=2")
    assert container(engine)["image"] == "web:2"
    assert "revision 9" in refused(engine, "rollout undo deployment/web --to-revision=9").message
    engine.advance(60)
    do(engine, "rollout status deployment/web", "rollout restart deployment/web")
    do(engine, "set resources deployment/web --requests=cpu=99")
    assert refused(engine, "rollout status deployment/web").message.startswith("timed out")


def test_scale_patch_label_annotate(engine: Engine) -> None:
    do(
        engine,
        "scale deployment/web --replicas=3",
        "label deployment web tier=front",
        "annotate deployment web note='out of hours'",
        """patch deployment web --type=json -p '[{"op":"add","path":"/spec/minReadySeconds","value":3}]'""",
        """patch deployment web -p '{"spec":{"template":{"spec":{"containers":[{"name":"app","tty":true}]}}}}'""",
    )
    obj = web(engine)
    assert obj["spec"]["replicas"] == 3
    assert obj["spec"]["minReadySeconds"] == 3
    assert obj["metadata"]["labels"]["tier"] == "front"
    assert obj["metadata"]["annotations"]["note"] == "out of hours"
    assert container(engine)["image"] == "web:1"
    assert container(engine)["tty"] is True
    assert "--overwrite is false" in refused(engine, "label deployment web tier=back").message
    do(engine, "label deployment web tier-")
    assert "tier" not in web(engine)["metadata"]["labels"]


def test_nodes_are_tainted_cordoned_and_drained(engine: Engine) -> None:
    do(engine, "taint nodes n1 dedicated=batch:NoSchedule", "cordon n2")
    node = engine.store.get("nodes", None, "n1")
    assert node is not None
    assert {"key": "dedicated", "value": "batch", "effect": "NoSchedule"} in node["spec"]["taints"]
    assert "already has" in refused(engine, "taint nodes n1 dedicated=x:NoSchedule").message
    do(engine, "taint nodes n1 dedicated-", "uncordon n2", "drain n1 --ignore-daemonsets")
    engine.advance(120)
    placed = {pod["spec"].get("nodeName") for pod in engine.store.list("pods", NS)}
    assert placed == {"n2"}


def test_deletion_by_name_and_by_label(engine: Engine) -> None:
    pods = {pod["metadata"]["name"] for pod in engine.store.list("pods", NS)}
    do(engine, "delete pod -l app=web")
    engine.advance(60)
    assert not pods & {pod["metadata"]["name"] for pod in engine.store.list("pods", NS)}
    do(engine, "delete deployment web", "delete deployment web --ignore-not-found")
    engine.advance(60)
    assert not engine.store.list("pods", NS)
    gone = refused(engine, "delete deployment web")
    assert (gone.code, gone.reason) == (404, "NotFound")
    assert gone.message == 'deployments.apps "web" not found'


@pytest.mark.parametrize(
    ("command", "key", "name", "path", "value"),
    [
        ("create secret generic s --from-literal=a=b", "secrets", "s", "data.a", "Yg=="),
        ("create secret docker-registry r --docker-server=x.example --docker-username=u"
         " --docker-password=p", "secrets", "r", "type", "kubernetes.io/dockerconfigjson"),
        ("create namespace extra", "namespaces", "extra", "kind", "Namespace"),
        ("create quota q --hard=pods=3,cpu=1", "resourcequotas", "q", "spec.hard.pods", "3"),
        ("create job j --image=x:1 -- sh -c true", "batch/jobs", "j", "spec.completions", 1),
        ("create deployment d --image=x:1 --replicas=3", "apps/deployments", "d",
         "spec.replicas", 3),
        ("create service clusterip c --tcp=80:8080", "services", "c", "spec.selector.app", "c"),
        ("create priorityclass p --value=7", "scheduling.k8s.io/priorityclasses", "p", "value", 7),
        ("create role ro --verb=get,list --resource=pods,deployments.apps",
         "rbac.authorization.k8s.io/roles", "ro", "rules.0.verbs", ["get", "list"]),
        ("create rolebinding b --role=ro --serviceaccount=shop:default",
         "rbac.authorization.k8s.io/rolebindings", "b", "roleRef.name", "ro"),
        ("create poddisruptionbudget pdb --selector=app=web --min-available=1",
         "policy/poddisruptionbudgets", "pdb", "spec.minAvailable", 1),
        ("autoscale deployment web --min=2 --max=5 --cpu-percent=70",
         "autoscaling/horizontalpodautoscalers", "web", "spec.maxReplicas", 5),
    ],
)  # fmt: skip
def test_generators(
    engine: Engine, command: str, key: str, name: str, path: str, value: object
) -> None:
    do(engine, command)
    found: Any = engine.store.get(key, None, name) or engine.store.get(key, NS, name)
    for part in path.split("."):
        found = found[int(part)] if part.isdecimal() else found[part]
    assert found == value


def test_apply_creates_and_then_merges(engine: Engine) -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": {"a": "1", "b": "2"},
    }
    assert perform(engine, Apply(apply=manifest), NS) is None
    assert perform(engine, Apply(apply={**manifest, "data": {"b": "3"}}), NS) is None
    found = engine.store.get("configmaps", NS, "c")
    assert found is not None
    assert found["data"] == {"b": "3"}
    unknown = Apply(apply={**manifest, "kind": "Nope"})
    assert 'no matches for kind "Nope"' in refused(engine, unknown).message


def test_what_the_server_forbids_changes_nothing(engine: Engine) -> None:
    before = web(engine)
    patch = Patch(
        object="Deployment/web", patch={"spec": {"selector": {"matchLabels": {"x": "y"}}}}
    )
    answer = refused(engine, patch)
    assert (answer.code, answer.reason) == (422, "Invalid")
    assert "field is immutable" in answer.message
    assert web(engine) == before


def test_time_passes_with_steps(engine: Engine) -> None:
    start = engine.now
    assert perform(engine, Wait(wait=30), NS) is None
    do(engine, "scale deployment/web --replicas=1")
    assert (engine.now - start).total_seconds() == 30 + duration("scale")


@pytest.mark.parametrize(
    "command",
    ["exec web -- sh", "edit deployment web", "set imag deployment/web a=b", "create", "get pods",
     "create configmap c --from-file=/etc/passwd", "scale deployment/web --replicsa=1"],
)  # fmt: skip
def test_what_scenarios_do_not_have_is_an_error(engine: Engine, command: str) -> None:
    with pytest.raises(UsageError):
        perform(engine, command, NS)


def test_lists_may_be_repeated_and_double_dash_ends_flags() -> None:
    found = read("create job j --image=x -- echo --not-a-flag")
    assert list(found.program) == ["echo", "--not-a-flag"]
    found = read("create configmap c --from-literal=a=1 --from-literal=b=2,3")
    assert list(found.lists["from-literal"]) == ["a=1", "b=2,3"]
