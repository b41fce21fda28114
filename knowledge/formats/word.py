"""DOCX: headings by style, lists and tables in their order."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path

from knowledge.chunking import markdown_headings
from knowledge.errors import DocumentUnreadable
from knowledge.formats.document import LoadedDocument, document_of, table_lines
from knowledge.front_matter import FrontMatter


def read_docx(path: Path, content: bytes) -> LoadedDocument:
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    _refuse_entities(content)
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
    return document_of(
        path, text, FrontMatter(), markdown_headings(text), title=str(document.core_properties.title or "")
    )


def _refuse_entities(content: bytes) -> None:
    """No word processor writes a document type into its XML; entities are how XML reads files and grows without end."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for item in archive.infolist():
                if item.filename.endswith((".xml", ".rels")):
                    with archive.open(item) as part:
                        if re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", part.read(64 * 1024).replace(b"\0", b"")):
                            raise DocumentUnreadable(
                                "its XML defines entities, which no word processor writes. Save it again."
                            )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, zlib.error) as error:
        raise DocumentUnreadable(
            "the DOCX is damaged or locked. Save it again without a password."
        ) from error
