"""Settings: the one place that reads the environment and configuration files.

Precedence: flag > `MAGOS_*` > `./.magos.yaml` > `$XDG_CONFIG_HOME/magos-agent/config.yaml` >
default. A nested field `budgets.moves` is `MAGOS_BUDGETS_MOVES` in the environment.
`PROMETHEUS_URL`, `ALERTMANAGER_URL`, `OPENAI_BASE_URL` and `OPENAI_API_KEY` count like their
`MAGOS_` forms; `KUBECONFIG` is read where kubectl's own rules for it apply.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic import field_validator as validator
from pydantic_settings import BaseSettings, InitSettingsSource, NoDecode, PydanticBaseSettingsSource
from pydantic_settings import SettingsConfigDict as SettingsConfig

from agent.configfile import ConfigFile, check_keys
from agent.logs import LogFormat, LogLevel
from agent.modelsettings import Llama, OpenAI
from agent.request import Budgets
from agent.variables import PREFIX, USER_FILE_VARIABLE, foreign_values, unknown_variables
from tools.errors import UsageError

APP = "magos-agent"
PROJECT_FILE = ".magos.yaml"
PLANNERS = ("auto", "playbook")
EXECUTORS = ("auto", "none", "nano", "magos")
NOT_FROM_PROJECT = frozenset({"kubeconfig", "openai", "state_dir", "cache_dir", "models_dir"})
"""Keys a project file may not set. A kubeconfig can start programs (exec plug-ins), and the others
say where findings are written or sent, so they must not come with a cloned repository."""


class LogSettings(BaseModel):
    """What is logged to stderr."""

    model_config = ConfigDict(extra="forbid")

    level: LogLevel = "warning"
    """debug, info, warning or error; -v and -q go before it."""
    format: LogFormat = "text"
    """text for people, json for log collectors (one object per line)."""


class Settings(BaseSettings):
    """Everything that can be configured. See the module docstring for where values come from."""

    model_config = SettingsConfig(
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
        validate_default=False,
    )

    kubeconfig: Path | None = None
    """kubeconfig file; None follows KUBECONFIG, then ~/.kube/config, then the pod's identity."""
    context: str | None = None
    """kubeconfig context; None is the current one."""
    namespace: str | None = None
    """Namespace when neither -n nor an alert's labels give one; None is the context's."""
    cluster: str | None = None
    """`sim:SCENARIO[@SEED]` to look at a simulated cluster instead of a kubeconfig's."""
    planner: str = "auto"
    """auto or playbook; auto means playbook in this version."""
    executor: str = "auto"
    """auto, none, nano, magos, a GGUF file or the URL of a model server; auto is magos where it was pulled,
    else none (the playbook's own moves)."""
    grammar: Literal["on", "off"] = "on"
    """off: a local model may write what it likes, and the gate sorts it out. For comparison."""
    llama: Llama = Field(default_factory=Llama)
    """How a local model runs."""
    budgets: Budgets = Field(default_factory=Budgets)
    """When a run must stop: moves, seconds, move_seconds, planner_calls, executor_tokens."""
    prometheus_url: str | None = None
    """Prometheus for promtool queries; None leaves metrics out (a blind spot in the report)."""
    alertmanager_url: str | None = None
    """Alertmanager, for front ends that fetch alerts."""
    openai: OpenAI = Field(default_factory=OpenAI)
    """Chat model server."""
    output: Literal["text", "json", "markdown", "junit"] = "text"
    """Report format, -o."""
    color: Literal["auto", "always", "never"] = "auto"
    """auto: on a terminal, unless NO_COLOR is set or TERM is dumb."""
    log: LogSettings = Field(default_factory=LogSettings)
    """Logging."""
    state_dir: Path = Field(default_factory=lambda: platformdirs.user_state_path(APP))
    """Runs, crash logs and the pins of model files: $XDG_STATE_HOME/magos-agent."""
    cache_dir: Path = Field(default_factory=lambda: platformdirs.user_cache_path(APP))
    """Harvested command trees: $XDG_CACHE_HOME/magos-agent. Can be deleted at any time."""
    models_dir: Path | None = None
    """Pulled model files; None is the hub's own cache (HF_HUB_CACHE, HF_HOME, else XDG)."""

    runbooks: Annotated[list[Path], NoDecode] = Field(default_factory=list)
    """Folders of Markdown beside those of `magos-agent runbooks add`; `:` between them in MAGOS_RUNBOOKS."""

    _environ: dict[str, str] = PrivateAttr(default_factory=dict)
    _unknown: list[str] = PrivateAttr(default_factory=list)
    _files: list[Path] = PrivateAttr(default_factory=list)

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment as it was when the settings were read (for credential plug-ins)."""
        return self._environ

    @property
    def unknown_variables(self) -> list[str]:
        """One line for each MAGOS_ variable that is no setting."""
        return self._unknown

    @property
    def files(self) -> list[Path]:
        """Configuration files that were read, strongest first."""
        return self._files

    @validator("planner")
    @classmethod
    def _planner_exists(cls, value: str) -> str:
        if value not in PLANNERS:
            raise ValueError(f"{value!r}: this version has {' and '.join(PLANNERS)}")
        return value

    @validator("executor")
    @classmethod
    def _executor_exists(cls, value: str) -> str:
        if value in EXECUTORS or "://" in value:
            return value
        if "/" in value or os.sep in value or value.endswith(".gguf"):
            return str(Path(value).expanduser().absolute())  # a run may be resumed from elsewhere
        words = ", ".join(EXECUTORS)
        url = "http://HOST:PORT/v1"
        raise ValueError(f"{value!r} is none of {words}, a path to a .gguf file, or a URL ({url})")

    @validator("grammar", mode="before")
    @classmethod
    def _grammar_is_a_word(cls, value: object) -> object:
        return {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value

    @validator("runbooks", mode="before")
    @classmethod
    def _folders(cls, value: Any) -> Any:
        values = value.split(os.pathsep) if isinstance(value, str) else value
        return [item for item in values if item] if isinstance(values, list) else values

    @validator("runbooks")
    @classmethod
    def _absolute(cls, value: list[Path]) -> list[Path]:
        return [Path(os.path.abspath(path.expanduser())) for path in value]  # noqa: PTH100 - links stay

    @validator("kubeconfig", "state_dir", "cache_dir", "models_dir")
    @classmethod
    def _home(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value is not None else None


def load(flags: Mapping[str, Any] | None = None) -> Settings:
    """Read everything once. `flags` are nested like the settings; None values do not count.

    Raises UsageError naming the flag, variable or file that is wrong.
    """
    environ = dict(os.environ)
    given = _without_none(flags or {})
    files = [
        ConfigFile.read(Path.cwd() / PROJECT_FILE, forbidden=NOT_FROM_PROJECT),
        ConfigFile.read(user_file(environ), required=USER_FILE_VARIABLE in environ),
    ]
    for file in files:
        check_keys(file, Settings)
    _no_model_from_project(files[0])

    class Loaded(Settings):
        """Settings with the sources of this call."""

        @classmethod
        def settings_customise_sources(  # type: ignore[override] # fewer arguments than the base
            cls, settings_cls: type[BaseSettings], **sources: PydanticBaseSettingsSource
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            rest = [foreign_values(environ), *(file.values for file in files)]
            return (
                sources["init_settings"],
                sources["env_settings"],
                *(InitSettingsSource(settings_cls, init_kwargs=values) for values in rest),
            )

    try:
        settings = Loaded(**given)
    except ValidationError as error:
        raise _usage_error(error, given, environ, files) from None
    settings._environ = environ
    settings._unknown = unknown_variables(environ, Settings)
    settings._files = [file.path for file in files if file.exists]
    return settings


def _no_model_from_project(file: ConfigFile) -> None:
    """A cloned repository must not name the server that is told what is wrong in the cluster."""
    value = file.values.get("executor")
    if value is not None and value not in EXECUTORS:
        raise UsageError(
            f"{file.path}: a project file may only set executor to {', '.join(EXECUTORS)}",
            "put a model file or server in your own config file or give it as a flag",
        )


def user_file(environ: Mapping[str, str]) -> Path:
    """The user's own configuration file: MAGOS_CONFIG, else the XDG place."""
    if environ.get(USER_FILE_VARIABLE):
        return Path(environ[USER_FILE_VARIABLE]).expanduser()
    return platformdirs.user_config_path(APP) / "config.yaml"


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    kept = {k: _without_none(v) if isinstance(v, Mapping) else v for k, v in values.items()}
    return {key: value for key, value in kept.items() if value is not None and value != {}}


def _usage_error(
    error: ValidationError,
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    files: list[ConfigFile],
) -> UsageError:
    """The first wrong value, said with the place it came from."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = tuple(str(part) for part in first["loc"])
    name = ".".join(where)
    variable = PREFIX + "_".join(where).upper()
    message = first["msg"].removeprefix("Value error, ")
    origin = "the default"
    if _has(flags, where):
        origin = "the command line"
    elif variable in environ:
        origin = variable
    else:
        origin = next((str(file.path) for file in files if _has(file.values, where)), origin)
    return UsageError(f"{name} (from {origin}): {message}")


def _has(values: Any, where: tuple[str, ...]) -> bool:
    for key in where:
        if not isinstance(values, Mapping) or key not in values:
            return False
        values = values[key]
    return True
