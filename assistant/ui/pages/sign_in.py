"""The way in: sign-in, and a password of one's own at the first sign-in."""

from __future__ import annotations

from html import escape

import streamlit as st

from assistant.errors import BadInput
from assistant.identity_provider import PROVIDER
from assistant.store import SignInRefused
from assistant.ui import state
from assistant.ui.components.marked import box, draw
from assistant.ui.components.tongues import interface_language


def page() -> None:
    with _middle():
        _about()
        notice = state.kept().pop("notice", "")
        if notice:
            box(notice, "amber")
        with st.form("sign-in", border=False):
            username = st.text_input(state.t("user_name"), autocomplete="username", key="sign_in_name")
            password = st.text_input(
                state.t("password"), type="password", autocomplete="current-password", key="sign_in_password"
            )
            pressed = st.form_submit_button(state.t("sign_in"), type="primary", width="stretch")
        if pressed:
            try:
                session = state.store().users.sign_in(username, password)
            except SignInRefused as refused:
                box(str(refused), "amber")
                return
            state.begin(session)
            st.rerun()
        if state.settings().oidc_issuer:
            _hospital_account()
        interface_language(key="language_at_door")


def _hospital_account() -> None:
    """The identity provider's door. Its cookie opens one session of ours, once and while it is fresh."""
    if st.user.get("is_logged_in") and not state.kept().get("hospital_tried"):
        state.kept()["hospital_tried"] = True
        claims = dict(st.user.to_dict())
        identities = state.store().identities
        if not identities.used(claims):
            try:
                session = identities.sign_in(claims)
            except SignInRefused as refused:
                box(str(refused), "amber")
            else:
                state.begin(session)
                st.rerun()
    if st.button(state.t("hospital_account"), key="hospital-account", width="stretch"):
        st.login(PROVIDER)


def choose_password() -> None:
    with _middle():
        _about()
        box(state.t("first_password"), "ok")
        with st.form("choose-password", border=False):
            current = st.text_input(
                state.t("password_now"), type="password", autocomplete="current-password", key="password_now"
            )
            new = st.text_input(
                state.t("password_new"), type="password", autocomplete="new-password", key="password_new"
            )
            again = st.text_input(
                state.t("password_again"), type="password", autocomplete="new-password", key="password_again"
            )
            pressed = st.form_submit_button(state.t("password_set"), type="primary", width="stretch")
        if pressed:
            if new != again:
                box(state.t("passwords_differ"), "amber")
                return
            try:
                session = state.store().users.change_password(str(state.kept()["token"]), current, new)
            except (SignInRefused, BadInput) as refused:
                box(str(refused), "amber")
                return
            state.begin(session)
            st.rerun()
        if st.button(state.t("sign_out"), key="leave"):
            state.forget()
            st.rerun()


def _middle() -> st.delta_generator.DeltaGenerator:
    _, middle, _ = st.columns([1, 1.15, 1])
    return middle.container(key="card-sign-in")


def _about() -> None:
    hospital = state.settings().hospital
    draw(
        f'<h1>Bedside</h1><p class="soft">{escape(hospital)}</p><p>{escape(state.t("what_it_is"))}</p>'
        f'<p class="soft">{escape(state.t("what_it_is_not"))}</p>'
    )
