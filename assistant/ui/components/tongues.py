"""Choosing a language: of the interface, or of a document."""

from __future__ import annotations

import streamlit as st

from assistant.ui import state

NAMES = {"en": "English", "zh": "中文"}


def name_of(code: str) -> str:
    return NAMES.get(code, code)


def choose_language(label: str, default: str, *, key: str, stretch: bool = False) -> str:
    chosen = st.segmented_control(
        label,
        list(NAMES),
        format_func=name_of,
        default=default if default in NAMES else "en",
        key=key,
        label_visibility="collapsed",
        width="stretch" if stretch else "content",
    )
    return chosen or default


def interface_language(*, key: str, stretch: bool = False) -> None:
    """The switch of the interface; a change draws the page anew."""
    chosen = choose_language(state.t("language"), state.language(), key=key, stretch=stretch)
    if chosen != state.language():
        state.kept()["language"] = chosen
        for widget in ("tab", "guideline_tab"):
            state.kept().pop(widget, None)
        st.rerun()
