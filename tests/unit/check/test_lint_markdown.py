"""Fenced blocks and inline commands of Markdown."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tools.lint.markdown import blocks


def test_fences_languages_and_lines() -> None:
    text = (
        "# Title\n\n```bash\na\n```\n\n1. step\n\n   ~~~ {.yaml}\n   b: 1\n     c: 2\n   ~~~\n"
        "> ```\n> quoted\n> ```\n````md\n```\ninner\n```\n````\n```sh\nopen"
    )
    assert [tuple(block) for block in blocks(text)] == [
        ("bash", "a\n", 4),
        ("yaml", "b: 1\n  c: 2\n", 10),
        ("", "quoted\n", 14),
        ("md", "```\ninner\n```\n", 17),
        ("sh", "open\n", 22),
    ]


def test_windows_line_ends() -> None:
    text = "```bash\r\nkubectl get pods\r\n```\r\ntext\r\n```\r\nb\r\n```\r\n"
    assert [block.line for block in blocks(text)] == [2, 6]


def test_inline_commands() -> None:
    text = "Run `kubectl get pods` or ``kubectl logs `x` `` or `kubectl`, not `get pods`.\n"
    assert [(b.language, b.text) for b in blocks(text)] == [("bash", "kubectl get pods\n")]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="`~> \nab{}.", max_size=60))
def test_any_text_is_read(text: str) -> None:
    for block in blocks(text):
        assert 1 <= block.line <= text.count("\n") + 2
