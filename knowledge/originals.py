"""The PDF files behind documents, kept so that a page can be shown as it was printed.

Owns the folder ``originals`` of a store. A file is kept under a name made of the document's id and text, so that a page of
one edition never stands beside the text of another. Refuses other formats: their text is all there is to see.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from knowledge.types import Guideline


class Originals:
    def __init__(self, directory: Path) -> None:
        self._folder = directory / "originals"

    def keep(self, guideline: Guideline, file: Path) -> bool:
        """Copies a PDF that is not kept yet; True where it did. Anything else is left."""
        with file.open("rb") as stream:
            if b"%PDF-" not in stream.read(1024):
                return False
        kept = self._folder / _name(guideline)
        if kept.exists():
            return False
        self._folder.mkdir(exist_ok=True)
        part = kept.with_suffix(".part")
        shutil.copyfile(file, part)
        part.replace(kept)
        return True

    def of(self, guideline: Guideline) -> Path | None:
        kept = self._folder / _name(guideline)
        return kept if kept.is_file() else None

    def sweep(self, guidelines: Iterable[Guideline]) -> None:
        """Deletes the files of documents that are gone or were replaced."""
        if not self._folder.is_dir():
            return
        wanted = {_name(g) for g in guidelines}
        for file in self._folder.iterdir():
            if file.name not in wanted:
                file.unlink(missing_ok=True)


def _name(guideline: Guideline) -> str:
    return hashlib.sha256(f"{guideline.doc_id}\0{guideline.text}".encode()).hexdigest()[:40] + ".pdf"
