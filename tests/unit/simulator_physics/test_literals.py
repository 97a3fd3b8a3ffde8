"""Commands that say all they do, and images that nobody can have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.simulator.kubelet.literals import app
from tests.unit.simulator_physics.labs import (
    container,
    events,
    lab,
    log,
    messages,
    obj,
    state,
    template,
    workload,
)


@pytest.mark.parametrize(
    ("command", "after", "code", "lines"),
    [
        (["false"], 0, 1, []),
        (["/bin/true"], 0, 0, []),
        (["sleep", "5"], 5, 0, []),
        (["sleep", "2m"], 120, 0, []),
        (["sh", "-c", "exit 3"], 0, 3, []),
        (["/bin/bash", "-c", "exit 256"], 0, 0, []),
        (["sh", "-c", "echo 'bad; config' >&2; exit 1"], 0, 1, ["bad; config"]),
        (["sh", "-c", 'echo ";" exit 2'], 0, 0, ["; exit 2"]),
        (["sh", "-c", "echo 1 1>&2\n\nsleep 3\necho two\nexit"], 3, 0, ["1", "two"]),
        (["sh", "-c", "false || exit 4; exit 5"], 0, 4, []),
        (["sh", "-c", "false && exit 4; false"], 0, 1, []),
        (["echo", "hello", "world"], 0, 0, ["hello world"]),
    ],
)
def test_read(command: list[str], after: float, code: int, lines: list[str]) -> None:
    found = app("acme/app:1", tuple(command))
    assert found is not None
    assert found.exits is not None
    assert (found.exits.after, found.exits.code) == (after, code)
    assert [*found.log, *found.exits.log] == lines


def test_an_endless_sleep_never_ends() -> None:
    found = app("acme/app:1", ("sh", "-c", "echo up; sleep infinity"))
    assert found is not None
    assert (found.log, found.exits) == (["up"], None)


@pytest.mark.parametrize(
    "script",
    [
        "exit $CODE", "echo `date`", "echo a | tee b", "while true; do sleep 1; done", "exec app",
        "echo a > /tmp/x", "sleep 1; echo a; sleep 1; exit 1", "echo 'a", "; exit 1", "exit 1;;",
        "echo -n a", "exit one", "true &&", "sleep", "exit 1 2", "echo *", "set -e; false",
        "sleep 1 >&2", "(exit 1)", "false & exit 1",
    ],
)  # fmt: skip
def test_more_than_a_gesture_is_not_read(script: str) -> None:
    assert app("acme/app:1", ("sh", "-c", script)) is None


@pytest.mark.parametrize("command", [(), ("nginx",), ("sh",), ("sh", "-c"), ("./false",)])
def test_other_programs_are_not_read(command: tuple[str, ...]) -> None:
    assert app("acme/app:1", command) is None


@given(st.text(alphabet="exit0 1;&|'\">\n$sleepcho", max_size=60))
def test_any_script_is_read_or_not(script: str) -> None:
    app("acme/app:1", ("sh", "-c", script))


def test_a_deployment_that_exits_crash_loops() -> None:
    shell = container(command=["sh", "-c", "echo no config; exit 3"])
    engine = lab(None, workload("Deployment", pods=template(shell)))
    engine.advance(60)
    assert state(engine)["restartCount"] > 1
    assert state(engine)["lastState"]["terminated"]["exitCode"] == 3
    assert log(engine) == "no config\n"


def test_a_profile_of_the_world_comes_first() -> None:
    world = {"apps": [{"image": "acme/app:1"}]}
    engine = lab(world, workload("Deployment", pods=template(container(command=["false"]))))
    engine.advance(60)
    assert state(engine)["restartCount"] == 0


def test_a_job_of_a_sleep_completes() -> None:
    spec = {"template": template(container(args=["sleep", "20"]), restartPolicy="Never")}
    engine = lab(None, obj("Job", "nap", "batch/v1", spec=spec))
    engine.advance(15)
    assert not engine.store.list("batch/jobs")[0]["status"].get("succeeded")
    engine.advance(15)
    assert engine.store.list("batch/jobs")[0]["status"]["succeeded"] == 1


@pytest.mark.parametrize("field", ["command", "args"])
def test_exit_is_no_program(field: str) -> None:
    shell = container() | {field: ["exit", "1"]}
    engine = lab(None, workload("Deployment", pods=template(shell)))
    engine.advance(30)
    assert any(
        'exec: "exit": executable file not found in $PATH' in m for m in messages(engine, "Failed")
    )


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("nginx:does-not-exist", "docker.io/library/nginx:does-not-exist: not found"),
        ("quay.io/acme/app:nope", "quay.io/acme/app:nope: not found"),
        (
            "registry.shop.invalid:5000/app:1",
            "lookup registry.shop.invalid on 10.96.0.10:53: no such host",
        ),
    ],
)
def test_an_image_that_nobody_has(image: str, said: str) -> None:
    engine = lab(None, workload("Deployment", pods=template(container(image=image))))
    engine.advance(60)
    assert state(engine)["state"]["waiting"]["reason"] in ("ErrImagePull", "ImagePullBackOff")
    assert any(said in message for message in messages(engine, "Failed"))


@pytest.mark.parametrize("image", ["nope", "nope/app", "shop.example/app:1", "app:nope-1"])
def test_other_images_can_be_pulled(image: str) -> None:
    engine = lab(None, workload("Deployment", pods=template(container(image=image))))
    engine.advance(60)
    assert state(engine)["ready"]


def test_the_world_has_the_last_word_about_an_image() -> None:
    world = {"registry": [{"image": "acme/app:nope", "pull": "ok"}]}
    engine = lab(world, workload("Deployment", pods=template(container(image="acme/app:nope"))))
    engine.advance(60)
    assert not events(engine, "Failed")
