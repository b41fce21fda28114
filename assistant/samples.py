"""The fictional sample patients of ``samples/``, loaded once at first start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.store import Store

FOLDER = Path(__file__).resolve().parent.parent / "samples"
SUFFIXES = (".json", ".txt", ".md")


def sample_files(folder: Path = FOLDER) -> list[Path]:
    """FHIR bundles and charts, in name order."""
    return sorted(p for p in folder.glob("*") if p.suffix in SUFFIXES and p.name != "README.md")


def load_samples(store: Store, folder: Path = FOLDER) -> int:
    """Adds each sample that the database does not hold yet; returns how many were added."""
    from assistant.records.reader import read_record
    from knowledge.formulary import open_formulary

    formulary = open_formulary()
    added = 0
    for path in sample_files(folder):
        content = path.read_bytes()
        if store.patients.holds(content):
            continue
        record = read_record(content, filename=path.name, formulary=formulary)
        store.patients.add_sample(content, path.name, record)
        added += 1
    return added
