"""Mounts the sheet: blocks of an answer or document as real buttons and text, in the page without a frame.

Owns the border between Python and the browser for answers. Refuses to know what a block means (``drawing``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from assistant.ui import state

_HERE = Path(__file__).parent
Block = dict[str, Any]


@cache
def mounted(name: str, html: str) -> Any:
    """The component ``name`` from ``name.js`` and ``name.css`` beside this file."""
    script = (_HERE / f"{name}.js").read_text("utf-8")
    style = (_HERE / f"{name}.css").read_text("utf-8")
    return st.components.v2.component(f"bedside_{name}", html=html, css=style, js=script)


@dataclass(frozen=True)
class Said:
    """What the reader did on the sheet in this run; None where nothing."""

    cite: str | None = None
    save: tuple[str, str] | None = None
    """Id of what is changed (``section:index``, ``section:+``, ``settle:KEY``, ``take:INDEX:SECTION``) and the text."""
    rate: str | None = None
    go: str | None = None
    """The place in the document (``section:index``) that a point of the checklist speaks of."""


def sheet(
    blocks: list[Block],
    *,
    key: str,
    chosen: str | None = None,
    large: bool = False,
    follow: bool = False,
    jump: tuple[str, str] | None = None,
) -> Said:
    """``follow``: the thread scrolls to this sheet when it first appears. ``jump``: a place and a token, new each time."""
    words = {
        word: state.t(f"sheet_{word}")
        for word in (
            *("source", "edit", "edit_hint", "add", "save", "cancel", "copy", "copied", "copy_failed"),
            *("helpful", "yes", "no", "settle", "reason", "show", "take", "take_hint", "section"),
        )
    }
    data = {
        "blocks": blocks,
        "chosen": chosen,
        "large": large,
        "follow": follow,
        "jump": {"at": jump[0], "token": jump[1]} if jump else None,
        "words": words,
        "language": "zh-CN" if state.language() == "zh" else "en",
    }
    result = mounted("sheet", '<div class="sheet"></div>')(
        data=data,
        key=key,
        on_cite_change=state.touch,
        on_save_change=state.touch,
        on_rate_change=state.touch,
        on_go_change=state.touch,
    )
    save = result.save
    return Said(
        cite=str(result.cite) if result.cite else None,
        save=(str(save["id"]), str(save["text"])) if isinstance(save, dict) else None,
        rate=str(result.rate) if result.rate else None,
        go=str(result.go) if result.go else None,
    )
