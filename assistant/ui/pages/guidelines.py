"""The guideline library: search, read at the place cited, bring one's own."""

from __future__ import annotations

import re
import secrets
import shutil
from html import escape
from pathlib import Path

import streamlit as st

from assistant.errors import BedsideError
from assistant.store import Action, Right
from assistant.ui import state
from assistant.ui.components.marked import box, chip, draw, heading
from assistant.ui.components.sources import show_guideline
from assistant.upload_names import UPLOADS, shown_name, stored_name
from knowledge.apart import Limits
from knowledge.errors import KnowledgeError
from knowledge.open import Library
from knowledge.types import Guideline, Passage

MAX_HITS = 12
SNIPPET_CHARS = 420


def page() -> None:
    library = state.parts().library
    reading = state.kept().get("reading")
    if reading:
        _read(library, *reading)
        return
    heading(state.t("page_guidelines"), state.t("guidelines_sub"))
    search, shelf, bring = st.tabs(
        [state.t("search"), state.t("shelf"), state.t("bring")], key="guideline_tab", on_change="rerun"
    )
    with search:
        if search.open:
            _search(library)
    with shelf:
        if shelf.open:
            _shelf(library)
    with bring:
        if bring.open:
            _bring(library)


def own_collection() -> str:
    """Where this user's uploads live: they may remove those and no others."""
    return f"upload-{state.signed_in().user_id}"


def _search(library: Library) -> None:
    guidelines = library.documents()
    words, language, publisher = st.columns([2.6, 1, 1.4], vertical_alignment="bottom")
    query = words.text_input(
        state.t("search_guidelines"), key="guideline_query", placeholder=state.t("search_placeholder")
    )
    tongue = language.selectbox(
        state.t("language"),
        ["", *sorted({g.language for g in guidelines})],
        format_func=lambda c: {"": state.t("any"), "en": "English", "zh": "中文"}.get(c, c),
        key="guideline_language",
    )
    house = publisher.selectbox(
        state.t("publisher"),
        ["", *sorted({g.publisher for g in guidelines if g.publisher})],
        format_func=lambda p: p or state.t("any"),
        key="guideline_publisher",
    )
    if not query.strip():
        draw(f'<p class="soft">{escape(state.t("search_hint", n=len(guidelines)))}</p>')
        return
    result = library.search(query, MAX_HITS, language=tongue or None, publishers=[house] if house else None)
    if result.abstained:
        box(state.t("nothing_answers"), "amber")
    elif not result.passages:
        draw(f'<p class="soft">{escape(state.t("nothing_found"))}</p>')
    for number, hit in enumerate(result.passages):
        with st.container(key=f"card-hit-{number}"):
            _hit(hit.passage, number)


def _hit(p: Passage, number: int) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    chips = [chip(text) for text in (p.publisher, p.edition) if text]
    if p.grade:
        chips.append(chip(p.grade, "ok"))
    if p.superseded_by:
        chips.append(chip(state.t("superseded", by=p.superseded_by), "amber"))
    text = re.sub(r"^- ", "• ", p.text.strip(), flags=re.MULTILINE)
    snippet = text if len(text) <= SNIPPET_CHARS else text[:SNIPPET_CHARS].rsplit(" ", 1)[0] + " …"
    with left:
        draw(
            f'<h2>{escape(p.title)}</h2>{"".join(chips)}<div class="soft">{escape(p.section)}</div><p class="lines">{escape(snippet)}</p>'
        )
    if right.button(state.t("read"), key=f"read-hit-{number}", width="stretch"):
        state.kept()["reading"] = (p.doc_id, p.start, p.end)
        st.rerun()


def _read(library: Library, doc_id: str, start: int, end: int) -> None:
    if st.button(state.t("back"), key="back-to-search", icon=":material/arrow_back:"):
        state.kept().pop("reading", None)
        st.rerun()
    try:
        guideline = library.document(doc_id)
    except KnowledgeError as error:
        box(str(error), "amber")
        return
    with st.container(key="card-sheet"):
        show_guideline(guideline, start, end, key=f"reading-{doc_id}")
        if guideline.url:
            draw(f'<p class="soft">{escape(state.t("address"))} {escape(guideline.url)}</p>')


def _shelf(library: Library) -> None:
    mine = own_collection()
    for number, g in enumerate(library.documents()):
        with st.container(key=f"row-{number}"):
            left, middle, read, remove = st.columns([3, 2.2, 0.8, 0.8], vertical_alignment="center")
            with left:
                warning = (
                    " " + chip(state.t("superseded", by=g.superseded_by), "amber") if g.superseded_by else ""
                )
                draw(f"<strong>{escape(g.title)}</strong>{warning}")
            with middle:
                own = " · " + state.t("own_upload") if g.collection == mine else ""
                draw(f'<span class="soft">{escape(_facts(g) + own)}</span>')
            if read.button(state.t("read"), key=f"read-shelf-{number}", width="stretch"):
                state.kept()["reading"] = (g.doc_id, 0, 0)
                st.rerun()
            if g.collection == mine and remove.button(
                state.t("remove"), key=f"remove-{number}", width="stretch"
            ):
                _note(Action.REMOVE)
                library.remove(g.doc_id)
                st.rerun()


def _facts(g: Guideline) -> str:
    language = {"en": "English", "zh": "中文"}.get(g.language, g.language)
    return " · ".join(p for p in (g.publisher, g.edition, language) if p)


def _bring(library: Library) -> None:
    if not state.signed_in().may(Right.ADD_PATIENT):
        draw(f'<p class="soft">{escape(state.t("bring_not_allowed"))}</p>')
        return
    with st.container(key="card-bring"):
        draw(f'<h2>{escape(state.t("bring"))}</h2><p class="soft">{escape(state.t("bring_help"))}</p>')
        turn = state.kept().setdefault("guideline_turn", 0)
        given = st.file_uploader(
            state.t("bring"),
            type=list(UPLOADS),
            accept_multiple_files=True,
            key=f"guideline-upload-{turn}",
            label_visibility="collapsed",
        )
        for line, tone in state.kept().pop("guideline_lines", []):
            box(line, tone)
        if given and st.button(state.t("take_in", n=len(given)), key="take-in", type="primary"):
            state.kept()["guideline_lines"] = take_in(library, [(f.name, f.getvalue()) for f in given])
            state.kept()["guideline_turn"] = turn + 1
            st.rerun()


def take_in(library: Library, given: list[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """Takes files into the user's own collection; one line and its tone for what was taken and for each failure."""
    settings = state.settings()
    too_large = [name for name, content in given if len(content) > settings.max_upload_mb * 1024 * 1024]
    given = [(name, content) for name, content in given if name not in too_large]
    folder = settings.knowledge_dir / "uploads" / secrets.token_hex(8)
    bar = st.progress(0.0, state.t("taking_in"))
    lines = [
        (state.t("too_large", file=shown_name(name), mb=settings.max_upload_mb), "amber")
        for name in too_large
    ]

    def told(done: int, total: int, name: str) -> None:
        bar.progress(done / max(1, total), name or state.t("taking_in"))

    try:
        _note(Action.ADD)
        folder.mkdir(parents=True)
        names = {_written(folder, name, content): shown_name(name) for name, content in given}
        report = library.ingest(
            list(names),
            collection=own_collection(),
            progress=told,
            names=names,
            limits=Limits(settings.guideline_read_s, settings.read_memory_mb),
        )
        if report.documents:
            lines.append((state.t("taken_in", n=report.documents, passages=report.passages), "ok"))
        lines += [(f"{Path(s.path).name}: {s.reason}", "amber") for s in report.skipped]
    except (KnowledgeError, BedsideError) as error:
        lines.append((str(error), "amber"))
    except OSError as error:
        lines.append((state.t("cannot_store", why=error.strerror or ""), "amber"))
    finally:
        bar.empty()
        shutil.rmtree(folder, ignore_errors=True)
    return lines


def _note(action: Action) -> None:
    """Asks the store for the right, as the account stands now, and leaves the row, before the shelf changes."""
    state.store().audit.write(state.signed_in(), action, "guideline", right=Right.ADD_GUIDELINE)


def _written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / stored_name(name)
    path.write_bytes(content)
    return path
