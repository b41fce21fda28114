"""Text out of a PDF chart, lines and columns kept as far as the file allows.

Owns the opening of PDFs and the refusal of those without text. Refuses to know what the text says.
"""

from __future__ import annotations

import io
import re

from assistant.errors import RecordUnreadable

_MAX_PAGES = 2000
_LETTERS_PER_PAGE = 5
"""Fewer and the page is a picture: scans often carry a stamp or a page number as text."""


def pdf_text(raw: bytes, *, name: str) -> str:
    """All pages, form-feed free, blank line between pages; raises RecordUnreadable with the reason."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise RecordUnreadable(
                f"{name}: the PDF is locked with a password; save it without one and try again."
            )
        if len(reader.pages) > _MAX_PAGES:
            raise RecordUnreadable(
                f"{name}: {len(reader.pages)} pages, at most {_MAX_PAGES}; split the file."
            )
        pages = [_page_text(page) for page in reader.pages]
    except FileNotDecryptedError as error:
        raise RecordUnreadable(
            f"{name}: the PDF is locked with a password; save it without one and try again."
        ) from error
    except DependencyError as error:
        raise RecordUnreadable(
            f"{name}: the PDF is encrypted in a way that is not supported; save it without encryption."
        ) from error
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RecordUnreadable(
            f"{name}: the PDF is damaged ({type(error).__name__}); open it and save or print it to PDF again."
        ) from error
    text = "\n\n".join(page for page in pages if page)
    if sum(c.isalnum() for c in text) < _LETTERS_PER_PAGE * max(1, len(pages)):
        raise RecordUnreadable(
            f"{name}: the PDF has {len(pages)} page(s) and no text, so it is a scan; run text recognition (OCR) first, "
            "then give the PDF or its text."
        )
    return text


def _page_text(page: object) -> str:
    """Layout mode keeps table columns; where it yields less than plain reading, plain reading is taken."""
    from pypdf import PageObject

    assert isinstance(page, PageObject)
    plain = page.extract_text() or ""
    try:
        laid_out = page.extract_text(extraction_mode="layout", layout_mode_space_vertically=False) or ""
    except (ValueError, KeyError, TypeError, IndexError, ZeroDivisionError, AttributeError):
        laid_out = ""
    text = laid_out if _letters(laid_out) >= 0.98 * _letters(plain) else plain
    lines = (
        re.sub(r"(?<=\S) {4,}(?=\S)", "   ", line).rstrip() for line in text.replace("\f", "\n").split("\n")
    )
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_dedent(list(lines)))).strip("\n")


def _dedent(lines: list[str]) -> list[str]:
    indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
    margin = min(indents, default=0)
    return [line[margin:] for line in lines]


def _letters(text: str) -> int:
    return sum(c.isalnum() for c in text)
