"""A patient's own account: the signed documents about them and sourced education. No other page exists for it."""

from __future__ import annotations

from html import escape

import streamlit as st

from assistant.store import DocumentKind, DocumentVersion
from assistant.ui import patient_questions, state
from assistant.ui.calm import part
from assistant.ui.components.marked import box, chip, draw, heading
from assistant.ui.components.tongues import interface_language
from assistant.ui.pages import follow_up
from assistant.ui.pages.chat import POLL_S
from assistant.ui.pages.documents import answer_of


def page() -> None:
    store, actor = state.store(), state.signed_in()
    title, tongue, leave = st.columns([3, 1, 1], vertical_alignment="center")
    with title:
        heading(state.t("own_documents"), actor.name)
    with tongue:
        interface_language(key="own_language")
    if leave.button(state.t("sign_out"), key="sign-out", icon=":material/logout:", width="stretch"):
        state.forget(everywhere=True)
        st.rerun()
    rows = store.patients.visible_to(actor)
    signed = store.documents.signed_for_patient(actor, rows[0].id) if len(rows) == 1 else ()
    if len(rows) == 1:
        follow_up.check_in(rows[0].id)
    if signed:
        _document(signed)
    else:
        box(state.t("own_nothing"), "amber")
    if len(rows) == 1:
        follow_up.ask_team(rows[0].id)


def _document(signed: tuple[DocumentVersion, ...]) -> None:
    ids = [version.document_id for version in signed]
    first = next((v.document_id for v in signed if v.kind is DocumentKind.HANDOUT), ids[0])
    titles = {v.document_id: f"{v.title} · {v.created_at[:10]}" for v in signed}
    chosen = st.selectbox(
        state.t("document"),
        ids,
        index=ids.index(first),
        format_func=lambda i: titles[i],
        key="own_document",
        label_visibility="collapsed",
    )
    version = next(v for v in signed if v.document_id == chosen)
    with st.container(key="card-handout"):
        if version.signature is not None:
            draw(chip(state.t("signed_by", name=version.signature.user_name), "ok"))
        if version.language != state.language():
            box(state.t("handout_other_language"), "amber")
        for section in answer_of(version).sections:
            if section.sentences:
                lines = "".join(f"<p>{escape(sentence.text)}</p>" for sentence in section.sentences)
                draw(f"<h2>{escape(section.title)}</h2>{lines}", extra="large")
    with st.container(key="card-question"):
        _questions(version)


def _questions(version: DocumentVersion) -> None:
    """Questions as at the bedside: what the signed document says, and sourced education; no record is opened."""
    held = state.kept().get("teaching_own")
    if held is None or held["patient"] != version.patient_id:
        held = {"patient": version.patient_id, "name": "", "versions": [version], "record": None, "asked": []}
        state.kept()["teaching_own"] = held
    turn = held.get("turn")
    busy = turn is not None and turn.ending is None
    part(patient_questions.questions, every_s=POLL_S if busy else None)(answer_of(version), held)
