"""Every format of a result: complete, well-formed, and safe for any text."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import jsonschema_rs
import pytest

from agent.bench.render import plots, render
from agent.bench.result import BenchResult
from scripts.export_schemas import FOLDER
from tests.bench_results import case, result

FORMATS = ("text", "json", "markdown", "junit", "html")
SVG = "{http://www.w3.org/2000/svg}"


def page(found: BenchResult) -> ET.Element:
    """The page as XML, which it is on purpose."""
    head, _, rest = render(found, "html").partition("<!DOCTYPE html>")
    assert head.strip() == ""
    return ET.fromstring(rest.strip())


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_number_and_misses(form: str) -> None:
    shown = render(result(), form)
    assert shown.endswith("\n")
    for expected in ("hostile", "healthy", "memory.oom Deployment/shop/cart"):
        assert expected in shown


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_fix_that_did_not_work_is_listed_though_its_cause_is_right(form: str) -> None:
    failed = case(seed=7, fixed=False, fixed_note="set image: still broken after 15 min")
    shown = render(result(case(), failed), form)
    section = shown.partition("Fixes that did not work")[2]
    assert "oom-killed@7" in section
    assert "still broken after 15 min" in section
    assert "Fixes that did not work" not in render(result(case()), form)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_why_moves_of_a_model_were_replaced_is_counted(form: str) -> None:
    reasons = {"the server is gone": 11, "unsure": 2, **{f"request {n}": 1 for n in range(4)}}
    found = result(case(fallbacks=17, fallback_reasons=reasons))
    assert "fallbacks" not in render(found, form)  # without a model there is nothing to say
    with_model = found.setup.model_copy(update={"executor": "http://127.0.0.1:9/v1"})
    shown = render(found.model_copy(update={"setup": with_model}), form)
    section = shown.partition("17 fallbacks")[2]
    assert section.index("11 x the server is gone") < section.index("2 x unsure")
    assert "1 x request 2" in section
    assert "request 3" not in section
    assert "1 x something else" in section


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "json"])
def test_hostile_text_stays_text(form: str) -> None:
    shown = render(result(), form)
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    if form != "text":
        assert "<script" not in shown


def test_json_fits_its_schema_and_says_why() -> None:
    document = json.loads(render(result(), "json"))
    schema = json.loads((FOLDER / "magos.bench.v1.json").read_text())
    jsonschema_rs.validate(schema, document)
    assert document["schema"] == "magos.bench/v1"
    miss = next(case for case in document["cases"] if not case["correct"])
    assert (miss["expected"], miss["got"]) == ("healthy", "memory.oom Deployment/shop/cart")
    assert BenchResult.model_validate(document) == result()


def test_junit_has_a_test_case_per_case() -> None:
    suite = ET.fromstring(render(result(), "junit"))[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "1")
    cases = suite.findall("testcase")
    assert [item.get("name") for item in cases][:2] == ["oom-killed@1", "oom-killed@2"]
    assert cases[2].find("failure") is not None
    assert cases[3].find("error") is not None
    assert cases[0].get("classname") == "bench.memory"


@pytest.mark.parametrize("form", FORMATS)
def test_a_partial_result_says_so(form: str) -> None:
    shown = render(result(partial=True), form)
    assert re.search(r"PARTIAL|\"partial\": true|name=\"partial\" value=\"true\"", shown)


def test_the_page_needs_nothing_else() -> None:
    text = render(result(), "html")
    assert not re.search(r"<(script|link|img|iframe)|https?://|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text
    assert 'name="viewport"' in text


def test_every_drawing_has_a_title_and_is_said_in_words() -> None:
    tree = page(result())
    drawings = list(tree.iter("svg"))
    assert len(drawings) == 4
    ids = {item.get("id"): "".join(item.itertext()) for item in tree.iter() if item.get("id")}
    for drawing in drawings:
        assert drawing.get("role") == "img"
        assert ids[drawing.get("aria-labelledby") or ""].strip()
        assert ids[drawing.get("aria-describedby") or ""].strip()
    assert "memory 66.7 % (2/3, interval" in ids["families-about"]


def test_a_page_about_nothing_is_still_a_page() -> None:
    nothing = result().model_copy(update={"cases": []})
    assert len(list(page(nothing).iter("figure"))) == 4


@pytest.mark.parametrize(
    ("values", "least"),
    [([6], 1), (list(range(31)), 1), ([0.1, 0.2, 97.0], 0.01), ([0.5] * 9, 0.01), ([0, 0], 1)],
)
def test_a_histogram_counts_every_value_once(values: list[float], least: float) -> None:
    found = plots.histogram("x", "X", "s", values, least)
    assert sum(column.cases for column in found.columns) == len(values)
    assert 1 <= len(found.columns) <= plots.MOST_COLUMNS
    for column in found.columns:
        assert column.x + column.width <= plots.WIDTH
        assert plots.TOP <= column.y <= plots.FLOOR


def test_bars_stay_in_their_frame() -> None:
    found = plots.shares("f", "F", [("a", result().summary), ("b", result(case()).summary)])
    for bar in found.bars:
        assert 0 <= bar.low <= bar.length <= bar.high <= plots.SPAN
    assert found.bars[1].y + plots.ROW <= found.height
