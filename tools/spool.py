"""Spool: the head and the tail of a byte stream, in bounded memory."""

from __future__ import annotations

from collections import deque

LONGEST_CUT = 8 * 1024
"""How far a cut may move to end at a line or a word, in bytes."""


class Spool:
    """Keeps the first quarter and the last three quarters of `cap` bytes; counts what it dropped.

    The tail is larger because logs and errors explain themselves at the end.
    """

    def __init__(self, cap: int) -> None:
        self._head_room = cap // 4
        self._tail_room = cap - self._head_room
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0
        self.dropped = 0
        """Bytes that are no longer here."""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the stream."""
        room = self._head_room - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        if not chunk:
            return
        self._tail.append(chunk)
        self._tail_size += len(chunk)
        while self._tail_size > self._tail_room:
            first = self._tail.popleft()
            excess = self._tail_size - self._tail_room
            if excess < len(first):
                self._tail.appendleft(first[excess:])
                self._tail_size -= excess
                self.dropped += excess
            else:
                self._tail_size -= len(first)
                self.dropped += len(first)

    def text(self) -> str:
        """What was kept, decoded; a marker line stands for the part that was not.

        Cuts fall between lines (or words), so that no half of a secret escapes the redactor.
        """
        tail = b"".join(self._tail)
        if not self.dropped:
            return (bytes(self._head) + tail).decode("utf-8", "replace")
        head = whole_lines(bytes(self._head))
        rest = _from_break(tail)
        lost = self.dropped + len(self._head) - len(head) + len(tail) - len(rest)
        marker = f"[... {lost} bytes left out ...]\n"
        first = head.decode("utf-8", "replace")
        if first and not first.endswith("\n"):
            first += "\n"
        return first + marker + rest.decode("utf-8", "replace")


def whole_lines(data: bytes) -> bytes:
    """`data` without its unfinished last line; of one endless line, without its last word."""
    cut = data.rfind(b"\n") + 1
    if cut:
        return data[:cut]
    start = max(0, len(data) - LONGEST_CUT)
    word = max(data.rfind(b" ", start), data.rfind(b"\t", start))
    return data[:word] if word >= 0 else data[:start]


def _from_break(data: bytes) -> bytes:
    """`data` from its first whole line on; of one endless line, from its second word on."""
    cut = data.find(b"\n") + 1
    if cut:
        return data[cut:]
    word = data.find(b" ", 0, LONGEST_CUT)
    return data[word + 1 :] if word >= 0 else data[LONGEST_CUT:]
