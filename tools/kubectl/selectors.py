"""Label and field selectors: read with apimachinery's grammar, written in one spelling."""

from __future__ import annotations

import re

from tools.kubectl.rejection import repair

MAX_REQUIREMENTS = 12

_LABEL_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = rf"(?:[a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_LABEL_NAME}"
LABEL_KEY = re.compile(_KEY)
LABEL_VALUE = re.compile(rf"(?:{_LABEL_NAME})?")

_TOKEN = re.compile(r"\s*(==|!=|[=!,()<>]|[^\s=!,()<>]+)")
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9.\[\]-]{0,120})(==|!=|=)([A-Za-z0-9._:/-]{0,253})")


def labels(text: str) -> str:
    """A label selector in canonical spelling.

    `app=web,tier in (a,b),!canary`. Raises Rejection (tree).
    """
    return _LabelReader(text).read()


def fields(text: str) -> str:
    """A field selector in canonical spelling.

    `status.phase!=Running,spec.nodeName=n1`. Raises Rejection (tree).
    """
    parts = text.split(",")
    found = [match for part in parts if (match := _FIELD.fullmatch(part))]
    if len(found) != len(parts) or len(parts) > MAX_REQUIREMENTS:
        repair(
            "bad-selector",
            f"`{text[:60]}` is not a field selector.",
            "--field-selector=status.phase!=Running,spec.nodeName=NODE",
        )
    return ",".join(f"{match[1]}{'!=' if match[2] == '!=' else '='}{match[3]}" for match in found)


class _LabelReader:
    """Recursive descent over the tokens of one selector."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKEN.findall(text)
        if "".join(self._tokens) != "".join(text.split()):
            self._fail()
        self._next = 0

    def read(self) -> str:
        requirements = [self._requirement()]
        while self._peek() == ",":
            self._take()
            requirements.append(self._requirement())
        if self._peek() or len(requirements) > MAX_REQUIREMENTS:
            self._fail()
        return ",".join(requirements)

    def _requirement(self) -> str:
        if self._peek() == "!":
            self._take()
            return f"!{self._key()}"
        key = self._key()
        operator = self._peek()
        if operator in ("", ","):
            return key
        self._take()
        if operator in ("=", "==", "!="):
            value = self._value() if self._peek() not in ("", ",") else ""
            return f"{key}{'!=' if operator == '!=' else '='}{value}"
        if operator in ("<", ">"):
            value = self._value()
            if not value.isdigit():
                self._fail()
            return f"{key}{operator}{value}"
        if operator in ("in", "notin"):
            return f"{key} {operator} ({','.join(self._set())})"
        self._fail()
        return ""

    def _set(self) -> list[str]:
        if self._take() != "(":
            self._fail()
        values = [self._value()]
        while self._peek() == ",":
            self._take()
            values.append(self._value())
        if self._take() != ")":
            self._fail()
        return values

    def _key(self) -> str:
        word = self._take()
        if not LABEL_KEY.fullmatch(word):
            self._fail()
        return word

    def _value(self) -> str:
        word = self._take()
        if not word or not LABEL_VALUE.fullmatch(word):
            self._fail()
        return word

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self) -> str:
        word = self._peek()
        self._next += 1
        return str(word)

    def _fail(self) -> None:
        repair(
            "bad-selector",
            f"`{self._text[:60]}` is not a label selector.",
            "-l 'app=web,tier in (a,b),!canary'",
        )
