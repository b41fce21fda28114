"""The handout as a large-print Word document with the same boxes, table and pictures as the PDF."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from assistant.domain.answer import Answer
from assistant.domain.record import PatientRecord
from assistant.export.day_pictures import picture
from assistant.export.handout_sheet import (
    BODY_PT,
    DAY,
    HEADS,
    UNSAID,
    Part,
    asks_for_times,
    cell_text,
    change_word,
    parts_of,
)
from assistant.export.pages import lay_out, printable

if TYPE_CHECKING:
    from assistant.export.fhir_document import Signature

_GREY = RGBColor(0x46, 0x54, 0x60)
_TONES = {"red": ("FDE8E8", RGBColor(0x99, 0x1B, 0x1B)), "amber": ("FDF0D3", RGBColor(0x7C, 0x4A, 0x03))}
_WIDTHS = (Cm(4.2), Cm(7.2), Cm(1.5), Cm(1.5), Cm(1.5), Cm(1.5))


def handout_docx(
    answer: Answer, record: PatientRecord | None, *, signature: Signature | None = None, now: datetime
) -> bytes:
    """Large print; label on top and in the properties."""
    pages = lay_out(answer, record, signature, now)
    document = Document()
    section = document.sections[0]
    section.left_margin = section.right_margin = Cm(1.8)
    section.top_margin = section.bottom_margin = Cm(1.6)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(BODY_PT)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "Noto Sans CJK SC")
    document.core_properties.title = pages.title
    document.core_properties.author = "Bedside"
    document.core_properties.keywords = "AI-assisted" if pages.signed else "AI-assisted draft"
    document.core_properties.comments = pages.label
    document.add_heading(pages.title, level=0)
    if pages.patient:
        document.add_paragraph(pages.patient)
    if pages.label:
        _small(document, pages.label, 11, _GREY if pages.signed else _TONES["red"][1])
    for alert in () if pages.signed else pages.alerts:
        _small(document, f"! {alert}", 11, _TONES["red"][1])
    for part in parts_of(answer):
        _part(document, part, answer.language)
    if pages.sources:
        _small(document, "来源" if answer.language == "zh" else "Where this comes from", 12, _GREY)
        for mark, text in pages.sources:
            _small(document, f"[{mark}] {text}", 8, _GREY)
    section.footer.paragraphs[0].add_run(f"{pages.footer} · {pages.label}").font.size = Pt(8)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _small(document: Any, text: str, size: float, colour: RGBColor) -> None:
    run = document.add_paragraph().add_run(text)
    run.font.size, run.font.color.rgb = Pt(size), colour


def _part(document: Any, part: Part, language: str) -> None:
    if part.rows:
        document.add_heading(part.title, level=1)
        _table(document, part, language)
    elif part.tone:
        _box(document, part)
    else:
        document.add_heading(part.title, level=1)
        for line in part.lines:
            document.add_paragraph(printable(line), style="List Bullet")


def _box(document: Any, part: Part) -> None:
    ground, ink = _TONES[part.tone]
    document.add_paragraph().paragraph_format.space_after = Pt(0)
    table = document.add_table(rows=1, cols=1)
    table.style = "Table Grid"
    cell = table.rows[0].cells[0]
    _fill(cell, ground)
    title = cell.paragraphs[0].add_run(part.title)
    title.bold, title.font.size, title.font.color.rgb = True, Pt(20), ink
    for line in part.lines:
        cell.add_paragraph().add_run(f"• {printable(line)}").font.color.rgb = ink


def _table(document: Any, part: Part, language: str) -> None:
    table = document.add_table(rows=1, cols=6)
    table.style = "Table Grid"
    table.autofit = False
    for cell, head in zip(table.rows[0].cells, HEADS[language], strict=True):
        cell.paragraphs[0].add_run(head).font.size = Pt(9)
        _fill(cell, "EBEFF3")
    for row in part.rows:
        cells = table.add_row().cells
        cells[0].paragraphs[0].add_run(printable(row.name)).bold = True
        word = change_word(row, language)
        if word:
            cells[0].add_paragraph().add_run(f"[{word}]").font.size = Pt(12)
        cells[1].paragraphs[0].add_run(printable(cell_text(row))).font.size = Pt(BODY_PT - 2)
        for cell, time in zip(cells[2:], DAY, strict=True):
            if time in row.times:
                cell.paragraphs[0].add_run().add_picture(io.BytesIO(picture(time)), width=Cm(1.1))
    for line in table.rows:
        for cell, width in zip(line.cells, _WIDTHS, strict=True):
            cell.width = width
    if asks_for_times(part.rows):
        _small(document, "※ " + UNSAID[language], 12, _GREY)


def _fill(cell: Any, colour: str) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), colour)
    cell._tc.get_or_add_tcPr().append(shade)
