"""Markdown -> sections: every line is in exactly one place, headings make the path."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tools.retrieval.markdown import LONGEST_SECTION, page

LINES = st.one_of(
    st.from_regex(r"#{1,7} ?[a-z]{0,6} ?#{0,3}", fullmatch=True),
    st.sampled_from(
        ["", "```", "~~~~", "```sh", "===", "---", "- item", "| a | b |", "    # code", "> said"]
    ),
    st.text(alphabet="ab #-=`~\t1.\u00e9", max_size=30),
    st.text(alphabet="word ", min_size=LONGEST_SECTION - 20, max_size=LONGEST_SECTION + 50),
)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@given(st.lists(LINES, max_size=30).map("\n".join))
@example("# a\n\n```\n# no heading\n```\n## b\ntext")
@example("Title\n=====\ntext\n\nbelow\n---\nmore")
@example("x" * (3 * LONGEST_SECTION))
def test_no_word_is_lost(text: str) -> None:
    found = page(text, "file").sections
    said: list[str] = []
    above: tuple[str, ...] = ()
    for (_, path), group in itertools.groupby(found, key=lambda s: (s.line, s.headings)):
        pieces = list(group)
        # A section says its own heading; those above it were said before, or had nothing to say.
        common = 0
        while common < min(len(path), len(above)) and path[common] == above[common]:
            common += 1
        said += words(" ".join(path[common:])) or words(path[-1] if path else "")
        said += words("".join(piece.text for piece in pieces))
        above = path
        assert all(len(piece.text) <= LONGEST_SECTION for piece in pieces)
    assert set(words(text)) <= set(said)


@given(st.text(max_size=400))
def test_any_text_is_a_page(text: str) -> None:
    page(text, "file")
    page(f"---\n{text}\n---\n# a\n", "file")


RUNBOOK = """---
title: Cart
description: What to do when the cart is down.
alerts: [CartDown, KubePodCrashLooping]
tags: shop
---
Before the first heading.

# Cart is down #

## Diagnosis
```sh
# not a heading
kubectl -n shop get pods
```
### Logs
Read them.
## Diagnosis
Again.
"""


def test_headings_are_the_path_and_anchors_are_those_of_links() -> None:
    found = page(RUNBOOK, "cart")
    assert (found.title, found.summary) == ("Cart", "What to do when the cart is down.")
    assert found.names == ("CartDown", "KubePodCrashLooping", "shop")
    assert [(s.headings, s.anchor, s.line) for s in found.sections] == [
        ((), "", 7),
        (("Cart is down", "Diagnosis"), "diagnosis", 11),
        (("Cart is down", "Diagnosis", "Logs"), "logs", 16),
        (("Cart is down", "Diagnosis"), "diagnosis-1", 18),
    ]
    assert "# not a heading" in found.sections[1].text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("text alone", "file"),
        ("# Heading\ntext", "Heading"),
        ("Underlined\n===\ntext", "Underlined"),
        ("---\nname: skill\ndescription: d\n---\n# Heading\n", "skill"),
        ("---\nbroken: [\n---\n# Heading\n", "Heading"),
        ("---\n- a list\n---\n# Heading\n", "Heading"),
        ("---\nno end\n# Heading\n", "Heading"),
        ("---\n" + "[" * 8000 + "\n---\n# Heading\n", "Heading"),
        ("", "file"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert page(text, "file").title == title


def test_windows_lines_and_a_heading_without_text() -> None:
    found = page("# A\r\n\r\ntext\r\n## B\r\n", "file")
    assert [(s.headings, s.text.strip()) for s in found.sections] == [
        (("A",), "text"),
        (("A", "B"), ""),
    ]


@pytest.mark.parametrize(
    "value", ["!!bool x", '!!int ""', "!!float ''", "!!timestamp x", "0x" + "F" * 5000]
)
def test_front_matter_is_read_as_text_whatever_its_tags_say(value: str) -> None:
    found = page(f"---\ntitle: Disk full\nalerts: {value}\n---\n# Fix\nText.", "file")
    assert found.title == "Disk full"
    assert found.sections[-1].text.strip() == "Text."


def test_numbers_and_words_of_yaml_in_front_matter_stay_as_they_are_written() -> None:
    found = page("---\ntitle: 503\ntags: [on, 5xx, 007]\naliases:\n---\nText.", "file")
    assert (found.title, found.names) == ("503", ("on", "5xx", "007"))
