"""Output with everything taken out that differs between two runs of the same story.

Names drawn by servers, times, ages, addresses, hashes and ids go; column widths follow from them.
JSON is compared as data, text line by line in sorted order, because drawn names sort differently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import yaml  # type: ignore[import-untyped]

SAFE = "[bcdfghjklmnpqrstvwxz2456789]"
"""The letters of which Kubernetes draws names and hashes (apimachinery's rand.String)."""

_TEXT = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "UID"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}"), "TIME"),
    (re.compile(r"\b10\.(244|96)\.\d+\.\d+"), "ADDRESS"),
    (re.compile(rf"-{SAFE}{{8,10}}-{SAFE}{{5}}(?![a-z0-9-])"), "-HASH-SUFFIX"),
    (re.compile(rf"(?<=[a-z0-9])-{SAFE}{{8,10}}(?=-?(?![a-z0-9-]))"), "-HASH"),
    (re.compile(r"(?<=[\w-])\.[0-9a-f]{16}\b"), ".EVENT"),
    (re.compile(r"(?s)-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----"), "CERTIFICATE"),
    (re.compile(rf"(?<=pod-template-hash=){SAFE}{{8,10}}"), "HASH"),
    (re.compile(rf"^{SAFE}{{8,10}}$"), "HASH"),
    (re.compile(r"(?m)^(\s*Image ID:\s+).*"), r"\1IMAGE"),
)
_AGE = re.compile(
    r"(?<![\w.-])(<invalid>|<unknown>|\d+y(\d+d)?|\d+d(\d+h)?|\d+h(\d+m)?|\d+m(\d+s)?|\d+s)(?![\w.%-])"
)

_OTHER = {"imageID", "resourceVersion", "ca.crt", "image"}
"""Fields that tell of the recorded machine, not of the cluster's story: the node had its images
under other names, and counts the writes of everything that ran on it."""


class Normal:
    """Normalises the output of one namespace's story; `drawn` are name prefixes with a drawn end."""

    def __init__(self, drawn: Iterable[str]) -> None:
        known = "|".join(sorted(map(re.escape, drawn), key=len, reverse=True))
        self._suffix = re.compile(rf"\b({known})-{SAFE}{{5}}\b") if known else None

    def text(self, text: str) -> str:
        """One text, its lines in their order."""
        for pattern, replacement in _TEXT:
            text = pattern.sub(replacement, text)
        return self._suffix.sub(r"\1-SUFFIX", text) if self._suffix else text

    def lines(self, text: str) -> list[str]:
        """A table or description: sorted lines without ages and widths."""
        text = _AGE.sub("AGE", self.text(text))
        text = re.sub(r"-{2,}", "--", re.sub(r"[ \t]+", " ", text))
        return sorted(line.strip() for line in text.splitlines() if line.strip())

    def data(self, value: Any) -> Any:
        """A JSON value; lists of objects in the order of what they then are."""
        if isinstance(value, dict):
            found = {
                self.text(key): self.data(item) for key, item in value.items() if key not in _OTHER
            }
            if isinstance(found.get("items"), list):
                found["items"].sort(key=lambda item: json.dumps(item, sort_keys=True))
            return found
        if isinstance(value, list):
            return [self.data(item) for item in value]
        return self.text(value) if isinstance(value, str) else value

    def output(self, text: str) -> list[str]:
        """Any stdout, as lines that can be compared and shown."""
        try:
            if text.startswith("{"):
                return self._dumped(json.loads(text))
            if text.startswith("apiVersion:"):
                return self._dumped(yaml.safe_load(text))
        except (ValueError, yaml.YAMLError):
            pass
        return self.lines(text)

    def _dumped(self, value: Any) -> list[str]:
        return json.dumps(self.data(value), indent=1, sort_keys=True, default=str).splitlines()
