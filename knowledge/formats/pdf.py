"""PDF: text page by page, ruled tables kept as rows; refuses what is encrypted or has no text."""

from __future__ import annotations

import io
import logging
import re
from pathlib import Path

from knowledge.chunking import plain_headings
from knowledge.errors import DocumentUnreadable
from knowledge.formats.document import LoadedDocument, document_of, table_lines
from knowledge.front_matter import FrontMatter


def read_pdf(path: Path, content: bytes) -> LoadedDocument:
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
    return document_of(path, text, FrontMatter(), headings, title="" if generic else title, pages=pages)


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
