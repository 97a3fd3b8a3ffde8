"""Kubernetes objects and other trees (layer A): which of their strings are secret.

Works on plain dicts and lists, wherever they came from, and names each string to change by its
container and key; documents.py carries the changes out in the JSON or YAML text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tools.redact import names
from tools.redact.mask import Mask

SECRET_KINDS = frozenset({"Secret", "SecretList", "SealedSecret", "SealedSecretList"})
SECRET_FIELDS = ("data", "stringData", "encryptedData")
APPLIED = ("last-applied-configuration", "rio.cattle.io/applied", "kapp.k14s.io/original")
"""Ends of annotation names that repeat the whole object, secrets included."""
IDENTITY = frozenset(
    {"apiVersion", "kind", "uid", "resourceVersion", "creationTimestamp", "namespace"}
)
"""Fields of the API server's own making; never secret, and skipped for speed."""
HELM_RELEASE = "sh.helm.release."
PAIR_NAMES, PAIR_VALUES = ("name", "Name", "key"), ("value", "Value")
"""`{name: DB_PASSWORD, value: ...}`: the value belongs to the name beside it."""
MASKED_WHOLE = frozenset({"token", "password", "client-key-data", "client-certificate-data"})
"""kubeconfig fields."""


class Edit(NamedTuple):
    """One string to replace."""

    container: dict[str, Any] | list[Any]
    key: str | int
    text: str
    whole: bool
    """The whole value is secret (its shape need not be kept)."""


class Walk:
    """One pass over a tree. `clean` redacts free text."""

    def __init__(self, clean: Callable[[str], str], mask: Mask) -> None:
        self._clean = clean
        self._mask = mask
        self._clear: set[str] = set()
        """Strings known to be free of secrets; kinds, names and times repeat a lot."""
        self._visited: set[int] = set()

    def edits(self, node: Any, *, kind: str = "") -> Iterator[Edit]:
        """Every string below `node` that must change; `kind` is that of the list it is in."""
        if id(node) in self._visited:
            return  # a YAML alias
        if isinstance(node, dict):
            self._visited.add(id(node))
            yield from self._map(node, kind)
        elif isinstance(node, list):
            self._visited.add(id(node))
            for item in node:
                if not isinstance(item, str):
                    yield from self.edits(item, kind=kind)
            yield from self._arguments(node)

    def _map(self, node: dict[str, Any], kind: str) -> Iterator[Edit]:
        own = node.get("kind")
        kind = own if isinstance(own, str) and ("metadata" in node or "items" in node) else kind
        is_object = "metadata" in node
        secret = is_object and (kind in SECRET_KINDS or _is_helm_release(node))
        name = next((node[key] for key in PAIR_NAMES if key in node), None)
        for key, value in node.items():
            if (secret and key in SECRET_FIELDS) or (key == "binaryData" and is_object):
                yield from self._everything(value)
            elif key == "data" and is_object and isinstance(value, dict):
                yield from self._data(value)
            elif isinstance(value, str):
                telling = name if key in PAIR_VALUES and isinstance(name, str) else key
                yield from self._named(node, key, telling, value)
            elif isinstance(value, list) and names.rank(key) == "strong":
                yield from self._strings(value)
            elif isinstance(value, dict | list):
                yield from self.edits(value, kind=kind.removesuffix("List"))

    def _named(self, node: dict[str, Any], key: str, telling: str, value: str) -> Iterator[Edit]:
        if key in IDENTITY:
            return
        applied = key.endswith(APPLIED) and not names.is_plain(value)
        kube = key in MASKED_WHOLE and not names.is_plain(value)
        readable = names.is_dsn(telling) and self._clean(value) != value
        if applied or kube or (names.hides(telling, value) and not readable):
            yield Edit(node, key, self._mask(value), whole=True)
        else:
            yield from self._text(node, key, value)

    def _data(self, data: dict[str, Any]) -> Iterator[Edit]:
        """ConfigMap data: files that are secret by their name, else like any named string."""
        for key, value in data.items():
            if not isinstance(value, str):
                yield from self.edits(value)
            elif names.DATA_FILES.search(key) and not names.is_plain(value):
                yield Edit(data, key, self._mask(value), whole=True)
            else:
                yield from self._named(data, key, key, value)

    def _arguments(self, items: list[Any]) -> Iterator[Edit]:
        """Args and command: `--password`, `hunter2` as two items, `-p hunter2` too."""
        program = items[0] if items and isinstance(items[0], str) else ""
        for index, item in enumerate(items):
            if not isinstance(item, str):
                continue
            flag = items[index - 1] if index else ""
            if isinstance(flag, str) and flag.startswith("-") and not item.startswith("-"):
                by_name = "=" not in flag and " " not in flag and names.hides(flag, item)
                if by_name or (flag in ("-p", "-a") and _takes_password(program, item)):
                    yield Edit(items, index, self._mask(item), whole=True)
                    continue
            yield from self._text(items, index, item)

    def _strings(self, items: list[Any]) -> Iterator[Edit]:
        """A list under a telling name: `passwords: [a, b]`."""
        for index, item in enumerate(items):
            if isinstance(item, str):
                if not names.is_plain(item):
                    yield Edit(items, index, self._mask(item), whole=True)
            else:
                yield from self.edits(item)

    def _everything(self, node: Any) -> Iterator[Edit]:
        """Every string below `node`, whatever it is called."""
        pairs = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in pairs if isinstance(node, dict | list) else ():
            if isinstance(value, dict | list):
                yield from self._everything(value)
            elif value is not None and not names.is_plain(str(value)):
                yield Edit(node, key, self._mask(str(value)), whole=True)

    def _text(
        self, container: dict[str, Any] | list[Any], key: str | int, value: str
    ) -> Iterator[Edit]:
        if len(value) < 4 or value in self._clear:
            return
        cleaned = self._clean(value)
        if cleaned != value:
            yield Edit(container, key, cleaned, whole=False)
        else:
            self._clear.add(value)


def _is_helm_release(node: dict[str, Any]) -> bool:
    metadata = node.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return isinstance(name, str) and name.startswith(HELM_RELEASE)


def _takes_password(program: str, value: str) -> bool:
    """`-p` and `-a` mean many things; only for these programs they mean a password."""
    tool = program.rsplit("/", 1)[-1]
    return tool in ("mysql", "mysqladmin", "mysqldump", "sshpass", "redis-cli", "mariadb") and (
        not names.is_plain(value)
    )
