"""The text report: what it opens with, evidence by reference, pasteable commands, no escapes."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from agent.incident import Alert, Scope
from agent.render import clean, render
from agent.render.commands import command, embedded
from agent.render.paper import Paper
from agent.report import Report
from agent.reportparts import ClusterInfo, Finding, IncidentInfo, Remedy, RemedyMove
from tests.reports import RUN_ID, report
from tools.fact import Evidence
from tools.objects import ObjectRef


def text(**changes: Any) -> str:
    return render(report(**changes), "text")


def test_opens_with_context_server_and_namespace() -> None:
    first = text().splitlines()[0]
    assert first == "context prod-eu · server https://10.0.0.1:6443 (v1.36.2) · namespace shop"
    assert text().splitlines()[1] == "alert KubePodCrashLooping"


def test_says_simulated_first() -> None:
    shown = text(cluster=ClusterInfo(context="sim:crash-missing-env@0", simulated=True))
    assert shown.startswith("SIMULATED CLUSTER")
    assert "ROOT CAUSE (simulated)" in shown
    kubectl = [row for row in shown.splitlines() if "kubectl " in row]
    assert kubectl
    for row in kubectl:  # pasted, it can only fail: no kubeconfig has such a context
        assert "kubectl --context=sim:crash-missing-env@0 " in row


def test_evidence_is_referenced_and_quoted() -> None:
    shown = text()
    assert "[m1:12] Pod/shop/cart-7d9f-x2x2[cart]: container.exit.code = 1" in shown
    assert '| "exitCode": 1' in shown
    assert "[m2:3-4]" in shown
    assert "No container was OOM-killed. [m1 items[0].spec]" in shown
    assert "m2   kubectl --context=prod-eu logs cart-7d9f-x2x2" in shown


def test_all_parts_are_there() -> None:
    shown = text()
    for part in (
        "ROOT CAUSE: config.env-missing on Deployment/shop/cart, confidence 95 %",
        "cart-config has DATABASE_URI.",
        "since 2026-11-23T03:30:00Z",
        "env DATABASE_URL removed",
        "Argo CD (cart)",
        "Proposed fix (nothing was changed)",
        "Deployment/shop/ads: The image cannot be pulled.",
        "Events older than an hour are gone.",
        "2 moves in 1.2 s, 1 stopped by the gate.",
        "no model: the playbook's own moves were used",
        "magos-agent report 20261123-034512-k7q2 --move m2",
    ):
        assert part in shown


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("healthy", "HEALTHY"), ("not_found", "NOT FOUND"), ("inconclusive", "INCONCLUSIVE")],
)
def test_other_verdicts(verdict: str, word: str) -> None:
    shown = text(verdict=verdict, root_cause=None, remedy=None, summary="All is said.")
    assert f"\n{word}\n  All is said.\n" in shown
    assert "Evidence" not in shown


def test_says_why_it_stopped_early() -> None:
    shown = text(stop_reason="budget_time", verdict="inconclusive", root_cause=None)
    assert "Stopped early: the time was over (--timeout)." in shown
    assert "Interrupted" in text(stop_reason="interrupted")


def test_resolved_alerts_are_marked() -> None:
    alerts = [Alert(status="resolved", labels={"alertname": "A"}), Alert(labels={"x": "y"})]
    incident = IncidentInfo(trigger="alert", alerts=alerts, scope=Scope(all_namespaces=True))
    shown = text(incident=incident)
    assert "alert A (resolved), (no name)" in shown
    assert "all namespaces" in shown.splitlines()[0]


def test_prose_wraps_and_commands_do_not() -> None:
    long = "kubectl get pods -n shop " + " ".join(f"--flag-{n}=value" for n in range(20))
    shown = text(
        summary="word " * 60,
        next_steps=[f"Look: {long}", "Do `" + long + "` again. " + "word " * 40],
    )
    for row in shown.splitlines():
        assert len(row) <= 100 or "kubectl" in row
    assert long.replace("kubectl", "kubectl --context=prod-eu") in shown
    assert f"`{long}`" in shown


def test_colour_only_when_asked() -> None:
    assert "\x1b" not in text()
    assert "\x1b[1;31mROOT CAUSE" in render(report(), "text", color=True)


def test_verbose_lists_every_move() -> None:
    shown = render(report(), "text", verbose=True)
    assert "get secret cart -n shop -o yaml  (refuse: secret-read)" in shown
    assert "get secret" not in text()


def nasty(value: str) -> Report:
    """The report with `value` wherever the cluster decides what is written."""
    plain = report().model_dump(by_alias=True)

    def spread(item: Any, key: str = "") -> Any:
        if isinstance(item, dict):
            return {k: spread(v, k) for k, v in item.items()}
        if isinstance(item, list):
            return [spread(v, key) for v in item]
        words = (
            "summary",
            "what",
            "quote",
            "context",
            "server",
            "namespace",
            "name",
            "why",
            "degraded",
            "next_steps",
            "blind_spots",
            "source",
            "tool",
            "value",
            "text",
            "undo",
            "manifest",
            "symptom",
            "question",
            "namespaces",
            "service_endpoints",
        )
        return value if key in words and isinstance(item, str) else item

    spread_out = spread(plain)
    for fact in spread_out["facts"]:
        fact["name"] = "log.error"
    return Report.model_validate(spread_out)


ATTACK = (
    "\x1b[2J\x1b]8;;http://evil\x07x\x1b]8;;\x07\u202eabc\u200b\U000e0041\x9b31m\r\nroot\x00\x7f"
)


def test_cluster_text_cannot_drive_a_terminal() -> None:
    shown = render(nasty(ATTACK), "text")
    assert not clean.INVISIBLE.search(shown.replace("\n", ""))
    assert "\x1b" not in shown


@given(st.text())
def test_any_text_renders_clean(value: str) -> None:
    shown = render(nasty(value), "text")
    assert not clean.INVISIBLE.search(shown)
    assert "\r" not in shown


def test_commands_go_to_the_reports_cluster() -> None:
    made = command("kubectl get pods -n shop", cluster=ClusterInfo(context="prod eu"))
    assert made.text == "kubectl --context='prod eu' get pods -n shop"
    cluster = ClusterInfo(context="x", kubeconfig="/a b/config")
    made = command("kubectl get pods", cluster=cluster)
    assert made.text == "kubectl --kubeconfig='/a b/config' --context=x get pods"
    assert command("promtool query instant up", cluster=cluster).text == "promtool query instant up"
    nameless = command("kubectl get pods", cluster=ClusterInfo(simulated=True))
    assert nameless.text == "kubectl --context=sim: get pods"


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        (
            "kubectl set env deploy/x A=<value> -n s",
            "# kubectl set env deploy/x A=<value> -n s   (fill in <value>)",
        ),
        (
            "kubectl taint nodes <node> <taint>-",
            "# kubectl taint nodes <node> <taint>-   (fill in <node>, <taint>)",
        ),
        (
            "kubectl get <a$(id)>",
            "# kubectl get '<a$(id)>'   (fill in <a$(id)>)",
        ),
        ("kubectl get x; rm -rf /", "kubectl get 'x;' rm -rf /"),
        ("kubectl set env d/x $(id)=1", "kubectl set env d/x '$(id)=1'"),
        ("kubectl set env d/x `id`=1", "kubectl set env d/x '`id`=1'"),
        ("kubectl get x > /etc/passwd", "kubectl get x '>' /etc/passwd"),
        ("kubectl get x\nrm y", "kubectl get x rm y"),
        ("kubectl patch x -p '{\"a\": 1}'", "kubectl patch x -p '{\"a\": 1}'"),
        ("kubectl get 'x", "kubectl get ''\"'\"'x'"),
        ("# names of pods in shop", "# names of pods in shop"),
    ],
)
def test_words_are_quoted_anew(given_text: str, expected: str) -> None:
    assert command(given_text).text == expected


def test_a_remark_is_not_pasted() -> None:
    made = command("kubectl edit deployment cart -n shop   # key: A instead of B")
    assert made.text == "kubectl edit deployment cart -n shop"
    assert made.note == "key: A instead of B"


def test_a_patch_file_becomes_a_here_document(tmp_path: Path) -> None:
    """Real sh gives the manifest, byte for byte, to the command's standard input."""
    manifest = "spec:\n  a: \"$HOME `id` $(id)\"\n  MAGOS\nMAGOS\n  b: 'x'"
    made = command("kubectl patch deploy x --patch-file fix.yaml", manifest=manifest)
    assert made.lines[0] == "kubectl patch deploy x --patch-file=/dev/stdin <<'MAGOS_'"
    fake = tmp_path / "kubectl"
    fake.write_text('#!/bin/sh\nprintf "%s|" "$@"; cat\n')
    fake.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", "\n".join(made.lines)],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"patch|deploy|x|--patch-file=/dev/stdin|{manifest}\n"


@given(
    st.lists(
        st.text(
            st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="<>"),
            min_size=1,
            max_size=12,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_quoting_keeps_every_word(words: list[str]) -> None:
    shown = command("kubectl " + shlex.join(words)).text
    assert shlex.split(shown) == ["kubectl", *words]
    assert command(shown).text == shown  # quoting again changes nothing


def test_a_here_document_stands_at_the_margin() -> None:
    remedy = Remedy(
        summary="s",
        moves=[RemedyMove(text="kubectl apply -f fix.yaml", manifest="a: 1\nb: 2\n")],
    )
    rows = text(remedy=remedy).splitlines()
    start = rows.index("kubectl --context=prod-eu apply -f=/dev/stdin <<'MAGOS'")
    assert rows[start + 1 : start + 4] == ["a: 1", "b: 2", "MAGOS"]


@pytest.mark.parametrize(
    ("step", "parts"),
    [
        ("Read it: kubectl logs x -n y", ("Read it:", "kubectl logs x -n y")),
        ("kubectl get pods", ("", "kubectl get pods")),
        ("Ask the owner of kubectl get pods", ("Ask the owner of kubectl get pods", "")),
        ("Check 10:30 logs", ("Check 10:30 logs", "")),
    ],
)
def test_commands_in_sentences(step: str, parts: tuple[str, str]) -> None:
    assert embedded(step) == parts


def test_references_and_values() -> None:
    assert clean.reference(Evidence(move="m3", lines=(12, 14))) == "[m3:12-14]"
    assert clean.reference(Evidence(move="m3")) == "[m3]"
    assert clean.value_text(134217728, "bytes") == "128Mi"
    assert clean.value_text(1000, "bytes") == "1000 bytes"
    assert clean.value_text(250, "millicores") == "250m"
    assert clean.value_text(True, None) == "true"
    assert clean.value_text(None, None) == "null"
    assert clean.value_text({"found": "A", "n": 1, "x": None}, None) == "found=A, n=1, x=null"
    assert clean.value_text(["a", "b"], None) == "a, b"
    assert clean.value_text([{"a": 1}], None) == "(a=1)"
    failed: dict[str, JsonValue] = {"nodes": 2, "insufficient": {"cpu": 2}, "taints": {}}
    assert clean.value_text(failed, None) == "nodes=2, insufficient=(cpu=2)"
    assert clean.seconds(125_000) == "2 min 5 s"


def test_paper_wraps_with_a_hanging_indent() -> None:
    paper = Paper(width=20)
    paper.say("one two three four five six", indent=2, hang=4)
    assert paper.text() == "  one two three four\n    five six\n"


PATCH = "kubectl patch job x --patch-file fix.yaml"
DRAFT = "spec:\n  command: [<a program that the image has>]\n"


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_what_must_be_completed_is_never_run_by_a_paste(form: Any, tmp_path: Path) -> None:
    moves = [
        RemedyMove(text=PATCH, manifest=DRAFT),
        RemedyMove(text="kubectl apply -f <the mended manifest>", manifest="a: 1\n"),
        RemedyMove(text="kubectl set env deploy/x A=<value>"),
    ]
    shown = render(
        report(
            remedy=Remedy(summary="s", moves=moves, undo=["kubectl label node <node> a=b"]),
            next_steps=["If it is over: kubectl uncordon <node>"],
            moves=[],
        ),
        form,
    )
    assert "<<" not in shown
    rows = [row.strip(" `-") for row in shown.splitlines() if "kubectl" in row]
    assert len(rows) == 5
    fake = tmp_path / "kubectl"
    fake.write_text("#!/bin/sh\ntouch ran\n")
    fake.chmod(0o755)
    for row in rows:
        row = row.removeprefix("If it is over: `")
        assert row.startswith("# kubectl --context=prod-eu ")
        subprocess.run(
            ["/bin/sh", "-c", row], cwd=tmp_path, env={"PATH": f"{tmp_path}:/bin"}, check=True
        )
    assert [path.name for path in tmp_path.iterdir()] == ["kubectl"]


def test_a_patch_to_complete_is_a_block_under_its_command() -> None:
    remedy = Remedy(summary="s", moves=[RemedyMove(text=PATCH, manifest=DRAFT)])
    assert (
        "    # kubectl --context=prod-eu patch job x --patch-file fix.yaml"
        "   (fill in <a program that the image has>)\n"
        "      spec:\n        command: [<a program that the image has>]\n"
    ) in text(remedy=remedy)


@pytest.mark.parametrize(
    ("value", "manifest", "title"),
    [
        ("1", "a: 1\n", "The same as a patch:"),
        ("<value>", "a: 1\n", "Or as a patch:"),
        ("1", "a: <value>\n", "Or as a patch:"),
    ],
)
def test_a_patch_is_called_the_same_only_when_it_is(value: str, manifest: str, title: str) -> None:
    move = RemedyMove(text=f"kubectl set env deploy/x A={value}", manifest=manifest)
    changes = {"remedy": Remedy(summary="s", moves=[move])}
    for shown in (text(**changes), render(report(**changes), "markdown")):
        assert [row.strip() for row in shown.splitlines() if "as a patch" in row] == [title]


def test_a_here_document_is_introduced() -> None:
    rows = text().splitlines()
    start = next(i for i, row in enumerate(rows) if row.endswith("<<'MAGOS'"))
    assert rows[start - 2 : start] == [
        "  With its file on standard input, to be pasted as a whole:",
        "",
    ]


def test_raw_output_only_of_moves_that_were_run() -> None:
    stopped = [move for move in report().moves if move.artefact is None]
    for shown in (text(moves=stopped), render(report(moves=stopped), "markdown")):
        assert "--move" not in shown
        assert "aw output" not in shown
        assert RUN_ID in shown
    assert f"magos-agent report {RUN_ID} --move m2" in text()


@pytest.mark.parametrize(
    ("summary", "row"),
    [
        ("Deployment shop/ads: no such image.", "Deployment shop/ads: no such image."),
        ("Deployment/shop/ads is broken.", "Deployment/shop/ads is broken."),
        ("Deployment shop/ads-2 blocks it.", "Deployment/shop/ads: Deployment shop/ads-2 blocks"),
        ("The image is gone.", "Deployment/shop/ads: The image is gone."),
    ],
)
def test_other_findings_name_their_object_once(summary: str, row: str) -> None:
    ads = ObjectRef(kind="Deployment", namespace="shop", name="ads")
    finding = Finding(object=ads, symptom="image", summary=summary)
    assert f"\n  {row}" in text(other_findings=[finding])
