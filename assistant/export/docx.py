"""An answer as a Word document."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Pt, RGBColor

from assistant.domain.answer import Answer
from assistant.domain.record import PatientRecord
from assistant.export.pages import Block, Pages, lay_out

if TYPE_CHECKING:
    from docx.document import Document as DocumentObject

    from assistant.export.fhir_document import Signature

_RED = RGBColor(0xA6, 0x1B, 0x1B)
_GREY = RGBColor(0x5A, 0x68, 0x74)


def blank(
    pages: Pages, signature: Signature | None, *, side: Length, edge: Length, body_pt: float
) -> DocumentObject:
    """An empty document with its margins and its letter size in points; label and signer in its properties."""
    document = Document()
    section = document.sections[0]
    section.left_margin = section.right_margin = side
    section.top_margin = section.bottom_margin = edge
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(body_pt)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Noto Sans CJK SC")
    document.core_properties.title = pages.title
    document.core_properties.author = f"Bedside, {signature.name}" if signature else "Bedside"
    document.core_properties.content_status = "signed" if signature else "draft"
    document.core_properties.keywords = pages.keywords
    document.core_properties.comments = pages.label
    return document


def to_docx(
    answer: Answer, record: PatientRecord | None, *, signature: Signature | None = None, now: datetime
) -> bytes:
    """The document with its label on top and in the properties, sections, alerts and sources."""
    pages = lay_out(answer, record, signature, now)
    document = blank(pages, signature, side=Cm(2), edge=Cm(1.8), body_pt=10.5)
    document.add_heading(pages.title, level=0)
    if pages.patient:
        document.add_paragraph(pages.patient)
    if pages.label:
        run = document.add_paragraph().add_run(pages.label)
        run.italic = True
        run.font.color.rgb = _GREY if pages.signed else _RED
    for alert in pages.alerts:
        run = document.add_paragraph(style="List Bullet").add_run(alert)
        run.font.color.rgb = _RED
    for block in pages.blocks:
        _add_block(document, block, pages.table_titles)
    if pages.settled:
        document.add_heading(pages.settled_title, level=2)
        for line in pages.settled:
            document.add_paragraph(line, style="List Bullet")
    if pages.sources:
        document.add_heading("来源" if pages.language == "zh" else "Sources", level=2)
        for mark, text in pages.sources:
            run = document.add_paragraph().add_run(f"[{mark}] {text}")
            run.font.size, run.font.color.rgb = Pt(8.5), _GREY
    document.sections[0].footer.paragraphs[0].add_run(pages.footer).font.size = Pt(8)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


_WIDTHS = tuple(Cm(width) for width in (1.9, 3.2, 3.6, 3.6, 3.4, 1.4))


def _reconciliation(document: Document, rows: list[tuple[str, ...]], titles: tuple[str, ...]) -> None:
    """Before admission beside discharge; the first row repeats on each page."""
    table = document.add_table(rows=0, cols=len(titles))
    table.style = "Light Grid Accent 1"
    for number, texts in enumerate([titles, *rows]):
        row = table.add_row()
        for cell, text, width in zip(row.cells, texts, _WIDTHS, strict=True):
            cell.width = width
            run = cell.paragraphs[0].add_run(text)
            run.font.size, run.bold = Pt(9), number == 0
        if number == 0:
            row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _add_block(document: Document, block: Block, titles: tuple[str, ...]) -> None:
    document.add_heading(block.title, level=2)
    if block.missing:
        document.add_paragraph().add_run(block.missing).italic = True
        return
    rows = [line.cells for line in block.lines if line.cells]
    if rows:
        _reconciliation(document, rows, titles)
        block = replace(block, lines=tuple(line for line in block.lines if not line.cells))
    if any(line.change for line in block.lines):
        table = document.add_table(rows=0, cols=3)
        table.style = "Light Grid Accent 1"
        for line in block.lines:
            cells = table.add_row().cells
            cells[0].text, cells[1].text, cells[2].text = (
                line.change,
                f"{line.text} {line.note}".strip(),
                line.marks,
            )
        for row in table.rows:
            for cell, width in zip(row.cells, (Cm(2.4), Cm(12.2), Cm(2.4)), strict=True):
                cell.width = width
        return
    for line in block.lines:
        if line.heading:
            document.add_paragraph().add_run(line.heading).bold = True
        paragraph = document.add_paragraph(style="List Bullet")
        paragraph.add_run(line.text)
        if line.note:
            paragraph.add_run(f" {line.note}").italic = True
        if line.marks:
            mark = paragraph.add_run(f" {line.marks}")
            mark.font.superscript, mark.font.color.rgb = True, _GREY
