"""Outline: the text of `kubectl describe` as trees of lines, by indentation.

What a program wrote (its termination message, its arguments) stands in this text unescaped, so a
forged line may add to what is read about its own pod. JSON output cannot be forged that way and is
what proofs prefer. Objects are therefore only taken under names that were asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_KEY = re.compile(r"^([^:]{1,316}?):(?:\s+(.*))?$")
_NAME = re.compile(r"^Name:\s+\S")
_MESSAGE = re.compile(r"^( {4,8})Message: ")
_MESSAGE_LINES = 120
"""Lines that a termination message may have: the kubelet keeps 4,096 bytes or 80 lines of it."""

_DEPTH = 32
"""Nesting of which the last line is noted; kubectl's own output stays below 8."""

NONE = frozenset({"<none>", "<unset>", "<nil>", "", "<unknown>", "<no value>"})
"""How kubectl prints that there is nothing."""


class Node:
    """One line with the lines indented below it."""

    def __init__(self, text: str, indent: int, line: int) -> None:
        found = _KEY.match(text)
        self.text = text
        self.key = found.group(1) if found else ""
        self.value = (found.group(2) or "").strip() if found else ""
        self.indent = indent
        self.line = line
        self.end = line
        self.children: list[Node] = []

    @property
    def lines(self) -> tuple[int, int]:
        """The line itself, as evidence."""
        return self.line, self.line

    @property
    def block(self) -> tuple[int, int]:
        """The line and all that is below it, as evidence."""
        return self.line, self.end

    @property
    def shown(self) -> str:
        """The value; empty for `<none>` and its like."""
        return "" if self.value in NONE else self.value

    def get(self, key: str) -> Node | None:
        """The last line with this key directly below; a forged one would come before it."""
        return next((child for child in reversed(self.children) if child.key == key), None)

    def texts(self) -> list[Node]:
        """The value and the lines continuing it, without `<none>`: labels, taints, tolerations."""
        first = [] if self.value in NONE else [_Value(self)]
        return [*first, *self.children]


class _Value(Node):
    """The value of a line, as if it stood on a line of its own."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.value, node.indent + 1, node.line)


def objects(text: str) -> Iterator[Node]:
    """One tree per described object; its children are the lines without indentation.

    kubectl puts two empty lines between objects.
    """
    lines = [line.rstrip("\r") for line in text.split("\n")]
    start: int | None = None
    at = 0
    while at < len(lines):
        first = at == 0 or (at >= 2 and not lines[at - 1].strip() and not lines[at - 2].strip())
        if first and _NAME.match(lines[at]):
            if start is not None:
                yield _tree(lines, start, at)
            start = at
        at += 1 + len(_message_lines(lines, at, len(lines)))
    if start is not None:
        yield _tree(lines, start, len(lines))


def _tree(lines: list[str], start: int, stop: int) -> Node:
    root = Node("", -1, start + 1)
    stack = [root]
    at = start
    while at < stop:
        line = lines[at]
        text = line.strip()
        if not text:
            at += 1
            continue
        indent = len(line) - len(line.lstrip(" "))
        extra = _message_lines(lines, at, stop)
        node = Node(text, indent, at + 1)
        if extra:
            node.value = "\n".join([node.value, *extra]).strip()
        while stack[-1].indent >= indent:
            stack.pop()
        stack[-1].children.append(node)
        stack.append(node)
        at += 1 + len(extra)
        for open_node in stack[:_DEPTH]:
            open_node.end = at
    return root


def _message_lines(lines: list[str], at: int, stop: int) -> list[str]:
    """Further lines of a termination message, which may be indented in any way.

    kubectl prints the exit code after the message, at the same depth.
    """
    found = _MESSAGE.match(lines[at])
    if found is None:
        return []
    closing = f"{found.group(1)}Exit Code: "
    for after in range(at + 1, min(stop, at + _MESSAGE_LINES)):
        if lines[after].startswith(closing):
            return lines[at + 1 : after]
    return []
