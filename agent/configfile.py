"""ConfigFile: one YAML configuration file; its errors name file, key and the nearest valid key."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from tools.errors import UsageError
from tools.suggest import did_you_mean

LARGEST_FILE = 256 * 1024
"""Bytes; a configuration file is a page of text, so anything above is a mistake."""


class ConfigFile(NamedTuple):
    """The values of one file; none when the file does not exist."""

    path: Path
    exists: bool
    values: dict[str, Any]

    @classmethod
    def read(
        cls, path: Path, *, required: bool = False, forbidden: Set[str] = frozenset()
    ) -> ConfigFile:
        """Read one file. Raises UsageError when it is broken, or absent though `required`.

        `forbidden` are top-level keys that this file may not set.
        """
        try:
            if path.stat().st_size > LARGEST_FILE:
                raise UsageError(
                    f"{path}: larger than {LARGEST_FILE // 1024} KiB, not a config file"
                )
            text = path.read_bytes().decode("utf-8")
        except (FileNotFoundError, NotADirectoryError):  # HOME=/dev/null
            if required:
                raise UsageError(f"{path}: no such config file", "see MAGOS_CONFIG") from None
            return cls(path, False, {})
        except OSError as error:
            raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{path}: not UTF-8 text") from error
        values = _parse(path, text)
        banned = sorted(forbidden & values.keys())
        if banned:
            raise UsageError(
                f"{path}: a project file may not set {banned[0]}",
                f"put {banned[0]} in your own config file or give it as a flag",
            )
        return cls(path, True, values)


def check_keys(file: ConfigFile, model: type[BaseModel]) -> None:
    """Raises UsageError for the first key that `model` (or a model nested in it) lacks."""
    _check(file.path, file.values, model, ())


def _check(
    path: Path, values: Mapping[str, Any], model: type[BaseModel], above: tuple[str, ...]
) -> None:
    fields = model.model_fields
    for key, value in values.items():
        name = ".".join((*above, key))
        if key not in fields:
            hint = did_you_mean(key, fields) or f"valid keys: {', '.join(fields)}"
            raise UsageError(f"{path}: unknown key {name!r}", hint)
        inner = fields[key].annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            if not isinstance(value, Mapping):
                raise UsageError(
                    f"{path}: {name} must be a mapping", f"keys: {', '.join(inner.model_fields)}"
                )
            _check(path, value, inner, (*above, key))


def _parse(path: Path, text: str) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        values = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark is not None else ""
        raise UsageError(f"{path}{line}: not valid YAML: {error.problem}") from error
    except (YAMLError, RecursionError, ValueError) as error:
        raise UsageError(f"{path}: not valid YAML") from error
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise UsageError(f"{path}: expected a mapping of settings, such as `namespace: shop`")
    return values
