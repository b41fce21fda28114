"""The guideline library: search, the shelf by collection, and bringing one's own."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

from assistant.errors import BedsideError
from assistant.shelf import Given, Progress, Shelf
from assistant.store import Right
from assistant.ui import state
from assistant.ui.calm import part
from assistant.ui.components import scope
from assistant.ui.components.marked import box, chip, draw, heading
from assistant.ui.pages import guideline_search, reading
from assistant.ui.taking_in import TakingIn
from assistant.upload_names import UPLOADS
from knowledge.errors import KnowledgeError
from knowledge.open import Library
from knowledge.types import Guideline, IngestReport

POLL_S = 0.7
LONGEST_SHELF = 60


def page() -> None:
    library = state.parts().library
    if place := reading.asked():
        reading.read(library, *place)
        return
    heading(state.t("page_guidelines"), state.t("guidelines_sub"))
    search, shelf, bring = st.tabs(
        [state.t("search"), state.t("shelf"), state.t("bring")], key="guideline_tab", on_change="rerun"
    )
    with search:
        if search.open:
            guideline_search.search(library)
    with shelf:
        if shelf.open:
            _shelf(library)
    with bring:
        if bring.open:
            bring_tab(library)


def _keeping(library: Library) -> Shelf:
    return Shelf(library, state.store(), state.settings())


def _shelf(library: Library) -> None:
    guidelines = library.documents()
    called = scope.names(guidelines)
    scope.choose(None, key="own_scope", help_text=state.t("own_scope_help"))
    words = st.text_input(state.t("find_guideline"), key="find_guideline").casefold().split()
    found = [g for g in guidelines if all(w in _words_of(g, called) for w in words)]
    mine = scope.own()
    for collection in sorted({g.collection for g in found}, key=lambda c: (c not in mine, called[c])):
        rows = [g for g in found if g.collection == collection]
        draw(f"<h3>{escape(called[collection])} · {len(rows)}</h3>")
        for g in rows[:LONGEST_SHELF]:
            _row(library, g, collection in mine)
        if len(rows) > LONGEST_SHELF:
            draw(f'<p class="soft">{escape(state.t("more_on_shelf", n=len(rows) - LONGEST_SHELF))}</p>')


def _words_of(g: Guideline, called: dict[str, str]) -> str:
    return " ".join((g.title, g.publisher, g.published, called[g.collection], *g.topics)).casefold()


def _row(library: Library, g: Guideline, mine: bool) -> None:
    with st.container(key=f"row-{g.doc_id}"):
        left, read, remove = st.columns([5, 0.9, 0.9], vertical_alignment="center")
        with left:
            warning = chip(state.t("superseded", by=g.superseded_by), "amber") if g.superseded_by else ""
            language = {"en": "English", "zh": "中文"}.get(g.language, g.language)
            facts = " · ".join(p for p in (g.publisher, g.edition, language) if p)
            draw(f'<strong>{escape(g.title)}</strong> {warning}<div class="soft">{escape(facts)}</div>')
        if read.button(state.t("read"), key=f"read-shelf-{g.doc_id}", width="stretch"):
            reading.open_at(g.doc_id, 0, 0)
            st.rerun()
        if mine and remove.button(state.t("remove"), key=f"remove-{g.doc_id}", width="stretch"):
            state.kept()["removing"] = g.doc_id
    if state.kept().get("removing") == g.doc_id:
        _confirm(library, g)


def _confirm(library: Library, g: Guideline) -> None:
    box(state.t("remove_sure", title=g.title), "amber")
    yes, no, _ = st.columns([1.4, 1.4, 4])
    if yes.button(state.t("remove_yes"), key="remove-yes", type="primary", width="stretch"):
        state.kept().pop("removing")
        try:
            _keeping(library).remove(state.signed_in(), g.doc_id)
            state.kept()["notice"] = state.t("removed", title=g.title)
        except (BedsideError, KnowledgeError) as error:
            state.kept()["notice"] = str(error)
        st.rerun()
    if no.button(state.t("remove_no"), key="remove-no", width="stretch"):
        state.kept().pop("removing")
        st.rerun()


def bring_tab(library: Library) -> None:
    if not state.signed_in().may(Right.ADD_GUIDELINE):
        draw(f'<p class="soft">{escape(state.t("bring_not_allowed"))}</p>')
        return
    running: TakingIn | None = state.kept().get("taking_in")
    part(_bring, every_s=POLL_S if running is not None and not running.over else None)(library)


def _bring(library: Library) -> None:
    running: TakingIn | None = state.kept().get("taking_in")
    with st.container(key="card-bring"):
        draw(f'<h2>{escape(state.t("bring"))}</h2><p class="soft">{escape(state.t("bring_help"))}</p>')
        if running is not None and not running.over:
            state.touch()
            where = running.where
            words = f"{where.done} / {where.total} {where.name}" if where.total else ""
            st.progress(where.share, f"{state.t('taking_in')} {words}")
            return
        if running is not None:
            state.kept().pop("taking_in")
            state.kept()["guideline_report"] = running
            st.rerun()
        _choose_files(library)
        if ended := state.kept().get("guideline_report"):
            _report(ended)


def _choose_files(library: Library) -> None:
    mine = scope.own()
    into, make = st.columns([2, 1], vertical_alignment="bottom")
    collection = into.selectbox(
        state.t("into_collection"), list(mine), format_func=lambda c: mine[c], key="into_collection"
    )
    with make.popover(state.t("new_collection"), width="stretch"):
        name = st.text_input(state.t("collection_name"), key="collection_name", max_chars=60)
        if st.button(state.t("make_collection"), key="make-collection", disabled=not name.strip()):
            state.store().collections.make(state.signed_in(), name)
            st.rerun()
    turn = state.kept().setdefault("guideline_turn", 0)
    given = st.file_uploader(
        state.t("drop_files"), type=list(UPLOADS), accept_multiple_files=True, key=f"guideline-upload-{turn}"
    )
    if given and st.button(state.t("take_in", n=len(given)), key="take-in", type="primary"):
        state.kept()["taking_in"] = begin(
            library, [Given(f.name, f.getvalue()) for f in given], str(collection)
        )
        state.kept()["guideline_turn"] = turn + 1
        state.kept().pop("guideline_report", None)
        st.rerun()


def begin(library: Library, files: list[Given], collection: str) -> TakingIn:
    """Starts taking files in; the right to is asked in the thread, before anything is read."""
    shelf, actor = _keeping(library), state.signed_in()

    def work(progress: Progress) -> IngestReport:
        return shelf.add(actor, files, collection, progress)

    return TakingIn(work).start()


def _report(ended: TakingIn) -> None:
    """What went in, what was replaced, and each failure with its remedy."""
    if ended.error:
        box(ended.error, "amber")
    if ended.report is None:
        return
    changes = [taken.change for taken in ended.report.taken]
    for change in ("added", "replaced", "unchanged"):
        if number := changes.count(change):
            box(state.t(f"taken_{change}", n=number), "ok")
    if ended.report.skipped:
        draw(f"<h3>{escape(state.t('not_taken', n=len(ended.report.skipped)))}</h3>")
    for skipped in ended.report.skipped:
        box(skipped.reason, "amber", Path(skipped.path).name + ":")
