"""Markdown and JUnit: safe for the places they are shown in, whatever the cluster's text is."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.render import clean, render
from agent.render.markdown import code, prose
from agent.report import Report
from agent.reportparts import ClusterInfo
from tests.reports import report


def markdown(**changes: Any) -> str:
    return render(report(**changes), "markdown")


def suite(shown: Report) -> ET.Element:
    root = ET.fromstring(render(shown, "junit").encode())
    assert root.tag == "testsuites"
    found = root.find("testsuite")
    assert found is not None
    return found


def test_markdown_tells_the_whole_story() -> None:
    shown = markdown()
    assert shown.startswith("## ROOT CAUSE: config.env-missing on Deployment/shop/cart")
    assert "- `[m1:12]` `Pod/shop/cart-7d9f-x2x2[cart]: container.exit.code = 1`" in shown
    assert "```sh\n# kubectl --context=prod-eu set env" in shown
    assert "<details><summary>Moves and run</summary>" in shown
    assert "`kubectl --context=prod-eu get secret cart -n shop -o yaml` (refuse: secret-read)" in (
        shown.replace("\\", "")
    )
    assert shown.count("```") % 2 == 0


def test_markdown_says_simulated() -> None:
    assert "> **SIMULATED CLUSTER**" in markdown(cluster=ClusterInfo(simulated=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("![x](http://evil/a.png)", "\\!\\[x\\]\\(hxxp://evil/a.png\\)"),
        ("see https://evil", "see hxxps://evil"),
        ("www.evil.com", "www\\[.\\]evil.com"),
        ("@admin and a@b", "@<!-- -->admin and a@<!-- -->b"),
        ("fixes #12", "fixes \\#<!-- -->12"),
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("a &lt; b", "a &amp;lt; b"),
        ("1. x", "1\\. x"),
        ("- x", "\\- x"),
        ("a_b*c`d|e", "a\\_b\\*c\\`d\\|e"),
        ("a\nb", "a b"),
    ],
)
def test_prose_is_inert(text: str, expected: str) -> None:
    assert prose(text) == expected


def test_code_spans_hold_any_backticks() -> None:
    assert code("a") == "`a`"
    assert code("`a``b`") == "``` `a``b` ```"
    assert code("") == "`  `"


@given(st.text())
def test_no_live_link_image_or_tag_in_prose(value: str) -> None:
    shown = prose(value)
    assert "<" not in shown.replace("<!-- -->", "")
    assert "http://" not in shown.lower()
    assert "https://" not in shown.lower()
    assert not clean.INVISIBLE.search(shown)


@given(st.text(alphabet="`~ab\n"))
def test_blocks_and_spans_always_close(value: str) -> None:
    shown = code(value)
    fence = shown[: len(shown) - len(shown.lstrip("`"))]
    assert shown.endswith(fence)
    assert fence not in shown[len(fence) : -len(fence)].replace(" ", "x")


@pytest.mark.parametrize(
    ("changes", "tag"),
    [
        ({}, "failure"),
        ({"verdict": "healthy", "root_cause": None}, None),
        ({"verdict": "inconclusive", "root_cause": None}, "error"),
        ({"verdict": "not_found", "root_cause": None}, "skipped"),
        ({"verdict": "healthy", "root_cause": None, "stop_reason": "budget_moves"}, "error"),
    ],
)
def test_junit_outcomes(changes: dict[str, Any], tag: str | None) -> None:
    found = suite(report(**changes))
    case = found.find("testcase")
    assert case is not None
    tags = [child.tag for child in case]
    assert tags == [tag or "system-out"]
    assert found.get("tests") == "1"
    counts = {"failure": "failures", "error": "errors", "skipped": "skipped"}
    assert {name: found.get(name) for name in counts.values()} == {
        name: str(int(kind == tag)) for kind, name in counts.items()
    }


def test_junit_says_cause_and_evidence() -> None:
    found = suite(report())
    properties = {item.get("name"): item.get("value") for item in found.iter("property")}
    assert properties["cause"] == "config.env-missing"
    assert properties["object"] == "Deployment/shop/cart"
    case = found.find("testcase")
    assert case is not None
    assert (case.get("classname"), case.get("name")) == (
        "prod-eu.shop",
        "alert KubePodCrashLooping",
    )
    failure = case[0]
    assert "DATABASE_URI" in (failure.get("message") or "")
    assert "[m1:12]" in (failure.text or "")


@given(st.text(st.characters()))
def test_junit_is_valid_xml_for_any_text(value: str) -> None:
    shown = report(
        summary=value,
        next_steps=[value, "]]>"],
        blind_spots=[value],
        root_cause=None,
        verdict="inconclusive",
        cluster=ClusterInfo(context=value, server=value),
    )
    suite(shown)


def test_json_is_ascii_and_reads_back() -> None:
    shown = render(report(blind_spots=["\x1b[2J\u202e é"]), "json")
    assert shown.isascii()
    assert "\x1b" not in shown
    assert json.loads(shown)["schema"] == "magos.report/v1"
    assert Report.model_validate_json(shown).blind_spots == ["\x1b[2J\u202e é"]
