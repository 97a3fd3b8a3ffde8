"""What `magos-agent model list` shows, as text and as a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent.modelfiles import Known
from model.catalogue import MAGOS, nano_file
from model.library import Library

COLUMNS = ("MODEL", "FILE", "REVISION", "SIZE", "STATE", "SHA256", "USE")


def document(books: Library, found: list[Known]) -> dict[str, Any]:
    """The document of -o json."""
    return {
        "schema": "magos.models/v1",
        "folder": str(books.cache.folder),
        "lock": str(books.lock.path),
        "revisions": list(MAGOS.revisions),
        "models": [*(_document(books, item) for item in found), _nano(nano_file())],
    }


def text(books: Library, found: list[Known]) -> str:
    """A line for each file, and where files and pins are."""
    nano = nano_file()
    where = "here" if nano else "not packaged in this version"
    rows = [COLUMNS, *map(_row, found)]
    rows.append(("nano", nano.name if nano else "-", "-", "-", where, "-", "tiny, in the package"))
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    about = (
        f"{MAGOS.title}: {MAGOS.licence}, from {MAGOS.base}; revisions {', '.join(MAGOS.revisions)}"
    )
    where_kept = (f"files in {books.cache.folder}", f"pins in {books.lock.path}")
    return "\n".join((*lines, "", about, *where_kept))


def _row(item: Known) -> tuple[str, ...]:
    told = size(item.pin.size) if item.pin else f"~{size(item.file.about_bytes)}"
    pinned = item.pin.sha256[:12] if item.pin else "-"
    use = item.file.use
    return (item.model.title, item.file.quantisation, item.revision, told, item.state, pinned, use)


def _document(books: Library, item: Known) -> dict[str, Any]:
    pin = item.pin
    place = books.cache.snapshot(pin.repository, pin.commit, pin.file) if pin else None
    model = item.model
    return {
        "model": model.title,
        "repository": model.repository,
        "quantisation": item.file.quantisation,
        "file": item.file.file,
        "use": item.file.use,
        "revision": item.revision,
        "default": item.revision == model.default_revision and item.file is model.files[0],
        "state": item.state,
        "path": str(place) if item.state == "here" else None,
        "about_bytes": item.file.about_bytes,
        "pin": pin.model_dump(include={"commit", "sha256", "size", "pinned_at"}) if pin else None,
        "licence": model.licence,
        "base": model.base,
        "template": model.template,
        "context": model.context,
        "sampling": model.sampling._asdict(),
    }


def _nano(file: Path | None) -> dict[str, Any]:
    state = "here" if file else "not packaged"
    return {"model": "nano", "state": state, "path": str(file) if file else None}


def size(count: int) -> str:
    """Bytes as people and the hub write them, in powers of ten."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
