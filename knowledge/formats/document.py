"""A document as its file has it, whatever the format. Owns what formats share; refuses to open files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.chunking import Heading, language_of
from knowledge.errors import DocumentUnreadable
from knowledge.front_matter import FrontMatter


@dataclass(frozen=True)
class LoadedDocument:
    """One document as its file has it. ``named`` tells that the file itself gave the ``doc_id``."""

    doc_id: str
    named: bool
    text: str
    head: FrontMatter
    source_path: str
    headings: Sequence[Heading] = ()
    pages: Sequence[int] = field(default_factory=tuple)

    @property
    def content_hash(self) -> str:
        head = self.head.model_dump_json()
        return hashlib.sha256(f"{head}\0{self.text}".encode()).hexdigest()

    @property
    def text_hash(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def document_of(
    path: Path,
    text: str,
    head: FrontMatter,
    headings: Sequence[Heading],
    *,
    title: str = "",
    pages: Sequence[int] = (),
) -> LoadedDocument:
    if not text.strip():
        raise DocumentUnreadable("there is no text in it.")
    first = next((h.title for h in headings if h.level == 1), "")
    filled = head.model_copy(
        update={
            "title": head.title or title or first or path.stem.replace("_", " "),
            "language": head.language or language_of(text),
        }
    )
    # The title already stands before every passage when it is indexed; as a heading it would stand there twice.
    inner = [h if h.title != filled.title else Heading(h.start, h.end, 0, "") for h in headings]
    return LoadedDocument(
        head.doc_id or slug(path.stem), bool(head.doc_id), text, filled, str(path), inner, pages
    )


def slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name.strip().lower()).strip("-.") or "document"


def decoded(content: bytes) -> str:
    for encoding in (
        ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    ):
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", errors="replace").replace("\r\n", "\n")


def table_lines(rows: Sequence[Sequence[str | None]]) -> str:
    """Rows as Markdown table lines, so that a table stays one unit under its heading."""
    clean = [[" ".join((cell or "").split()).replace("|", "/") for cell in row] for row in rows if any(row)]
    return "\n".join("| " + " | ".join(row) + " |" for row in clean)
