"""`rollout status` and `rollout history`."""

from __future__ import annotations

import pytest

from tests.recording import index, load
from tests.unit.distil.distilled import of, values
from tools.distil import distil
from tools.move import Move, Target
from tools.output import Output

ROLLOUTS = [name for name in index() if load(name).matching("rollout", "status")]


def rollout(
    verb: str, stdout: str, *, stderr: str = "", exit_code: int = 0, **more: str
) -> dict[str, object]:
    move = Move(
        id="m1",
        kind="kubectl",
        command=("rollout", verb),
        targets=(Target(resource="deploy", name="web"),),
        namespace="shop",
        flags=dict(more),
        text=f"kubectl rollout {verb} deploy/web -n shop",
    )
    output = Output(exit_code=exit_code, stdout=stdout, stderr=stderr)
    facts = distil(move, output)
    assert {str(fact.subject) for fact in facts} <= {"Deployment/shop/web"}
    return {fact.name: fact.value for fact in facts}


@pytest.mark.parametrize("recording", ROLLOUTS)
def test_recorded_status(recording: str) -> None:
    (command,) = load(recording).matching("rollout", "status")
    facts = of(command)
    complete, status = values(facts, "rollout.complete"), values(facts, "rollout.status")
    # The selector's and the control's own Deployments are well.
    assert list(complete.values()) == [recording in ("healthy", "service-selector")]
    (told,) = status.values()
    assert ("timed out" in str(told)) == (recording not in ("healthy", "service-selector"))
    for fact in facts:
        lines = fact.evidence[0].lines
        assert lines is not None
        assert command.stdout.splitlines()[lines[0] - 1] in fact.evidence[0].quote


@pytest.mark.parametrize("recording", ROLLOUTS)
def test_recorded_history(recording: str) -> None:
    (command,) = load(recording).matching("rollout", "history")
    (revisions,) = values(of(command), "rollout.revisions").values()
    expected = 2 if recording == "image-not-found" else 1
    assert revisions == [{"revision": n + 1, "cause": ""} for n in range(expected)]


@pytest.mark.parametrize(
    ("stdout", "stderr", "exit_code", "complete"),
    [
        ('deployment "web" successfully rolled out\n', "", 0, True),
        ('daemon set "agent" successfully rolled out\n', "", 0, True),
        ("partitioned roll out complete: 2 new pods have been updated...\n", "", 0, True),
        ("statefulset rolling update complete 3 pods at revision db-7...\n", "", 0, True),
        (
            'Waiting for deployment "web" rollout to finish: 1 out of 2 new replicas have been updated...\n',
            "",
            0,
            False,
        ),
        ("", 'error: deployment "web" exceeded its progress deadline\n', 1, False),
        ('deployment "web" successfully rolled out\n', "error: broken\n", 1, False),
    ],
)
def test_status(stdout: str, stderr: str, exit_code: int, complete: bool) -> None:
    facts = rollout("status", stdout, stderr=stderr, exit_code=exit_code)
    assert facts["rollout.complete"] is complete
    assert facts["rollout.status"] == "; ".join(filter(None, (stdout.strip(), stderr.strip())))


def test_status_of_what_is_not_there() -> None:
    stderr = 'Error from server (NotFound): deployments.apps "web" not found\n'
    assert rollout("status", "", stderr=stderr, exit_code=1) == {"object.exists": False}
    assert rollout("status", "") == {}


def test_history_with_causes_and_of_one_revision() -> None:
    table = "deployment.apps/web \nREVISION  CHANGE-CAUSE\n3         <none>\n12        set image to v2  \n\n"
    assert rollout("history", table) == {
        "rollout.revisions": [
            {"revision": 3, "cause": ""},
            {"revision": 12, "cause": "set image to v2"},
        ]
    }
    assert (
        rollout("history", "deployment.apps/web with revision #3\nPod Template:\n", revision="3")
        == {}
    )


def test_workload_is_read_from_the_output_where_the_move_names_none() -> None:
    move = Move(
        id="m1",
        kind="kubectl",
        command=("rollout", "history"),
        targets=(Target(resource="statefulsets"),),
        namespace="shop",
        text="kubectl rollout history statefulsets -n shop",
    )
    table = "statefulset.apps/db \nREVISION  CHANGE-CAUSE\n1         <none>\n"
    facts = distil(move, Output(exit_code=0, stdout=table, stderr=""))
    assert list(values(facts, "rollout.revisions")) == ["StatefulSet/shop/db"]
