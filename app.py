"""Bedside's page: ``make run`` starts it. Settings, wiring and navigation; everything else is in ``assistant/ui``."""

from pathlib import Path

import streamlit as st

from assistant.ui import shell

st.set_page_config(
    page_title="Bedside",
    page_icon=str(Path(__file__).parent / "assistant" / "ui" / "icon.svg"),
    layout="wide",
    initial_sidebar_state="auto",
    menu_items={
        "About": "Bedside drafts and answers from guidelines and the patient's record, and shows its evidence. "
        "It is not a medical device; a clinician reviews and signs."
    },
)
shell.run()
