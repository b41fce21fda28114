"""JSONL: one document a row; a bad row is skipped by its number and the rest goes in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from knowledge.chunking import language_of, markdown_headings, plain_headings
from knowledge.errors import DocumentUnreadable
from knowledge.formats.document import LoadedDocument
from knowledge.front_matter import checked
from knowledge.types import Skipped

_ROW_FIELDS = ("doc_id", "title", "publisher", "edition", "published", "url", "language", "next_review", "population",
               "topics", "grade", "supersedes", "collection")  # fmt: skip


def read_rows(path: Path, named: Path | None = None) -> Iterator[LoadedDocument | Skipped]:
    named = named or path
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                try:
                    yield _row(named, number, line)
                except DocumentUnreadable as error:
                    yield Skipped(f"{named}:{number}", str(error))


def _row(path: Path, number: int, line: bytes) -> LoadedDocument:
    try:
        row: Any = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DocumentUnreadable(f"row {number} is not valid JSON. Mend or delete the row.") from error
    if not isinstance(row, dict):
        raise DocumentUnreadable(f"row {number} must be an object with doc_id, title, text.")
    for name in ("doc_id", "text"):
        value = row.get(name)
        if not isinstance(value, (str, int)) or not str(value).strip():
            raise DocumentUnreadable(f"row {number} lacks {name!r}. Each row needs doc_id, title, text.")
    head = checked({k: row[k] for k in _ROW_FIELDS if row.get(k) is not None}, f"row {number}")
    text = str(row["text"])
    filled = head.model_copy(update={"language": head.language or language_of(text)})
    headings = markdown_headings(text) or plain_headings(text)
    return LoadedDocument(head.doc_id, True, text, filled, str(path), headings)
