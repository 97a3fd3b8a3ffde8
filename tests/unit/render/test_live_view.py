"""Progress: plain lines without a terminal, a live view with one, and tolerance of any event data."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from agent.live import LiveView, PlainProgress, State, progress
from agent.trajectory import EVENT_TYPES, Event


def event(kind: str, **data: Any) -> Event:
    return Event(run_id="r", seq=1, ts="", type=kind, data=data)


STORY = [
    event("incident", alerts=["KubePodCrashLooping"], namespaces=["shop"], target="prod"),
    event(
        "plan",
        objective="read the log",
        hypotheses=[
            {"cause": "probe.x", "object": "Deployment/shop/cart", "belief": 0.2},
            {"cause": "config.env-missing", "object": "Deployment/shop/cart", "belief": 0.9},
        ],
    ),
    event("proposal", move="m1", text="kubectl get pods -n shop", proposed_by="playbook"),
    event("verdict", move="m1", decision="allow", rung="names", reason="ok"),
    event("observation", move="m1", exit_code=0, duration_ms=1234, facts=["m1.1", "m1.2"]),
    event("proposal", move="m2", text="kubectl get secret x", proposed_by="nano"),
    event("verdict", move="m2", decision="refuse", reason="secret-read", hint="names only"),
    event("proposal", move="m3", text="kubectl logs cart", proposed_by="nano"),
    event("observation", move="m3", exit_code=None, duration_ms=20000, facts=0),
    event("proposal", move="m4", text="kubectl get nodes", proposed_by="nano"),
    event("conclusion", verdict="root_cause", cause="config.env-missing", object="Deployment/a/b"),
    event("end", verdict="root_cause", stop_reason="concluded"),
]


def test_plain_lines() -> None:
    out = io.StringIO()
    with progress(out, quiet=False, color=False) as view:
        for item in STORY:
            view(item)
    assert isinstance(view, PlainProgress)
    assert out.getvalue().splitlines() == [
        "m1   kubectl get pods -n shop  1.2 s, 2 facts",
        "m2   kubectl get secret x  refuse: secret-read: names only",
        "m3   kubectl logs cart  20.0 s, 0 facts",
    ]


def test_quiet_says_nothing() -> None:
    out = io.StringIO()
    with progress(out, quiet=True, color=False) as view:
        for item in STORY:
            view(item)
    assert out.getvalue() == ""


def test_live_view_shows_incident_hypotheses_and_moves() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, color_system=None)
    with LiveView(console) as view:
        for item in STORY:
            view(item)
    shown = out.getvalue()
    for part in (
        "KubePodCrashLooping · shop · prod",
        "→ read the log",
        "█████████░ config.env-missing",
        "✓ 1.2 s, 2 facts  kubectl get pods -n shop",
        "⊘ refuse: secret-read: names only  kubectl get secret x",
        "✗ 20.0 s, 0 facts  kubectl logs cart",
        "… kubectl get nodes",
        "root_cause config.env-missing Deployment/a/b",
    ):
        assert part in shown
    assert shown.index("config.env-missing") < shown.index("probe.x")


def test_a_terminal_gets_the_live_view(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: True)
    assert isinstance(progress(out, quiet=False, color=True), LiveView)
    assert isinstance(progress(out, quiet=True, color=True), PlainProgress)


def test_cluster_text_is_cleaned() -> None:
    out = io.StringIO()
    view = PlainProgress(out)
    view(event("proposal", move="m1", text="kubectl get \x1b[2Jx\u202e\n"))
    view(event("observation", move="m1", exit_code=0, duration_ms=1, facts=1))
    assert out.getvalue() == "m1   kubectl get x  0.0 s, 1 fact\n"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["cause", "belief", "text", "name", "kind"]), inner)
    ),
    max_leaves=6,
)
KEYS = ["alerts", "namespaces", "target", "objective", "hypotheses", "move", "id", "text",
        "decision", "exit_code", "duration_ms", "facts", "verdict", "cause", "object"]  # fmt: skip


@given(
    st.lists(
        st.tuples(st.sampled_from(EVENT_TYPES), st.dictionaries(st.sampled_from(KEYS), values))
    )
)
def test_any_event_data_is_tolerated(story: list[tuple[str, dict[str, Any]]]) -> None:
    state = State()
    story.append(("observation", {"duration_ms": float("inf"), "facts": None}))
    for kind, data in story:
        state.take(event(kind, **data))
