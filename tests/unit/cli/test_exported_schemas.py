"""docs/schemas is what scripts/export_schemas.py writes today, and real documents fit it."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from agent.render import render
from agent.trajectory import Event
from scripts.export_schemas import FOLDER, models, text
from tests.reports import report


@pytest.mark.parametrize("name", sorted(models()))
def test_schema_file_is_current(name: str) -> None:
    stored = (FOLDER / name).read_text(encoding="utf-8")
    assert stored == text(name, models()[name]), "run: python scripts/export_schemas.py"


def test_no_file_is_left_over() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.json")) == sorted(models())


def test_a_report_fits_its_schema() -> None:
    schema = json.loads((FOLDER / "magos.report.v1.json").read_text())
    document = json.loads(render(report(), "json"))
    jsonschema_rs.validate(schema, document)
    with pytest.raises(jsonschema_rs.ValidationError):
        jsonschema_rs.validate(schema, {**document, "verdict": "guess"})


def test_an_event_fits_its_schema() -> None:
    schema = json.loads((FOLDER / "magos.trajectory.v1.json").read_text())
    event = Event(run_id="r", seq=1, ts="2026-11-23T00:00:00Z", type="end")
    jsonschema_rs.validate(schema, event.model_dump(mode="json", by_alias=True))
