"""The handout as a large-print Word document with the same boxes, table and pictures as the PDF."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from assistant.domain.answer import Answer
from assistant.domain.record import PatientRecord
from assistant.export.day_pictures import picture
from assistant.export.docx import blank
from assistant.export.handout_sheet import (
    BODY_PT,
    DAY,
    GREY,
    HEAD_GROUND,
    HEAD_PT,
    HEADS,
    SMALL_PT,
    TONES,
    UNSAID,
    Part,
    asks_for_times,
    cell_text,
    change_word,
    fill,
)
from assistant.export.pages import lay_out, printable

if TYPE_CHECKING:
    from assistant.export.fhir_document import Signature

_WIDTHS = (Cm(4.2), Cm(7.2), Cm(1.5), Cm(1.5), Cm(1.5), Cm(1.5))


def handout_docx(
    answer: Answer, record: PatientRecord | None, *, signature: Signature | None = None, now: datetime
) -> bytes:
    """Large print; label on top and in the properties."""
    pages = lay_out(answer, record, signature, now)
    document = blank(pages, signature, side=Cm(1.8), edge=Cm(1.6), body_pt=BODY_PT)
    fill(_WordSheet(document, answer.language), answer, pages)
    document.sections[0].footer.paragraphs[0].add_run(f"{pages.footer} · {pages.label}").font.size = Pt(8)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


class _WordSheet:
    def __init__(self, document: Any, language: str) -> None:
        self.document = document
        self.language = language

    def title(self, text: str) -> None:
        self.document.add_heading(text, level=0)

    def patient(self, text: str) -> None:
        self.document.add_paragraph(text)

    def small(self, text: str, size_pt: float, ink: str) -> None:
        run = self.document.add_paragraph().add_run(text)
        run.font.size, run.font.color.rgb = Pt(size_pt), RGBColor.from_string(ink)

    def bullets(self, part: Part) -> None:
        self.document.add_heading(part.title, level=1)
        for line in part.lines:
            self.document.add_paragraph(printable(line), style="List Bullet")

    def box(self, part: Part) -> None:
        ground, ink = TONES[part.tone]
        self.document.add_paragraph().paragraph_format.space_after = Pt(0)
        table = self.document.add_table(rows=1, cols=1)
        table.style = "Table Grid"
        cell = table.rows[0].cells[0]
        _fill(cell, ground)
        title = cell.paragraphs[0].add_run(part.title)
        title.bold, title.font.size, title.font.color.rgb = True, Pt(HEAD_PT), RGBColor.from_string(ink)
        for line in part.lines:
            run = cell.add_paragraph().add_run(f"• {printable(line)}")
            run.font.color.rgb = RGBColor.from_string(ink)

    def table(self, part: Part) -> None:
        self.document.add_heading(part.title, level=1)
        table = self.document.add_table(rows=1, cols=6)
        table.style = "Table Grid"
        table.autofit = False
        for cell, head in zip(table.rows[0].cells, HEADS[self.language], strict=True):
            cell.paragraphs[0].add_run(head).font.size = Pt(9)
            _fill(cell, HEAD_GROUND)
        for row in part.rows:
            cells = table.add_row().cells
            cells[0].paragraphs[0].add_run(printable(row.name)).bold = True
            word = change_word(row, self.language)
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
            self.small("※ " + UNSAID[self.language], SMALL_PT, GREY)


def _fill(cell: Any, colour: str) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), colour)
    cell._tc.get_or_add_tcPr().append(shade)
