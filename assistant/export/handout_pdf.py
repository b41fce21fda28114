"""The handout as a large-print PDF: red and amber boxes, a medicines table with pictures of the times of day."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING

from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import FontFace

from assistant.domain.answer import Answer
from assistant.domain.medicine_row import MedicineRow
from assistant.domain.record import PatientRecord
from assistant.export.day_pictures import picture
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
from assistant.export.pdf import LOWERED, Paper

if TYPE_CHECKING:
    from fpdf.table import Row

    from assistant.export.fhir_document import Signature

_INK = "18222C"
_RULE = (120, 132, 142)
_LINE_MM = 0.5
"""Height of a line in mm for each point of type."""


def handout_pdf(
    answer: Answer, record: PatientRecord | None, *, signature: Signature | None = None, now: datetime
) -> bytes:
    """Large print; the label of the draft or the signature is on every page and in the metadata."""
    pages = lay_out(answer, record, signature, now)
    paper = Paper(pages, signature)
    fill(_PdfSheet(paper, answer.language), answer, pages)
    return bytes(paper.output())


def _rgb(ink: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(ink)
    return red, green, blue


class _PdfSheet:
    def __init__(self, paper: Paper, language: str) -> None:
        self.paper = paper
        self.language = language

    def title(self, text: str) -> None:
        self._text(text, 24)

    def patient(self, text: str) -> None:
        self._text(text, BODY_PT - 2, GREY)

    def small(self, text: str, size_pt: float, ink: str) -> None:
        self._text(text, size_pt, ink)

    def bullets(self, part: Part) -> None:
        self._heading(part)
        for line in part.lines:
            self._text(f"- {printable(line)}", BODY_PT)

    def _heading(self, part: Part) -> None:
        self.paper.ln(2.5)
        self._text(part.title, HEAD_PT)

    def _text(self, text: str, size_pt: float, ink: str = _INK) -> None:
        self.paper.set_font("body", size=size_pt)
        self.paper.set_text_color(*_rgb(ink))
        self.paper.multi_cell(
            0,
            size_pt * _LINE_MM,
            text.translate(LOWERED),
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
            wrapmode="WORD",
            align="L",
        )
        self.paper.ln(1.2)

    def box(self, part: Part) -> None:
        """One table cell a line, so that a long box breaks between lines and keeps its ground on the next page."""
        ground, ink = map(_rgb, TONES[part.tone])
        self.paper.ln(2.5)
        self.paper.set_draw_color(*ink)
        self.paper.set_text_color(*ink)
        self.paper.set_font("body", size=BODY_PT)
        with self.paper.table(
            first_row_as_headings=False,
            borders_layout="SINGLE_TOP_LINE",
            line_height=BODY_PT * _LINE_MM,
            text_align="LEFT",
            padding=(1, 3, 1, 3),
            cell_fill_color=ground,
            cell_fill_mode="ALL",
        ) as table:
            table.row().cell(part.title, style=FontFace(size_pt=HEAD_PT, color=ink))
            for line in part.lines:
                table.row().cell(f"- {printable(line)}".translate(LOWERED), style=FontFace(color=ink))
        self.paper.ln(1.5)

    def table(self, part: Part) -> None:
        self._heading(part)
        self.paper.set_draw_color(*_RULE)
        self.paper.set_text_color(*_rgb(_INK))
        self.paper.set_font("body", size=BODY_PT - 3)
        with self.paper.table(
            col_widths=(42, 72, 15, 15, 15, 15),
            line_height=(BODY_PT - 3) * _LINE_MM,
            text_align=("LEFT", "LEFT", "CENTER", "CENTER", "CENTER", "CENTER"),
            padding=1,
            wrapmode=WrapMode.CHAR if self.language == "zh" else WrapMode.WORD,
            headings_style=FontFace(emphasis="", size_pt=8, fill_color=_rgb(HEAD_GROUND)),
        ) as table:
            table.row(HEADS[self.language])
            for row in part.rows:
                self._medicine(table.row(), row)
        if asks_for_times(part.rows):
            self.paper.ln(1)
            self._text("※ " + UNSAID[self.language], SMALL_PT, GREY)

    def _medicine(self, line: Row, row: MedicineRow) -> None:
        name = row.name or ("—" if not row.how else "")
        word = change_word(row, self.language)
        line.cell(printable(f"{name}\n[{word}]" if word else name).translate(LOWERED))
        line.cell(printable(cell_text(row)).translate(LOWERED))
        for time in DAY:
            if time in row.times:
                line.cell(img=io.BytesIO(picture(time)), img_fill_width=True)
            else:
                line.cell("")
