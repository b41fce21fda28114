"""Files into documents: Markdown, HTML, PDF, DOCX, TXT and JSONL, told apart by content where the extension lies.

Owns what a file says: text, headings, pages and head. Refuses to know where documents are stored. A damaged file or row
becomes a ``Skipped`` with a plain reason; the rest goes in.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from knowledge.errors import DocumentUnreadable
from knowledge.formats.document import LoadedDocument
from knowledge.formats.html import read_html
from knowledge.formats.jsonl import read_rows
from knowledge.formats.pdf import read_pdf
from knowledge.formats.text import read_markdown, read_text
from knowledge.formats.word import read_docx
from knowledge.types import Skipped

__all__ = ["MAX_FILE_MB", "SUFFIXES", "LoadedDocument", "find_files", "kind_of", "load"]

MAX_FILE_MB = 200
SUFFIXES = (".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".txt", ".jsonl")
_READERS = {
    "pdf": read_pdf,
    "docx": read_docx,
    "html": read_html,
    "markdown": read_markdown,
    "text": read_text,
}


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Files as named, and those below folders that have a known ending, sorted."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.is_file())
            found += [p for p in inside if p.suffix.lower() in SUFFIXES and not p.name.startswith(".")]
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def count_documents(files: Sequence[Path]) -> int:
    """About how many documents the files hold: the rows of JSONL, one of any other."""
    count = 0
    for file in files:
        rows = 1
        if file.suffix.lower() == ".jsonl" and file.is_file():
            with file.open("rb") as stream:
                rows = sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b"")) or 1
        count += rows
    return count


def load(path: Path, name: str = "") -> Iterator[LoadedDocument | Skipped]:
    """Every document of one file; never raises for what the file holds.

    ``name`` is the file's own where it is stored under another.
    """
    named = Path(name) if name else path
    try:
        if not path.exists():
            raise DocumentUnreadable("there is no such file. Check the path.")
        megabytes = path.stat().st_size / 1e6
        kind = kind_of(path, named.suffix.lower())
        if kind == "jsonl":
            yield from read_rows(path, named)
            return
        if megabytes > MAX_FILE_MB:
            raise DocumentUnreadable(f"{megabytes:.0f} MB; the limit is {MAX_FILE_MB} MB. Split the file.")
        yield _READERS[kind](named, path.read_bytes())
    except DocumentUnreadable as error:
        yield Skipped(str(named), str(error))
    except OSError as error:
        yield Skipped(
            str(named), f"cannot be read ({error.strerror or type(error).__name__}). Check the permissions."
        )


def kind_of(path: Path, suffix: str = "") -> str:
    """``pdf``, ``docx``, ``html``, ``jsonl``, ``markdown`` or ``text``, by content first.

    Raises DocumentUnreadable for an empty file, a binary one or an archive that is not a DOCX.
    """
    with path.open("rb") as stream:
        start = stream.read(4096)
    if not start.strip():
        raise DocumentUnreadable("the file is empty.")
    if b"%PDF-" in start[:1024]:
        return "pdf"
    if start.startswith(b"PK"):
        return _kind_of_archive(path)
    suffix = suffix or path.suffix.lower()
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "markdown" if suffix in (".md", ".markdown") else "text"
    if b"\0" in start:
        raise DocumentUnreadable(f"binary content of an unknown type. Known: {', '.join(SUFFIXES)}.")
    opening = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if re.match(rb"<(?:!doctype\s+html|html|head|body)\b", opening, re.IGNORECASE):
        return "html"
    if suffix == ".jsonl":
        return "jsonl"
    if suffix == ".pdf":
        raise DocumentUnreadable("it is not a PDF though its name says so. Export it again.")
    if opening.startswith(b"{") and re.search(rb'"doc_id"\s*:', start):
        return "jsonl"
    if suffix in (".html", ".htm"):
        return "html"
    return "markdown" if suffix in (".md", ".markdown") else "text"


def _kind_of_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            if "word/document.xml" in archive.namelist():
                if sum(item.file_size for item in archive.infolist()) > MAX_FILE_MB * 1_000_000:
                    raise DocumentUnreadable(f"it unpacks to more than {MAX_FILE_MB} MB.")
                return "docx"
    except zipfile.BadZipFile as error:
        raise DocumentUnreadable("the file is damaged or cut off (broken DOCX). Export it again.") from error
    raise DocumentUnreadable("an archive, not a document. Unpack it first.")
