"""The handout as one page to print from a browser: large print, boxes and pictures inside the file, no script, nothing fetched."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from assistant.domain.answer import Answer
from assistant.domain.medicine_row import MedicineRow
from assistant.domain.record import PatientRecord
from assistant.export.day_pictures import picture_uri
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

_STYLE = f"""
body {{ font: {BODY_PT}pt/1.5 Verdana, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; color: #16212b; background: #fff;
  max-width: 19cm; margin: 1cm auto; padding: 0 .5cm; }}
h1 {{ font-size: 26pt; margin: 0 0 .2em; }} h2 {{ font-size: 20pt; margin: .8em 0 .2em; }}
p, li {{ margin: .25em 0; }} .small {{ font-size: 11pt; color: #46545f; }} .draft {{ color: #991b1b; }}
.box {{ border: 2px solid; border-radius: 10px; padding: .3em .8em .5em; margin: .7em 0; break-inside: avoid;
  -webkit-print-color-adjust: exact; print-color-adjust: exact; }}
.box h2 {{ margin-top: .1em; }} .red {{ background: #fde8e8; color: #991b1b; }} .amber {{ background: #fdf0d3; color: #7c4a03; }}
table {{ border-collapse: collapse; width: 100%; }} th {{ font-size: 10pt; background: #ebeff3; }}
th, td {{ border: 1px solid #78848e; padding: .25em .4em; vertical-align: top; text-align: left; }} tr {{ break-inside: avoid; }}
td.day {{ text-align: center; width: 1.5cm; }} td.day img {{ width: 1.2cm; height: 1.2cm; }} .word {{ font-size: 12pt; }}
@page {{ margin: 1.4cm; }} @media print {{ body {{ margin: 0; max-width: none; padding: 0; }} }}
"""


def handout_html(
    answer: Answer, record: PatientRecord | None, *, signature: Signature | None = None, now: datetime
) -> bytes:
    """The print view; every word escaped."""
    pages = lay_out(answer, record, signature, now)
    tone = "small" if pages.signed else "small draft"
    alerts = (
        "" if pages.signed else "".join(f'<p class="small draft">! {escape(a)}</p>' for a in pages.alerts)
    )
    body = "".join(part_html(part, answer.language) for part in parts_of(answer))
    sources = "".join(f'<p class="small">[{escape(mark)}] {escape(text)}</p>' for mark, text in pages.sources)
    lang = "zh-CN" if answer.language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{escape(pages.title)}</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        f"<style>{_STYLE}</style></head><body><h1>{escape(pages.title)}</h1><p>{escape(pages.patient)}</p>"
        f'<p class="{tone}">{escape(pages.label)}</p>{alerts}{body}<hr>{sources}<p class="small">{escape(pages.footer)}</p></body></html>'
    ).encode(errors="backslashreplace")


def part_html(part: Part, language: str) -> str:
    """One section as markup: a box, the medicines table, or lines."""
    title = f"<h2>{escape(part.title)}</h2>"
    if part.rows:
        return title + medicines_html(part.rows, language)
    lines = "".join(f"<li>{escape(printable(line))}</li>" for line in part.lines)
    if part.tone:
        return f'<div class="box {part.tone}">{title}<ul>{lines}</ul></div>'
    return f"{title}<ul>{lines}</ul>"


def medicines_html(rows: tuple[MedicineRow, ...], language: str) -> str:
    """The table with a picture under each time of day that the line names."""
    heads = "".join(f'<th scope="col">{escape(h)}</th>' for h in HEADS[language])
    body = []
    for row in rows:
        word = change_word(row, language)
        days = "".join(
            f'<td class="day"><img alt="{escape(head)}" width="44" height="44" src="{picture_uri(time)}"></td>'
            if time in row.times
            else '<td class="day"></td>'
            for time, head in zip(DAY, HEADS[language][2:], strict=True)
        )
        name = f"<strong>{escape(printable(row.name))}</strong>" if row.name else ""
        chip = f'<div class="word">[{escape(word)}]</div>' if word else ""
        body.append(f"<tr><td>{name}{chip}</td><td>{escape(printable(cell_text(row)))}</td>{days}</tr>")
    note = f'<p class="small">※ {escape(UNSAID[language])}</p>' if asks_for_times(rows) else ""
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table>{note}"
