"""An answer as PDF: Noto Sans CJK (SIL Open Font License) from its wheel, only the glyphs used are embedded."""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from assistant.domain.answer import Answer
from assistant.domain.record import PatientRecord
from assistant.errors import ConfigurationError
from assistant.export.pages import Block, Pages, lay_out

if TYPE_CHECKING:
    from assistant.export.fhir_document import Signature

_PACKAGE = "cvttf_NotoSansCJK_Regular"
LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-")
"""Signs that the font lacks; SpO₂ must not lose its figure."""
_INK, _GREY, _RED, _LINE = (24, 34, 44), (90, 104, 116), (166, 27, 27), (210, 218, 226)
logging.getLogger("fontTools").setLevel(logging.ERROR)


@cache
def font_file() -> Path:
    """The font of the wheel in ``requirements-models.txt``; raises ConfigurationError where it is not installed."""
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in Path(folder).glob("*.otf"):
            return path
    raise ConfigurationError("The PDF font is not installed. Run `make setup`, or export DOCX instead.")


class Paper(FPDF):  # type: ignore[misc]
    """An A4 document with its first page open; label and signer stand in the metadata and on every page."""

    def __init__(self, pages: Pages, signature: Signature | None) -> None:
        super().__init__(format="A4")
        self.pages_text = pages
        self.set_title(pages.title)
        self.set_creator("Bedside")
        if signature:
            self.set_author(signature.name)
        self.set_keywords(pages.keywords)
        self.set_subject(pages.label)
        self.set_lang("zh-CN" if pages.language == "zh" else "en")
        self.add_font("body", "", str(font_file()))
        self.set_margins(18, 16, 18)
        self.set_auto_page_break(True, margin=18)
        self.add_page()

    def footer(self) -> None:
        self.set_y(-13)
        self.set_font("body", size=7.5)
        self.set_text_color(*_GREY)
        label = self.pages_text.label
        self.cell(
            0,
            4,
            f"{self.pages_text.footer} · {self.page_no()}/{{nb}}",
            align="C",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        if label:
            self.cell(0, 4, label, align="C")


def to_pdf(
    answer: Answer, record: PatientRecord | None, *, signature: Signature | None = None, now: datetime
) -> bytes:
    """The document with its label on every page and in the metadata."""
    pages = lay_out(answer, record, signature, now)
    paper = Paper(pages, signature)
    large = answer.task == "handout"
    _text(paper, pages.title, 20, _INK, gap=1)
    if pages.patient:
        _text(paper, pages.patient, 10.5, _GREY, gap=1)
    if pages.label:
        _text(paper, pages.label, 9.5, _GREY if pages.signed else _RED, gap=2)
    for alert in pages.alerts:
        _text(paper, f"! {alert}", 9.5, _RED, gap=0.5)
    for block in pages.blocks:
        _block(paper, block, 13.5 if large else 10, pages.table_titles)
    if pages.settled:
        _heading(paper, pages.settled_title)
        for line in pages.settled:
            _text(paper, f"• {line}", 9.5, _INK, gap=0.4)
    if pages.sources:
        _heading(paper, "来源" if pages.language == "zh" else "Sources")
        for mark, text in pages.sources:
            _text(paper, f"[{mark}] {text}", 7.5, _GREY, gap=0.3)
    return bytes(paper.output())


def _text(paper: FPDF, text: str, size: float, colour: tuple[int, int, int], *, gap: float) -> None:
    paper.set_font("body", size=size)
    paper.set_text_color(*colour)
    paper.multi_cell(
        0, size * 0.52, text.translate(LOWERED), new_x=XPos.LMARGIN, new_y=YPos.NEXT, wrapmode="WORD"
    )
    paper.ln(gap)


def _heading(paper: FPDF, title: str) -> None:
    paper.ln(2)
    _text(paper, title, 12.5, _INK, gap=0)
    paper.set_draw_color(*_LINE)
    paper.line(paper.l_margin, paper.get_y(), paper.w - paper.r_margin, paper.get_y())
    paper.ln(1.5)


def _reconciliation(paper: FPDF, rows: list[tuple[str, ...]], titles: tuple[str, ...]) -> None:
    """Before admission beside discharge; the titles repeat on each page."""
    paper.set_font("body", size=8.5)
    paper.set_text_color(*_INK)
    paper.set_draw_color(*_LINE)
    plain = FontFace(emphasis=None, color=_GREY)
    with paper.table(
        col_widths=(12, 20, 22, 22, 24, 9), headings_style=plain, line_height=4.6, text_align="LEFT"
    ) as table:
        for texts in [titles, *rows]:
            row = table.row()
            for text in texts:
                row.cell(text.translate(LOWERED))
    paper.ln(1)


def _block(paper: FPDF, block: Block, size: float, titles: tuple[str, ...]) -> None:
    _heading(paper, block.title)
    if block.missing:
        _text(paper, block.missing, size, _RED, gap=0.5)
        return
    rows = [line.cells for line in block.lines if line.cells]
    if rows:
        _reconciliation(paper, rows, titles)
        block = replace(block, lines=tuple(line for line in block.lines if not line.cells))
    if any(line.change for line in block.lines):
        paper.set_font("body", size=size - 0.5)
        paper.set_text_color(*_INK)
        paper.set_draw_color(*_LINE)
        with paper.table(
            col_widths=(14, 74, 12), first_row_as_headings=False, line_height=size * 0.5, text_align="LEFT"
        ) as table:
            for line in block.lines:
                row = table.row()
                row.cell(line.change)
                row.cell(f"{line.text} {line.note}".strip().translate(LOWERED))
                row.cell(line.marks)
        return
    for line in block.lines:
        if line.heading:
            _text(paper, line.heading, size, _INK, gap=0.4)
        marks = f"  [{line.marks}]" if line.marks else ""
        note = f" {line.note}" if line.note else ""
        _text(paper, f"• {line.text}{note}{marks}", size, _INK, gap=0.4)
