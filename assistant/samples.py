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
    """Adds each sample to the demonstration ward; the same file again is the same patient. Returns how many there are."""
    from assistant.intake import admit
    from assistant.store import DEMONSTRATION_WARD, SYSTEM
    from knowledge.formulary import open_formulary

    formulary = open_formulary()
    paths = sample_files(folder)
    for path in paths:
        admit(store, SYSTEM, path.read_bytes(), path.name, formulary, ward_id=DEMONSTRATION_WARD, limits=None)
    return len(paths)
