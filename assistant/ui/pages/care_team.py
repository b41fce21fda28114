"""Who cares for the open patient, and the way to a patient outside one's care team in an emergency."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape

import streamlit as st

from assistant.errors import BedsideError
from assistant.store import Reason, Right, SessionEnded
from assistant.ui import state
from assistant.ui.components.marked import box, draw, heading


def page() -> None:
    heading(state.t("page_care_team"), state.t("care_team_sub"))
    for line, tone in state.kept().pop("team_lines", []):
        box(line, tone)
    patient = state.patient_id()
    if patient is not None and state.signed_in().may(Right.READ_RECORD):
        with st.container(key="card-team"):
            _team(patient)
    with st.container(key="card-emergency"):
        _emergency()


def _team(patient: str) -> None:
    actor, patients = state.signed_in(), state.store().patients
    draw(f"<h2>{escape(state.t('care_team'))}</h2>")
    shares = actor.may(Right.SHARE_PATIENT)
    for user_id, username, role in patients.team(actor, patient):
        who, off = st.columns([4, 1], vertical_alignment="center")
        with who:
            draw(f'{escape(username)} <span class="soft">{escape(state.t("role_" + role.value))}</span>')
        if shares and off.button(state.t("remove"), key=f"off-{user_id}", width="stretch"):
            _done(partial(patients.unshare, actor, patient, user_id))
    if not shares:
        return
    with st.form("share", border=False, clear_on_submit=True):
        name, add = st.columns([4, 1], vertical_alignment="bottom")
        username = name.text_input(state.t("colleague"), key="share_with")
        if add.form_submit_button(state.t("add"), width="stretch") and username:
            _done(lambda: patients.share_by_name(actor, patient, username))


def _emergency() -> None:
    draw(
        f'<h2>{escape(state.t("break_glass"))}</h2><p class="soft">{escape(state.t("break_glass_help"))}</p>'
    )
    with st.form("emergency", border=False):
        mrn = st.text_input(state.t("mrn"), key="emergency_mrn")
        reason = st.selectbox(
            state.t("reason"),
            list(Reason),
            format_func=lambda r: state.t(f"reason_{r.value}"),
            key="emergency_reason",
        )
        words = st.text_area(state.t("explanation"), key="emergency_words", max_chars=500)
        pressed = st.form_submit_button(state.t("open_for_an_hour"), type="primary")
    if not pressed:
        return
    try:
        opened = state.store().emergency.open(state.signed_in(), mrn, reason or Reason.OTHER, words)
        state.open_patient(state.store().patients.row(state.signed_in(), opened.patient_id))
    except SessionEnded:
        raise
    except BedsideError as error:
        box(str(error), "amber")
        return
    st.switch_page(state.kept()["pages"]["workspace"])


def _done(act: Callable[[], None]) -> None:
    try:
        act()
    except SessionEnded:
        raise
    except BedsideError as error:
        state.kept()["team_lines"] = [(str(error), "amber")]
    st.rerun()
