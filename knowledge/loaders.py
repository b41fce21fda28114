"""Files into documents: Markdown, HTML, PDF, DOCX, TXT and JSONL, told apart by content where the extension lies.

Owns what a file says: text, headings, pages and head. Refuses to know where documents are stored. A damaged file or row
becomes a ``Skipped`` with a plain reason; the rest goes in.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.chunking import Heading, language_of, markdown_headings, plain_headings
from knowledge.errors import DocumentUnreadable
from knowledge.front_matter import FrontMatter, checked, split_front_matter
from knowledge.types import Skipped

MAX_FILE_MB = 200
SUFFIXES = (".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".txt", ".jsonl")
_ROW_FIELDS = ("doc_id", "title", "publisher", "edition", "published", "url", "language", "next_review", "population",
               "topics", "grade", "supersedes", "collection")  # fmt: skip


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


def load(path: Path) -> Iterator[LoadedDocument | Skipped]:
    """Every document of one file; never raises for what the file holds."""
    try:
        if not path.exists():
            raise DocumentUnreadable("there is no such file. Check the path.")
        megabytes = path.stat().st_size / 1e6
        kind = kind_of(path)
        if kind == "jsonl":
            yield from _jsonl(path)
            return
        if megabytes > MAX_FILE_MB:
            raise DocumentUnreadable(f"{megabytes:.0f} MB; the limit is {MAX_FILE_MB} MB. Split the file.")
        yield _READERS[kind](path, path.read_bytes())
    except DocumentUnreadable as error:
        yield Skipped(str(path), str(error))
    except OSError as error:
        yield Skipped(
            str(path), f"cannot be read ({error.strerror or type(error).__name__}). Check the permissions."
        )


def kind_of(path: Path) -> str:
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
    suffix = path.suffix.lower()
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


def _decode(content: bytes) -> str:
    for encoding in (
        ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    ):
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", errors="replace").replace("\r\n", "\n")


def slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name.strip().lower()).strip("-.") or "document"


def _document(
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


def _markdown(path: Path, content: bytes) -> LoadedDocument:
    head, body = split_front_matter(_decode(content), path.name)
    return _document(path, body, head, markdown_headings(body))


def _text(path: Path, content: bytes) -> LoadedDocument:
    text = _decode(content)
    return _document(path, text, FrontMatter(), plain_headings(text))


def _html(path: Path, content: bytes) -> LoadedDocument:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(content, "html.parser")
    for tag in soup(["script", "style", "noscript", "nav", "template", "svg", "iframe", "form"]):
        tag.decompose()
    named = soup.title.get_text(" ", strip=True) if soup.title else ""
    language = str(soup.html.get("lang") or "")[:2].lower() if soup.html else ""
    lines: list[str] = []
    for tag in soup.find_all(
        ["h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "table", "pre", "blockquote", "dt", "dd"]
    ):
        if tag.find_parent("table") or (tag.name == "p" and tag.find_parent(["li", "blockquote"])):
            continue
        if tag.name == "table":
            rows = [
                [c.get_text(" ", strip=True) for c in row.find_all(["td", "th"])]
                for row in tag.find_all("tr")
            ]
            lines.append(table_lines(rows))
        elif words := " ".join(tag.get_text(" ", strip=True).split()):
            mark = "#" * int(tag.name[1]) + " " if tag.name[0] == "h" else "- " if tag.name == "li" else ""
            lines.append(mark + words)
    text = "\n\n".join(line for line in lines if line) or soup.get_text("\n", strip=True)
    head = checked({"language": language if re.fullmatch("[a-z]{2}", language) else ""}, path.name)
    return _document(path, text, head, markdown_headings(text), title=named)


def table_lines(rows: Sequence[Sequence[str | None]]) -> str:
    """Rows as Markdown table lines, so that a table stays one unit under its heading."""
    clean = [[" ".join((cell or "").split()).replace("|", "/") for cell in row] for row in rows if any(row)]
    return "\n".join("| " + " | ".join(row) + " |" for row in clean)


def _docx(path: Path, content: bytes) -> LoadedDocument:
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    try:
        document = docx.Document(io.BytesIO(content))
    except (PackageNotFoundError, KeyError, ValueError, zipfile.BadZipFile, SyntaxError) as error:
        raise DocumentUnreadable("the DOCX is damaged. Save it again from the word processor.") from error
    lines: list[str] = []
    for part in document.iter_inner_content():
        if isinstance(part, Table):
            lines.append(table_lines([[cell.text for cell in row.cells] for row in part.rows]))
            continue
        style = str(part.style.name or "") if part.style is not None else ""
        level = re.match(r"(?:Heading|标题)\s*(\d)", style)
        mark = (
            "# "
            if style == "Title"
            else "#" * int(level[1]) + " "
            if level
            else "- "
            if "List" in style
            else ""
        )
        if part.text.strip():
            lines.append(mark + part.text.strip())
    text = "\n\n".join(lines)
    return _document(
        path, text, FrontMatter(), markdown_headings(text), title=str(document.core_properties.title or "")
    )


def _pdf(path: Path, content: bytes) -> LoadedDocument:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentUnreadable("the PDF is encrypted. Save a copy without a password.")
        texts = [page.extract_text() or "" for page in reader.pages]
        title = str(reader.metadata.title or "") if reader.metadata else ""
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        AttributeError,
        RecursionError,
        ImportError,
    ) as error:
        raise DocumentUnreadable("the PDF is damaged or cut off. Download or export it again.") from error
    if not texts:
        raise DocumentUnreadable(
            "the PDF is damaged or cut off: it has no pages. Download or export it again."
        )
    if sum(len(t.strip()) for t in texts) < 20 * len(texts) and sum(len(t.strip()) for t in texts) < 200:
        raise DocumentUnreadable(
            "the PDF holds pictures without text; it needs OCR first (for example ocrmypdf)."
        )
    texts = _with_tables(content, texts)
    pages, text = [], ""
    for page in texts:
        pages.append(len(text))
        text += page.rstrip().replace("\r", "") + "\n\n"
    headings = plain_headings(text)
    generic = not title or re.match(r"(?i)untitled|microsoft word|.*\.(?:docx?|pdf)$", title)
    return _document(path, text, FrontMatter(), headings, title="" if generic else title, pages=pages)


def _with_tables(content: bytes, texts: list[str]) -> list[str]:
    """Pages on which ruled tables stand, with those tables as rows below the page's words.

    Finding tables takes about 0.2 s a page, so documents over 150 pages keep the plain words of their tables.
    """
    import pdfplumber
    from pdfminer.pdfexceptions import PDFException

    if len(texts) > 150:
        return texts
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    found = list(texts)
    try:
        with pdfplumber.open(io.BytesIO(content)) as pdf:
            for i, page in enumerate(pdf.pages[: len(texts)]):
                if len(page.lines) + len(page.rects) < 4:
                    continue
                tables = page.find_tables()
                if tables:
                    outside = page
                    for table in tables:
                        outside = outside.outside_bbox(table.bbox)
                    rows = [table_lines(table.extract()) for table in tables]
                    found[i] = "\n\n".join([outside.extract_text() or "", *rows])
    except (PDFException, ValueError, KeyError, TypeError, IndexError):
        return texts
    return found


def _jsonl(path: Path) -> Iterator[LoadedDocument | Skipped]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                try:
                    yield _row(path, number, line)
                except DocumentUnreadable as error:
                    yield Skipped(f"{path}:{number}", str(error))


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


_READERS = {"pdf": _pdf, "docx": _docx, "html": _html, "markdown": _markdown, "text": _text}
