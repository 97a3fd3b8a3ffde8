"""Environment variables: which mean something, and which setting each one sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from tools.suggest import did_you_mean

PREFIX = "MAGOS_"
USER_FILE_VARIABLE = "MAGOS_CONFIG"
FOREIGN_VARIABLES: Mapping[str, tuple[str, ...]] = {
    "PROMETHEUS_URL": ("prometheus_url",),
    "ALERTMANAGER_URL": ("alertmanager_url",),
    "OPENAI_BASE_URL": ("openai", "base_url"),
    "OPENAI_API_KEY": ("openai", "api_key"),
}


def variable_names(model: type[BaseModel]) -> list[str]:
    """All MAGOS_ variables that mean something, where `model` is the settings."""
    names = [USER_FILE_VARIABLE]
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names += [f"{PREFIX}{name}_{key}".upper() for key in inner.model_fields]
        else:
            names.append(f"{PREFIX}{name}".upper())
    return names


def unknown_variables(environ: Mapping[str, str], model: type[BaseModel]) -> list[str]:
    """One line for each MAGOS_ variable that is no setting."""
    known = variable_names(model)
    return [
        " ".join(part for part in (f"{name} is no setting;", did_you_mean(name, known)) if part)
        for name in sorted(environ)
        if name.startswith(PREFIX) and name.upper() not in known
    ]


def foreign_values(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the variables of other programs set, nested like the settings."""
    values: dict[str, Any] = {}
    for variable, path in FOREIGN_VARIABLES.items():
        if environ.get(variable):
            holder = values
            for key in path[:-1]:
                holder = holder.setdefault(key, {})
            holder[path[-1]] = environ[variable]
    return values
