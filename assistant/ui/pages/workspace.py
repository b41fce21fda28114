"""One patient: the record, the chat, the documents and the trends, each with its evidence beside it."""

from __future__ import annotations

from html import escape

import streamlit as st

from assistant.ui import state
from assistant.ui.components.marked import draw
from assistant.ui.components.strip import show_strip
from assistant.ui.pages import chat, documents, record, trends

TABS = ("record", "chat", "discharge", "plan", "handout", "papers", "trends")


def page() -> None:
    if state.patient_id() is None:
        with st.container(key="card-nobody"):
            draw(f"<h2>{escape(state.t('choose_patient'))}</h2>")
            st.page_link(state.kept()["pages"]["patients"], label=state.t("page_patients"))
        return
    found = state.record()
    with st.container(key="strip"):
        show_strip(found)
    labels = {name: state.t(f"tab_{name}") for name in TABS}
    wanted = state.kept().pop("go_to_tab", None)
    if wanted in documents.PAPERS:
        state.kept()["paper"] = wanted
        wanted = "papers"
    if wanted in labels:
        state.kept()["tab"] = labels[wanted]
    tabs = st.tabs(list(labels.values()), key="tab", on_change="rerun", default=labels["chat"])
    for name, tab in zip(labels, tabs, strict=True):
        if not tab.open:
            continue
        with tab:
            if name == "record":
                record.tab(found)
            elif name == "chat":
                chat.tab(found)
            elif name == "papers":
                documents.papers(found)
            elif name == "trends":
                trends.tab(found)
            else:
                documents.tab(found, name)
