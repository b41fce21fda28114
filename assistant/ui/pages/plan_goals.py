"""Beneath a plan: its goals, ticked off as they are reached.

Owns the ticks on the page. The plan's text and signature stay as they are; a goal that is edited starts unticked.
"""

from __future__ import annotations

from html import escape

import streamlit as st

from assistant.domain.answer import Answer, Verdict
from assistant.errors import BedsideError
from assistant.store import DocumentVersion, GoalState, Right, SessionEnded, goal_hash
from assistant.store.goal_states import GOALS
from assistant.ui import state
from assistant.ui.calm import again
from assistant.ui.components.marked import box, draw


def goals(version: DocumentVersion, answer: Answer) -> None:
    texts = [
        s.text
        for section in answer.sections
        if section.key == GOALS
        for s in section.sentences
        if s.verdict is not Verdict.UNSUPPORTED
    ]
    if not texts:
        return
    kept = _kept(version)
    done = sum(1 for text in texts if (g := kept.get(goal_hash(text))) and g.done)
    may = state.signed_in().may(Right.DRAFT)
    with st.container(key="card-goals"):
        draw(
            f'<div class="cap">{escape(state.t("goals_reached", n=done, total=len(texts)))}</div>'
            f'<p class="soft">{escape(state.t("goals_help"))}</p>'
        )
        for text in dict.fromkeys(texts):
            _goal(version, text, kept, may)


def _goal(version: DocumentVersion, text: str, kept: dict[str, GoalState], may: bool) -> None:
    mark = goal_hash(text)
    before = kept.get(mark)
    was = before is not None and before.done
    # Streamlit reads a label as Markdown; the words of a plan are plain text and stand beside the box.
    tick, words = st.columns([0.08, 1], vertical_alignment="top")
    now = tick.checkbox(
        text.replace("\\", "").replace("[", "(").replace("]", ")")[:120],
        value=was,
        key=f"goal-{version.document_id[:8]}-{version.number}-{mark[:12]}-{was}",
        disabled=not may,
        label_visibility="collapsed",
    )
    with words:
        by = (
            f"{getattr(before, 'set_by_name', '')} · {str(getattr(before, 'set_at', ''))[:10]}" if was else ""
        )
        draw(f'{escape(text)}<div class="soft">{escape(by)}</div>')
    if now == was:
        return
    try:
        state.store().goals.set(state.signed_in(), version.document_id, text, done=now)
    except SessionEnded:
        raise
    except BedsideError as error:
        box(str(error), "amber")
        return
    state.kept().pop("goals_read", None)
    again()


def _kept(version: DocumentVersion) -> dict[str, GoalState]:
    """Read once for each version shown: every reading is a row of the audit."""
    held = state.kept().get("goals_read")
    if held is None or held[0] != (version.document_id, version.number):
        read = dict(state.store().goals.of(state.signed_in(), version.document_id))
        held = ((version.document_id, version.number), read)
        state.kept()["goals_read"] = held
    found: dict[str, GoalState] = held[1]
    return found
