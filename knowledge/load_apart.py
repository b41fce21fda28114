"""Guideline files read in a child process with limits, for every file that did not come with the program.

Owns the crossing: paths and names in, documents as JSON out. Refuses to know formats (``loaders.py``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from knowledge.apart import Apart, LimitReached, Limits
from knowledge.chunking import Heading, chunk
from knowledge.formats.document import LoadedDocument
from knowledge.front_matter import FrontMatter
from knowledge.types import Skipped

GUIDELINE_LIMITS = Limits(seconds=120.0, memory_mb=512)
"""Seconds for one document: finding the tables of a PDF of 150 pages takes 30 s on a quiet machine."""


def load_apart(
    files: Sequence[Path], *, names: Mapping[Path, str] | None = None, limits: Limits | None = None
) -> Iterator[LoadedDocument | Skipped]:
    """As ``loaders.load`` for each file. One child serves them all; a file that ends it is skipped, the rest goes on.

    ``names`` gives a file's own name where it is stored under another.
    """
    given = names or {}
    with Apart("knowledge.load_apart:load_here", limits or GUIDELINE_LIMITS) as child:
        for file in files:
            asked = {"path": str(file.absolute()), "name": given.get(file, str(file))}
            try:
                for answer in child.answers(json.dumps(asked).encode()):
                    yield _entry(json.loads(answer))
            except LimitReached as error:
                yield Skipped(asked["name"], f"the file {error}")


def load_here(payload: bytes) -> Iterator[bytes]:
    """What the child does. Each document is cut once here, so that text which stalls the cutting stalls the child."""
    from knowledge.loaders import load

    asked = json.loads(payload)
    try:
        for entry in load(Path(asked["path"]), asked["name"]):
            if isinstance(entry, Skipped):
                yield json.dumps({"path": entry.path, "reason": entry.reason}).encode()
                continue
            for _ in chunk(entry.text, entry.headings, pages=entry.pages):
                pass
            yield json.dumps(_row(entry)).encode()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the child's edge: whatever a hostile file breaks is a refusal of that file
        reason = f"the file is damaged ({type(error).__name__}). Export it again."
        yield json.dumps({"path": asked["name"], "reason": reason}).encode()


def _row(document: LoadedDocument) -> dict[str, Any]:
    return {
        "doc_id": document.doc_id,
        "named": document.named,
        "text": document.text,
        "head": document.head.model_dump(),
        "source_path": document.source_path,
        "headings": [[h.start, h.end, h.level, h.title] for h in document.headings],
        "pages": list(document.pages),
    }


def _entry(row: dict[str, Any]) -> LoadedDocument | Skipped:
    if "reason" in row:
        return Skipped(str(row["path"]), str(row["reason"]))
    return LoadedDocument(
        str(row["doc_id"]),
        bool(row["named"]),
        str(row["text"]),
        FrontMatter.model_validate(row["head"]),
        str(row["source_path"]),
        [Heading(int(a), int(b), int(level), str(title)) for a, b, level, title in row["headings"]],
        tuple(int(page) for page in row["pages"]),
    )
