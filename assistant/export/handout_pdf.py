"""The handout as a large-print PDF: red and amber boxes, a medicines table with pictures of the times of day."""

from __future__ import annotations

import io
from datetime import datetime
from typing import TYPE_CHECKING

from fpdf.enums import WrapMode, XPos, YPos
from fpdf.fonts import FontFace

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
from assistant.export.pdf import LOWERED, Paper

if TYPE_CHECKING:
    from assistant.export.fhir_document import Signature

_INK, _GREY = (24, 34, 44), (70, 84, 96)
_TONES = {"red": ((253, 232, 232), (153, 27, 27)), "amber": ((253, 240, 211), (124, 74, 3))}
_LINE_MM = 0.5
"""Height of a line in mm for each point of type."""


def handout_pdf(
    answer: Answer, record: PatientRecord | None, *, signature: Signature | None = None, now: datetime
) -> bytes:
    """Large print; the label of the draft or the signature is on every page and in the metadata."""
    pages = lay_out(answer, record, signature, now)
    paper = Paper(pages)
    paper.set_title(pages.title)
    paper.set_creator("Bedside")
    paper.set_keywords("AI-assisted" if pages.signed else "AI-assisted draft")
    paper.set_subject(pages.label)
    paper.set_lang("zh-CN" if pages.language == "zh" else "en")
    paper.add_page()
    _text(paper, pages.title, 24)
    if pages.patient:
        _text(paper, pages.patient, BODY_PT - 2, _GREY)
    if pages.label:
        _text(paper, pages.label, 11, _GREY if pages.signed else _TONES["red"][1])
    for alert in () if pages.signed else pages.alerts:
        _text(paper, f"! {alert}", 11, _TONES["red"][1])
    for part in parts_of(answer):
        _part(paper, part, answer.language)
    if pages.sources:
        _text(paper, "来源" if answer.language == "zh" else "Where this comes from", 12, _GREY)
        for mark, text in pages.sources:
            _text(paper, f"[{mark}] {text}", 8, _GREY)
    return bytes(paper.output())


def _text(
    paper: Paper, text: str, size: float, colour: tuple[int, int, int] = _INK, gap: float = 1.2
) -> None:
    paper.set_font("body", size=size)
    paper.set_text_color(*colour)
    paper.multi_cell(
        0,
        size * _LINE_MM,
        text.translate(LOWERED),
        new_x=XPos.LMARGIN,
        new_y=YPos.NEXT,
        wrapmode="WORD",
        align="L",
    )
    paper.ln(gap)


def _part(paper: Paper, part: Part, language: str) -> None:
    paper.ln(2.5)
    if part.rows:
        _text(paper, part.title, 20)
        _table(paper, part, language)
        return
    if part.tone:
        _box(paper, part)
        return
    _text(paper, part.title, 20)
    for line in part.lines:
        _text(paper, f"- {printable(line)}", BODY_PT)


def _box(paper: Paper, part: Part) -> None:
    """One table cell a line, so that a long box breaks between lines and keeps its ground on the next page."""
    ground, ink = _TONES[part.tone]
    paper.set_draw_color(*ink)
    paper.set_text_color(*ink)
    paper.set_font("body", size=BODY_PT)
    with paper.table(
        first_row_as_headings=False,
        borders_layout="SINGLE_TOP_LINE",
        line_height=BODY_PT * _LINE_MM,
        text_align="LEFT",
        padding=(1, 3, 1, 3),
        cell_fill_color=ground,
        cell_fill_mode="ALL",
    ) as table:
        table.row().cell(part.title, style=FontFace(size_pt=20, color=ink))
        for line in part.lines:
            table.row().cell(f"- {printable(line)}".translate(LOWERED), style=FontFace(color=ink))
    paper.ln(1.5)


def _table(paper: Paper, part: Part, language: str) -> None:
    heads = HEADS[language]
    paper.set_draw_color(120, 132, 142)
    paper.set_text_color(*_INK)
    paper.set_font("body", size=BODY_PT - 3)
    with paper.table(
        col_widths=(42, 72, 15, 15, 15, 15),
        line_height=(BODY_PT - 3) * _LINE_MM,
        text_align=("LEFT", "LEFT", "CENTER", "CENTER", "CENTER", "CENTER"),
        padding=1,
        wrapmode=WrapMode.CHAR if language == "zh" else WrapMode.WORD,
        headings_style=FontFace(emphasis="", size_pt=8, fill_color=(235, 239, 243)),
    ) as table:
        table.row(heads)
        for row in part.rows:
            line = table.row()
            name = row.name or ("—" if not row.how else "")
            word = change_word(row, language)
            line.cell(printable(f"{name}\n[{word}]" if word else name).translate(LOWERED))
            line.cell(printable(cell_text(row)).translate(LOWERED))
            for time in DAY:
                if time in row.times:
                    line.cell(img=io.BytesIO(picture(time)), img_fill_width=True)
                else:
                    line.cell("")
    if asks_for_times(part.rows):
        paper.ln(1)
        _text(paper, UNSAID[language].join(("※ ", "")), 12, _GREY)
