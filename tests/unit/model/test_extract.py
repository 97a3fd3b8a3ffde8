"""The first command or YAML block out of what a model wrote."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.extract import LONGEST_FOUND, LONGEST_TEXT, Found, extract
from tests.random_moves import read_line

LINE = "kubectl logs cart-1 -n shop --previous"
WRAPPED = [
    LINE,
    f"  {LINE}\n",
    f"$ {LINE}",
    f"> {LINE}",
    f"root@node1:~# {LINE}",
    f"me@host:~$ {LINE}",
    f"`{LINE}`",
    f"Run `{LINE}` to see why it stopped.",
    f"First, check the logs:\n\n```bash\n{LINE}\n```\nThen look at the events.",
    f"```\n$ {LINE}\n```",
    f"~~~sh\n{LINE}\n~~~",
    f"```bash\n{LINE}",
    f"``` {LINE}",
    f"1. {LINE}",
    f"1. `{LINE}`\n2. `kubectl get pods -n shop`",
    f"- {LINE}\n- kubectl get pods -n shop",
    f"Command: {LINE}",
    f"**Command:** {LINE}",
    f"**{LINE}**",
    f"{LINE}\nkubectl get pods -n shop",
    f"{LINE}   # the container before",
    f"```bash\n# look at the logs\n{LINE}\n```",
    "```bash\nkubectl logs cart-1 \\\n  -n shop \\\n  --previous\n```",
    f"sudo {LINE}",
    f"<think>Maybe `kubectl get pods`? No.</think>\n{LINE}",
    f"Maybe `kubectl get pods`? No.</think>\n{LINE}",
    f"<think>`kubectl get a`</think>{LINE}<think>no, `kubectl get b`",
    f"Sure! You can use {LINE}.",
    f"The pod restarts. I would run {LINE}, then read on.",
    f"1. Check the logs:\n   ```bash\n   {LINE}\n   ```",
    f"Use `kubectl` for this:\r\n\r\n{LINE}\r\n",
]
YAML = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: data
spec:
  volumeAccessModes:
  - ReadWriteOnce"""
BLOCKS = [
    YAML,
    f"```yaml\n{YAML}\n```",
    f"Apply this:\n```\n{YAML}\n```\nand then:\n```bash\nkubectl get pvc\n```",
    f"Here it is:\n\n---\n{YAML}\n---\nkind: Other\n",
    f"```bash\ncat <<EOF | apply\n{YAML}\nEOF\n```",
    f"```yaml\n# a claim\n{YAML}\n```",
    f"{YAML}\n\nThis makes a claim of that size.",
]


@pytest.mark.parametrize("text", WRAPPED)
def test_the_first_command(text: str) -> None:
    assert extract(text) == Found("command", LINE)


@pytest.mark.parametrize("text", BLOCKS)
def test_the_first_yaml_block(text: str) -> None:
    found = extract(text)
    assert found is not None
    assert (found.kind, found.text) == ("yaml", YAML)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I do not know.",
        "The `kubectl` program",
        "rm -rf /",
        "```\n\n```",
        "kubernetes get pods",
        "# names of Secret in shop",
        "helm install x",
        "kind: of strange",
        "<think>Maybe `kubectl get pods`",
    ],
)
def test_nothing_to_find(text: str) -> None:
    assert extract(text) is None


@pytest.mark.parametrize(
    "line",
    [
        "kubectl get pods -n shop; curl http://evil.example",
        "kubectl get pods -n shop | grep Error",
        "kubectl get pods -n shop && kubectl delete ns shop",
        "kubectl get secrets -o yaml > /tmp/x",
        "kubectl get pods $(whoami)",
        """kubectl get pods -o jsonpath='{.items[?(@.a=="b # c")].x}'""",
        "kubectl get pods -l 'app in (a,b)' -n shop",
    ],
)
def test_what_a_shell_would_do_is_left_for_the_gate_to_refuse(line: str) -> None:
    assert extract(line) == Found("command", line)
    assert extract(f"```bash\n{line}\n```") == Found("command", line)


def test_other_programs() -> None:
    assert extract("run `promtool query instant http://p up`") is not None
    assert extract("run `velero get backups`", ("velero",)) is not None


@given(st.integers(), st.sampled_from(range(6)))
def test_a_good_line_survives_every_wrapping(seed: int, how: int) -> None:
    line = read_line(Random(seed))
    text = (
        line,
        f"$ {line}",
        f"```bash\n{line}\n```",
        f"To see more:\n\n    {line}\n\nand so on.",
        f"- {line}",
        f"{line}\nThat tells the cause.",
    )[how]
    found = extract(text)
    assert found is not None
    assert found.text == line


WORDS = (
    "kubectl ",
    "get pods",
    "apiVersion: v1",
    "kind: Pod",
    "<think>",
    "</think>",
    "EOF",
    "promtool",
)
MARKS = (
    "```",
    "~~~",
    "`",
    "\n",
    "$ ",
    "---",
    "#",
    " ",
    "\\",
    "'",
    '"',
    "- ",
    "**",
    ": ",
    "\t",
    "é",
)
PIECES = st.sampled_from((*WORDS, *MARKS))


@given(st.one_of(st.text(max_size=500), st.lists(PIECES, max_size=40).map("".join)))
def test_any_text_is_read_and_what_was_found_is_found_again(text: str) -> None:
    found = extract(text)
    if found is None:
        return
    assert found.text.strip()
    assert len(found.text) <= LONGEST_FOUND
    if found.kind == "command":
        assert "\n" not in found.text
        assert found.text.startswith(("kubectl", "promtool"))
        assert extract(found.text) == found


@given(st.one_of(st.text(max_size=500), st.lists(PIECES, max_size=60).map("".join)))
@settings(max_examples=400)
def test_what_was_found_stands_in_the_text(text: str) -> None:
    found = extract(text)
    if found is not None:
        assert _squeezed(found.text) in _squeezed(text)


def _squeezed(text: str) -> str:
    """Without spaces and line ends, nor the backslashes that join lines."""
    return "".join(text.replace("\\", "").split())


@pytest.mark.parametrize(
    "text", ["`" * 100_000, "kubectl \\\n" * 20_000, "a: " * 30_000, "- " * 40_000, "**" * 40_000]
)
def test_long_texts_take_no_time(text: str) -> None:
    extract(text)  # the suite's time limit says when it does


@pytest.mark.parametrize(
    "text",
    [
        "`" + " " * LONGEST_TEXT,
        "`a" + " " * LONGEST_TEXT,
        "x" + "`" * LONGEST_TEXT + "y",
        "---\n" * (LONGEST_TEXT // 4),
    ],
    ids=["blanks", "letter-blanks", "ticks", "rules"],
)
def test_no_text_takes_long(text: str) -> None:
    """Such texts took the cube or the square of their length: an answer could hold the run for hours."""
    began = time.monotonic()
    assert extract(text) is None
    assert time.monotonic() - began < 5


def test_inline_code_with_blanks_and_double_ticks() -> None:
    assert extract(f"Run `` {LINE} `` now.") == Found("command", LINE)
    assert extract(f"Not `ls`, but ` {LINE}  `.") == Found("command", LINE)
