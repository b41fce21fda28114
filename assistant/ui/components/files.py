"""Files handed over at the click, through the session's own connection (docs/decisions/0003-downloads.md).

Owns how bytes reach the reader. Refuses to know what is in them.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from assistant.errors import BedsideError
from assistant.ui import state
from assistant.ui.components.sheet import mounted

MIMES = {
    "md": "text/markdown",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "json": "application/fhir+json",
    "html": "text/html",
    "ics": "text/calendar",
}
LABELS = {"md": "Markdown", "docx": "DOCX", "pdf": "PDF", "json": "FHIR", "html": "HTML", "ics": "ICS"}


@dataclass(frozen=True)
class HandedFile:
    name: str
    content: bytes


def files(kinds: Sequence[str], make: Callable[[str], HandedFile], *, key: str, copy: str = "") -> None:
    """One button a kind. ``make`` runs at the click, in the reader's name; what it raises is said in one line."""
    slot = f"file:{key}"

    def wanted() -> None:
        state.touch()
        kind = st.session_state[key].want
        if kind not in kinds:
            return
        try:
            file = make(kind)
        except BedsideError as error:
            state.kept()["notice"] = str(error)
            return
        state.kept()[slot] = {
            "token": secrets.token_hex(8),
            "name": file.name,
            "mime": MIMES[kind],
            "base64": base64.b64encode(file.content).decode(),
        }

    data: dict[str, Any] = {
        "kinds": [
            {"kind": kind, "label": LABELS[kind], "title": state.t("download_as", kind=LABELS[kind])}
            for kind in kinds
        ],
        "file": state.kept().pop(slot, None),
        "copy": copy,
        "copy_label": state.t("sheet_copy"),
        "copied": state.t("sheet_copied"),
        "copy_failed": state.t("sheet_copy_failed"),
    }
    mounted("files", '<div class="files"></div>')(data=data, key=key, on_want_change=wanted)
