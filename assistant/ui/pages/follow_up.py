"""What a patient does after discharge: answer today's check-in, and keep a question for the care team.

On the patient's own page and at the bedside. Owns that urgency is told before anything else. Refuses to answer questions and
to show anything of the record.
"""

from __future__ import annotations

import uuid
from datetime import date
from html import escape
from typing import Any

import streamlit as st

from assistant.after_discharge import given
from assistant.domain.answer import Urgency
from assistant.errors import BedsideError
from assistant.safety.triage import Triage, triage
from assistant.store import KeptCheckIn, SessionEnded
from assistant.store.check_ins import LONGEST_ANSWER_CHARS
from assistant.store.team_questions import LONGEST_QUESTION_CHARS
from assistant.tasks.check_in import question_text
from assistant.ui import state
from assistant.ui.components import drawing
from assistant.ui.components.marked import box, draw
from assistant.ui.components.sheet import Block, sheet


def check_in(patient: str) -> None:
    """Today's check-in; nothing where none is due."""
    told = state.kept().get("check_in_told")
    kept = _due(patient)
    if kept is None and told is None:
        return
    with st.container(key="card-check-in"):
        draw(f'<div class="cap">{escape(state.t("check_in"))}</div>')
        if told is not None:
            _tell(told, key="check-in-told")
        if kept is None:
            return
        draw(f"<p>{escape(state.t('check_in_ask'))}</p>", extra="large")
        with st.form("check-in", border=False):
            answers = {
                q: st.text_area(
                    question_text(q, state.language()),
                    key=f"check-in-{kept.id}-{q}",
                    max_chars=LONGEST_ANSWER_CHARS,
                    height=68,
                )
                for q in kept.questions
            }
            pressed = st.form_submit_button(state.t("check_in_send"), type="primary", width="stretch")
        if not pressed:
            return
        if not any(a.strip() for a in answers.values()):
            box(state.t("check_in_empty"), "amber")
            return
        _answer(patient, kept, answers)


def _due(patient: str) -> KeptCheckIn | None:
    """Asked of the store once a day and session: every reading is a row of the audit."""
    today = date.today()
    held = state.kept().get("check_in_due")
    if held is None or held[:2] != (patient, today):
        held = (patient, today, state.store().check_ins.due(state.signed_in(), patient, today))
        state.kept()["check_in_due"] = held
    found: KeptCheckIn | None = held[2]
    return found


def _answer(patient: str, kept: KeptCheckIn, answers: dict[str, str]) -> None:
    state.touch()
    read = given(kept, answers)
    found = [_triage(text) for text in answers.values() if text.strip()]
    gravest = min((g.urgency for g in read), key=list(Urgency).index)
    told = {"flags": _flags(found), "urgency": gravest, "thanks": "check_in_thanks"}
    try:
        state.store().check_ins.answer(state.signed_in(), patient, kept.id, read, idempotency_key=kept.id)
    except SessionEnded:
        raise
    except BedsideError as error:
        # What is urgent is said though it could not be kept.
        _tell(told | {"thanks": ""}, key="check-in-failed")
        box(str(error), "amber")
        return
    state.kept()["check_in_told"] = told
    state.kept().pop("check_in_due", None)
    st.rerun()


def ask_team(patient: str) -> None:
    """A question kept for the care team, and whether those asked before were seen."""
    with st.container(key="card-ask-team"):
        draw(f'<div class="cap">{escape(state.t("team_ask"))}</div>')
        told = state.kept().get("team_told")
        if told is not None:
            _tell(told, key="team-told")
        for question in _own(patient):
            seen = state.t("team_seen" if question.seen_at else "team_waiting")
            draw(
                f'<p>{escape(question.text)}<br><span class="soft">{escape(question.asked_at[:10])} · {escape(seen)}</span></p>'
            )
        with st.form("ask-team", border=False, clear_on_submit=True):
            text = st.text_area(
                state.t("team_question"),
                key="team-question",
                max_chars=LONGEST_QUESTION_CHARS,
                height=90,
            )
            pressed = st.form_submit_button(state.t("team_send"), width="stretch")
        if pressed and text.strip():
            _ask(patient, text)


def _own(patient: str) -> Any:
    held = state.kept().get("team_own")
    if held is None or held[0] != patient:
        held = (patient, state.store().team_questions.own(state.signed_in(), patient))
        state.kept()["team_own"] = held
    return held[1]


def _ask(patient: str, text: str) -> None:
    state.touch()
    found = _triage(text)
    told = {"flags": _flags([found]), "urgency": found.urgency, "thanks": "team_thanks"}
    try:
        state.store().team_questions.ask(
            state.signed_in(), patient, text, found.urgency, idempotency_key=uuid.uuid4().hex
        )
    except SessionEnded:
        raise
    except BedsideError as error:
        _tell(told | {"thanks": ""}, key="team-failed")
        box(str(error), "amber")
        return
    state.kept()["team_told"] = told
    state.kept().pop("team_own", None)
    st.rerun()


def _triage(text: str) -> Triage:
    return triage(text, language=state.language(), country=state.settings().country or None)


def _flags(found: list[Triage]) -> list[Block]:
    flags = {flag.rule: flag for one in found for flag in one.red_flags}
    ordered = sorted(flags.values(), key=lambda f: list(Urgency).index(f.urgency))
    return drawing.red_flags(ordered, state.language())


def _tell(told: dict[str, Any], *, key: str) -> None:
    """Red flags and what to do now; then that it was kept."""
    if told["flags"]:
        sheet(told["flags"], key=key, large=True)
    if told["urgency"] is Urgency.EMERGENCY:
        box(state.t("do_not_wait"), "red")
    elif told["urgency"] is Urgency.URGENT:
        box(state.t("call_today"), "amber")
    if told["thanks"]:
        box(state.t(told["thanks"]), "ok")
