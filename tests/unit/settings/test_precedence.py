"""Settings: flag > environment > project file > user file > default, and errors that say where."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.settings import Settings, load
from agent.variables import variable_names
from tools.errors import UsageError


class Place:
    """A home and a project folder of the test's own."""

    def __init__(self, root: Path) -> None:
        self.user = root / "config" / "magos-agent" / "config.yaml"
        self.project = root / "project" / ".magos.yaml"
        self.user.parent.mkdir(parents=True)
        self.project.parent.mkdir()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    for name in [*variable_names(Settings), "PROMETHEUS_URL", "ALERTMANAGER_URL", "KUBECONFIG"]:
        monkeypatch.delenv(name, raising=False)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for kind in ("config", "state", "cache"):
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", str(tmp_path / kind))
    found = Place(tmp_path)
    monkeypatch.chdir(found.project.parent)
    return found


def test_a_home_that_is_no_folder_has_no_config_file(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HOME=/dev/null, as some services have it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", "/dev/null/.config")
    assert load().budgets.moves == 30


def test_defaults(place: Place) -> None:
    settings = load()
    assert settings.budgets.moves == 30
    assert settings.budgets.seconds == 120
    assert settings.planner == "auto"
    assert settings.state_dir == place.user.parents[2] / "state" / "magos-agent"
    assert settings.files == []


def test_each_layer_beats_the_next(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.user.write_text("budgets: {moves: 1, planner_calls: 9}\nnamespace: user\n")
    assert (load().budgets.moves, load().namespace) == (1, "user")
    place.project.write_text("budgets: {moves: 2}\nnamespace: project\n")
    settings = load()
    assert (settings.budgets.moves, settings.namespace) == (2, "project")
    assert settings.budgets.planner_calls == 9  # a layer replaces keys, not whole groups
    assert settings.files == [place.project, place.user]
    monkeypatch.setenv("MAGOS_BUDGETS_MOVES", "3")
    monkeypatch.setenv("MAGOS_NAMESPACE", "env")
    assert (load().budgets.moves, load().namespace) == (3, "env")
    settings = load({"budgets": {"moves": 4, "seconds": None}, "namespace": "flag"})
    assert (settings.budgets.moves, settings.namespace) == (4, "flag")
    assert settings.budgets.seconds == 120


def test_flags_that_are_none_do_not_count(place: Place) -> None:
    place.user.write_text("context: mine\n")
    assert load({"context": None}).context == "mine"


def test_empty_variables_do_not_count(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGOS_CONTEXT", "")
    monkeypatch.setenv("PROMETHEUS_URL", "")
    assert load().context is None
    assert load().prometheus_url is None


def test_names_of_other_tools(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.project.write_text("prometheus_url: http://file\n")
    monkeypatch.setenv("PROMETHEUS_URL", "http://theirs")
    monkeypatch.setenv("ALERTMANAGER_URL", "http://am")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://llm/v1")
    settings = load()
    assert settings.prometheus_url == "http://theirs"
    assert settings.alertmanager_url == "http://am"
    assert settings.openai.base_url == "http://llm/v1"
    assert settings.openai.api_key is not None
    assert settings.openai.api_key.get_secret_value() == "sk-very-secret"
    assert "sk-very-secret" not in repr(settings)
    assert "sk-very-secret" not in settings.model_dump_json()
    monkeypatch.setenv("MAGOS_PROMETHEUS_URL", "http://ours")
    assert load().prometheus_url == "http://ours"


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("namespce: shop\n", "unknown key 'namespce'", "did you mean namespace?"),
        ("budgets: {move: 3}\n", "unknown key 'budgets.move'", "did you mean moves?"),
        ("budgets: 3\n", "budgets must be a mapping", "keys: moves"),
        ("- a\n", "expected a mapping", ""),
        ("1: a\n", "expected a mapping", ""),
        ("a: [\n", "not valid YAML", ""),
        ("a: 1\na: 2\n", "not valid YAML", ""),
        ("x: !!python/object:os.system {}\n", "not valid YAML", ""),
        ("budgets: {moves: 0}\n", "budgets.moves", ""),
        ("budgets: {moves: many}\n", "budgets.moves", ""),
        ("planner: chat\n", "this version has auto and playbook", ""),
        ("output: pdf\n", "output", ""),
    ],
)
def test_broken_files_name_file_and_key(place: Place, text: str, says: str, hint: str) -> None:
    place.user.write_text(text)
    with pytest.raises(UsageError) as error:
        load()
    assert says in error.value.message
    assert str(place.user) in error.value.message
    assert hint in error.value.hint


def test_empty_file_is_fine(place: Place) -> None:
    place.user.write_text("# nothing yet\n")
    assert load().files == [place.user]


def test_odd_files(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place.user.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        load()
    place.user.write_text("#" * 300_000)
    with pytest.raises(UsageError, match="not a config file"):
        load()
    place.user.unlink()
    place.user.mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        load()
    monkeypatch.setenv("MAGOS_CONFIG", str(tmp_path / "other.yaml"))
    with pytest.raises(UsageError, match="no such config file"):
        load()
    (tmp_path / "other.yaml").write_text("context: other\n")
    assert load().context == "other"


@pytest.mark.parametrize("key", ["kubeconfig", "openai", "state_dir", "cache_dir"])
def test_a_cloned_repository_cannot_redirect(place: Place, key: str) -> None:
    value = "{base_url: http://x}" if key == "openai" else "/tmp/x"
    place.project.write_text(f"{key}: {value}\n")
    with pytest.raises(UsageError, match=f"may not set {key}"):
        load()
    place.project.rename(place.user)
    assert load()


def test_wrong_values_say_where_they_came_from(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match=r"executor \(from the command line\).*gguf file"):
        load({"executor": "gpt"})
    monkeypatch.setenv("MAGOS_BUDGETS_MOVE_SECONDS", "-1")
    with pytest.raises(UsageError, match="from MAGOS_BUDGETS_MOVE_SECONDS"):
        load()


def test_misspelt_variables_are_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAGOS_PLANER", "playbook")
    assert load().unknown_variables == ["MAGOS_PLANER is no setting; did you mean MAGOS_PLANNER?"]


def test_the_environment_is_kept_as_it_was(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/a:/b")
    settings = load()
    monkeypatch.setenv("KUBECONFIG", "/c")
    assert settings.environ["KUBECONFIG"] == "/a:/b"


def test_every_field_is_documented() -> None:
    import ast
    import inspect

    from agent import modelsettings, settings

    trees = [ast.parse(inspect.getsource(module)) for module in (settings, modelsettings)]
    nodes = [node for tree in trees for node in tree.body]
    for cls in (node for node in nodes if isinstance(node, ast.ClassDef)):
        body = cls.body
        for field, following in zip(body, [*body[1:], None], strict=True):
            if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
                continue
            if field.target.id.startswith("_"):
                continue
            told = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            assert told, f"{cls.name}.{field.target.id} has no docstring"
    assert len(Settings.model_fields) > 10
