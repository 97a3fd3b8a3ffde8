"""Messages that state nothing, whom statements are about, and texts of any kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.distil.messages import place, read
from tools.distil.statement import MESSAGE_LENGTH, Statement
from tools.objects import ObjectRef
from tools.registry import fact_kinds


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("Failed", "Error: ErrImagePull"),
        ("Failed", "Error: ImagePullBackOff"),
        ("BackOff", 'Back-off pulling image "a:1"'),
        ("ImagePullBackOff", 'Back-off pulling image "a:1"'),
        ("BackOff", "Back-off restarting failed container web in pod web-1_shop(5d2)"),
        ("CrashLoopBackOff", "back-off 5m0s restarting failed container=web pod=web-1_shop(5d2)"),
        ("Scheduled", "Successfully assigned shop/web-1 to node1"),
        ("Pulled", 'Container image "nginx:1.27" already present on machine'),
        ("Killing", "Stopping container web"),
        ("FailedMount", ""),
        ("FailedCreate", ""),
        (
            "FailedMount",
            'MountVolume.SetUp failed for volume "kube-api-access-x" : failed to sync configmap '
            "cache: timed out waiting for the condition",
        ),
        (
            "FailedMount",
            'MountVolume.SetUp failed for volume "cfg" : object "shop"/"cfg" not registered',
        ),
        ("PodInitializing", ""),
        ("SomethingNew", 'secret "x" not found'),
        ("", ""),
    ],
)
def test_states_nothing(reason: str, message: str) -> None:
    assert read(reason, message) == []


def test_place_puts_container_statements_on_the_container() -> None:
    pod = ObjectRef(kind="Pod", namespace="shop", name="web-1")
    web = pod.model_copy(update={"container": "web"})
    assert place(Statement("pull.error", {}), pod, "web") == web
    assert place(Statement("probe.killed", {}, "web"), pod) == web
    assert place(Statement("start.error", {}), pod) == pod
    assert place(Statement("mount.missing", {}), web, "web") == pod


REASONS = [
    "Failed", "FailedMount", "FailedScheduling", "FailedCreate", "Unhealthy", "Killing", "Evicted",
    "ProvisioningFailed", "BackoffLimitExceeded", "ErrImagePull", "StartError", "BackOff", "",
]  # fmt: skip
REAL = [
    'Failed to pull image "a/b:1": failed to resolve reference "docker.io/a/b:1": not found',
    "Error: couldn't find key currency in ConfigMap billing/invoicer-settings",
    'Error: OCI runtime create failed: runc create failed: exec: "/x": stat /x: no such file',
    'MountVolume.SetUp failed for volume "all" : [configmap "a" not found, secret "b" not found]',
    'Liveness probe failed: Get "http://10.0.0.7:80/": dial tcp 10.0.0.7:80: i/o timeout',
    "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}.",
    'pods "x" is forbidden: exceeded quota: q, requested: a=1, used: a=0, limited: a=1',
    "maximum memory usage per Container is 1Gi, but limit is 2Gi",
]


@given(st.sampled_from(REASONS), st.text(max_size=300), st.integers())
def test_any_text_is_read(reason: str, message: str, count: int) -> None:
    for statement in read(reason, message, count):
        assert statement.name in fact_kinds()


@given(
    st.sampled_from(REASONS),
    st.sampled_from(REAL),
    st.integers(0, 400),
    st.integers(0, 400),
    st.text(max_size=5),
)
def test_any_cut_of_a_real_message_is_read(
    reason: str, message: str, start: int, end: int, junk: str
) -> None:
    for statement in read(reason, message[:start] + junk + message[end:]):
        assert statement.name in fact_kinds()


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize(
    "unit",
    [
        "lookup a ",
        '"',
        'exec: "',
        "taint {",
        "0/1 nodes are available: ",
        "1 a, ",
        "=,",
        "mount to ",
    ],
)
@pytest.mark.timeout(5)
def test_long_messages_cost_little(reason: str, unit: str) -> None:
    for statement in read(reason, unit * 200_000):
        assert len(str(statement.value)) < 6 * MESSAGE_LENGTH
