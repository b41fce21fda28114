"""A guideline to read: contents, the cited place marked, the page as printed, a reference to copy, a link to the place."""

from __future__ import annotations

import datetime as dt
from html import escape
from urllib.parse import urlencode

import streamlit as st

from assistant.ui import state
from assistant.ui.components.marked import box, chip, draw
from assistant.ui.components.reader import blocks_of, places
from assistant.ui.components.sheet import mounted
from knowledge.citation import vancouver
from knowledge.contents import contents, passage_at
from knowledge.errors import KnowledgeError
from knowledge.open import Library
from knowledge.types import Guideline, Passage


def asked() -> tuple[str, int, int] | None:
    """The document and place that the address names; an address with a wrong number opens the document at its top."""
    if wanted := state.kept().pop("reading", None):
        open_at(*wanted)
    doc = st.query_params.get("doc", "")
    if not doc:
        return None
    return doc, _number("start"), _number("end")


def open_at(doc_id: str, start: int, end: int) -> None:
    st.query_params.from_dict({"doc": doc_id, "start": str(start), "end": str(end)})


def close() -> None:
    st.query_params.clear()


def _number(name: str) -> int:
    text = st.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def read(library: Library, doc_id: str, start: int, end: int) -> None:
    if st.button(state.t("back"), key="back-to-search", icon=":material/arrow_back:"):
        close()
        st.rerun()
    try:
        guideline, passages = library.document(doc_id), library.passages(doc_id)
    except KnowledgeError:
        box(state.t("source_gone"), "amber")
        return
    # A place that the text no longer has was cited from an earlier state of the document.
    if end > len(guideline.text):
        box(state.t("place_gone"), "amber")
        start, end = 0, 0
    here = passage_at(passages, start) if end > start else None
    with st.container(key="card-reader"):
        _head(library, guideline)
        _text(guideline, passages, here, start, end)
        _as_printed(library, guideline, passages, here, (start, end))
        _foot(guideline)


def _head(library: Library, guideline: Guideline) -> None:
    chips = [
        chip(text)
        for text in (guideline.publisher, guideline.edition, guideline.published, guideline.population)
        if text
    ]
    if guideline.grade:
        chips.append(chip(guideline.grade, "ok"))
    draw(f"<h1>{escape(guideline.title)}</h1>{''.join(chips)}")
    if guideline.superseded_by:
        newer = next((g for g in library.documents() if g.doc_id == guideline.superseded_by), None)
        box(state.t("superseded", by=newer.title if newer else guideline.superseded_by), "amber")
        if newer and st.button(state.t("open_newer"), key="open-newer"):
            open_at(newer.doc_id, 0, 0)
            st.rerun()


def _text(guideline: Guideline, passages: list[Passage], here: Passage | None, start: int, end: int) -> None:
    entries = contents(passages)
    blocks = blocks_of(guideline.text, start, end, entries)
    link = "?" + urlencode({"doc": guideline.doc_id, "start": start, "end": end})
    data = {
        "title": guideline.title,
        "blocks": blocks,
        "contents": places(entries, blocks),
        "link": link,
        "reference": vancouver(
            guideline,
            cited=dt.date.today(),
            section=here.section if here else "",
            page=here.page if here else None,
        ),
        "words": {
            "contents": state.t("contents"),
            "copy_reference": state.t("copy_reference"),
            "copy_link": state.t("copy_link"),
            "copied": state.t("sheet_copied"),
            "copy_failed": state.t("sheet_copy_failed"),
        },
    }
    mounted("reader", '<div class="reader"></div>')(data=data, key=f"reader-{guideline.doc_id}-{start}-{end}")


def _as_printed(
    library: Library,
    guideline: Guideline,
    passages: list[Passage],
    here: Passage | None,
    place: tuple[int, int],
) -> None:
    """The page of a PDF: a table or a figure is read there, where it stands as its authors set it."""
    pages = sorted({p.page for p in passages if p.page})
    if not pages:
        return
    cited = here.page if here and here.page else pages[0]
    key = f"page-of-{guideline.doc_id}"
    with st.expander(state.t("as_printed"), expanded=here is not None, icon=":material/picture_as_pdf:"):
        page = int(
            st.number_input(state.t("page_number"), 1, pages[-1], cited, key=f"{key}-{place[0]}", width=160)
        )
        lines = guideline.text[slice(*place)].splitlines()
        slot = (guideline.doc_id, len(guideline.text), page, place)
        kept = state.kept().get("page_image")
        if kept is None or kept[0] != slot:
            with st.spinner(state.t("drawing_page")):
                kept = (slot, library.page_image(guideline.doc_id, page, lines))
            state.kept()["page_image"] = kept
        if kept[1] is None:
            draw(f'<p class="soft">{escape(state.t("no_page_image"))}</p>')
            return
        st.image(kept[1][0], caption=state.t("page_caption", n=page, title=guideline.title))


def _foot(guideline: Guideline) -> None:
    if guideline.url:
        draw(f'<p class="soft">{escape(state.t("address"))} {escape(guideline.url)}</p>')
    for key, rows in (("summary_of", guideline.sources), ("not_checked", guideline.unchecked)):
        if rows:
            with st.expander(state.t(key, n=len(rows))):
                draw("<ul>" + "".join(f"<li>{escape(row)}</li>" for row in rows) + "</ul>")
