"""Writes the JSON Schemas of the documents other people's scripts read to docs/schemas/.

    python scripts/export_schemas.py [--check]

--check writes nothing and fails when a file is not current.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "schemas"


def models() -> dict[str, type[BaseModel]]:
    """File name -> the model it describes."""
    from agent.ask.answer import Answer
    from agent.bench.result import BenchResult
    from agent.report import Report
    from agent.trajectory import Event
    from sandbox.scenario import Scenario

    return {
        "magos.ask.v1.json": Answer,
        "magos.bench.v1.json": BenchResult,
        "magos.report.v1.json": Report,
        "magos.trajectory.v1.json": Event,
        "magos.scenario.v1.json": Scenario,
    }


def text(name: str, model: type[BaseModel]) -> str:
    """The schema as it is stored; the same model gives the same bytes."""
    written_by_people = name.startswith("magos.scenario")
    mode: JsonSchemaMode = "validation" if written_by_people else "serialization"
    schema = model.model_json_schema(by_alias=True, mode=mode)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": name}
    return json.dumps({**head, **schema}, indent=2, sort_keys=True) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a file is not current")
    check = parser.parse_args().check
    stale = []
    for name, model in models().items():
        path, wanted = FOLDER / name, text(name, model)
        if path.exists() and path.read_text(encoding="utf-8") == wanted:
            continue
        stale.append(name)
        if not check:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted, encoding="utf-8")
    if stale:
        sys.stdout.write(f"{'not current' if check else 'written'}: {', '.join(stale)}\n")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main())
